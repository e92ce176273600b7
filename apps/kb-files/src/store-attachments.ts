import { createHash } from "node:crypto";
import { openAsBlob } from "node:fs";
import { join } from "node:path";
import type { Enqueue } from "@gpt-agent/jobs/handler";
import { kbFiles } from "@gpt-agent/jobs/queues/kb-files";
import type { ParsedSummary } from "./parser/protocol.ts";
import type { Ports } from "./ports.ts";
import { sha256OfFile } from "./sha256-of-file.ts";

type Attachment = NonNullable<ParsedSummary["attachments"]>[number];

interface Run {
  readonly write: {
    readonly orgId: string;
    readonly documentId: string;
    readonly generation: number;
    readonly lease: string;
  };
  /** Where the parser process left them. */
  readonly folder: string;
  readonly enqueue: Enqueue;
  readonly signal: AbortSignal;
}

/**
 * Makes a document with its own file and job of each attachment. File, row, job, in this order, each repeatable: the id
 * follows from parent and bytes. One that an earlier version of the parent had as well is kept with all it has.
 */
export const storeAttachments = async (
  { documents, versions, files }: Pick<Ports, "documents" | "versions" | "files">,
  { write, folder, enqueue, signal }: Run,
  attachments: readonly Attachment[],
): Promise<void> => {
  const { orgId } = write;
  const seen = new Map<string, number>();
  for (const { file, name, mime, byteSize } of attachments) {
    signal.throwIfAborted();
    const path = join(folder, file);
    const rawSha256 = await sha256OfFile(path);
    const copy = seen.get(rawSha256) ?? 0;
    seen.set(rawSha256, copy + 1);
    const id = attachmentId(write.documentId, rawSha256, copy);
    const objectPath = `${orgId}/documents/${id}/original`;
    if ((await documents.get({ orgId, documentId: id })) === undefined) {
      const contentType = mime || "application/octet-stream";
      await files.upload({ orgId, path: objectPath, body: await openAsBlob(path), contentType });
    }
    const child = { id, name, mime: mime || null, byteSize, objectPath, rawSha256 };
    const { state } = await versions.attach({ ...write, ...child });
    if (state === "queued") await enqueue(kbFiles, { kind: "process", orgId, documentId: id });
  }
};

/**
 * A UUID (version 8) from the parent, the bytes and which of several equal ones it is. The place in the message does not
 * count: an attachment put in before it leaves it the same document.
 */
const attachmentId = (parentId: string, rawSha256: string, copy: number): string => {
  const digits = createHash("sha256").update(`${parentId} ${rawSha256} ${copy}`).digest("hex");
  const variant = ((parseInt(digits.slice(16, 18), 16) & 0x3f) | 0x80).toString(16);
  const groups = [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `8${digits.slice(13, 16)}`,
    `${variant}${digits.slice(18, 20)}`,
    digits.slice(20, 32),
  ];
  return groups.join("-");
};
