import { hostileFiles, makeBombs } from "@gpt-agent/app-kb-files/testing/hostile/files";
import type { Case } from "../../measure.ts";
import { type ParserRun, runParser } from "./parser-run.ts";

const inflatedMb = 260;

/** Every bomb in a process of its own; the worst of them is the figure. What is let in has an infinite one. */
const makeBombCase = (name: string, unit: string, allowed: number, figure: (run: ParserRun) => number): Case => ({
  name: `bombs-${name}`,
  unit,
  baselineName: "allowed",
  goal: { text: `each bomb refused within ${allowed} ${unit}`, holds: ({ ratio }) => ratio < 1 },
  prepare: async ({ smoke }) => {
    const bombs = makeBombs(smoke ? 30 : inflatedMb).map(({ bytes, ...bomb }) => ({ ...bomb, bytes: bytes() }));
    const worst = async (): Promise<number> => {
      let most = 0;
      for (const bomb of bombs) {
        const run = await runParser(bomb.name, bomb.bytes);
        const value = bomb.ends.includes(run.end) ? figure(run) : Infinity;
        if (!(value < allowed))
          console.error(`${bomb.name}: ${run.end}, ${run.ms.toFixed(0)} ms, ${run.extraMb.toFixed(0)} MB`);
        most = Math.max(most, value);
      }
      return most;
    };
    return { ours: worst, baseline: async () => allowed, close: async () => {} };
  },
});

export const bombTime = makeBombCase("time", "ms for the slowest", 1_000, ({ ms }) => ms);
export const bombMemory = makeBombCase(
  "memory",
  "MB beyond the idle process for the largest",
  150,
  ({ extraMb }) => extraMb,
);

/** Entities, nesting, climbing names, quadratic texts: each ends as it should. */
export const hostile: Case = {
  name: "hostile-files",
  unit: "s for the slowest",
  baselineName: "allowed",
  goal: { text: "each ends with its code or is read, within 30 s", holds: ({ ratio }) => ratio < 1 },
  prepare: async ({ smoke }) => ({
    ours: async () => {
      let slowest = 0;
      for (const { name, ends, bytes } of hostileFiles.filter(({ isSlow }) => !smoke || isSlow !== true)) {
        const { end, ms, extraMb } = await runParser(name, bytes());
        if (!ends.includes(end)) console.error(`${name}: ${end}, ${ms.toFixed(0)} ms, ${extraMb.toFixed(0)} MB`);
        slowest = Math.max(slowest, ends.includes(end) ? ms / 1_000 : Infinity);
      }
      return slowest;
    },
    baseline: async () => 30,
    close: async () => {},
  }),
};
