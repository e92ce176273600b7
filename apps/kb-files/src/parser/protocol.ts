import { errorCodes, type ErrorCode } from "@gpt-agent/jobs/error-codes";
import { z } from "zod";
import { formatNames, type Format } from "../block.ts";
import type { OcrSettings } from "../ocr.ts";

const namesOf = <K extends string>(record: Readonly<Record<K, unknown>>): [K, ...K[]] =>
  Object.keys(record) as [K, ...K[]];

/** What a parser process is started with, as its only argument. */
export interface ParserSettings {
  readonly maxRssBytes: number;
  /** Absent: text recognition is off. */
  readonly ocr?: OcrSettings;
}

/** What the worker asks of a parser process, one file at a time. */
export interface ParseRequest {
  readonly inputPath: string;
  /** The extracted text, UTF-8. */
  readonly textPath: string;
  /** One chunk per line, JSON, in order. */
  readonly chunksPath: string;
  readonly fileName: string;
  readonly maxTokens: number;
  readonly overlapTokens: number;
  /** An existing, empty folder that attachments are written to. Without it they are left out. */
  readonly attachmentsFolder?: string;
  /** 0 (or absent) for an uploaded file, 1 for its attachment, and so on. At `maxMailDepth` attachments are left out. */
  readonly mailDepth?: number;
  /** Of a protected PDF. It goes through the pipe and is in no argument and no file. */
  readonly password?: string;
}

/** An uploaded message, its attachments, and theirs. */
export const maxMailDepth = 3;
/** Most attachments of one message; more are left out and named in a warning. */
export const maxAttachments = 100;
/** Most warnings of one file; the last one then counts the rest. */
export const maxWarnings = 100;

/** One attachment, written to `<attachmentsFolder>/<file>`. */
const writtenAttachment = z.object({
  file: z.string().regex(/^attachment-\d{1,4}$/),
  /** As the sender named it, without path parts; never empty. */
  name: z.string().min(1).max(255),
  mime: z.string().max(255),
  byteSize: z.int().positive(),
});

const warning = z.object({
  code: z.enum(namesOf<ErrorCode>(errorCodes)),
  message: z.string().max(2_000),
  page: z.int().positive().optional(),
});

const answer = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("done"),
    format: z.enum(namesOf<Format>(formatNames)),
    pageCount: z.int().nonnegative().nullable(),
    /** Code points. */
    charCount: z.int().positive(),
    chunkCount: z.int().positive(),
    language: z.enum(["russian", "english", "simple"]),
    /** Absent where there are none. Each is a document of its own, at `mailDepth` + 1. */
    attachments: z.array(writtenAttachment).max(maxAttachments).optional(),
    /** Parts that could not be read; absent where there are none. */
    warnings: z.array(warning).max(maxWarnings).optional(),
  }),
  z.object({
    kind: z.literal("problem"),
    code: z.enum([
      "file_empty",
      "file_too_large",
      "file_unsupported",
      "file_mislabelled",
      "file_corrupt",
      "password_required",
      "file_no_text",
      "file_bomb",
      "ocr_unavailable",
      "parser_memory",
    ]),
    message: z.string().max(2_000),
  }),
]);

/** What comes back. Checked: the process has just read somebody's file. */
export const parseReply = z.object({
  answer,
  /** It may be asked again: it is neither large nor old, and nothing went wrong in it. */
  goesOn: z.boolean(),
});

export type ParseReply = z.output<typeof parseReply>;
export type ParsedSummary = Omit<Extract<ParseReply["answer"], { kind: "done" }>, "kind">;
