import { assemble } from "@gpt-agent/app-kb-files/chunking/assemble";
import { parseFile } from "@gpt-agent/app-kb-files/extract-file";
import { corpusFile } from "@gpt-agent/app-kb-files/testing/corpus/corpus";
import type { Case } from "../../measure.ts";
import { bareParsers } from "./bare-parsers.ts";

/** A seed whose files are UTF-8: bare parsers know no other encoding. English. */
const seed = 1;
const leastMs = 300;

/**
 * Our way from a file's bytes to the stored text with its places (sniffing, guarding, decoding, blocks), beside the bare
 * parser from the same bytes to its text. Both in this process, warm.
 */
export const extractWrappers: readonly Case[] = Object.entries(bareParsers).map(([format, bare]) => ({
  name: `extract-wrapper-${format}`,
  unit: "ms a file",
  baselineName: bare.name,
  goal: { text: "≤ 1.3 of the bare parser", holds: ({ ratio }) => ratio <= 1.3 },
  prepare: async ({ smoke }) => {
    const { bytes, name } = await corpusFile(format, seed, smoke ? 1 : 40);
    const ours = async () => assemble((await parseFile(bytes, name)).blocks).text.length;
    const baseline = async () => (await bare.read(bytes)).length;
    for (const read of [ours, baseline]) if ((await read()) === 0) throw new Error(`${format}: no text`);
    const measureMs = async (read: () => Promise<number>): Promise<number> => {
      const startedAt = performance.now();
      let count = 0;
      do {
        await read();
        count += 1;
      } while (performance.now() - startedAt < (smoke ? 0 : leastMs));
      return (performance.now() - startedAt) / count;
    };
    return { ours: () => measureMs(ours), baseline: () => measureMs(baseline), close: async () => {} };
  },
}));
