import { checkFile, type Verdict } from "@gpt-agent/app-kb-files/testing/corpus/check";
import { corpusFormats, makeCorpus } from "@gpt-agent/app-kb-files/testing/corpus/corpus";
import type { Case } from "../measure.ts";

/** Files of each format and round; every round has its own. */
const seeds = 12;
const maxTokens = [400, 90];

/** Generated Russian and English files of every format: passages whose text and place are exactly what was written. */
export const extractCorpus: Case = {
  name: "extract-corpus",
  unit: `passages right, of ${seeds * corpusFormats.length} generated files`,
  baselineName: "written",
  goal: { text: "all of them, in every round", holds: ({ ratio }) => ratio === 1 },
  prepare: async ({ smoke }) => {
    const rounds: Promise<readonly Verdict[]>[] = [];
    const round = (index: number): Promise<readonly Verdict[]> =>
      (rounds[index] ??= checkCorpus(index * seeds, smoke ? 1 : seeds));
    const taken = { ours: 0, baseline: 0 };
    const sum = (verdicts: readonly Verdict[]): number => verdicts.reduce((total, { passages }) => total + passages, 0);
    return {
      ours: async () => sum((await round(taken.ours++)).filter(({ problems }) => problems.length === 0)),
      baseline: async () => sum(await round(taken.baseline++)),
      close: async () => {},
    };
  },
};

const checkCorpus = async (from: number, count: number): Promise<Verdict[]> => {
  const verdicts: Verdict[] = [];
  for await (const file of makeCorpus(count, from)) {
    for (const tokens of maxTokens) {
      const verdict = await checkFile(file, tokens);
      verdicts.push(verdict);
      if (verdict.problems.length > 0) console.error(`${verdict.file}: ${verdict.problems.slice(0, 3).join("\n  ")}`);
    }
  }
  return verdicts;
};
