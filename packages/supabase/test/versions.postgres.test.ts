import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import {
  contributionOf,
  cut,
  documents,
  embed,
  graph,
  makePlace,
  process,
  publish,
  queue,
  readGraph,
  supabase,
  versions,
  type Place,
} from "./fixture.ts";

// What two workers at once would break: on a Postgres with real locks.

const times = <T>(count: number, make: (n: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, n) => make(n)));
const names = ["Ромашка", "Лютик", "Василёк", "Мак", "Клевер"];
const sentence = (n: number): string =>
  `${Array.from({ length: 3 }, (_, k) => names[(n + k * (1 + (n % 3))) % names.length]).join(" и ")}. Запись ${n}.`;

const content = ({ orgId }: Place, byte: number) => ({
  objectPath: `${orgId}/documents/${randomUUID()}/file.txt`,
  rawSha256: byte.toString(16).padStart(2, "0").repeat(32),
  byteSize: 1,
});

const shape = async ({ orgId, base }: Place) => {
  const { entities, edges } = await graph.export({ orgId, knowledgeBaseId: base.id });
  const name = new Map(entities.map((entity) => [entity.id, entity.name]));
  return {
    entities: entities.map((entity) => `${entity.name} ${entity.mentionCount} ${entity.documentCount}`).toSorted(),
    edges: edges.map((edge) => `${name.get(edge.sourceId)} ${name.get(edge.targetId)} ${edge.weight}`).toSorted(),
  };
};

test("twenty new versions at once of the same bytes are one; of other bytes, each its own generation", async () => {
  const place = await makePlace();
  const { orgId } = place;
  const { id: documentId } = await queue(place);
  const same = await times(20, () => versions.replaceContent({ orgId, documentId, ...content(place, 1) }));
  expect(same.filter(({ replaced }) => replaced)).toHaveLength(1);
  const other = await times(20, (n) => versions.replaceContent({ orgId, documentId, ...content(place, n + 2) }));
  expect(new Set(other.map(({ document }) => document.generation)).size).toBe(20);
  const row = await documents.get({ orgId, documentId });
  expect(row?.generation).toBe(22);
  // Every object but the newest is listed for removal, none twice.
  const objects = row?.supersededPaths.filter((path) => path.includes("/documents/")) ?? [];
  expect([objects.length, new Set(objects).size, objects.includes(row?.objectPath ?? "")]).toEqual([21, 21, false]);
});

test("documents get new versions while their neighbours are deleted: the graph is that of what is left", async () => {
  const place = await makePlace();
  const { orgId } = place;
  const texts = Array.from({ length: 12 }, (_, d) => Array.from({ length: 5 }, (_unused, c) => sentence(d * 5 + c)));
  const published: Awaited<ReturnType<typeof publish>>[] = [];
  for (const contents of texts) {
    const document = await publish(place, contents);
    await readGraph(place, document, names);
    published.push(document);
  }
  const edited = (contents: readonly string[]): string[] => contents.with(2, "Пион и Роза. Новая запись.");
  const allNames = [...names, "Пион", "Роза"];
  await Promise.all(
    published.map(async (document, d) => {
      if (d % 2 === 0) {
        await documents.beginDelete(document);
        await documents.finishDelete(document);
        return;
      }
      await documents.reprocess(document);
      const next = await process(place, document.documentId, cut(edited(texts[d] ?? [])));
      const unread = await graph.pending({ ...next, limit: 50 });
      expect(unread.map(({ content: text }) => text)).toEqual(["Пион и Роза. Новая запись."]);
      await Promise.all([embed(place, next), readGraph(place, next, allNames)]);
      expect(await documents.get(document)).toMatchObject({ state: "ready", graphState: "ready", liveGeneration: 2 });
    }),
  );

  const quiet = await makePlace();
  for (const [d, contents] of texts.entries()) {
    if (d % 2 === 1) await readGraph(quiet, await publish(quiet, edited(contents)), allNames);
  }
  expect(await shape(place)).toEqual(await shape(quiet));
  const { count } = await supabase
    .from("graph_entities")
    .select("id", { count: "exact", head: true })
    .eq("org_id", orgId);
  expect(count).toBe((await shape(quiet)).entities.length);
});

test("a parent deleted while its attachments are stored: none is left that nobody deletes", async () => {
  for (let round = 0; round < 5; round += 1) {
    const place = await makePlace();
    const { orgId } = place;
    const { id: documentId } = await queue(place);
    const { lease = "" } = await documents.claimProcessing({ orgId, documentId, leaseSeconds: 60 });
    const attach = (n: number) =>
      versions.attach({
        ...content(place, n),
        orgId,
        documentId,
        generation: 1,
        lease,
        id: randomUUID(),
        name: `${n}.txt`,
        mime: null,
      });
    const [, ...attached] = await Promise.allSettled([
      attach(0).then(() => documents.beginDelete({ orgId, documentId })),
      ...Array.from({ length: 10 }, (_, n) => attach(n + 1)),
    ]);
    for (const one of attached) if (one.status === "rejected") expect(one.reason).toMatchObject({ code: "superseded" });
    const { documents: rows } = await documents.list({ orgId, limit: 50 });
    expect(rows.every(({ state }) => state === "deleting")).toBe(true);
  }
});

test("an attachment kept by the new version and its own work do not wait for each other", async () => {
  const place = await makePlace();
  const { orgId } = place;
  const { id: documentId } = await queue(place);
  const { lease = "" } = await documents.claimProcessing({ orgId, documentId, leaseSeconds: 60 });
  const child = { ...content(place, 1), id: randomUUID(), name: "а.txt", mime: null };
  const attach = () => versions.attach({ ...child, orgId, documentId, generation: 1, lease });
  await attach();
  const leased = await process(place, child.id, cut(names.map((name) => `${name} и Мак.`)));
  const held = await graph.claim({ ...leased, leaseSeconds: 60 });
  const unread = await graph.pending({ ...leased, limit: 50 });
  await Promise.all([
    ...unread.map(({ chunkId, content: text }) =>
      graph.applyChunk({
        ...leased,
        lease: held.lease ?? "",
        chunkId,
        contribution: contributionOf(text, names),
      }),
    ),
    embed(place, leased),
    ...Array.from({ length: 10 }, attach),
  ]);
  expect(await documents.get({ orgId, documentId: child.id })).toMatchObject({ state: "ready", generation: 1 });
});
