import yauzl from "yauzl";
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

/**
 * Reads a zip once and counts the bytes that really come out: the sizes an archive declares may lie.
 * Nothing is kept, so a bomb costs time in proportion to the limit and no memory.
 * @returns the names of the entries
 * @throws {PermanentError} file_bomb, file_corrupt
 */
export const guardZip = async (buffer: Buffer, fileName: string, limits = inflateLimits): Promise<string[]> => {
  const bomb = (why: string) =>
    fileProblem("file_bomb", fileName, `is refused: ${why}. If it is a real document, save it again and upload that.`);
  const names: string[] = [];
  let inflated = 0;
  try {
    const zip = await yauzl.fromBufferPromise(buffer, { validateEntrySizes: true });
    if (zip.entryCount > limits.maxEntries) throw bomb(`its archive holds ${zip.entryCount} files`);
    for await (const entry of zip.eachEntry()) {
      names.push(entry.fileName);
      if (names.length > limits.maxEntries) throw bomb(`its archive holds more than ${limits.maxEntries} files`);
      for await (const piece of await zip.openReadStreamPromise(entry)) {
        inflated += (piece as Buffer).length;
        const tooDense = inflated > limits.ratioFloorBytes && inflated > limits.maxRatio * buffer.length;
        if (tooDense || inflated > limits.maxInflatedBytes) {
          throw bomb(`it unpacks to more than ${Math.floor(inflated / 1024 / 1024)} MB`);
        }
      }
    }
  } catch (error) {
    if (error instanceof Error && error.name === "PermanentError") throw error;
    throw fileProblem("file_corrupt", fileName, "is damaged or cut short. Upload it again.", error);
  }
  return names;
};
