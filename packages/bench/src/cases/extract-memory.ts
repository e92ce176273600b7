import { fork } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { parserLimits } from "@gpt-agent/app-kb-files/parser/parser-process";
import type { Case } from "../measure.ts";

/** Peak memory of a process that turns 200 MB of text into chunks, beside one that does so with 20 MB. */
export const extractMemory: Case = {
  name: "extract-memory",
  unit: "MB at the peak for 200 MB of text",
  baselineName: "for 20 MB",
  goal: { text: "≤ 1.3 of the memory for 20 MB", holds: ({ ratio }) => ratio <= 1.3 },
  prepare: async ({ smoke }) => {
    const folder = await mkdtemp(join(tmpdir(), "bench-extract-"));
    const [large, small] = [join(folder, "large.txt"), join(folder, "small.txt")];
    await writeText(large, smoke ? 12 : 200);
    await writeText(small, smoke ? 9 : 20);
    return {
      ours: () => peakMb(large),
      baseline: () => peakMb(small),
      close: () => rm(folder, { recursive: true, force: true }),
    };
  },
};

const peakMb = async (path: string): Promise<number> => {
  const child = fork(fileURLToPath(new URL("extract-memory-process.ts", import.meta.url)), [path, "text.txt"], {
    execArgv: [
      ...process.execArgv,
      `--max-old-space-size=${parserLimits.maxHeapMb}`,
      // As the parser process is started.
      "--max-semi-space-size=16",
    ],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  let figures: { readonly maxRssMb: number; readonly chunkCount: number } | undefined;
  child.once("message", (message) => {
    figures = message as typeof figures;
  });
  await once(child, "exit");
  if (figures === undefined || figures.chunkCount === 0) throw new Error("the measured process ended without chunks");
  return figures.maxRssMb;
};

/** Russian and English paragraphs, no two alike. */
const writeText = async (path: string, megabytes: number): Promise<void> => {
  const paragraphs = function* (): Generator<string> {
    for (let bytes = 0, at = 0; bytes < megabytes * 1024 * 1024; at += 1) {
      const paragraph =
        `Раздел ${at}. Порядок поставки ${(at * 7_919) % 10_007} согласован сторонами.\n` +
        `The crane number ${(at * 31) % 997} lifts ${at % 40} tonnes above the pier.\n\n`;
      bytes += Buffer.byteLength(paragraph);
      yield paragraph;
    }
  };
  await pipeline(Readable.from(paragraphs()), createWriteStream(path));
};
