import { chmod, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A field of Postgres's binary COPY format, most significant byte first. */
export const bigint = (value: number): Buffer => {
  const field = Buffer.alloc(8);
  field.writeBigInt64BE(BigInt(value));
  return field;
};

/** The type halfvec: dimensions, two bytes unused, the numbers. */
export const halfvec = (vector: Float32Array): Buffer => {
  const field = Buffer.alloc(4 + 2 * vector.length);
  field.writeInt16BE(vector.length);
  Buffer.from(new Float16Array(vector).buffer).swap16().copy(field, 4);
  return field;
};

const signature = Buffer.concat([Buffer.from("PGCOPY\n\xff\r\n\0", "latin1"), Buffer.alloc(8)]);
const end = Buffer.from([0xff, 0xff]);

const binaryRow = (fields: readonly Buffer[]): Buffer => {
  const count = Buffer.alloc(2);
  count.writeInt16BE(fields.length);
  return Buffer.concat([
    count,
    ...fields.flatMap((field) => {
      const length = Buffer.alloc(4);
      length.writeInt32BE(field.length);
      return [length, field];
    }),
  ]);
};

interface CopyFile {
  /** For `copy … from`: the server's own user may read it. */
  readonly path: string;
  remove(): Promise<void>;
}

const writeParts = async (parts: Iterable<Buffer>): Promise<CopyFile> => {
  const folder = await mkdtemp(join(tmpdir(), "bench-copy-"));
  await chmod(folder, 0o755);
  const path = join(folder, "rows");
  const file = await open(path, "w", 0o644);
  try {
    let waiting: Buffer[] = [];
    let bytes = 0;
    for (const part of parts) {
      waiting.push(part);
      bytes += part.length;
      if (bytes < 1 << 22) continue;
      await file.writev(waiting);
      waiting = [];
      bytes = 0;
    }
    if (waiting.length > 0) await file.writev(waiting);
  } finally {
    await file.close();
  }
  return { path, remove: () => rm(folder, { recursive: true }) };
};

export const writeBinaryCopy = (rows: Iterable<readonly Buffer[]>): Promise<CopyFile> =>
  writeParts(
    (function* () {
      yield signature;
      for (const fields of rows) yield binaryRow(fields);
      yield end;
    })(),
  );

/** Fields must hold no tab, line break or backslash. */
export const writeTextCopy = (rows: Iterable<readonly (string | number)[]>): Promise<CopyFile> =>
  writeParts(
    (function* () {
      for (const fields of rows) yield Buffer.from(`${fields.join("\t")}\n`);
    })(),
  );
