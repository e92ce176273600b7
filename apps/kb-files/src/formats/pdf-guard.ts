import { inflateSync } from "node:zlib";
import { inflateLimits } from "../inflate-guard.ts";
import { fileProblem } from "../problem.ts";

/** No page's text or font is larger; pdfium would hold it whole, and its objects take many times as much. */
const mostStreamBytes = 32 * 1024 * 1024;
/** A stream's dictionary stands before it, seldom longer than this. */
const dictionaryBytes = 2_048;
const mostFilters = 8;

/**
 * Inflates the compressed streams of a PDF, counting, before pdfium does without a limit. Pictures do not count: their
 * pixels are not read for text. Streams that cannot be inflated here (encrypted, damaged, LZW) are left to pdfium and to
 * the limits of its process.
 * @throws {PermanentError} file_bomb
 */
export const guardPdf = (bytes: Uint8Array, fileName: string): void => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { ratioFloorBytes, maxRatio } = inflateLimits;
  let inflated = 0;
  for (const { filters, data } of compressedStreams(buffer)) {
    const size = inflatedSize(data, filters);
    inflated += size;
    const isDense = inflated > ratioFloorBytes && inflated > maxRatio * buffer.length;
    if (size <= mostStreamBytes && !isDense) continue;
    const sentence = `is refused: its pages unpack to more than ${Math.floor(Math.max(size, inflated) / 1024 / 1024)} MB.`;
    throw fileProblem("file_bomb", fileName, `${sentence} If it is a real document, save it again and upload that.`);
  }
};

interface Compressed {
  readonly filters: readonly string[];
  readonly data: Buffer;
}

function* compressedStreams(buffer: Buffer): Generator<Compressed> {
  for (let at = buffer.indexOf("stream"); at !== -1; at = buffer.indexOf("stream", at + 6)) {
    if (buffer.toString("latin1", Math.max(0, at - 3), at) === "end") continue;
    const before = buffer.toString("latin1", Math.max(0, at - dictionaryBytes), at);
    const dictionary = before.slice(before.lastIndexOf("obj") + 3);
    const named = /\/Filter\s*(?:\[([^\]]*)\]|(\/\w+))/.exec(dictionary);
    const filters = (named?.[1] ?? named?.[2] ?? "").match(/\w+/g) ?? [];
    const isPicture = /\/Subtype\s*\/Image\b/.test(dictionary);
    if (isPicture || !filters.some((filter) => /^(FlateDecode|Fl)$/.test(filter))) continue;
    const from = at + (buffer[at + 6] === 0x0d ? 8 : 7);
    const end = buffer.indexOf("endstream", from);
    yield { filters: filters.slice(0, mostFilters), data: buffer.subarray(from, end === -1 ? buffer.length : end) };
    if (end !== -1) at = end + 3;
  }
}

/** The largest form that the data takes on its way through the filters; 0 where it cannot be told. */
const inflatedSize = (data: Buffer, filters: readonly string[]): number => {
  let largest = 0;
  let current = data;
  for (const filter of filters) {
    try {
      current = decode(current, filter);
    } catch (error) {
      const isLarge = error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE";
      return isLarge ? mostStreamBytes + 1 : largest;
    }
    largest = Math.max(largest, current.length);
  }
  return largest;
};

const decode = (data: Buffer, filter: string): Buffer => {
  switch (filter) {
    case "FlateDecode":
    case "Fl":
      return inflateSync(data, { maxOutputLength: mostStreamBytes, chunkSize: 64 * 1024 });
    case "ASCIIHexDecode":
    case "AHx":
      return Buffer.from(data.toString("latin1").replace(/[^\da-f]/gi, ""), "hex");
    case "ASCII85Decode":
    case "A85":
      return ascii85(data);
    default:
      throw new RangeError(`${filter} is not followed`);
  }
};

/** Five signs are four bytes; `z` is four zeros; `~>` ends it. */
const ascii85 = (data: Buffer): Buffer => {
  const bytes = Buffer.alloc(data.length * 4);
  let length = 0;
  let digits: number[] = [];
  for (const sign of data) {
    if (sign === 0x7e) break;
    if (sign === 0x7a && digits.length === 0) length += 4;
    if (sign < 0x21 || sign > 0x75) continue;
    digits.push(sign - 0x21);
    if (digits.length < 5) continue;
    const value = digits.reduce((sum, digit) => sum * 85 + digit, 0);
    length = bytes.writeUInt32BE(value % 0x1_0000_0000, length);
    digits = [];
  }
  return bytes.subarray(0, length);
};
