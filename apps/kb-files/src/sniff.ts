import { extname } from "node:path";
import { fileTypeFromBuffer } from "file-type";
import { formatNames } from "./block.ts";
import { wideEncoding } from "./decode.ts";
import { fileProblem } from "./problem.ts";

/** Text is told apart further (Markdown, HTML) once it is decoded: see `structureOf`. */
export type Sniffed = "pdf" | "docx" | "xlsx" | "text";

const supported = `Supported are ${Object.values(formatNames).join(", ")}.`;
const readableExtensions = new Set(
  [".pdf", ".docx", ".txt", ".text", ".md", ".markdown", ".html", ".htm", ".xml"].concat([
    ".json",
    ".jsonl",
    ".ndjson",
    ".ipynb",
    ".xlsx",
    ".xlsm",
    ".csv",
    ".tsv",
    ".srt",
    ".vtt",
  ]),
);

/**
 * What a file is, by its content alone.
 * @throws {PermanentError} file_empty, file_password (an encrypted Office file), file_corrupt (a cut-off archive),
 * file_unsupported or, where the name promises a readable format, file_mislabelled.
 */
export const sniff = async (bytes: Uint8Array, fileName: string): Promise<Sniffed> => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length === 0) throw fileProblem("file_empty", fileName, "is empty (0 bytes). Upload the file again.");
  // The PDF reference allows the header anywhere in the first 1024 bytes.
  if (buffer.subarray(0, 1024).includes("%PDF-")) return "pdf";
  if (startsWith(buffer, 0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1)) throw compoundFileProblem(buffer, fileName);
  if (startsWith(buffer, 0x50, 0x4b)) return sniffZip(buffer, fileName);
  if (buffer.subarray(0, 5).toString("latin1") === "{\\rtf") throw notReadable("an RTF document", fileName);

  const known = await fileTypeFromBuffer(buffer);
  // XML (and so XHTML) is text, whatever the detector calls it.
  if (known !== undefined && !/xml|^text\//.test(known.mime)) {
    throw notReadable(`${known.ext.toUpperCase()} data (${known.mime})`, fileName);
  }
  if (looksBinary(buffer)) throw notReadable("binary data of an unknown kind", fileName);
  return "text";
};

const startsWith = (buffer: Buffer, ...magic: readonly number[]): boolean =>
  magic.every((byte, at) => buffer[at] === byte);

const sniffZip = async (buffer: Buffer, fileName: string): Promise<Sniffed> => {
  // The end-of-central-directory record: without it the archive is cut short.
  const complete = buffer.lastIndexOf("PK\u0005\u0006", undefined, "latin1") !== -1;
  if (buffer.includes("word/document", 0, "latin1")) return "docx";
  if (!complete && startsWith(buffer, 0x50, 0x4b, 0x03, 0x04)) {
    throw fileProblem("file_corrupt", fileName, "is damaged or cut short: its archive has no end. Upload it again.");
  }
  const known = await fileTypeFromBuffer(buffer).catch(() => undefined);
  if (known?.ext === "docx" || known?.ext === "xlsx") return known.ext;
  throw notReadable(known === undefined ? "an archive of an unknown kind" : `${article(known.ext)} file`, fileName);
};

const article = (extension: string): string => `${/^[aeio]/.test(extension) ? "an" : "a"} ${extension.toUpperCase()}`;

/** Directory entries of a compound file are UTF-16LE names: they say which program wrote it. */
const compoundFileProblem = (buffer: Buffer, fileName: string) => {
  const holds = (entry: string): boolean => buffer.includes(Buffer.from(entry, "utf16le"));
  if (holds("EncryptedPackage")) {
    return fileProblem(
      "file_password",
      fileName,
      "is protected by a password. Remove the password and upload it again.",
    );
  }
  if (holds("WordDocument")) {
    const advice = "is an old Word document (.doc). Save it as .docx or PDF and upload that.";
    return fileProblem("file_unsupported", fileName, advice);
  }
  if (holds("Workbook")) {
    const advice = "is an old Excel workbook (.xls). Save it as .xlsx and upload that.";
    return fileProblem("file_unsupported", fileName, advice);
  }
  if (holds("PowerPoint Document")) return notReadable("an old PowerPoint presentation (.ppt)", fileName);
  if (holds("__properties_version1.0")) return notReadable("an Outlook message (.msg)", fileName);
  return notReadable("an old Office file", fileName);
};

const notReadable = (found: string, fileName: string) => {
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
  const sample = buffer.subarray(0, 65_536);
  let controls = 0;
  for (const byte of sample) {
    if (byte === 0) return true;
    if (byte < 0x09 || (byte > 0x0d && byte < 0x20 && byte !== 0x1b) || byte === 0x7f) controls += 1;
  }
  return controls > sample.length / 100;
};
