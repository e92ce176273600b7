import PostalMime, { type Address, type Attachment as MimePart } from "postal-mime";
import type { Attachment, ParsedFile } from "../block.ts";
import { fileProblem } from "../problem.ts";
import { withReadableHeaders } from "./eml-headers.ts";
import { attachmentName, mailBlocks } from "./mail.ts";

/**
 * An Internet message (RFC 5322 and MIME). A message inside it is an attachment like any other; pictures that the HTML
 * shows are part of the page and are left out.
 * @throws {PermanentError} file_corrupt, file_bomb
 */
export const parseEml = async (bytes: Uint8Array, fileName: string): Promise<ParsedFile> => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  checkParts(buffer, fileName);
  const raw = await withReadableHeaders(buffer);
  const email = await PostalMime.parse(raw, {
    forceRfc822Attachments: true,
    attachmentEncoding: "arraybuffer",
    maxNestingDepth: 64,
  }).catch((error: unknown) => {
    throw fileProblem("file_corrupt", fileName, "is damaged: it is no readable message. Save it again.", error);
  });
  return mailBlocks({
    subject: email.subject ?? "",
    from: email.from === undefined ? "" : addressText(email.from),
    to: (email.to ?? []).map(addressText).join(", "),
    copy: (email.cc ?? []).map(addressText).join(", "),
    date: email.date ?? "",
    html: email.html ?? "",
    text: email.text ?? "",
    attachments: email.attachments.filter((part) => !isShownPicture(part)).map(toAttachment),
  });
};

const mostParts = 5_000;

/** Each part takes the parser some hundred microseconds and kilobytes, however short it is. */
const checkParts = (buffer: Buffer, fileName: string): void => {
  const boundaries = new Set<string>();
  for (
    let at = buffer.indexOf("boundary=");
    at !== -1 && boundaries.size < mostParts;
    at = buffer.indexOf("boundary=", at + 9)
  ) {
    const name = /^"([^"\r\n]{1,200})"|^([^\s;"]{1,200})/.exec(buffer.toString("latin1", at + 9, at + 211));
    boundaries.add(`--${name?.[1] ?? name?.[2] ?? ""}`);
  }
  let parts = 0;
  for (let at = buffer.indexOf("\n--"); at !== -1; at = buffer.indexOf("\n--", at + 3)) {
    const end = buffer.indexOf("\n", at + 1);
    const line = buffer.toString("latin1", at + 1, Math.min(end === -1 ? buffer.length : end, at + 205)).trimEnd();
    parts += boundaries.has(line) ? 1 : 0;
    if (parts > mostParts) throw fileProblem("file_bomb", fileName, `is refused: it has more than ${mostParts} parts.`);
  }
};

const addressText = (address: Address): string => {
  if (address.group !== undefined) return `${address.name}: ${address.group.map(addressText).join(", ")}`;
  return address.name === "" || address.name === address.address
    ? address.address
    : `${address.name} <${address.address}>`;
};

const isShownPicture = ({ related, mimeType, disposition }: MimePart): boolean =>
  related === true && mimeType.startsWith("image/") && disposition !== "attachment";

const toAttachment = (part: MimePart, index: number): Attachment => {
  const isMessage = part.mimeType === "message/rfc822";
  const content = typeof part.content === "string" ? Buffer.from(part.content) : new Uint8Array(part.content);
  const otherwise = `attachment-${index + 1}${isMessage ? ".eml" : ""}`;
  return { name: attachmentName(part.filename ?? "", otherwise), mime: part.mimeType, bytes: content };
};
