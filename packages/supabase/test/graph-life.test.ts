import fc from "fast-check";
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { Contribution } from "../src/graph.ts";
import {
  chunks,
  claimGraph,
  cut,
  documents,
  embed,
  graph,
  graphAnswers,
  graphCosts,
  graphExploration,
  graphMerges,
  graphOntologies,
  graphResolution,
  makePlace,
  process,
  publish,
  readGraph,
  rowsOf,
  supabase,
  type Place,
} from "./fixture.ts";

const baseOf = ({ orgId, base }: Place) => ({ orgId, knowledgeBaseId: base.id });

interface Told {
  readonly text: string;
  /** Of the document. */
  readonly date?: string;
  readonly predicate?: string;
  readonly validFrom?: string;
  readonly validTo?: string;
}

/** A document of one sentence, "X … Y", that relates its first word to its last. */
const tell = async (place: Place, { text, date, predicate = "ceo_of", ...time }: Told): Promise<string> => {
  const { orgId, base } = place;
  const documentId = randomUUID();
  const metadata = date === undefined ? {} : { date };
  const file = { name: text, mime: "text/plain", byteSize: 1, objectPath: `${orgId}/documents/${documentId}/a.txt` };
  await documents.create({ orgId, id: documentId, knowledgeBaseId: base.id, ...file, metadata });
  await process(place, documentId, cut([text]));
  await embed(place, { documentId, generation: 1 });
  const words = text.split(" ");
  const [source = "", target = ""] = [words[0], words.at(-1)];
  const entity = (name: string) => {
    const charStart = text.indexOf(name);
    const mentions = [{ charStart, charEnd: charStart + name.length, surface: name, confidence: 0.9 }];
    return { ref: name, type: "thing", name, key: name.toLowerCase(), mentions };
  };
  const whole = { quote: text, charStart: 0, charEnd: text.length, confidence: 0.8 };
  const contribution: Contribution = {
    extractor: "test-1",
    entities: [entity(source), entity(target)],
    relations: [{ source, target, predicate, ...whole, ...time }],
    rejected: [],
  };
  const leased = await claimGraph(orgId, documentId, 1);
  for (const { chunkId } of await graph.pending({ ...leased, limit: 10 })) {
    await graph.applyChunk({ ...leased, chunkId, contribution });
  }
  await graph.finish(leased);
  return documentId;
};

const forget = async ({ orgId }: Place, documentId: string): Promise<void> => {
  await documents.beginDelete({ orgId, documentId });
  await documents.finishDelete({ orgId, documentId });
};

/** "Иванов ceo_of Ромашка": from – until, by day. */
const held = async (place: Place): Promise<Record<string, string>> => {
  const { entities, edges } = await graph.export(baseOf(place));
  const name = new Map(entities.map((one) => [one.id, one.name]));
  const day = (instant: string | null): string => instant?.slice(0, 10) ?? "";
  const lines = edges.map((edge) => [name.get(edge.sourceId), `${day(edge.validFrom)} – ${day(edge.validTo)}`]);
  return Object.fromEntries(lines) as Record<string, string>;
};

test("what a newer document says closes what an older one said, whichever was read first; without it, it holds again", async () => {
  const ivanov = { text: "Иванов возглавляет Ромашка", date: "2019-03-01" };
  const petrov = { text: "Петров возглавляет Ромашка", date: "2022-05-01T10:00:00Z" };
  const expected = { Иванов: "2019-03-01 – 2022-05-01", Петров: "2022-05-01 – " };

  const place = await makePlace();
  await tell(place, ivanov);
  const newer = await tell(place, petrov);
  expect(await held(place)).toEqual(expected);
  const backwards = await makePlace();
  for (const told of [petrov, ivanov]) await tell(backwards, told);
  expect(await held(backwards)).toEqual(expected);

  await forget(place, newer);
  expect(await held(place)).toEqual({ Иванов: "2019-03-01 – " });
  await tell(place, { ...ivanov, date: "2023-01-01" });
  await tell(place, petrov);
  // Stated anew after the other: the other one has ended.
  expect(await held(place)).toEqual({ Иванов: "2019-03-01 – ", Петров: "2022-05-01 – 2023-01-01" });
});

test("words that name a time count more than dates; of equally new ones neither closes the other; nor where many may hold", async () => {
  const place = await makePlace();
  const date = "2020-06-01";
  await tell(place, { text: "Иванов возглавлял Ромашка", date, validFrom: "2011", validTo: "2015-02" });
  await tell(place, { text: "Петров возглавляет Ромашка", date, validFrom: "2015-03-01" });
  await tell(place, { text: "Сидоров возглавляет Лютик", date });
  await tell(place, { text: "Орлов возглавляет Лютик", date });
  await tell(place, { text: "Мак поставляет Лютик", date, predicate: "supplies" });
  await tell(place, { text: "Пион поставляет Лютик", date: "2024-01-01", predicate: "supplies", validFrom: "завтра" });
  expect(await held(place)).toEqual({
    Иванов: "2011-01-01 – 2015-02-01",
    Петров: "2015-03-01 – ",
    Сидоров: "2020-06-01 – ",
    Орлов: "2020-06-01 – ",
    Мак: "2020-06-01 – ",
    Пион: "2024-01-01 – ",
  });
});

test("a date that is none is as if nothing had been said", async () => {
  const place = await makePlace();
  const dates = [
    "2019-13-45",
    "2019-05-01 25:61",
    "2019-05-01T10:00+99:99",
    "0000",
    "вчера",
    "",
    "2019-05-01 10:00 Mars",
  ];
  for (const date of dates) await tell(place, { text: "Иванов возглавляет Ромашка", date, validTo: date });
  expect(await held(place)).toEqual({ Иванов: expect.stringMatching(/^(?!2019|0000)\d{4}-\d\d-\d\d – $/) as string });
});

test("which relations hold one at a time is said by the base's own ontology, once it has one", async () => {
  const place = await makePlace();
  const definition = { mode: "open", entityTypes: [], relations: [{ name: "supplies", functional: "target" }] };
  await graphOntologies.set({ ...baseOf(place), definition, fingerprint: "f" });
  await tell(place, { text: "Мак поставляет Лютик", date: "2020-06-01", predicate: "supplies" });
  await tell(place, { text: "Пион поставляет Лютик", date: "2024-01-01", predicate: "supplies" });
  await tell(place, { text: "Иванов возглавляет Ромашка", date: "2019-03-01" });
  await tell(place, { text: "Петров возглавляет Ромашка", date: "2022-05-01" });
  expect(await held(place)).toEqual({
    Мак: "2020-06-01 – 2024-01-01",
    Пион: "2024-01-01 – ",
    Иванов: "2019-03-01 – ",
    Петров: "2022-05-01 – ",
  });
});

test("no way around the check of quotes: not by the chunk, the evidence, the edge, nor by leaving evidence out", async () => {
  const place = await makePlace();
  const { orgId, base } = place;
  await tell(place, { text: "Иванов возглавляет Ромашка" });
  await tell(place, { text: "Петров возглавляет Лютик" });
  const { data } = await supabase.from("graph_edges").select().eq("org_id", orgId);
  const [first, second] = (data ?? []) as { id: string; source_id: string; target_id: string }[];
  if (!first || !second) throw new Error("two edges were stored");
  const before = await rowsOf(orgId);
  const foreign = { id: randomUUID(), org_id: orgId, knowledge_base_id: base.id, predicate: "made_up" };
  const attempts = {
    "another text": supabase.from("chunks").update({ content: "Сидоров" }).eq("org_id", orgId),
    "another place": supabase.from("chunks").update({ generation: 7 }).eq("org_id", orgId),
    "another quote": supabase.from("graph_evidence").update({ quote: "Сидоров" }).eq("org_id", orgId),
    "another edge": supabase.from("graph_evidence").update({ edge_id: second.id }).eq("edge_id", first.id),
    "another name": supabase.from("graph_mentions").update({ surface: "Сидоров" }).eq("org_id", orgId),
    "another end": supabase.from("graph_edges").update({ target_id: second.target_id }).eq("id", first.id),
    "another predicate": supabase.from("graph_edges").update({ predicate: "owns" }).eq("id", first.id),
    "another key": supabase.from("graph_entities").update({ key: "сидоров" }).eq("id", first.source_id),
    "no evidence": supabase
      .from("graph_edges")
      .insert({ ...foreign, source_id: first.source_id, target_id: second.target_id }),
  };
  for (const [what, attempt] of Object.entries(attempts)) {
    const { error } = await attempt;
    expect({ what, code: error?.code }).toEqual({ what, code: "23514" });
  }
  // It stands between what its ends stand for, whatever a writer says.
  await supabase.from("graph_edges").update({ from_id: second.source_id, to_id: second.target_id }).eq("id", first.id);
  expect(await rowsOf(orgId)).toEqual(before);
  await supabase.from("graph_evidence").delete().eq("edge_id", first.id);
  expect((await supabase.from("graph_edges").select("id").eq("org_id", orgId)).data).toEqual([{ id: second.id }]);
});

/** Things whose names begin alike are one, by the smallest id, as the worker does with its own rules. */
const resolve = async (place: Place): Promise<void> => {
  const change = await graphResolution.latestChange(baseOf(place));
  if (change === undefined) return;
  const entities = await Array.fromAsync(graphResolution.entities(baseOf(place)));
  const decisions = await graphResolution.decisions(baseOf(place));
  const isApart = (a: string, b: string) =>
    decisions.some(
      ({ firstId, secondId, verdict }) => verdict === "apart" && [a, b].includes(firstId) && [a, b].includes(secondId),
    );
  const clusters: (typeof entities)[] = [];
  for (const one of entities.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
    const cluster = clusters.find((all) =>
      all.every((other) => other.name.slice(0, 4) === one.name.slice(0, 4) && !isApart(other.id, one.id)),
    );
    if (cluster) cluster.push(one);
    else clusters.push([one]);
  }
  const assignments = clusters.flatMap((all) =>
    all.flatMap(({ id, canonicalId }) => (canonicalId === all[0]?.id ? [] : [{ id, canonicalId: all[0]?.id ?? "" }])),
  );
  await graphResolution.assign({ ...baseOf(place), change, assignments });
  await graphResolution.settle({ ...baseOf(place), change });
};

const names = ["Ромашка", "Ромашки", "Ромашкой", "Лютик", "Лютика", "Мак"];
const graphTables = ["graph_entities", "graph_mentions", "graph_edges", "graph_evidence", "graph_decisions"] as const;
const graphRows = async ({ orgId }: Place) => {
  const rows = await rowsOf(orgId);
  return graphTables.map((table) => (rows[table] ?? []).map((one) => String(one).replace(/"created_at":"[^"]*"/, "")));
};

test("a deleted document leaves the graph as if it had never been read, what names stand for and decisions included", async () => {
  const sentence = fc
    .array(fc.constantFrom(...names), { minLength: 2, maxLength: 4 })
    .map((all) => `${all.join(" и ")}.`);
  const text = fc.array(sentence, { minLength: 1, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 2 }), text, fc.boolean(), async (kept, gone, early) => {
      const place = await makePlace();
      const add = async (contents: readonly string[]) => {
        const leased = await publish(place, contents);
        await readGraph(place, leased, names);
        return leased.documentId;
      };
      for (const contents of kept) await add(contents);
      await resolve(place);
      const ids = (await graph.entities({ orgId: place.orgId, limit: 9 })).entities.map(({ id }) => id);
      const [entityId, otherId] = ids;
      if (entityId && otherId) await graphResolution.decide({ ...baseOf(place), entityId, otherId, verdict: "apart" });
      await resolve(place);
      const before = await graphRows(place);

      const documentId = await add(gone);
      if (early) await resolve(place);
      await forget(place, documentId);
      await resolve(place);
      expect(await graphRows(place)).toEqual(before);
    }),
    { numRuns: 4 },
  );
});

test("what was joined is parted again by the log, for good; and joined again by the log", async () => {
  const place = await makePlace();
  await readGraph(place, await publish(place, ["Ромашка и Мак.", "Ромашки и Мак."]), names);
  const shown = async () => {
    await resolve(place);
    const { entities } = await graph.entities({ orgId: place.orgId, limit: 9 });
    return entities.map(({ name, aliases }) => [name, ...aliases].toSorted().join("=")).toSorted();
  };
  expect(await shown()).toEqual(["Мак", "Ромашка=Ромашки"]);
  const { merges } = await graphMerges.list({ ...baseOf(place), limit: 9 });
  expect(merges.map(({ kind, undoneAt }) => [kind, undoneAt])).toEqual([["joined", null]]);
  const [joined] = merges;
  expect([joined?.members, joined?.others].map((all) => all?.length)).toEqual([1, 1]);

  const undo = (mergeId: number) => graphMerges.undo({ ...baseOf(place), mergeId });
  expect(await undo(joined?.id ?? 0)).toBe(true);
  expect(await shown()).toEqual(["Мак", "Ромашка", "Ромашки"]);
  expect(await undo(joined?.id ?? 0)).toBe(true); // again: nothing
  await readGraph(place, await publish(place, ["Ромашка и Ромашки."]), names);
  expect(await shown()).toEqual(["Мак", "Ромашка", "Ромашки"]);

  const [parted] = (await graphMerges.list({ ...baseOf(place), limit: 1 })).merges;
  expect(parted?.kind).toBe("parted");
  expect(await undo(parted?.id ?? 0)).toBe(true);
  expect(await shown()).toEqual(["Мак", "Ромашка=Ромашки"]);
  expect(await undo(0)).toBe(false);
});

test("around passages and beyond them: members, neighbours, passages that the graph connects, statements as numbers", async () => {
  const place = await makePlace();
  const { orgId } = place;
  const { documentId } = await publish(place, ["Ромашка и Лютик.", "Лютик у Мак.", "Мак и Ромашки.", "Пион."]);
  await readGraph(place, { documentId, generation: 1 }, names);
  await resolve(place);
  const passages = await chunks.list({ orgId, documentId, generation: 1, limit: 9 });
  const [first, second, third, last] = passages.map(({ id }) => id);
  if (!first || !second || !third || !last) throw new Error("four passages were stored");

  const around = await graphExploration.around({ orgId, chunkIds: [first], hops: 1, limit: 9 });
  expect(around?.entities.map(({ name, distance }) => `${name} ${distance}`).toSorted()).toEqual(
    ["Лютик 0", "Мак 1", "Ромашка 0"].toSorted(),
  );
  expect(around?.edges).toHaveLength(3);
  expect(await graphExploration.around({ orgId, chunkIds: [last], hops: 1, limit: 9 })).toEqual({
    entities: [],
    edges: [],
  });

  const connected = await graphExploration.connected({ orgId, passages: [{ chunkId: first, weight: 1 }], limit: 9 });
  expect(new Set(connected.map(({ chunkId }) => chunkId))).toEqual(new Set([second, third]));
  expect(connected[0]?.score).toBe(1);
  for (const { content, because } of connected) {
    expect(because.length).toBeGreaterThan(0);
    for (const { quote } of because) expect(content).toContain(quote);
  }
  const elsewhere = { documentId: randomUUID() };
  const nothing = await graphExploration.connected({
    orgId,
    passages: [{ chunkId: first, weight: 1 }],
    ...elsewhere,
    limit: 9,
  });
  expect(nothing).toEqual([]);

  const { ids, links, complete } = await graphExploration.links({ ...baseOf(place), limit: 9 });
  expect([ids.length, links.length, complete]).toEqual([3, 3, true]);
  expect((await graphExploration.links({ ...baseOf(place), limit: 1 })).complete).toBe(false);

  const entityId = around?.entities.find(({ name }) => name === "Ромашка")?.id ?? "";
  const described = await graphExploration.entity({ orgId, entityId });
  expect(described?.members.map(({ name }) => name).toSorted()).toEqual(["Ромашка", "Ромашки"]);
  for (const { id } of described?.members ?? []) {
    expect(await graphExploration.entity({ orgId, entityId: id })).toEqual(described);
  }
});

test("a path goes around what is not published yet", async () => {
  const place = await makePlace();
  const { orgId } = place;
  await readGraph(place, await publish(place, ["Ромашка и Лютик.", "Лютик и Мак."]), names);
  const { entities } = await graph.entities({ orgId, limit: 9 });
  const idOf = (name: string) => entities.find((one) => one.name === name)?.id ?? "";
  const length = async () =>
    (await graph.path({ orgId, fromId: idOf("Ромашка"), toId: idOf("Мак"), maxHops: 4 }))?.path.length;
  const shortcut = randomUUID();
  const file = { name: "a", mime: null, byteSize: 1, objectPath: `${orgId}/a` };
  await documents.create({ orgId, id: shortcut, knowledgeBaseId: place.base.id, ...file });
  const leased = await process(place, shortcut, cut(["Ромашка и Мак."]));
  await readGraph(place, leased, names);
  expect(await length()).toBe(3);
  await embed(place, leased);
  expect(await length()).toBe(2);
});

test("costs: an answer's is shared by its passages, a document's is all that was paid, an organisation's outlives it", async () => {
  const place = await makePlace();
  const { orgId } = place;
  const { documentId } = await publish(place, ["Ромашка.", "Лютик.", "Мак."]);
  const answer = { orgId, documentId, provider: "openrouter", model: "m", content: "{}", isTruncated: false };
  const ask = (requestId: string, chunkKeys: readonly string[], costUsd: number) =>
    graphAnswers.store({ ...answer, requestId, tokens: 100, costUsd, chunkKeys });
  await ask("r1", ["a", "b"], 0.000_000_5);
  await ask("r2", ["c"], 0.25);
  await ask("r3", ["c"], 0.5); // asked again
  await ask("r4", ["d"], 0.125); // a second look
  const leased = await claimGraph(orgId, documentId, 1);
  for (const [n, { chunkId }] of (await graph.pending({ ...leased, limit: 9 })).entries()) {
    const answerKeys = [["a"], ["b"], ["c", "d"]][n];
    const contribution = { extractor: "m", entities: [], relations: [], rejected: [], answerKeys };
    await graph.applyChunk({ ...leased, chunkId, contribution });
  }
  const costs = await graphCosts.document({ orgId, documentId });
  expect(costs).toMatchObject({ requests: 4, tokens: 400 });
  expect(costs?.costUsd).toBeCloseTo(0.875_000_5, 12);
  expect(costs?.chunks.map(({ tokens, costUsd }) => [tokens, costUsd])).toEqual([
    [50, 0.000_000_25],
    [50, 0.000_000_25],
    [200, 0.625],
  ]);
  const bill = () => graphCosts.organisation({ orgId, from: "2000-01-01", to: "2100-01-01", limit: 9 });
  expect((await bill()).documents).toMatchObject([{ documentId, requests: 4 }]);
  await forget(place, documentId);
  expect(await bill()).toMatchObject({ requests: 4, tokens: 400, documents: [] });
  expect(await graphCosts.document({ orgId, documentId })).toBeUndefined();
});
