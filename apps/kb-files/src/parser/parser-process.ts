import { PermanentError } from "@gpt-agent/jobs/errors";
import type { OcrSettings } from "../ocr.ts";
import { fileProblem } from "../problem.ts";
import { makeParserPool, type ParserChild } from "./parser-pool.ts";
import { parseReply, type ParsedSummary, type ParseReply, type ParseRequest } from "./protocol.ts";
import { memorySignal } from "./signals.ts";

export interface ParserLimits {
  /** Wall-clock time for one file; where a process has to be started, that is included. */
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
  request: ParseRequest & { readonly orgId: string; readonly timeoutMs?: number },
  signal: AbortSignal,
) => Promise<ParsedSummary>;

/**
 * Parses each file in another process: hostile input can crash, hang or bloat only that, and costs nobody else's file. It
 * gets no environment, so no secret, reads one organisation's files only, and its watchdog ends it when this process goes.
 * @param ocr absent: text recognition is off
 * @throws {PermanentError} what the file's problem is, or parser_timeout, parser_memory
 * @throws {Error} when the process ends in a way nobody can explain: worth another attempt
 */
export const makeParser = (limits: ParserLimits = parserLimits, ocr?: OcrSettings): Parse => {
  const settings = { maxRssBytes: limits.maxRssMb * 1024 * 1024, ...(ocr === undefined ? {} : { ocr }) };
  const pool = makeParserPool(settings, limits.maxHeapMb);
  return async ({ timeoutMs = Infinity, orgId, ...request }, signal) => {
    signal.throwIfAborted();
    const child = pool.take(orgId);
    const allowedMs = Math.min(timeoutMs, limits.timeoutMs);
    const timeout = AbortSignal.timeout(allowedMs);
    const stop = AbortSignal.any([signal, timeout]);
    const end = (): void => pool.end(child);
    stop.addEventListener("abort", end, { once: true });
    let goesOn = false;
    try {
      const ending = await ask(child, request);
      signal.throwIfAborted();
      if (timeout.aborted) {
        const seconds = Math.round(allowedMs / 1000);
        const sentence = `took longer than ${seconds} s to read. Split it and upload the parts.`;
        throw fileProblem("parser_timeout", request.fileName, sentence);
      }
      if (!("answer" in ending)) throw deathProblem(ending, child.stderr(), request.fileName);
      ({ goesOn } = ending);
      return unwrap(ending);
    } finally {
      stop.removeEventListener("abort", end);
      if (goesOn) pool.giveBack(orgId, child);
      else end();
    }
  };
};

interface Death {
  readonly exitCode: number | null;
  readonly exitSignal: NodeJS.Signals | null;
}

const ask = ({ process: child }: ParserChild, request: ParseRequest): Promise<ParseReply | Death> =>
  new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      child.off("message", onMessage).off("error", onError).off("close", onClose);
      act();
    };
    const onMessage = (message: unknown): void =>
      settle(() => {
        const { data, error } = parseReply.safeParse(message);
        if (data === undefined) reject(error);
        else resolve(data);
      });
    const onError = (error: Error): void => settle(() => reject(error));
    const onClose = (exitCode: number | null, exitSignal: NodeJS.Signals | null): void =>
      settle(() => resolve({ exitCode, exitSignal }));
    child.on("message", onMessage).on("error", onError).on("close", onClose);
    // It may be gone already; its end tells.
    child.send(request, () => {});
  });

const deathProblem = ({ exitCode, exitSignal }: Death, stderr: string, fileName: string): Error => {
  // V8 ends a process whose heap is full with SIGABRT.
  if (exitSignal === memorySignal || (exitSignal === "SIGABRT" && /out of memory/i.test(stderr))) {
    const sentence = "needs more memory to read than is allowed. Split it and upload the parts.";
    return fileProblem("parser_memory", fileName, sentence);
  }
  const how = exitSignal ?? `exit code ${exitCode}`;
  return new Error(`the parser process ended without an answer (${how}): ${stderr.trim()}`);
};

const unwrap = ({ answer }: ParseReply): ParsedSummary => {
  if (answer.kind === "problem") throw new PermanentError(answer.code, answer.message);
  const { kind: _, ...summary } = answer;
  return summary;
};
