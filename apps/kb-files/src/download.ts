import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileProblem } from "./problem.ts";
import type { Document, Files } from "./ports.ts";

/**
 * The original into a file, piece by piece, counting: the row's size is only what the uploader said.
 * @returns SHA-256 of the bytes, in hexadecimal
 * @throws {PermanentError} file_too_large
 */
export const download = async ({
  files,
  document,
  toPath,
  maxBytes,
  signal,
}: {
  readonly files: Pick<Files, "download">;
  readonly document: Document;
  readonly toPath: string;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}): Promise<string> => {
  const { name, byteSize, orgId, objectPath } = document;
  const tooLarge = () =>
    fileProblem("file_too_large", name, `is above the limit of ${size(maxBytes)}. Split it, or have the limit raised.`);
  if (byteSize > maxBytes) throw tooLarge();
  const body = await files.download({ orgId, path: objectPath });
  let bytes = 0;
  const hash = createHash("sha256");
  const count = new Transform({
    transform(piece: Uint8Array, _encoding, done) {
      bytes += piece.length;
      hash.update(piece);
      done(bytes > maxBytes ? tooLarge() : null, piece);
    },
  });
  const stream = body instanceof Response ? body.body : body instanceof Blob ? body.stream() : body;
  await pipeline(
    stream === null ? Readable.from([]) : Readable.fromWeb(stream as never),
    count,
    createWriteStream(toPath),
    { signal },
  );
  return hash.digest("hex");
};

const size = (bytes: number): string =>
  bytes < 1024 * 1024 ? `${Math.floor(bytes / 1024)} kB` : `${Math.floor(bytes / 1024 / 1024)} MB`;
