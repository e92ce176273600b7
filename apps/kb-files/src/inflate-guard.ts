import { inflateRawSync } from "node:zlib";
import yauzl, { type Entry } from "yauzl";
import { fileProblem } from "./problem.ts";

export interface InflateLimits {
  readonly maxEntries: number;
  readonly maxInflatedBytes: number;
  /** Inflated over packed; enforced above `ratioFloorBytes`, because small repetitive documents pack very well. */
  readonly maxRatio: number;
  readonly ratioFloorBytes: number;
}

export const inflateLimits: InflateLimits = {
  maxEntries: 10_000,
  maxInflatedBytes: 400 * 1024 * 1024,
  maxRatio: 100,
  ratioFloorBytes: 24 * 1024 * 1024,
};

/** Entries up to this declared size are inflated in one call: a stream costs more than they do. */
const smallBytes = 4 * 1024 * 1024;
/** Of small text entries, so much is kept for the reader: most documents are then inflated once. */
const keptBytes = 32 * 1024 * 1024;
const isMarkup = /\.(xml|rels|x?html?|opf|ncx)$|^mimetype$/i;

export interface GuardedZip {
  /** Of the entries, in the archive's order. */
  readonly names: readonly string[];
  /** Small entries of markup, whole. */
  readonly kept: ReadonlyMap<string, Buffer>;
  /** Of all entries together. */
  readonly inflatedBytes: number;
  /** Inflates an entry again; undefined where there is none of that name. */
  readonly open: (name: string) => Promise<AsyncIterable<Buffer>> | undefined;
}

/**
 * Inflates a zip once and counts the bytes that really come out: the sizes an archive declares may lie. A bomb costs time
 * in proportion to the limit and next to no memory.
 * @throws {PermanentError} file_bomb, file_corrupt
 */
export const guardZip = async (buffer: Buffer, fileName: string, limits = inflateLimits): Promise<GuardedZip> => {
  const bomb = (why: string) =>
    fileProblem("file_bomb", fileName, `is refused: ${why}. If it is a real document, save it again and upload that.`);
  const entries = new Map<string, Entry>();
  const names: string[] = [];
  const kept = new Map<string, Buffer>();
  let inflated = 0;
  let keeping = 0;
  const count = (bytes: number): void => {
    inflated += bytes;
    const tooDense = inflated > limits.ratioFloorBytes && inflated > limits.maxRatio * buffer.length;
    if (tooDense || inflated > limits.maxInflatedBytes) {
      throw bomb(`it unpacks to more than ${Math.floor(inflated / 1024 / 1024)} MB`);
    }
  };
  let zip;
  try {
    zip = await yauzl.fromBufferPromise(buffer, { validateEntrySizes: true });
    if (zip.entryCount > limits.maxEntries) throw bomb(`its archive holds ${zip.entryCount} files`);
    for await (const entry of zip.eachEntry()) {
      names.push(entry.fileName);
      entries.set(entry.fileName, entry);
      if (names.length > limits.maxEntries) throw bomb(`its archive holds more than ${limits.maxEntries} files`);
      const whole = inflateSmall(entry, buffer);
      if (whole === undefined) {
        for await (const piece of await zip.openReadStreamPromise(entry)) count((piece as Buffer).length);
        continue;
      }
      count(whole.length);
      keeping += isMarkup.test(entry.fileName) ? whole.length : 0;
      if (isMarkup.test(entry.fileName) && keeping <= keptBytes) kept.set(entry.fileName, whole);
    }
  } catch (error) {
    if (error instanceof Error && error.name === "PermanentError") throw error;
    throw fileProblem("file_corrupt", fileName, "is damaged or cut short. Upload it again.", error);
  }
  const archive = zip;
  const open = (name: string): Promise<AsyncIterable<Buffer>> | undefined => {
    const entry = entries.get(name);
    return entry === undefined ? undefined : archive.openReadStreamPromise(entry);
  };
  return { names, kept, inflatedBytes: inflated, open };
};

/** Undefined for what is not small, not deflated or encrypted. @throws where more comes out than is declared */
export const inflateSmall = (entry: Entry, buffer: Buffer): Buffer | undefined => {
  const { compressedSize, uncompressedSize, relativeOffsetOfLocalHeader: at } = entry;
  if (uncompressedSize > smallBytes || entry.compressionMethod !== deflated || entry.isEncrypted()) return undefined;
  if (buffer.readUInt32LE(at) !== localHeader) throw new RangeError(`"${entry.fileName}" is not where it should be`);
  const from = at + localHeaderBytes + buffer.readUInt16LE(at + 26) + buffer.readUInt16LE(at + 28);
  // zlib takes no limit of 0.
  const maxOutputLength = Math.max(1, uncompressedSize);
  const whole = inflateRawSync(buffer.subarray(from, from + compressedSize), { maxOutputLength });
  if (whole.length !== uncompressedSize) throw new RangeError(`"${entry.fileName}" is not as long as it says`);
  return whole;
};

const deflated = 8;
/** "PK\x03\x04", and what stands behind it before the entry's name. */
const localHeader = 0x0403_4b50;
const localHeaderBytes = 30;
