import type { Attachment, Warning } from "./block.ts";
import { maxAttachments, maxMailDepth } from "./parser/protocol.ts";
import { sniff } from "./sniff.ts";

const maxTotalBytes = 200 * 1024 * 1024;

/**
 * The attachments that become documents, and a warning for each one that does not: of a format that cannot be read,
 * too many, too large together, or in a message that is itself attached too deeply.
 * @param readsPictures whether text recognition is on
 */
export const selectAttachments = async (
  attachments: readonly Attachment[],
  { mailDepth, readsPictures }: { readonly mailDepth: number; readonly readsPictures: boolean },
): Promise<{ readonly attachments: readonly Attachment[]; readonly warnings: readonly Warning[] }> => {
  const kept: Attachment[] = [];
  const warnings: Warning[] = [];
  let totalBytes = 0;
  for (const attachment of attachments) {
    const refusal =
      mailDepth >= maxMailDepth
        ? `it is in a message attached ${mailDepth} messages deep. Upload that message by itself.`
        : kept.length >= maxAttachments
          ? `the message has more than ${maxAttachments} attachments. Upload it by itself.`
          : totalBytes + attachment.bytes.length > maxTotalBytes
            ? "the attachments are too large together. Upload it by itself."
            : await unreadable(attachment, readsPictures);
    if (refusal !== undefined) {
      const message = `The attachment "${attachment.name}" was left out: ${refusal}`;
      warnings.push({ code: "attachment_skipped", message: message.slice(0, 2_000) });
      continue;
    }
    totalBytes += attachment.bytes.length;
    kept.push(attachment);
  }
  return { attachments: kept, warnings };
};

/** Why it would not become a document; a password is the document's own problem, and shown there. */
const unreadable = async ({ bytes, name }: Attachment, readsPictures: boolean): Promise<string | undefined> => {
  try {
    const kind = await sniff(bytes, name);
    return kind === "image" && !readsPictures ? "it is a picture, and text recognition is off (OCR)." : undefined;
  } catch (error) {
    const { code, message } = error as { readonly code?: string; readonly message: string };
    return code === "file_unsupported" || code === "file_mislabelled" || code === "file_empty" ? message : undefined;
  }
};
