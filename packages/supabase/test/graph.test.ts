import { expect, test } from "vitest";
import {
  claimGraph,
  contributionOf,
  cut,
  documents,
  embed,
  graph,
  graphAnswers,
  makePlace,
  process,
  publish,
  queue,
  readGraph,
  rowsOf,
  type Place,
} from "./fixture.ts";

const names = ["Ромашка", "Лютик", "Василёк", "Мак"];
const chain = ["Ромашка купила Лютик.", "Лютик продал Василёк.", "Василёк основал Мак.", "Ромашка и Лютик вместе."];

const garden = async (contents: readonly string[] = chain) => {
  const place = await makePlace();
  const leased = await publish(place, contents);
  await readGraph(place, leased, names);
  const { entities } = await graph.entities({ orgId: place.orgId, limit: 50 });
  const idOf = (name: string) => entities.find((entity) => entity.name === name)?.id ?? "missing";
  return { place, leased, entities, idOf };
};

const graphOf = async ({ orgId, base }: Place) => {
  const { entities, edges } = await graph.export({ orgId, knowledgeBaseId: base.id });
  return {
    entities: entities.map(({ name, mentionCount }) => [name, mentionCount]),
    edges: edges.map(({ sourceId, targetId, weight }) => [sourceId, targetId, weight]),
  };
};

test("reading a document: entities by mentions, counts on the row, every quote in its place", async () => {
  const { place, leased, entities } = await garden();
  expect(new Set(entities.map((one) => `${one.name} ${one.mentionCount} ${one.documentCount}`))).toEqual(
    new Set(["Василёк 2 1", "Лютик 3 1", "Мак 1 1", "Ромашка 2 1"]),
  );
  expect(entities[0]?.name).toBe("Лютик");
  expect(await documents.get(leased)).toMatchObject({ graphState: "ready", entityCount: 4, edgeCount: 3 });
  const { edges } = await graph.export({ orgId: place.orgId, knowledgeBaseId: place.base.id });
  const bought = edges.find(({ weight }) => weight === 2);
  expect(bought?.confidence).toBeCloseTo(0.75); // noisy-or of 0.5 and 0.5
  expect(bought?.evidence.map(({ quote }) => quote).sort()).toEqual(["Ромашка и Лютик", "Ромашка купила Лютик"]);
});

test("applying a contribution again changes nothing; another one replaces it whole", async () => {
  const place = await makePlace();
  const { orgId } = place;
  const published = await publish(place, ["Ромашка купила Лютик."]);
  const leased = await claimGraph(orgId, published.documentId, 1);
  const [chunk] = await graph.pending({ ...leased, limit: 10 });
  if (!chunk) throw new Error("no chunk");
  const apply = (wanted: readonly string[]) =>
    graph.applyChunk({ ...leased, chunkId: chunk.chunkId, contribution: contributionOf(chunk.content, wanted) });
  const state = async () => {
    const { graph_entities, graph_mentions, graph_edges, graph_evidence } = await rowsOf(orgId);
    return { graph_entities, graph_mentions, graph_edges, graph_evidence };
  };
  expect(await apply(names)).toEqual({ entities: 2, edges: 1 });
  const before = await state();
  expect(await apply(names)).toEqual({ entities: 2, edges: 1 });
  expect(await state()).toEqual(before);
  expect(await apply(["Лютик"])).toEqual({ entities: 1, edges: 0 });
  expect(await state()).toMatchObject({ graph_edges: [], graph_evidence: [] });
  expect((await state()).graph_entities).toHaveLength(1);
  expect(await apply(names)).toEqual({ entities: 2, edges: 1 });
  const again = await state();
  expect(again.graph_mentions).toEqual(before.graph_mentions);
  expect(again.graph_evidence).toEqual(before.graph_evidence); // the same ids: identity decides them
});

test("the database refuses a quote that is not in the chunk, and keeps nothing of that contribution", async () => {
  const place = await makePlace();
  const published = await publish(place, ["😀 Ромашка купила Лютик."]);
  const leased = await claimGraph(place.orgId, published.documentId, 1);
  const [chunk] = await graph.pending({ ...leased, limit: 10 });
  if (!chunk) throw new Error("no chunk");
  const honest = contributionOf(chunk.content, names);
  const relations = honest.relations.map((relation) => ({
    ...relation,
    quote: relation.quote.replace("купила", "продала"),
  }));
  const shifted = honest.entities.map((entity) => ({
    ...entity,
    mentions: entity.mentions.map((mention) => ({
      ...mention,
      charStart: mention.charStart + 1,
      charEnd: mention.charEnd + 1,
    })),
  }));
  const apply = (contribution: typeof honest) => graph.applyChunk({ ...leased, chunkId: chunk.chunkId, contribution });
  await expect(apply({ ...honest, relations })).rejects.toThrow(/does not say/);
  await expect(apply({ ...honest, entities: shifted })).rejects.toThrow(/does not say/);
  expect((await rowsOf(place.orgId)).graph_entities).toEqual([]);
  expect(await apply(honest)).toEqual({ entities: 2, edges: 1 });
});

test("an entity with neither mention nor relation, a relation with itself or with nobody: left out", async () => {
  const place = await makePlace();
  const published = await publish(place, ["Ромашка."]);
  const leased = await claimGraph(place.orgId, published.documentId, 1);
  const [chunk] = await graph.pending({ ...leased, limit: 10 });
  const one = {
    ref: "1",
    type: "organisation",
    name: "Ромашка",
    key: "ромашка",
    mentions: [{ charStart: 0, charEnd: 7, surface: "Ромашка", confidence: 1 }],
  };
  const relation = {
    source: "1",
    target: "1",
    predicate: "is",
    quote: "Ромашка",
    charStart: 0,
    charEnd: 7,
    confidence: 1,
  };
  const contribution = {
    extractor: "test-1",
    entities: [one, { ...one, ref: "2", key: "тень", mentions: [] }],
    relations: [relation, { ...relation, target: "9" }],
    rejected: [{ reason: "no_quote", item: { any: "thing" } }],
  };
  expect(await graph.applyChunk({ ...leased, chunkId: chunk?.chunkId ?? 0, contribution })).toEqual({
    entities: 1,
    edges: 0,
  });
  const { graph_entities, graph_extractions } = await rowsOf(place.orgId);
  expect(graph_entities).toHaveLength(1);
  expect(graph_extractions?.[0]).toContain("no_quote");
});

test("an unread chunk keeps the graph pending", async () => {
  const place = await makePlace();
  const published = await publish(place, chain);
  const leased = await claimGraph(place.orgId, published.documentId, 1);
  await expect(graph.finish(leased)).rejects.toMatchObject({ code: "database_refused" });
  await readGraph(place, published, names);
  await expect(graph.finish(leased)).rejects.toMatchObject({ code: "stale_lease" });
});

test("a generation's graph is seen with the generation, not before, and replaces the old one", async () => {
  const { place, leased } = await garden(["Ромашка купила Лютик."]);
  const before = await graphOf(place);
  await documents.reprocess(leased);
  const next = await process(place, leased.documentId, cut(["Василёк основал Мак."]));
  await readGraph(place, next, names);
  expect(await graphOf(place)).toEqual(before);
  await embed(place, next);
  expect((await graphOf(place)).entities.map(([name]) => String(name)).sort()).toEqual(["Василёк", "Мак"]);
  expect((await rowsOf(place.orgId)).graph_entities).toHaveLength(2);
});

test("deleting a document gives the graph that never had it", async () => {
  const { place } = await garden(["Ромашка купила Лютик."]);
  const before = { seen: await graphOf(place), rows: (await rowsOf(place.orgId)).graph_entities?.length };
  const second = await publish(place, ["Лютик продал Василёк.", "Ромашка купила Лютик."]);
  await readGraph(place, second, names);
  expect(await graphOf(place)).not.toEqual(before.seen);
  await documents.beginDelete(second);
  expect(await graphOf(place)).toEqual(before.seen); // at once, by what is published
  await documents.finishDelete(second);
  expect({ seen: await graphOf(place), rows: (await rowsOf(place.orgId)).graph_entities?.length }).toEqual(before);
});

test("entities: by type, by document, by a part of the name or nearly so; page by page", async () => {
  const { place, leased } = await garden();
  const find = async (more: object) =>
    (await graph.entities({ orgId: place.orgId, limit: 50, ...more })).entities.map(({ name }) => name);
  expect(await find({ query: "васил" })).toEqual(["Василёк"]);
  expect(await find({ query: "ВАСИЛЕК" })).toEqual(["Василёк"]);
  expect(await find({ type: "person" })).toEqual([]);
  expect(await find({ documentId: leased.documentId, knowledgeBaseId: place.base.id })).toHaveLength(4);
  expect(await find({ documentId: crypto.randomUUID() })).toEqual([]);
  const seen: string[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await graph.entities({ orgId: place.orgId, limit: 3, cursor });
    seen.push(...page.entities.map(({ name }) => name));
    cursor = page.nextCursor;
    if (!cursor) break;
  }
  expect(seen).toEqual(await find({}));
});

test("neighbours: nearest first, within the hops and the limit", async () => {
  const { place, idOf } = await garden();
  const from = { orgId: place.orgId, entityId: idOf("Ромашка"), limit: 50 };
  const near = await graph.neighbours({ ...from, hops: 1 });
  expect(near?.entities.map(({ name, distance }) => [name, distance])).toEqual([
    ["Ромашка", 0],
    ["Лютик", 1],
  ]);
  expect(near?.edges).toHaveLength(1);
  const far = await graph.neighbours({ ...from, hops: 3 });
  expect(far?.entities.map(({ name, distance }) => [name, distance])).toEqual([
    ["Ромашка", 0],
    ["Лютик", 1],
    ["Василёк", 2],
    ["Мак", 3],
  ]);
  expect(far?.edges).toHaveLength(3);
  expect((await graph.neighbours({ ...from, hops: 3, limit: 2 }))?.entities).toHaveLength(2);
  expect(await graph.neighbours({ ...from, entityId: crypto.randomUUID(), hops: 1 })).toBeUndefined();
});

test("path: a shortest one, in either direction, or none", async () => {
  const { place, idOf } = await garden();
  const find = async (from: string, to: string, maxHops = 6) => {
    const found = await graph.path({ orgId: place.orgId, fromId: idOf(from), toId: idOf(to), maxHops });
    return found?.path.map((id) => found.entities.find((entity) => entity.id === id)?.name);
  };
  expect(await find("Мак", "Ромашка")).toEqual(["Мак", "Василёк", "Лютик", "Ромашка"]);
  expect(await find("Мак", "Ромашка", 2)).toBeUndefined();
  expect(await find("Мак", "Мак")).toEqual(["Мак"]);
});

test("export: all pages together hold everything once", async () => {
  const { place } = await garden();
  const key = { orgId: place.orgId, knowledgeBaseId: place.base.id };
  const whole = await graph.export(key);
  expect([whole.entities.length, whole.edges.length, whole.nextCursor]).toEqual([4, 3, undefined]);
  const entities: string[] = [];
  const edges: string[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await graph.export({ ...key, limit: 1, cursor });
    entities.push(...page.entities.map(({ id }) => id));
    edges.push(...page.edges.map(({ id }) => id));
    cursor = page.nextCursor;
    if (!cursor) break;
  }
  expect(entities.sort()).toEqual(whole.entities.map(({ id }) => id).sort());
  expect(edges.sort()).toEqual(whole.edges.map(({ id }) => id).sort());
});

test("a graph may be claimed beside embedding, not before there are chunks, nor once it is done", async () => {
  const place = await makePlace();
  const { id } = await queue(place);
  await expect(claimGraph(place.orgId, id, 1)).rejects.toThrow("no lease");
  const leased = await process(place, id, cut(["Ромашка"]));
  await readGraph(place, leased, names);
  await expect(claimGraph(place.orgId, id, 1)).rejects.toThrow("no lease");
});

test("an answer is stored and booked once, found by its passages, and goes with its document", async () => {
  const place = await makePlace();
  const { orgId } = place;
  const { documentId } = await publish(place, ["Ромашка купила Лютик."]);
  const before = await documents.get({ orgId, documentId });
  const answer = {
    orgId,
    documentId,
    provider: "openrouter",
    model: "m",
    requestId: "r1",
    content: '{"entities":[]}\0',
    isTruncated: false,
    tokens: 10,
    costUsd: 0.000_000_07,
    chunkKeys: ["b", "a"],
  };
  await graphAnswers.store(answer);
  await graphAnswers.store(answer);
  await graphAnswers.store({ ...answer, requestId: "r2", content: "newer", chunkKeys: ["a"] });
  expect(new Set(await graphAnswers.find({ orgId, chunkKeys: ["a", "b", "c"] }))).toEqual(
    new Set([
      { chunkKey: "a", content: "newer", isTruncated: false, place: 0, ofCount: 1 },
      { chunkKey: "b", content: '{"entities":[]}', isTruncated: false, place: 0, ofCount: 2 },
    ]),
  );
  const after = await documents.get({ orgId, documentId });
  expect((after?.tokensBilled ?? 0) - (before?.tokensBilled ?? 0)).toBe(20);
  expect((after?.costUsd ?? 0) - (before?.costUsd ?? 0)).toBeCloseTo(0.000_000_14, 10);
  await documents.beginDelete({ orgId, documentId });
  await documents.claimDelete({ orgId, documentId, leaseSeconds: 60 });
  await documents.finishDelete({ orgId, documentId });
  expect(await graphAnswers.find({ orgId, chunkKeys: ["a", "b"] })).toEqual([]);
});
