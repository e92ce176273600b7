import { isTakenOver } from "@gpt-agent/jobs/error-codes";
import { PermanentError } from "@gpt-agent/jobs/errors";
import { expect, test } from "vitest";
import {
  claimGraph,
  contributionOf,
  cut,
  documents,
  embed,
  graph,
  graphResolution,
  makePlace,
  process,
  publish,
  readGraph,
  supabase,
  type Leased,
  type Place,
} from "./fixture.ts";

const names = ["Ромашка", "Ромашки", "Лютик", "Лютика", "Мак", "Мака", "Пион", "Пиона"];
/** Sentences over the same few names in many orders: everybody meets everybody at the same entities and edges. */
const textOf = (seed: number): string[] =>
  Array.from({ length: 4 }, (_, n) =>
    Array.from({ length: 5 }, (_, k) => names[(seed * 3 + n * 5 + k * (1 + (seed % 7))) % names.length]).join(" и "),
  );
const baseOf = ({ orgId, base }: Place) => ({ orgId, knowledgeBaseId: base.id });

/** Names that begin alike are one thing. */
const resolve = async (place: Place): Promise<void> => {
  const change = await graphResolution.latestChange(baseOf(place));
  if (change === undefined) return;
  const entities = await Array.fromAsync(graphResolution.entities(baseOf(place)));
  const things = Map.groupBy(entities, ({ name }) => name.slice(0, 3));
  const assignments = [...things.values()].flatMap((all) => {
    const canonicalId = all.map(({ id }) => id).toSorted()[0] ?? "";
    return all.map(({ id }) => ({ id, canonicalId }));
  });
  await graphResolution.assign({ ...baseOf(place), change, assignments });
  await graphResolution.settle({ ...baseOf(place), change });
};

/** Somebody was faster. Everything else, a deadlock above all, is a failure. */
const orOvertaken = async (work: Promise<unknown>): Promise<void> => {
  await work.catch((error: unknown) => {
    if (!(error instanceof PermanentError && (isTakenOver(error.code) || error.code === "tenant_mismatch")))
      throw error;
  });
};

const read = async (place: Place, { documentId, generation }: Pick<Leased, "documentId" | "generation">) => {
  const leased = await claimGraph(place.orgId, documentId, generation).catch(() => undefined);
  if (!leased) return;
  for (const { chunkId, content } of await graph.pending({ ...leased, limit: 50 })) {
    await graph.applyChunk({ ...leased, chunkId, contribution: contributionOf(content, names) });
  }
  await graph.finish(leased);
};

const stateOf = async (place: Place) => {
  const { entities, edges } = await graph.export(baseOf(place));
  const name = new Map(entities.map((one) => [one.id, one.name]));
  const { data } = await supabase.from("graph_edges").select("support").eq("org_id", place.orgId);
  return {
    entities: entities.map((one) => [one.name, ...one.aliases, one.mentionCount].join(" ")).toSorted(),
    edges: edges
      .map(({ sourceId, targetId, weight }) => `${name.get(sourceId)} ${name.get(targetId)} ${weight}`)
      .toSorted(),
    support: (data ?? []).map(({ support }) => String(support)).toSorted(),
  };
};

test("reading, new versions, deletions and resolutions at once, all of one graph: no deadlock, the graph of a quiet run", async () => {
  const place = await makePlace();
  const { orgId } = place;
  const kept = await Promise.all(Array.from({ length: 8 }, (_, n) => publish(place, textOf(n + 100))));
  const gone = await Promise.all(Array.from({ length: 4 }, (_, n) => publish(place, textOf(n + 200))));
  const busy = { changing: true };
  const resolving = async (): Promise<void> => {
    while (busy.changing) await orOvertaken(resolve(place));
  };
  const changing = Promise.all([
    ...[...kept, ...kept, ...gone].map((document) => orOvertaken(read(place, document))),
    ...kept.map(async ({ documentId }, n) => {
      await documents.reprocess({ orgId, documentId });
      const next = await process(place, documentId, cut(textOf(n)));
      await orOvertaken(read(place, next));
      await embed(place, next);
      await orOvertaken(read(place, next));
    }),
    ...gone.map(async ({ documentId }) => {
      await documents.beginDelete({ orgId, documentId });
      await documents.finishDelete({ orgId, documentId });
    }),
  ]).finally(() => (busy.changing = false));
  await Promise.all([changing, resolving(), resolving()]);
  // What nobody finished because two had it.
  for (const { documentId } of kept) await orOvertaken(read(place, { documentId, generation: 2 }));
  await resolve(place);

  const quiet = await makePlace();
  for (let n = 0; n < 8; n += 1) await readGraph(quiet, await publish(quiet, textOf(n)), names);
  await resolve(quiet);
  expect(await stateOf(place)).toEqual(await stateOf(quiet));
});

test("two that each take one of the last two quotes of an edge: it goes with the second", async () => {
  const place = await makePlace();
  await readGraph(place, await publish(place, ["Ромашка и Лютик", "Ромашка и Лютик."]), names);
  const rows = async (table: string) => (await supabase.from(table).select().eq("org_id", place.orgId)).data ?? [];
  expect([(await rows("graph_edges")).length, (await rows("graph_evidence")).length]).toEqual([1, 2]);
  const taken = (await rows("graph_evidence")).map(async ({ chunk_id }) =>
    supabase.from("graph_evidence").delete().eq("chunk_id", Number(chunk_id)),
  );
  expect((await Promise.all(taken)).map(({ error }) => error)).toEqual([null, null]);
  expect([await rows("graph_edges"), await rows("graph_evidence")]).toEqual([[], []]);
});
