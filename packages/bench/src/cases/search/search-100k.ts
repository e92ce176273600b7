import { type Case, quantile } from "../../measure.ts";
import { type Question, scopes, startLargeBase } from "./large-base.ts";

const passages = 100_000;
/** Too few for the graph: that every part runs. */
const passagesInSmoke = 1_500;

type LargeBase = Awaited<ReturnType<typeof startLargeBase>>;
const lingerMs = 1_000;
let shared: { readonly base: Promise<LargeBase>; ending?: NodeJS.Timeout } | undefined;

/** The base of the case before, where there was one: it takes minutes to fill. */
const borrowBase = async (smoke: boolean): Promise<{ base: LargeBase; close: () => Promise<void> }> => {
  const taken = (shared ??= { base: startLargeBase(smoke ? passagesInSmoke : passages) });
  clearTimeout(taken.ending);
  const base = await taken.base;
  const close = async (): Promise<void> => {
    taken.ending = setTimeout(() => {
      shared = undefined;
      void base.stop();
    }, lingerMs);
  };
  return { base, close };
};

const p95 = async (questions: readonly Question[], ask: (question: Question) => Promise<unknown>): Promise<number> => {
  const latenciesMs: number[] = [];
  for (const question of questions) {
    const startedAt = performance.now();
    await ask(question);
    latenciesMs.push(performance.now() - startedAt);
  }
  return quantile(latenciesMs, 0.95);
};

/** p95 of a search by meaning and words, with snippets, a fifth of the questions in each scope. */
const latency: Case = {
  name: "search-100k",
  unit: "ms (p95)",
  baselineName: "the nearest ten alone, by comparing every vector of the scope",
  goal: { text: "≤ 30 ms", holds: ({ ours }) => ours <= 30 },
  prepare: async ({ smoke }) => {
    const { base, close } = await borrowBase(smoke);
    let seed = 1;
    return {
      ours: () => p95(base.questions(smoke ? 10 : 200, (seed += 1)), base.search),
      baseline: () => p95(base.questions(smoke ? 5 : 25, seed), base.exact),
      close,
    };
  },
};

/** Of the nearest ten by comparing every vector, the share that a search by meaning finds: of the worst scope. */
const recall: Case = {
  name: "search-100k-recall",
  unit: "recall@10, worst scope",
  baselineName: "every vector compared",
  goal: { text: "≥ 0.95", holds: ({ ours }) => ours >= 0.95 },
  prepare: async ({ smoke }) => {
    const { base, close } = await borrowBase(smoke);
    let seed = 1_000;
    return {
      ours: async () => {
        const shares = new Map(scopes.map((scope) => [scope, [] as number[]]));
        for (const question of base.questions(smoke ? 5 : 100, (seed += 1))) {
          const nearest = new Set(await base.exact(question));
          // A question without words is one for the vectors alone.
          const hits = await base.search({ ...question, query: "…" });
          const found = hits.filter(({ chunkId }) => nearest.has(chunkId)).length;
          shares.get(question.scope)?.push(found / nearest.size);
        }
        return Math.min(...[...shares.values()].map((all) => all.reduce((sum, share) => sum + share, 0) / all.length));
      },
      baseline: async () => 1,
      close,
    };
  },
};

export const searchLarge: readonly Case[] = [latency, recall];
