import { createWriteStream } from "node:fs";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileProblem } from "./problem.ts";
import type { Document, Files } from "./ports.ts";

/**
 * The original into a file, piece by piece, counting: the row's size is only what the uploader said.
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
}): Promise<void> => {
  const { name, byteSize, orgId, objectPath } = document;
  const maxMb = Math.floor(maxBytes / 1024 / 1024);
  const tooLarge = () =>
    fileProblem("file_too_large", name, `is above the limit of ${maxMb} MB. Split it, or raise MAX_FILE_MB.`);
  if (byteSize > maxBytes) throw tooLarge();
  const body = await files.download({ orgId, path: objectPath });
  let bytes = 0;
  const count = new Transform({
    transform(piece: Uint8Array, _encoding, done) {
      bytes += piece.length;
      done(bytes > maxBytes ? tooLarge() : null, piece);
    },
  });
  const stream = body instanceof Blob ? body.stream() : body;
  await pipeline(Readable.fromWeb(stream as never), count, createWriteStream(toPath), { signal });
};
