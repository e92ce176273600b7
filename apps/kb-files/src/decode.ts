import { isAscii, isUtf8 } from "node:buffer";
import iconv from "iconv-lite";
import { bestCyrillic } from "./cyrillic.ts";

export interface Decoded {
  readonly text: string;
  /** As iconv-lite names it. */
  readonly encoding: string;
}

const sampleBytes = 65_536;
/** Mean score above which text is taken for Russian, whatever the detector says; see `russianScore`. */
const surelyRussian = 2;
const plausiblyRussian = 1.2;

const byteOrderMarks: readonly (readonly [encoding: string, ...mark: number[]])[] = [
  ["utf-32le", 0xff, 0xfe, 0x00, 0x00],
  ["utf-32be", 0x00, 0x00, 0xfe, 0xff],
  ["utf-8", 0xef, 0xbb, 0xbf],
  ["utf-16le", 0xff, 0xfe],
  ["utf-16be", 0xfe, 0xff],
];

/**
 * Bytes of a text file into text. Order: byte order mark, pattern of NUL bytes (UTF-16/32 without a mark passes as
 * UTF-8 otherwise), strict UTF-8, what the file itself declares, then statistics.
 * @param declared an encoding the content names (HTML's `<meta charset>`), used only where it is not UTF-8.
 */
export const decodeText = async (bytes: Uint8Array, declared?: string): Promise<Decoded> => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const certain = markedEncoding(buffer) ?? wideEncoding(buffer);
  if (certain !== undefined) return { text: iconv.decode(buffer, certain), encoding: certain };
  const utf8 = strictUtf8(buffer);
  if (utf8 !== undefined) return { text: utf8, encoding: "utf-8" };
  const damaged = mostlyUtf8(buffer);
  if (damaged !== undefined) return { text: damaged, encoding: "utf-8" };
  const encoding = named(declared) ?? (await guessEncoding(nonAsciiSample(buffer)));
  return { text: iconv.decode(buffer, encoding), encoding };
};

/** What a file says of itself, where that can be. */
const named = (declared: string | undefined): string | undefined =>
  declared !== undefined && !/^utf-?8$/i.test(declared) && iconv.encodingExists(declared)
    ? declared.toLowerCase()
    : undefined;

const markedEncoding = (buffer: Buffer): string | undefined =>
  byteOrderMarks.find(([, ...mark]) => mark.every((byte, at) => buffer[at] === byte))?.[0];

/** UTF-16/32 without a mark: NUL bytes, and nearly all of them at the same place of each unit. */
export const wideEncoding = (buffer: Buffer): string | undefined => {
  const length = Math.min(buffer.length, sampleBytes) & ~3;
  if (!buffer.subarray(0, length).includes(0)) return undefined;
  const zeros = [0, 0, 0, 0];
  for (let at = 0; at < length; at += 1) {
    if (buffer[at] === 0) zeros[at & 3] = (zeros[at & 3] ?? 0) + 1;
  }
  const share = zeros.map((count) => (length === 0 ? 0 : (count * 4) / length)) as [number, number, number, number];
  const [a, b, c, d] = share;
  if (c > 0.9 && d > 0.9 && a < 0.1) return "utf-32le";
  if (a > 0.9 && b > 0.9 && d < 0.1) return "utf-32be";
  // Russian UTF-16 has its NULs only in spaces, digits and punctuation; the high byte is 04 for letters.
  const highBytes = (start: 0 | 1): number => {
    let plausible = 0;
    for (let at = start; at < length; at += 2) if (buffer[at] === 0 || buffer[at] === 4) plausible += 1;
    return length === 0 ? 0 : (plausible * 2) / length;
  };
  if (b + d > 0.1 && a + c < 0.02 && highBytes(1) > 0.85) return "utf-16le";
  if (a + c > 0.1 && b + d < 0.02 && highBytes(0) > 0.85) return "utf-16be";
  return undefined;
};

/** UTF-8 with a damaged place here and there, as a cut or a bad copy leaves it: at least ten good characters to each. */
const mostlyUtf8 = (buffer: Buffer): string | undefined => {
  const text = new TextDecoder("utf-8").decode(buffer);
  let good = 0;
  let bad = 0;
  for (const char of text) {
    if (char === "\ufffd") bad += 1;
    else if (char > "\u007f") good += 1;
  }
  return good >= 10 * bad ? text : undefined;
};

const strictUtf8 = (buffer: Buffer): string | undefined => (isUtf8(buffer) ? buffer.toString("utf8") : undefined);

/** Up to 64 KB from around the first byte that is not ASCII: what comes before says nothing about the encoding. */
const nonAsciiSample = (buffer: Buffer): Buffer => {
  const first = buffer.findIndex((byte) => byte > 0x7f);
  const start = Math.max(0, first - 256);
  return buffer.subarray(start, start + sampleBytes);
};

/** The encoding of a text that is too large to be held: from its start, and from a pass over its bytes. */
export const encodingOf = async (start: Buffer, pieces: AsyncIterable<Buffer>, declared?: string): Promise<string> => {
  const certain = markedEncoding(start) ?? wideEncoding(start);
  if (certain !== undefined) return certain;
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let isUtf8 = true;
  let sample: Buffer = Buffer.alloc(0);
  for await (const piece of pieces) {
    const isPlain = isAscii(piece);
    if (sample.length < sampleBytes && (sample.length > 0 || !isPlain)) {
      sample = Buffer.concat([sample, sample.length > 0 ? piece.subarray(0, sampleBytes) : nonAsciiSample(piece)]);
    }
    isUtf8 &&= isPlain || isValidUtf8(decoder, piece);
    if (!isUtf8 && sample.length >= sampleBytes) break;
  }
  if (isUtf8 || mostlyUtf8(sample) !== undefined) return "utf-8";
  return named(declared) ?? guessEncoding(sample);
};

const isValidUtf8 = (decoder: InstanceType<typeof TextDecoder>, piece: Buffer): boolean => {
  try {
    decoder.decode(piece, { stream: true });
    return true;
  } catch {
    return false;
  }
};

/** Decodes piece by piece; marks at the start go. */
export async function* decodePieces(pieces: AsyncIterable<Buffer>, encoding: string): AsyncGenerator<string> {
  if (encoding === "utf-8") {
    const decoder = new TextDecoder("utf-8");
    for await (const piece of pieces) yield decoder.decode(piece, { stream: true });
    yield decoder.decode();
    return;
  }
  const decoder = iconv.getDecoder(encoding);
  for await (const piece of pieces) yield decoder.write(piece);
  yield decoder.end() ?? "";
}

const guessEncoding = async (sample: Buffer): Promise<string> => {
  const cyrillic = bestCyrillic(sample);
  if (cyrillic.score >= surelyRussian) return cyrillic.encoding;
  const { detect } = await import("jschardet");
  const { encoding, confidence } = detect(sample);
  const known = encoding !== null && iconv.encodingExists(encoding) ? encoding.toLowerCase() : undefined;
  const saysCyrillic = known !== undefined && (/cyrillic|koi8|866|1251|8859-5/.test(known) || confidence < 0.6);
  if (cyrillic.score >= plausiblyRussian && (known === undefined || saysCyrillic)) return cyrillic.encoding;
  if (known === undefined || /^(ascii|utf-?8)$/.test(known)) return "windows-1252";
  return known === "windows-1250" ? centralEuropean(sample) : known;
};

/** Detectors mix these two up; they agree on most letters, and the wrong one shows signs inside words. */
const centralEuropean = (sample: Buffer): string => {
  const letters = (encoding: string): number => iconv.decode(sample, encoding).match(/\p{L}/gu)?.length ?? 0;
  return letters("iso-8859-2") > letters("windows-1250") ? "iso-8859-2" : "windows-1250";
};
