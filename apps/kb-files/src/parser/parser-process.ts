import { spawn, type ChildProcess } from "node:child_process";
import { getCompileCacheDir } from "node:module";
import type { Readable } from "node:stream";
import { PermanentError } from "@gpt-agent/jobs/errors";
import type { OcrSettings } from "../ocr.ts";
import { fileProblem } from "../problem.ts";
import { parseAnswer, type ParsedSummary, type ParseRequest } from "./protocol.ts";
import { memorySignal } from "./signals.ts";

export interface ParserLimits {
  /** Wall-clock time for one file, start-up included. */
  readonly timeoutMs: number;
  readonly maxHeapMb: number;
  /** Everything: heap, buffers, WebAssembly. */
  readonly maxRssMb: number;
}

export const parserLimits: ParserLimits = { timeoutMs: 180_000, maxHeapMb: 1_024, maxRssMb: 1_536 };

/**
 * Files on disk in, files on disk out: neither the original nor the text passes through the worker's memory.
 * `timeoutMs` shortens the time that is allowed; it cannot make it longer.
 */
export type Parse = (
  request: Omit<ParseRequest, "maxRssBytes" | "ocr"> & { readonly timeoutMs?: number },
  signal: AbortSignal,
) => Promise<ParsedSummary>;

const isSource = import.meta.filename.endsWith(".ts");
const childPath = new URL(`./child${isSource ? ".ts" : ".js"}`, import.meta.url).pathname;

/**
 * Parses each file in a process of its own: hostile input can crash, hang or bloat only that. It gets no environment,
 * so no secret, and its watchdog ends it when this process goes.
 * @param ocr absent: text recognition is off
 * @throws {PermanentError} what the file's problem is, or parser_timeout, parser_memory
 * @throws {Error} when the process ends in a way nobody can explain: worth another attempt
 */
export const makeParser =
  (limits: ParserLimits = parserLimits, ocr?: OcrSettings): Parse =>
  async ({ timeoutMs = Infinity, ...request }, signal) => {
    signal.throwIfAborted();
    const maxRssBytes = limits.maxRssMb * 1024 * 1024;
    const child = start({ ...request, maxRssBytes, ...(ocr === undefined ? {} : { ocr }) }, limits);
    const allowedMs = Math.min(timeoutMs, limits.timeoutMs);
    const timeout = AbortSignal.timeout(allowedMs);
    const stop = AbortSignal.any([signal, timeout]);
    const kill = (): void => void child.kill("SIGKILL");
    stop.addEventListener("abort", kill, { once: true });
    try {
      const { message, exitSignal, exitCode, stderr } = await ending(child);
      signal.throwIfAborted();
      if (timeout.aborted) {
        const seconds = Math.round(allowedMs / 1000);
        throw fileProblem(
          "parser_timeout",
          request.fileName,
          `took longer than ${seconds} s to read. Split it and upload the parts.`,
        );
      }
      if (message !== undefined) return unwrap(message);
      // V8 ends a process whose heap is full with SIGABRT.
      if (exitSignal === memorySignal || (exitSignal === "SIGABRT" && /out of memory/i.test(stderr))) {
        const sentence = "needs more memory to read than is allowed. Split it and upload the parts.";
        throw fileProblem("parser_memory", request.fileName, sentence);
      }
      throw new Error(
        `the parser process ended without an answer (${exitSignal ?? `exit code ${exitCode}`}): ${stderr.trim()}`,
      );
    } finally {
      stop.removeEventListener("abort", kill);
      kill();
    }
  };

const start = (request: ParseRequest, limits: ParserLimits): ChildProcess => {
  const compileCache = getCompileCacheDir();
  return spawn(
    process.execPath,
    [
      ...(isSource ? ["--conditions=@gpt-agent/source"] : []),
      `--max-old-space-size=${limits.maxHeapMb}`,
      "--max-semi-space-size=16",
      childPath,
      JSON.stringify(request),
    ],
    {
      env: compileCache === undefined ? {} : { NODE_COMPILE_CACHE: compileCache },
      // stdin, stdout, stderr, the lifeline (see watchdog.ts), the answer.
      stdio: ["ignore", "ignore", "pipe", "pipe", "ipc"],
    },
  );
};

interface Ending {
  readonly message: unknown;
  readonly exitCode: number | null;
  readonly exitSignal: NodeJS.Signals | null;
  /** Its last words. */
  readonly stderr: string;
}

const ending = (child: ChildProcess): Promise<Ending> =>
  new Promise((resolve, reject) => {
    let message: unknown;
    let stderr = "";
    (child.stderr as Readable).setEncoding("utf8").on("data", (text: string) => {
      stderr = (stderr + text).slice(-4_000);
    });
    child.once("message", (value) => {
      message = value;
    });
    child.once("error", reject);
    child.once("close", (exitCode, exitSignal) => resolve({ message, exitCode, exitSignal, stderr }));
  });

const unwrap = (message: unknown): ParsedSummary => {
  const answer = parseAnswer.parse(message);
  if (answer.kind === "problem") throw new PermanentError(answer.code, answer.message);
  const { kind: _, ...summary } = answer;
  return summary;
};
