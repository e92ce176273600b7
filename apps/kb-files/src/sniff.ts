import { extname } from "node:path";
import { fileTypeFromBuffer } from "file-type";
import { formatNames } from "./block.ts";
import { wideEncoding } from "./decode.ts";
import { fileProblem } from "./problem.ts";
import { rootEntryNames } from "./sniff-compound.ts";
import { looksLikeMail } from "./sniff-mail.ts";
import { sniffZipKind } from "./sniff-zip.ts";

/** Text is told apart further (Markdown, CSV, JSON …) once it is decoded: see `structureOf`. */
export type Sniffed = "pdf" | "docx" | "pptx" | "odt" | "epub" | "rtf" | "eml" | "msg" | "image" | "xlsx" | "text";

const supported = `Supported are ${Object.values(formatNames).join(", ")}.`;
const readableExtensions = new Set(
  (
    ".pdf .docx .pptx .odt .epub .rtf .eml .msg .txt .text .md .markdown .html .htm .xml .json .jsonl .ndjson .ipynb " +
    ".xlsx .xlsm .csv .tsv .srt .vtt"
  ).split(" "),
);
/** What text recognition reads. */
const pictures = new Set(["image/png", "image/jpeg", "image/tiff"]);

/**
 * What a file is, by its content alone.
 * @throws {PermanentError} file_empty, password_required (an encrypted Office file), file_corrupt (a cut-off archive),
 * file_unsupported or, where the name promises a readable format, file_mislabelled.
 */
export const sniff = async (bytes: Uint8Array, fileName: string): Promise<Sniffed> => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length === 0) throw fileProblem("file_empty", fileName, "is empty (0 bytes). Upload the file again.");
  // The PDF reference allows the header anywhere in the first 1024 bytes.
  if (buffer.subarray(0, 1024).includes("%PDF-")) return "pdf";
  if (startsWith(buffer, 0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1)) return sniffCompound(buffer, fileName);
  if (startsWith(buffer, 0x50, 0x4b)) return sniffZip(buffer, fileName);
  if (buffer.subarray(0, 5).toString("latin1") === "{\\rtf") return "rtf";
  if (looksLikeMail(buffer)) return "eml";

  const known = await fileTypeFromBuffer(buffer);
  // XML (and so XHTML) is text, whatever the detector calls it.
  if (known !== undefined && pictures.has(known.mime)) return "image";
  if (known !== undefined && !/xml|^text\//.test(known.mime)) {
    throw notReadable(`${known.ext.toUpperCase()} data (${known.mime})`, fileName);
  }
  if (looksBinary(buffer)) throw notReadable("binary data of an unknown kind", fileName);
  return "text";
};

const startsWith = (buffer: Buffer, ...magic: readonly number[]): boolean =>
  magic.every((byte, at) => buffer[at] === byte);

const sniffZip = async (buffer: Buffer, fileName: string): Promise<Sniffed> => {
  const kind = await sniffZipKind(buffer);
  if (typeof kind === "string") return kind;
  if (kind !== undefined) throw notReadable(kind.other, fileName);
  // The end-of-central-directory record: without it the archive is cut short.
  const complete = buffer.lastIndexOf("PK\u0005\u0006", undefined, "latin1") !== -1;
  if (!complete && startsWith(buffer, 0x50, 0x4b, 0x03, 0x04)) {
    throw fileProblem("file_corrupt", fileName, "is damaged or cut short: its archive has no end. Upload it again.");
  }
  const known = await fileTypeFromBuffer(buffer).catch(() => undefined);
  throw notReadable(known === undefined ? "an archive of an unknown kind" : `${article(known.ext)} file`, fileName);
};

const article = (extension: string): string => `${/^[aeio]/.test(extension) ? "an" : "a"} ${extension.toUpperCase()}`;

/** Old Office files, Outlook messages and encrypted new Office files are all compound files. */
const sniffCompound = (buffer: Buffer, fileName: string): Sniffed => {
  const names = rootEntryNames(buffer);
  const holds = (entry: string): boolean => names?.includes(entry) ?? buffer.includes(Buffer.from(entry, "utf16le"));
  if (holds("__properties_version1.0")) return "msg";
  if (holds("EncryptedPackage")) {
    const sentence = "is protected by a password. Remove the password and upload it again.";
    throw fileProblem("password_required", fileName, sentence);
  }
  if (holds("WordDocument")) {
    const advice = "is an old Word document (.doc). Save it as .docx or PDF and upload that.";
    throw fileProblem("file_unsupported", fileName, advice);
  }
  if (holds("Workbook") || holds("Book")) {
    const advice = "is an old Excel workbook (.xls). Save it as .xlsx and upload that.";
    throw fileProblem("file_unsupported", fileName, advice);
  }
  if (holds("PowerPoint Document")) throw notReadable("an old PowerPoint presentation (.ppt)", fileName);
  throw notReadable("an old Office file", fileName);
};

/** @returns the problem of a file that is something which cannot be read. */
export const notReadable = (found: string, fileName: string) => {
  const extension = extname(fileName).toLowerCase();
  return readableExtensions.has(extension)
    ? fileProblem("file_mislabelled", fileName, `is named ${extension}, but holds ${found}. ${supported}`)
    : fileProblem("file_unsupported", fileName, `holds ${found}, which cannot be read. ${supported}`);
};

/** Bytes that no text encoding uses in prose: more than 1 % of them, or NULs that are not UTF-16/32. */
const looksBinary = (buffer: Buffer): boolean => {
  if (wideEncoding(buffer) !== undefined || startsWith(buffer, 0xff, 0xfe) || startsWith(buffer, 0xfe, 0xff)) {
    return false;
  }
  if (startsWith(buffer, 0x00, 0x00, 0xfe, 0xff)) return false;
  if (buffer.subarray(0, 65_536).includes(0)) return true;
  const sample = buffer.subarray(0, 16_384);
  let controls = 0;
  for (let at = 0; at < sample.length; at += 1) {
    const byte = sample[at] ?? 0;
    if (byte < 0x09 || (byte > 0x0d && byte < 0x20 && byte !== 0x1b) || byte === 0x7f) controls += 1;
  }
  return controls > sample.length / 100;
};
