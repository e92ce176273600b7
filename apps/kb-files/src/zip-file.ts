import { guardZip } from "./inflate-guard.ts";
import { fileProblem } from "./problem.ts";

/** An archive that has passed the inflate guard. Nothing is written to disk, so names cannot lead anywhere. */
export interface ZipFile {
  readonly names: readonly string[];
  /** Of all entries together. */
  readonly inflatedBytes: number;
  /** Undefined where there is no such entry. */
  read(name: string): Promise<Buffer | undefined>;
  /** Nothing where there is no such entry; one of any size takes little memory. */
  pieces(name: string): AsyncGenerator<Buffer>;
}

/**
 * @throws {PermanentError} file_bomb before anything is kept, file_corrupt
 */
export const openZip = async (bytes: Uint8Array, fileName: string): Promise<ZipFile> => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { names, kept, inflatedBytes, open } = await guardZip(buffer, fileName);
  const pieces = async function* (name: string): AsyncGenerator<Buffer> {
    const whole = kept.get(name);
    if (whole !== undefined) yield whole;
    else yield* (await open(name)) ?? [];
  };
  const known = new Set(names);
  return {
    names,
    inflatedBytes,
    read: async (name) =>
      kept.get(name) ?? (known.has(name) ? Buffer.concat(await Array.fromAsync(pieces(name))) : undefined),
    pieces,
  };
};

/** @throws {PermanentError} file_corrupt */
export const readEntry = async (zip: ZipFile, name: string, fileName: string): Promise<Buffer> => {
  const bytes = await zip.read(name);
  if (bytes !== undefined) return bytes;
  throw fileProblem("file_corrupt", fileName, `is damaged: "${name}" is missing in it. Save it again and upload that.`);
};
