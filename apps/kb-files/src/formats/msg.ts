import { createRequire } from "node:module";
import type msgReaderModule from "@kenjiuno/msgreader";
import type { FieldsData } from "@kenjiuno/msgreader";
import iconv from "iconv-lite";
import type { Attachment, ParsedFile } from "../block.ts";
import { decodeText } from "../decode.ts";
import { fileProblem } from "../problem.ts";
import { isSoundCompound } from "./compound-check.ts";
import { declaredCharset } from "./html-charset.ts";
import { attachmentName, mailBlocks } from "./mail.ts";

// A CommonJS module whose default export loaders disagree about; `require` gives what it says.
const { default: MsgReader } = createRequire(import.meta.url)("@kenjiuno/msgreader") as typeof msgReaderModule;

/**
 * An Outlook message ([MS-OXMSG]), in Unicode or in the code page that it names. A message inside it is an attachment.
 * A body that exists as compressed RTF alone is not read: Outlook stores the plain text beside it.
 * @throws {PermanentError} file_corrupt
 */
export const parseMsg = async (bytes: Uint8Array, fileName: string): Promise<ParsedFile> => {
  try {
    if (!isSoundCompound(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))) {
      throw new Error("a chain of its sectors does not end");
    }
    const { reader, fields } = read(bytes);
    const sender = fields.senderSmtpAddress ?? fields.sentRepresentingSmtpAddress ?? fields.senderEmail ?? "";
    return mailBlocks({
      subject: fields.subject ?? "",
      from: addressText(fields.senderName, sender),
      to: recipients(fields, "to"),
      copy: recipients(fields, "cc"),
      date: isoDate(fields.clientSubmitTime ?? fields.messageDeliveryTime),
      html: await htmlOf(fields),
      text: fields.body ?? "",
      attachments: (fields.attachments ?? []).flatMap((attachment, index) => toAttachment(reader, attachment, index)),
    });
  } catch (error) {
    throw fileProblem("file_corrupt", fileName, "is damaged: it is no readable Outlook message. Save it again.", error);
  }
};

/** Reads twice where the message names a code page: its 8-bit texts need it, and it stands among them. */
const read = (bytes: Uint8Array): { readonly reader: InstanceType<typeof MsgReader>; readonly fields: FieldsData } => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const once = (encoding: string | undefined) => {
    const reader = new MsgReader(view);
    if (encoding !== undefined) reader.parserConfig = { ansiEncoding: encoding };
    const fields = reader.getFileData();
    if (fields.error !== undefined) throw new Error(fields.error);
    return { reader, fields };
  };
  const first = once(undefined);
  const codePage = first.fields.messageCodepage ?? first.fields.internetCodepage;
  const encoding = [`windows-${codePage}`, `cp${codePage}`].find((name) => iconv.encodingExists(name));
  return encoding === undefined ? first : once(encoding);
};

const htmlOf = async ({ bodyHtml, html }: FieldsData): Promise<string> => {
  if (bodyHtml !== undefined && bodyHtml !== "") return bodyHtml;
  return html === undefined ? "" : (await decodeText(html, declaredCharset(html))).text;
};

const addressText = (name: string | undefined, address: string): string => {
  // An Exchange address ("/O=…") says nothing outside the organisation.
  const shown = address.startsWith("/") ? "" : address;
  if (name === undefined || name === "" || name === shown) return shown;
  return shown === "" ? name : `${name} <${shown}>`;
};

const recipients = (fields: FieldsData, kind: "to" | "cc"): string =>
  (fields.recipients ?? [])
    .filter(({ recipType }) => recipType === kind)
    .map(({ name, smtpAddress, email }) => addressText(name, smtpAddress ?? email ?? ""))
    .join(", ");

const isoDate = (date: string | undefined): string => {
  const parsed = new Date(date ?? "");
  return Number.isNaN(parsed.getTime()) ? "" : parsed.toISOString();
};

const toAttachment = (
  reader: InstanceType<typeof MsgReader>,
  attachment: FieldsData,
  index: number,
): readonly Attachment[] => {
  if (attachment.attachmentHidden === true) return [];
  const { fileName, content } = reader.getAttachment(attachment);
  const isMessage = attachment.innerMsgContent === true;
  const name = attachmentName(
    attachment.fileName ?? attachment.name ?? fileName,
    `attachment-${index + 1}${isMessage ? ".msg" : ""}`,
  );
  const mime = isMessage ? "application/vnd.ms-outlook" : (attachment.attachMimeTag ?? "application/octet-stream");
  return [{ name: isMessage && !/\.msg$/i.test(name) ? `${name}.msg` : name, mime, bytes: content }];
};
