import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type Case, quantile } from "../../measure.ts";
import { type Installation, startInstallation } from "./installation.ts";

const latencyMs = 500;
const jobs = 10;
const smallOrganisations = 10;

type Documents = Awaited<ReturnType<Installation["addDocuments"]>>;

/** When each of these documents became searchable, in ms since 1970. */
const searchableAt = async ({ supabase }: Installation, documents: Documents): Promise<Map<string, number>> => {
  const at = new Map<string, number>();
  for (let from = 0; from < documents.length; from += 100) {
    const ids = documents.slice(from, from + 100).map(({ documentId }) => documentId);
    const { data, error } = await supabase.from("documents").select("id, state, updated_at").in("id", ids);
    if (error) throw new Error(error.message);
    for (const { id, state, updated_at } of data as { id: string; state: string; updated_at: string }[]) {
      if (state === "ready") at.set(id, Date.parse(updated_at));
    }
  }
  return at;
};

/** How long each document of the small organisations waited until it was searchable, in ms. */
type Arrive = (installation: Installation, smoke: boolean) => Promise<readonly number[]>;

/** All at once: each organisation's documents wait for its own and for the others'. */
const burst: Arrive = async (installation, smoke) => {
  const orgIds = Array.from({ length: smallOrganisations }, () => randomUUID());
  const lists = await Promise.all(orgIds.map((orgId) => installation.addDocuments(orgId, smoke ? 2 : 10, 1)));
  const enqueuedAt = Date.now();
  await installation.enqueue(lists.flat());
  await installation.untilEmbedded(orgIds);
  return [...(await searchableAt(installation, lists.flat())).values()].map((at) => at - enqueuedAt);
};

/** One by one, as people upload them. */
const trickle: Arrive = async (installation, smoke) => {
  const count = smoke ? 4 : 60;
  const orgIds = Array.from({ length: count }, () => randomUUID());
  const documents = (await Promise.all(orgIds.map((orgId) => installation.addDocuments(orgId, 1, 1)))).flat();
  const enqueuedAt = new Map<string, number>();
  for (const document of documents) {
    enqueuedAt.set(document.documentId, Date.now());
    await installation.enqueue([document]);
    await sleep(100 + Math.random() * 200);
  }
  await installation.untilEmbedded(orgIds);
  return [...(await searchableAt(installation, documents))].map(([id, at]) => at - (enqueuedAt.get(id) ?? 0));
};

const warmUp = 20;

/** With a worker that has warmed up, and before it a whale's backlog that is longer than the round. */
const withWorker = async <T>(installation: Installation, whale: number, use: () => Promise<T>): Promise<T> => {
  const orgId = randomUUID();
  const backlog = await installation.addDocuments(orgId, Math.max(whale, warmUp), 1);
  await installation.enqueue(backlog);
  const worker = await installation.startWorker({ concurrency: jobs });
  try {
    if (whale === 0) await installation.untilEmbedded([orgId]);
    else while ((await searchableAt(installation, backlog.slice(0, 2 * warmUp))).size < warmUp) await sleep(20);
    return await use();
  } finally {
    await installation.kill(worker);
    await installation.empty();
  }
};

const whaleOf = (smoke: boolean): number => (smoke ? 300 : 10_000);
const open = () => startInstallation({ dimensions: 64, latencyMs, maxBatchInputs: 16 });

const waitCase = (name: string, arrive: Arrive): Case => ({
  name,
  unit: "ms until searchable (p95)",
  baselineName: "the same organisations without the whale",
  goal: { text: "≤ 1.5 × what they see alone", holds: ({ ratio }) => ratio <= 1.5 },
  prepare: async ({ smoke }) => {
    const installation = await open();
    const p95 = (whale: number) =>
      withWorker(installation, whale, async () => quantile(await arrive(installation, smoke), 0.95));
    return {
      ours: () => p95(whaleOf(smoke)),
      baseline: () => p95(0),
      close: installation.stop,
    };
  },
});

/** Documents per second of a whole backlog, in turns and in line. */
const throughput: Case = {
  name: "fairness-throughput",
  unit: "documents/s",
  baselineName: "first come, first served",
  goal: { text: "≥ 0.9 of it", holds: ({ ratio }) => ratio >= 0.9 },
  prepare: async ({ smoke }) => {
    const installation = await open();
    const run = async (inLine: boolean): Promise<number> => {
      const count = smoke ? 40 : 300;
      const orgIds = Array.from({ length: smallOrganisations }, () => randomUUID());
      const [whale, ...small] = await Promise.all(
        orgIds.map((orgId, index) => installation.addDocuments(orgId, index === 0 ? count / 2 : count / 18, 1)),
      );
      const all = [...(whale ?? []), ...small.flat()];
      const worker = await installation.startWorker({ concurrency: jobs });
      const startedAt = performance.now();
      await (inLine ? installation.enqueueInLine(all) : installation.enqueue(all));
      await installation.untilEmbedded(orgIds);
      const ms = performance.now() - startedAt;
      await installation.kill(worker);
      return (all.length * 1_000) / ms;
    };
    return { ours: () => run(false), baseline: () => run(true), close: installation.stop };
  },
};

export const fairness: readonly Case[] = [
  waitCase("fairness", burst),
  waitCase("fairness-trickle", trickle),
  throughput,
];
