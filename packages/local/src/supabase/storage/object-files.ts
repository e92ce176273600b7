import { createHash, randomUUID } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { copyFile, mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { tooLarge } from "./storage-error.ts";

export interface ReceivedFile {
  readonly version: string;
  readonly size: number;
  readonly md5: string;
  /** Makes it the content of its version. */
  keep(): Promise<void>;
  /** Removes what was not kept. */
  discard(): Promise<void>;
}

/** Contents by version, a UUID of our own: the names that clients choose never reach the file system. */
export interface ObjectFiles {
  /** Streams to disk. @throws {StorageError} 413 beyond `maxBytes` */
  receive(source: AsyncIterable<Uint8Array>, maxBytes: number): Promise<ReceivedFile>;
  read(version: string, range?: { readonly start: number; readonly end: number }): Readable;
  /** @returns The copy's version. */
  copy(version: string): Promise<string>;
  remove(versions: readonly string[]): Promise<void>;
}

const isVersion = /^[0-9a-f-]{36}$/u;

export const makeObjectFiles = async (folder: string): Promise<ObjectFiles> => {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const pathOf = (version: string): string => {
    if (!isVersion.test(version)) throw new Error(`Not an object version: ${version}`);
    return join(folder, version);
  };
  return {
    receive: async (source, maxBytes) => {
      const version = randomUUID();
      const temporary = `${pathOf(version)}.part`;
      const hash = createHash("md5");
      let size = 0;
      const measure = async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
        for await (const chunk of chunks) {
          size += chunk.byteLength;
          if (size > maxBytes) throw tooLarge();
          hash.update(chunk);
          yield chunk;
        }
      };
      const discard = (): Promise<void> => rm(temporary, { force: true });
      try {
        await pipeline(source, measure, createWriteStream(temporary, { mode: 0o600 }));
      } catch (error) {
        await discard();
        throw error;
      }
      return { version, size, md5: hash.digest("hex"), keep: () => rename(temporary, pathOf(version)), discard };
    },
    read: (version, range) => createReadStream(pathOf(version), range),
    copy: async (version) => {
      const copied = randomUUID();
      await copyFile(pathOf(version), pathOf(copied));
      return copied;
    },
    remove: async (versions) => {
      await Promise.all(versions.map((version) => rm(pathOf(version), { force: true })));
    },
  };
};
