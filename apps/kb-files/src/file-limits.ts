import { fileProblem } from "./problem.ts";
import type { Ports } from "./ports.ts";

/** What one file may be. */
export interface FileLimits {
  readonly maxFileBytes: number;
  readonly maxPages: number;
  readonly maxChunks: number;
  /** Null: as the parser process allows; a longer time than that is not given. */
  readonly maxParseSeconds: number | null;
}

/** The organisation's own limits where it has them, the installation's elsewhere. */
export const limitsOf = async ({ limits, defaultLimits }: Ports, orgId: string): Promise<FileLimits> => {
  const own = await limits.get({ orgId });
  return {
    maxFileBytes: own.maxFileBytes ?? defaultLimits.maxFileBytes,
    maxPages: own.maxPages ?? defaultLimits.maxPages,
    maxChunks: own.maxChunks ?? defaultLimits.maxChunks,
    maxParseSeconds: own.maxParseSeconds ?? defaultLimits.maxParseSeconds,
  };
};

/** @throws {PermanentError} file_too_many_pages, file_too_many_chunks */
export const checkCounts = (
  fileName: string,
  { pageCount, chunkCount }: { readonly pageCount: number | null; readonly chunkCount: number },
  { maxPages, maxChunks }: FileLimits,
): void => {
  const advice = "Split it and upload the parts, or have the limit raised.";
  if (pageCount !== null && pageCount > maxPages) {
    const sentence = `has ${pageCount} pages, above your organisation's limit of ${maxPages}. ${advice}`;
    throw fileProblem("file_too_many_pages", fileName, sentence);
  }
  if (chunkCount > maxChunks) {
    const sentence = `makes ${chunkCount} passages, above your organisation's limit of ${maxChunks}. ${advice}`;
    throw fileProblem("file_too_many_chunks", fileName, sentence);
  }
};
