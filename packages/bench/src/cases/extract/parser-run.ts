import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeParserPool } from "@gpt-agent/app-kb-files/parser/parser-pool";
import { parserLimits } from "@gpt-agent/app-kb-files/parser/parser-process";
import { parseReply } from "@gpt-agent/app-kb-files/parser/protocol";

export interface ParserRun {
  /** "read", or the code it was refused with, or how the process died. */
  readonly end: string;
  readonly ms: number;
  /** Most memory of the process beyond what it had while idle; NaN where the system does not tell. */
  readonly extraMb: number;
}

/** Reads one file in a parser process of its own that has read a small text before, as the worker's processes have. */
export const runParser = async (name: string, bytes: Buffer): Promise<ParserRun> => {
  const folder = await mkdtemp(join(tmpdir(), "bench-parser-"));
  const pool = makeParserPool({ maxRssBytes: parserLimits.maxRssMb * 1024 * 1024 }, parserLimits.maxHeapMb);
  const parser = pool.take("bench");
  const { process: child } = parser;
  const read = async (fileName: string, content: Buffer): Promise<string> => {
    const inputPath = join(folder, "original");
    await writeFile(inputPath, content);
    const paths = { inputPath, textPath: join(folder, "text"), chunksPath: join(folder, "chunks") };
    const answered = once(child, "message").then(([message]) => {
      const { answer } = parseReply.parse(message);
      return answer.kind === "done" ? "read" : answer.code;
    });
    const died = once(child, "close").then(([code, signal]) => `died of ${signal ?? code}`);
    child.send({ ...paths, fileName, maxTokens: 400, overlapTokens: 0 });
    return Promise.race([answered, died]);
  };
  try {
    await read("warm.txt", Buffer.from("A first small text."));
    const idleMb = memoryMb(child.pid, "VmRSS");
    let peakMb = 0;
    // A process that is killed takes its own account along.
    const watch = setInterval(() => (peakMb = Math.max(peakMb, memoryMb(child.pid, "VmHWM") || 0)), 20);
    const startedAt = performance.now();
    const end = await read(name, bytes);
    const ms = performance.now() - startedAt;
    clearInterval(watch);
    peakMb = Math.max(peakMb, memoryMb(child.pid, "VmHWM") || 0);
    return { end, ms, extraMb: peakMb - idleMb };
  } finally {
    pool.end(parser);
    await rm(folder, { recursive: true, force: true });
  }
};

/** Of a process, as Linux counts it. */
const memoryMb = (pid: number | undefined, key: "VmRSS" | "VmHWM"): number => {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(new RegExp(`${key}:\\s+(\\d+)`).exec(status)?.[1]) / 1024;
  } catch {
    return NaN;
  }
};
