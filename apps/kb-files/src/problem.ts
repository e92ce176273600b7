import { PermanentError } from "@gpt-agent/jobs/errors";
import type { ErrorCode } from "@gpt-agent/jobs/error-codes";

/** Codes that say something about the file itself; each ends the document. */
export type FileProblemCode = Extract<
  ErrorCode,
  "password_required" | `file_${string}` | `parser_${string}` | `ocr_${string}`
>;

/**
 * An error about the person's file. Every message names the file, says what is wrong with it and what to do.
 * @example throw fileProblem("file_empty", name, "is empty (0 bytes). Upload the file again.")
 */
export const fileProblem = (
  code: FileProblemCode,
  fileName: string,
  sentence: string,
  cause?: unknown,
): PermanentError => new PermanentError(code, `"${fileName}" ${sentence}`, { cause });
