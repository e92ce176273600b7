import { type Case, quantile } from "../../measure.ts";
import { shareGraph, timeMs } from "./fixture.ts";

const hopLimit = 100;
const maxHops = 4;

const p95 = async <T>(inputs: readonly T[], work: (input: T) => Promise<unknown>): Promise<number> => {
  const latenciesMs: number[] = [];
  for (const input of inputs) latenciesMs.push(await timeMs(() => work(input)));
  return quantile(latenciesMs, 0.95);
};

/** Deletions one after another, each of a document with 100 statements, over 50,000 entities and more. */
const graphDelete: Case = {
  name: "graph-delete",
  unit: "ms (p95)",
  baselineName: "the same and a clean-up of the whole base",
  goal: { text: "≤ 50 ms", holds: ({ ours }) => ours <= 50 },
  prepare: async ({ smoke }) => {
    const { orgId, baseId, documents, documentIds, call, stop } = await shareGraph({ smoke });
    const left = [...documentIds];
    const take = (count: number): string[] => left.splice(0, smoke ? 2 : count);
    const remove = async (documentId: string): Promise<void> => {
      await documents.beginDelete({ orgId, documentId });
      await documents.finishDelete({ orgId, documentId });
    };
    return {
      ours: () => p95(take(24), remove),
      baseline: () =>
        p95(take(4), async (documentId) => {
          await remove(documentId);
          await call("sweep", { p_base_id: baseId });
        }),
      close: stop,
    };
  },
};

/** What lies within two hops, as the API answers it: up to 100 entities with names and counts, edges with quotes. */
const graphHops: Case = {
  name: "graph-hops",
  unit: "ms (p95)",
  baselineName: "recursive query over every edge, ids alone",
  goal: { text: "≤ 20 ms", holds: ({ ours }) => ours <= 20 },
  prepare: async ({ smoke }) => {
    const { orgId, graph, call, pickEntities, stop } = await shareGraph({ smoke });
    const count = smoke ? 10 : 100;
    return {
      ours: async () =>
        p95(await pickEntities(count), (entityId) => graph.neighbours({ orgId, entityId, hops: 2, limit: hopLimit })),
      baseline: async () => p95(await pickEntities(count), (id) => call("recursive_hops", { p_id: id })),
      close: stop,
    };
  },
};

/** A shortest chain of up to four, as the API answers it. */
const graphPaths: Case = {
  name: "graph-paths",
  unit: "ms (p95)",
  baselineName: "breadth first from one end, length alone",
  goal: { text: "≤ 50 ms", holds: ({ ours }) => ours <= 50 },
  prepare: async ({ smoke }) => {
    const { orgId, graph, call, pickEntities, stop } = await shareGraph({ smoke });
    const pairs = async (count: number) => {
      const ids = await pickEntities(2 * count);
      // One end like any other, the other as often as edges name it: and the other way round.
      return ids.slice(0, count).map((id, n) => ({ fromId: id, toId: ids[ids.length - 1 - n] ?? id }));
    };
    return {
      ours: async () => p95(await pairs(smoke ? 10 : 100), (ends) => graph.path({ orgId, ...ends, maxHops })),
      baseline: async () =>
        p95(await pairs(smoke ? 5 : 20), ({ fromId, toId }) => call("one_sided_path", { p_from: fromId, p_to: toId })),
      close: stop,
    };
  },
};

/** Deletions last: they change what all three measure on. */
export const graphCases: readonly Case[] = [graphHops, graphPaths, graphDelete];
