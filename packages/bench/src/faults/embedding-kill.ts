import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type Installation, startInstallation, tokensPerPassage } from "../cases/embedding/installation.ts";
import type { Scenario } from "./scenarios.ts";

const inputs = 16;
const batchesEach = 4;
const jobs = 3;
/** An answer is stored so soon, or its process was killed. */
const storedWithinMs = 2_000;

/** Of all pages of a table's rows of one organisation. */
const allRows = async <T>({ supabase }: Installation, table: string, column: string, orgId: string): Promise<T[]> => {
  const rows: T[] = [];
  for (let from = 0; ; from += 1_000) {
    const query = supabase
      .from(table)
      .select(column)
      .eq("org_id", orgId)
      .order(column)
      .range(from, from + 999);
    const { data, error } = await query;
    if (error) throw new Error(error.message);
    rows.push(...(data as T[]));
    if (data.length < 1_000) return rows;
  }
};

const countDocuments = async ({ supabase }: Installation, orgId: string, state: string): Promise<number> => {
  const found = await supabase
    .from("documents")
    .select("id", { count: "exact", head: true })
    .eq("org_id", orgId)
    .eq("state", state);
  if (found.error) throw new Error(found.error.message);
  return found.count ?? 0;
};

const countBooked = async ({ supabase }: Installation, orgId: string): Promise<number> => {
  const found = await supabase
    .from("usage_events")
    .select("org_id", { count: "exact", head: true })
    .eq("org_id", orgId);
  if (found.error) throw new Error(found.error.message);
  return found.count ?? 0;
};

/** Kills a worker over and over, at any point of its work, while there is always work for it. */
const killing = async (installation: Installation, orgId: string, kills: number) => {
  const { provider } = installation;
  /** Ids of requests that the provider had taken and whose vectors may not have been stored when their process died. */
  const underWay = new Set<string>();
  let documents = 0;
  for (let kill = 0; kill < kills; kill += 1) {
    if ((await countDocuments(installation, orgId, "embedding")) < 4 * jobs) {
      await installation.enqueue(await installation.addDocuments(orgId, 6 * jobs, batchesEach * inputs));
      documents += 6 * jobs;
    }
    const before = await countBooked(installation, orgId);
    const worker = await installation.startWorker({ concurrency: jobs, recoversQuickly: true });
    // Mostly in the midst of requests and writes, now and then before the first.
    const endsAtMs = performance.now() + 30_000;
    if (Math.random() < 0.8) {
      while ((await countBooked(installation, orgId)) === before && performance.now() < endsAtMs) await sleep(10);
    }
    await sleep(Math.random() * 700);
    await installation.kill(worker);
    const now = performance.now();
    for (const { id, answeredAtMs } of provider.served) {
      if (answeredAtMs === undefined || answeredAtMs > now - storedWithinMs) underWay.add(id);
    }
  }
  return { documents, underWay };
};

export const embeddingKill: Scenario = {
  name: "embedding-kill",
  promise:
    "the embeddings worker killed 200 times at random points: no vector lost or double, nothing paid for twice but what was under way",
  run: async ({ smoke }) => {
    const installation = await startInstallation({ dimensions: 64, latencyMs: 150, maxBatchInputs: inputs });
    try {
      const orgId = randomUUID();
      const kills = smoke ? 4 : 200;
      const { documents, underWay } = await killing(installation, orgId, kills);
      await installation.startWorker({ concurrency: jobs, recoversQuickly: true });
      await installation.untilEmbedded([orgId], 300_000);

      const ready = await countDocuments(installation, orgId, "ready");
      if (ready !== documents) throw new Error(`${documents - ready} of ${documents} documents are not ready`);
      const chunks = documents * batchesEach * inputs;
      const vectors = await allRows<{ chunk_id: number }>(installation, "chunk_embeddings", "chunk_id", orgId);
      const distinct = new Set(vectors.map(({ chunk_id }) => chunk_id)).size;
      if (vectors.length !== chunks || distinct !== chunks) {
        throw new Error(`${vectors.length} vectors of ${distinct} passages, for ${chunks}`);
      }

      const booked = new Set(
        (await allRows<{ request_id: string }>(installation, "usage_events", "request_id", orgId)).map(
          ({ request_id }) => request_id,
        ),
      );
      const tokens = (requests: typeof installation.provider.served): number =>
        requests.reduce((sum, request) => sum + request.tokens, 0);
      const { served } = installation.provider;
      const lost = served.filter(({ id }) => !booked.has(id));
      const excused = tokens(lost.filter(({ id }) => underWay.has(id)));
      const ideal = chunks * tokensPerPassage;
      const ratio = (tokens(served) - excused) / ideal;
      if (ratio > 1.02) throw new Error(`${ratio.toFixed(3)} × the ideal was billed, beside what was under way`);
      const perKill = (excused / kills / (inputs * tokensPerPassage)).toFixed(1);
      return `${kills} kills, ${chunks} vectors, 0 lost, 0 double; ${ratio.toFixed(3)} × the ideal billed, and ${perKill} requests a kill that were under way`;
    } finally {
      await installation.stop();
    }
  },
};
