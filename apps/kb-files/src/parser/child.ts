// The parser process: one file, then it ends. Started by parser-process.ts with an empty environment.
import { createWriteStream } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { PermanentError } from "@gpt-agent/jobs/errors";
import { extractFile } from "../extract-file.ts";
import { fileProblem } from "../problem.ts";
import type { ParseRequest } from "./protocol.ts";

const parse = async (request: ParseRequest): Promise<unknown> => {
  const { text, chunks, ...summary } = await extractFile(await readFile(request.inputPath), request);
  await writeFile(request.textPath, text);
  const lines = createWriteStream(request.chunksPath);
  let chunkCount = 0;
  for await (const chunk of chunks) {
    chunkCount += 1;
    if (!lines.write(`${JSON.stringify(chunk)}\n`)) await once(lines, "drain");
  }
  lines.end();
  await once(lines, "finish");
  const pairs = text.match(/[\u{10000}-\u{10ffff}]/gu)?.length ?? 0;
  return { kind: "done", ...summary, chunkCount, charCount: text.length - pairs };
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
  if (error instanceof RangeError && /call stack/i.test(error.message)) {
    return fileProblem("file_corrupt", fileName, "is nested too deeply to be read. Save it again and upload that.");
  }
  const reason = error instanceof Error ? error.message.slice(0, 200) : "unknown reason";
  return fileProblem("file_corrupt", fileName, `cannot be read (${reason}). Save it again and upload that.`);
};

const request = JSON.parse(process.argv[2] ?? "{}") as ParseRequest;
const watchdog = `./watchdog${import.meta.filename.endsWith(".ts") ? ".ts" : ".js"}`;
new Worker(new URL(watchdog, import.meta.url), { workerData: { maxRssBytes: request.maxRssBytes }, execArgv: [] });
const answer = await parse(request).catch((error: unknown) => {
  const { code, message } = toProblem(error, request.fileName);
  return { kind: "problem", code, message: message.slice(0, 2_000) };
});
process.send?.(answer, undefined, undefined, () => process.exit(0));
