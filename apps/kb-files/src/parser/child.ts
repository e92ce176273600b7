// The parser process: one file at a time, all of one organisation. Started by parser-process.ts with an empty environment.
import { createWriteStream } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { once } from "node:events";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { Worker } from "node:worker_threads";
import { PermanentError } from "@gpt-agent/jobs/errors";
import type { NewChunk } from "@gpt-agent/supabase/chunks";
import type { Attachment, Warning } from "../block.ts";
import { extractFile } from "../extract-file.ts";
import { codePoints, extractLarge } from "../extract-large.ts";
import { fileProblem } from "../problem.ts";
import { maxWarnings, type ParseReply, type ParseRequest, type ParserSettings } from "./protocol.ts";

/** A process ends after so many files, or once it has grown so large: what parsers leave behind goes with it. */
const mostFiles = 200;
const largestIdleBytes = 320 * 1024 * 1024;

type Answer = ParseReply["answer"];

const parse = async (request: ParseRequest): Promise<Answer> => {
  const options = { ...request, ...(settings.ocr === undefined ? {} : { ocr: settings.ocr }) };
  const large = await extractLarge(request.inputPath, options);
  if (large !== undefined) {
    const { parts, ...summary } = large;
    return { kind: "done", ...summary, ...(await writeParts(request, parts)) };
  }
  const bytes = await readFile(request.inputPath);
  const { text, chunks, attachments, warnings, ...summary } = await extractFile(bytes, options);
  const counts = await writeParts(request, [{ text, chunks }]);
  const written = await writeAttachments(attachments, request.attachmentsFolder);
  return {
    kind: "done",
    ...summary,
    ...counts,
    ...(written.length === 0 ? {} : { attachments: written }),
    ...(warnings.length === 0 ? {} : { warnings: limited(warnings) }),
  };
};

/** The extracted text and, one a line, its chunks, as they come. */
const writeParts = async (
  { textPath, chunksPath }: ParseRequest,
  parts:
    | AsyncIterable<{ readonly text: string; readonly chunks: readonly NewChunk[] }>
    | readonly { readonly text: string; readonly chunks: AsyncIterable<NewChunk> }[],
): Promise<{ readonly charCount: number; readonly chunkCount: number }> => {
  const textFile = createWriteStream(textPath);
  const lines = createWriteStream(chunksPath);
  let charCount = 0;
  let chunkCount = 0;
  for await (const { text, chunks } of parts) {
    charCount += codePoints(text);
    if (!textFile.write(text)) await once(textFile, "drain");
    for await (const chunk of chunks) {
      chunkCount += 1;
      if (!lines.write(`${JSON.stringify(chunk)}\n`)) await once(lines, "drain");
    }
  }
  await Promise.all([textFile, lines].map((file) => finished(file.end())));
  return { charCount, chunkCount };
};

const writeAttachments = async (attachments: readonly Attachment[], folder: string | undefined) => {
  const written = [];
  for (const [index, { name, mime, bytes }] of folder === undefined ? [] : attachments.entries()) {
    const file = `attachment-${index + 1}`;
    await writeFile(join(folder ?? "", file), bytes);
    written.push({ file, name, mime: mime.slice(0, 255), byteSize: bytes.length });
  }
  return written;
};

const limited = (warnings: readonly Warning[]): Warning[] => {
  const shown = warnings.map((warning) => ({ ...warning, message: warning.message.slice(0, 2_000) }));
  if (shown.length <= maxWarnings) return shown;
  const rest = shown.length - maxWarnings + 1;
  return [...shown.slice(0, maxWarnings - 1), { code: "part_unreadable", message: `And ${rest} more such parts.` }];
};

/** A parser may throw anything at hostile bytes; none of it is ours to retry. */
const toProblem = (error: unknown, fileName: string): PermanentError => {
  if (error instanceof PermanentError) return error;
  if (error instanceof RangeError && /allocation|memory/i.test(error.message)) {
    return fileProblem(
      "parser_memory",
      fileName,
      "needs more memory to read than is allowed. Split it and upload the parts.",
    );
  }
  if (error instanceof RangeError && /call stack|nested/i.test(error.message)) {
    return fileProblem("file_corrupt", fileName, "is nested too deeply to be read. Save it again and upload that.");
  }
  const reason = error instanceof Error ? error.message.slice(0, 200) : "unknown reason";
  return fileProblem("file_corrupt", fileName, `cannot be read (${reason}). Save it again and upload that.`);
};

const settings = JSON.parse(process.argv[2] ?? "{}") as ParserSettings;
const watchdog = `./watchdog${import.meta.filename.endsWith(".ts") ? ".ts" : ".js"}`;
new Worker(new URL(watchdog, import.meta.url), { workerData: { maxRssBytes: settings.maxRssBytes }, execArgv: [] });

let files = 0;
const reply = async (request: ParseRequest): Promise<ParseReply> => {
  files += 1;
  let isSound = true;
  const answer = await parse(request).catch((error: unknown): Answer => {
    // A parser's complaint leaves nothing behind. A full stack or a trap may have left it in any state.
    isSound = !(error instanceof RangeError || (error instanceof Error && error.name === "RuntimeError"));
    const { code, message } = toProblem(error, request.fileName);
    return { kind: "problem", code, message: message.slice(0, 2_000) } as Answer;
  });
  return { answer, goesOn: isSound && files < mostFiles && process.memoryUsage.rss() < largestIdleBytes };
};
process.on("disconnect", () => process.exit(0));
process.on("message", (request: ParseRequest) => {
  void reply(request).then((message) => process.send?.(message));
});
