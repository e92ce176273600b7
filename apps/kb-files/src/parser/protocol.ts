import { z } from "zod";

/** What the worker asks of a parser process, as its only argument. */
export interface ParseRequest {
  readonly inputPath: string;
  /** The extracted text, UTF-8. */
  readonly textPath: string;
  /** One chunk per line, JSON, in order. */
  readonly chunksPath: string;
  readonly fileName: string;
  readonly maxTokens: number;
  readonly overlapTokens: number;
  readonly maxRssBytes: number;
}

/** What comes back. Checked: the process has just read somebody's file. */
export const parseAnswer = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("done"),
    format: z.enum(["text", "markdown", "html", "pdf", "docx"]),
    pageCount: z.int().nonnegative().nullable(),
    /** Code points. */
    charCount: z.int().positive(),
    chunkCount: z.int().positive(),
    language: z.enum(["russian", "english", "simple"]),
  }),
  z.object({
    kind: z.literal("problem"),
    code: z.enum([
      "file_empty",
      "file_unsupported",
      "file_mislabelled",
      "file_corrupt",
      "file_password",
      "file_no_text",
      "file_bomb",
      "parser_memory",
    ]),
    message: z.string().max(2_000),
  }),
]);

export type ParseAnswer = z.output<typeof parseAnswer>;
export type ParsedSummary = Omit<Extract<ParseAnswer, { kind: "done" }>, "kind">;
