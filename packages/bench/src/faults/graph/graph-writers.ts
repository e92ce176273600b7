import { isTakenOver } from "@gpt-agent/jobs/error-codes";
import { PermanentError } from "@gpt-agent/jobs/errors";
import { UnavailableError } from "@gpt-agent/supabase/errors";
import type { Scenario } from "../scenarios.ts";
import { type GraphDatabase, type Place, startGraphDatabase, type Way } from "./graph-database.ts";
import { plannedChunks, readPassage } from "./planned-text.ts";

const writers = 20;
const chance = (share: number): boolean => Math.random() < share;

interface Job {
  readonly documentId: string;
  readonly generation: number;
}

/** What a worker may run into here and live with: somebody was faster, or the connection broke. */
const mayHappen = (error: unknown): boolean =>
  error instanceof UnavailableError ||
  (error instanceof PermanentError && (isTakenOver(error.code) || error.code === "tenant_mismatch"));

/**
 * Reads a generation as the worker does. `crashes`: it may stop in the middle, as one that was killed, and repeat itself.
 * False: somebody has to come back.
 */
const read = async ({ graph }: Way, { orgId }: Place, job: Job, crashes: boolean): Promise<boolean> => {
  const { lease } = await graph.claim({ orgId, ...job, leaseSeconds: 600 });
  if (lease === undefined) return true;
  const held = { orgId, ...job, lease };
  for (const { chunkId, content } of await graph.pending({ ...held, limit: 500 })) {
    const repeats = crashes && chance(0.3) ? 2 : 1;
    const contribution = readPassage(content);
    await Promise.all(Array.from({ length: repeats }, () => graph.applyChunk({ ...held, chunkId, contribution })));
    if (crashes && chance(0.01)) return false;
  }
  await graph.finish(held);
  return true;
};

/** Companies that differ in a hyphen are one, once more after every change. */
const resolve = async ({ resolution }: Way, base: Place): Promise<void> => {
  const change = await resolution.latestChange(base);
  if (change === undefined) return;
  const entities = await Array.fromAsync(resolution.entities(base));
  const things = Map.groupBy(entities, ({ name }) => name.replace("-", " "));
  const assignments = [...things.values()].flatMap((same) => {
    const canonicalId = same.map(({ id }) => id).toSorted()[0] ?? "";
    return same.flatMap(({ id, canonicalId: now }) => (now === canonicalId ? [] : [{ id, canonicalId }]));
  });
  for (let from = 0; from < assignments.length; from += 100) {
    await resolution.assign({ ...base, change, assignments: assignments.slice(from, from + 100) });
  }
  await resolution.settle({ ...base, change });
};

/** Repeats until it works: what a queue does. */
const persist = async <T>(deadline: number, work: () => Promise<T>): Promise<T> => {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof UnavailableError) || Date.now() > deadline) throw error;
    }
  }
};

interface Sizes {
  readonly documents: number;
  readonly chunks: number;
  readonly companies: number;
}

/** The same documents, one generation each, one writer after another: what the graph has to be. */
const readInPeace = async ({ ways: [way], ...database }: GraphDatabase, sizes: Sizes): Promise<Place> => {
  const place = await database.makePlace();
  for (let number = 0; number < sizes.documents; number += 1) {
    const documentId = await database.addDocument(place, `document ${number}`);
    const texts = plannedChunks(number, sizes.chunks, sizes.companies);
    const generation = await database.publish(place, documentId, texts);
    await read(way, place, { documentId, generation }, false);
  }
  await resolve(way, place);
  return place;
};

const storm = async (database: GraphDatabase, sizes: Sizes, smoke: boolean) => {
  const { ways, makePlace, addDocument, publish } = database;
  const place = await makePlace();
  const { orgId } = place;
  const count = { crashes: 0, kills: 0, deletions: 0, versions: 0, resolutions: 0 };
  const jobs: Job[] = [];
  // Every tenth text begins as another one; as many texts again are there only to be deleted.
  const doomed: string[] = [];
  for (let number = 0; number < sizes.documents; number += 1) {
    const documentId = await addDocument(place, `document ${number}`);
    const seed = number % 10 === 0 ? number + 100_000 : number;
    const generation = await publish(place, documentId, plannedChunks(seed, sizes.chunks, sizes.companies));
    jobs.push({ documentId, generation });
    if (number % 5 > 0) continue;
    const noise = await addDocument(place, `noise ${number}`);
    const texts = plannedChunks(number + 200_000, sizes.chunks, sizes.companies);
    jobs.push({ documentId: noise, generation: await publish(place, noise, texts) });
    doomed.push(noise);
  }
  const replaced = jobs.filter(({ documentId }) => !doomed.includes(documentId)).filter((_, n) => n % 10 === 0);
  const waiting = [...jobs, ...jobs].toSorted(() => Math.random() - 0.5); // every job twice
  const underWay = { writers: 0, done: false };
  const deadline = Date.now() + 1_200_000;

  const write = async (way: Way): Promise<void> => {
    for (;;) {
      const job = waiting.pop();
      if (job === undefined && underWay.writers === 0 && underWay.done) return;
      if (job === undefined) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        continue;
      }
      underWay.writers += 1;
      try {
        if (!(await read(way, place, job, true))) {
          count.crashes += 1;
          waiting.unshift(job);
        }
      } catch (error) {
        if (!mayHappen(error) || Date.now() > deadline) throw error;
        if (error instanceof UnavailableError) waiting.unshift(job);
      } finally {
        underWay.writers -= 1;
      }
    }
  };
  /** New versions and deletions, spread over the time that the writing takes. */
  const change = async ([, way]: GraphDatabase["ways"]): Promise<void> => {
    const changes = [
      ...doomed.map((documentId) => async () => {
        await way.documents.beginDelete({ orgId, documentId });
        await way.documents.finishDelete({ orgId, documentId });
        count.deletions += 1;
      }),
      ...replaced.map(({ documentId }, n) => async () => {
        await way.documents.reprocess({ orgId, documentId });
        const texts = plannedChunks(n * 10, sizes.chunks, sizes.companies);
        waiting.push({ documentId, generation: await publish(place, documentId, texts) });
        count.versions += 1;
      }),
    ].toSorted(() => Math.random() - 0.5);
    const total = waiting.length;
    for (const [n, one] of changes.entries()) {
      while (waiting.length > total * (1 - (n + 1) / (changes.length + 1))) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      await persist(deadline, one);
    }
    underWay.done = true;
  };
  const keepGoing = async (mostPauseMs: number, work: () => Promise<void>): Promise<void> => {
    while (!underWay.done || waiting.length > 0 || underWay.writers > 0) {
      await new Promise((resolve) => setTimeout(resolve, mostPauseMs * Math.random()));
      await work();
    }
  };
  const resolveOnce = async (): Promise<void> => {
    try {
      await resolve(ways[0], place);
      count.resolutions += 1;
    } catch (error) {
      if (!mayHappen(error)) throw error;
    }
  };

  await Promise.all([
    ...Array.from({ length: writers }, (_, n) => write(ways[n % 2 === 0 ? 0 : 1])),
    change(ways),
    keepGoing(200, resolveOnce),
    keepGoing(smoke ? 300 : 1_500, async () => {
      if ((await ways[1].ask("kill_one").catch(() => false)) === true) count.kills += 1;
    }),
  ]);
  await persist(deadline, () => resolve(ways[0], place));
  return { place, count };
};

export const graphWriters: Scenario = {
  name: "graph-writers",
  promise:
    "20 writers of one graph with duplicates, crashes, broken connections, new versions, deletions and resolutions: the graph of a quiet run, 0 deadlocks",
  run: async ({ smoke }) => {
    const sizes = smoke
      ? { documents: 10, chunks: 6, companies: 30 }
      : { documents: 250, chunks: 20, companies: 1_500 };
    const database = await startGraphDatabase();
    try {
      const expected = await database.state(await readInPeace(database, sizes));
      const deadlocksBefore = await database.deadlocks();
      const { place, count } = await storm(database, sizes, smoke);
      const found = await database.state(place);
      if (JSON.stringify(found) !== JSON.stringify(expected)) {
        throw new Error(`the graph is ${JSON.stringify(found)}, it should be ${JSON.stringify(expected)}`);
      }
      if (found.unproven > 0) throw new Error(`${found.unproven} edges have no evidence`);
      const deadlocks = (await database.deadlocks()) - deadlocksBefore;
      if (deadlocks > 0) throw new Error(`${deadlocks} deadlocks`);
      const happened = Object.entries(count).map(([what, times]) => `${times} ${what}`);
      return `${sizes.documents * sizes.chunks} chunks, ${writers} writers, ${happened.join(", ")}: ${found.entities} entities, ${found.edges} edges, identical, 0 deadlocks`;
    } finally {
      await database.stop();
    }
  },
};
