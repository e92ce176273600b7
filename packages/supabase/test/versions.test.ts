import { createHash, randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import {
  chunks,
  claimEmbedding,
  contributionOf,
  cut,
  documents,
  embed,
  embeddingStore,
  graph,
  makePlace,
  process,
  publish,
  queue,
  readGraph,
  search,
  versions,
  type Leased,
  type Place,
} from "./fixture.ts";

const sha256 = (bytes: string): string => createHash("sha256").update(bytes).digest("hex");

const content = ({ orgId }: Place, bytes: string) => ({
  objectPath: `${orgId}/documents/${randomUUID()}/file.txt`,
  rawSha256: sha256(bytes),
  byteSize: bytes.length,
});

const upload = (place: Place, bytes: string, sourceKey?: string) =>
  documents.create({
    ...content(place, bytes),
    orgId: place.orgId,
    knowledgeBaseId: place.base.id,
    name: "договор.txt",
    mime: "text/plain",
    sourceKey,
  });

test("the same bytes are no new version; other bytes are the next generation, beside the live one", async () => {
  const place = await makePlace();
  const { orgId } = place;
  const first = await upload(place, "v1");
  const key = { orgId, documentId: first.id };
  await embed(place, await process(place, first.id, cut(["старый"])));
  const live = await documents.get(key);
  expect(live).toMatchObject({ state: "ready", rawSha256: sha256("v1"), supersededPaths: [] });

  expect(await versions.replaceContent({ ...key, ...content(place, "v1") })).toEqual({
    document: live,
    replaced: false,
  });
  const next = content(place, "v2");
  const { document, replaced } = await versions.replaceContent({ ...key, ...next, metadata: { v: 2 } });
  expect(replaced).toBe(true);
  expect(document).toMatchObject({
    ...next,
    name: "договор.txt",
    metadata: { v: 2 },
    state: "queued",
    generation: 2,
    liveGeneration: 1,
    supersededPaths: [`${orgId}/texts/${first.id}/1.txt`, first.objectPath],
  });
  expect(await search.hybrid({ orgId, query: "старый", limit: 1 })).toHaveLength(1);

  const due = async () => {
    for await (const one of documents.allDue("process")) if (one.documentId === first.id) return true;
    return false;
  };
  await embed(place, await process(place, first.id, cut(["новый"])));
  expect(await search.hybrid({ orgId, query: "старый", limit: 1 })).toEqual([]);
  expect(await due()).toBe(true); // to remove the older version's objects
  await versions.forgetPaths({ ...key, paths: document.supersededPaths });
  expect([await due(), (await documents.get(key))?.supersededPaths]).toEqual([false, []]);
});

test("whoever still reads the older version is refused; its objects stay listed until a newer one is live", async () => {
  const place = await makePlace();
  const { orgId } = place;
  const { id: documentId, objectPath } = await upload(place, "v1");
  const { lease = "" } = await documents.claimProcessing({ orgId, documentId, leaseSeconds: 60 });
  await versions.replaceContent({ orgId, documentId, ...content(place, "v2") });
  await expect(
    chunks.store({ orgId, documentId, generation: 1, lease, first: true, chunks: cut(["а"]) }),
  ).rejects.toMatchObject({ code: "superseded" });
  const { document } = await versions.replaceContent({ orgId, documentId, ...content(place, "v3") });
  expect(document).toMatchObject({ generation: 3, liveGeneration: 0 });
  expect(document.supersededPaths).toContain(objectPath);
  await documents.beginDelete({ orgId, documentId });
  await expect(versions.replaceContent({ orgId, documentId, ...content(place, "v3") })).rejects.toMatchObject({
    code: "superseded",
  });
});

test("a source is one document of its knowledge base; deleting it frees the name at once", async () => {
  const place = await makePlace();
  const { orgId, base } = place;
  const source = { orgId, knowledgeBaseId: base.id, sourceKey: "s3://папка/a.txt" };
  expect(await versions.findBySource(source)).toBeUndefined();
  const first = await upload(place, "v1", source.sourceKey);
  expect(await versions.findBySource(source)).toEqual(first);
  await expect(upload(place, "v1", source.sourceKey)).rejects.toMatchObject({ code: "conflict" });
  await documents.beginDelete({ orgId, documentId: first.id });
  expect(await versions.findBySource(source)).toBeUndefined();
  expect((await upload(place, "v1", source.sourceKey)).id).not.toBe(first.id);
  await upload(await makePlace(), "v1", source.sourceKey);
});

/** knowledge-graph's and embeddings' part, counting what they had to read and to embed. */
const build = async (place: Place, leased: Leased, names: readonly string[]) => {
  const { orgId, documentId, generation } = leased;
  const held = await claimEmbedding(orgId, documentId, generation);
  await embeddingStore.reuse(held);
  const unembedded: string[] = [];
  for (;;) {
    const pending = await embeddingStore.pending({ ...held, limit: 500 });
    if (pending.length === 0) break;
    unembedded.push(...pending.map(({ text }) => text));
    await embeddingStore.store({
      ...held,
      profileId: place.profile.id,
      vectors: pending.map(({ chunkId }) => ({ chunkId, vector: [1, 2, 3] })),
      requestId: randomUUID(),
      tokens: 1,
      costUsd: 0,
    });
  }
  const unread = (await graph.pending({ ...leased, limit: 900 })).map(({ content: text }) => text);
  await readGraph(place, leased, names);
  return { unembedded, unread };
};

const names = ["Ромашка", "Лютик", "Василёк"];
const passage = (n: number): string =>
  `Пункт ${n}: ${names[n % 3]} платит ${names[(n + 1) % 3]}. 😀 Срок ${n * 7} дней.`;

test("one paragraph of 200 edited: its chunk alone is embedded and read, and the graph is as if built afresh", async () => {
  const place = await makePlace();
  const { orgId } = place;
  const contents = Array.from({ length: 200 }, (_, n) => passage(n));
  const { id: documentId } = await queue(place);
  const first = await build(place, await process(place, documentId, cut(contents)), names);
  expect([first.unembedded.length, first.unread.length]).toEqual([200, 200]);

  const edited = contents.with(150, "Пункт 150: Одуванчик платит Лютик.");
  await documents.reprocess({ orgId, documentId });
  const again = await build(place, await process(place, documentId, cut(edited)), [...names, "Одуванчик"]);
  expect(again).toEqual({ unembedded: [edited[150]], unread: [edited[150]] });

  const other = await makePlace();
  const { id: freshId } = await queue(other);
  await build(other, await process(other, freshId, cut(edited)), [...names, "Одуванчик"]);
  const described = async (of: Place) => {
    const { entities, edges } = await graph.export({ orgId: of.orgId, knowledgeBaseId: of.base.id });
    const nameOf = new Map(entities.map(({ id, name }) => [id, name]));
    return {
      entities: entities.map(({ name, mentionCount }) => `${name}: ${mentionCount}`).toSorted(),
      edges: edges
        .map((edge) => `${nameOf.get(edge.sourceId)} → ${nameOf.get(edge.targetId)}: ${edge.weight}`)
        .toSorted(),
    };
  };
  expect(await described(place)).toEqual(await described(other));
  const counts = (row: Awaited<ReturnType<typeof documents.get>>) => [
    row?.entityCount,
    row?.edgeCount,
    row?.graphState,
  ];
  expect(counts(await documents.get({ orgId, documentId }))).toEqual(
    counts(await documents.get({ orgId: other.orgId, documentId: freshId })),
  );
});

test("an unchanged text is read and embedded by nobody; the same words under another heading are", async () => {
  const place = await makePlace();
  const { orgId } = place;
  const { id: documentId } = await queue(place);
  const headed = cut([passage(1), passage(2)], { contextHeader: "Глава", headingPath: ["Глава"] });
  await build(place, await process(place, documentId, headed), names);
  await documents.reprocess({ orgId, documentId });
  const unchanged = await process(place, documentId, headed);
  expect(await build(place, unchanged, names)).toEqual({ unembedded: [], unread: [] });
  expect(await documents.get({ orgId, documentId })).toMatchObject({ state: "ready", graphState: "ready" });

  await documents.reprocess({ orgId, documentId });
  const moved = headed.map((chunk) => ({ ...chunk, contextHeader: "Другая", headingPath: ["Другая"] }));
  const again = await build(place, await process(place, documentId, moved), names);
  expect([again.unembedded.length, again.unread.length]).toEqual([2, 2]);
});

test("what was read of a generation that never went live is not read again either", async () => {
  const place = await makePlace();
  const { orgId } = place;
  const { id: documentId } = await queue(place);
  const half = await process(place, documentId, cut([passage(1), passage(2)]));
  const { lease = "" } = await graph.claim({ ...half, leaseSeconds: 60 });
  const [one] = await graph.pending({ ...half, limit: 1 });
  await graph.applyChunk({
    ...half,
    lease,
    chunkId: one?.chunkId ?? 0,
    contribution: contributionOf(passage(1), names),
  });
  await documents.reprocess({ orgId, documentId });
  const next = await process(place, documentId, cut([passage(1), passage(2)]));
  expect((await graph.pending({ ...next, limit: 9 })).map(({ content: text }) => text)).toEqual([passage(2)]);
});

test("another extractor reads everything again, and replaces what the first one found", async () => {
  const place = await makePlace();
  const { orgId } = place;
  const { id: documentId } = await queue(place);
  await build(place, await process(place, documentId, cut([passage(1), passage(2)])), names);
  await documents.reprocess({ orgId, documentId });
  const next = await process(place, documentId, cut([passage(1), passage(2)]));
  const claim = { ...next, leaseSeconds: 60 };
  await graph.claim({ ...claim, extractor: "test-1" });
  expect(await graph.pending({ ...next, limit: 9 })).toEqual([]);
  const { lease = "" } = await graph.claim({ ...claim, extractor: "test-2" });
  const unread = await graph.pending({ ...next, limit: 9 });
  expect(unread).toHaveLength(2);
  for (const { chunkId, content: text } of unread) {
    const contribution = { ...contributionOf(text, ["Лютик"]), extractor: "test-2" };
    await graph.applyChunk({ ...next, lease, chunkId, contribution });
  }
  await graph.finish({ ...next, lease });
  await embed(place, next);
  expect((await graph.entities({ orgId, limit: 9 })).entities.map(({ name }) => name)).toEqual(["Лютик"]);
});

test("parts that could not be read: ready_partial, and the row names them", async () => {
  const place = await makePlace();
  const { orgId } = place;
  const { id: documentId } = await queue(place);
  const { lease = "" } = await documents.claimProcessing({ orgId, documentId, leaseSeconds: 60 });
  const leased = { orgId, documentId, generation: 1, lease };
  await chunks.store({ ...leased, first: true, total: 1, chunks: cut(["текст"]) });
  const warnings = Array.from({ length: 130 }, (_, n) => ({
    code: "part_unreadable" as const,
    message: `image ${n} is damaged`,
    page: n + 1,
  }));
  const counts = { chunkCount: 1, charCount: 5, pageCount: 130, language: "ru" };
  await documents.finishProcessing({ ...leased, ...counts, rawSha256: sha256("a"), textSha256: sha256("b"), warnings });
  await embed(place, leased);
  const row = await documents.get({ orgId, documentId });
  expect(row).toMatchObject({
    state: "ready_partial",
    errorCode: "part_unreadable",
    errorMessage: expect.stringMatching(/^Parts of the file could not be read: page 1, image 0 is damaged; page 2, /),
    rawSha256: sha256("a"),
    textSha256: sha256("b"),
    liveGeneration: 1,
  });
  expect(row?.warnings).toEqual(warnings.slice(0, 100));
  expect(await documents.reprocess({ orgId, documentId })).toMatchObject({ warnings: [], errorCode: null });
});

const attachmentOf = (place: Place, leased: Leased, bytes: string, id = randomUUID()) => ({
  ...content(place, bytes),
  ...leased,
  id,
  name: `${bytes}.txt`,
  mime: "text/plain",
});

test("attachments: kept while a version has them, gone from search with the version that has not, deleted with their parent", async () => {
  const place = await makePlace();
  const { orgId } = place;
  const { id: documentId } = await queue(place, "письмо.eml");
  const claimed = async (): Promise<Leased> => {
    const { document, lease = "" } = await documents.claimProcessing({ orgId, documentId, leaseSeconds: 60 });
    return { orgId, documentId, generation: document.generation, lease };
  };
  const finish = async (leased: Leased) => {
    await chunks.store({ ...leased, first: true, chunks: cut(["письмо"]) });
    await documents.finishProcessing({ ...leased, chunkCount: 1, charCount: 6, pageCount: null, language: null });
    await embed(place, leased);
  };

  const first = await claimed();
  const kept = attachmentOf(place, first, "акт");
  const dropped = attachmentOf(place, first, "счёт");
  expect(await versions.attach(kept)).toMatchObject({
    state: "queued",
    parentDocumentId: documentId,
    attachmentDepth: 1,
  });
  expect(await versions.attach(kept)).toMatchObject({ id: kept.id, state: "queued", generation: 1 });
  await versions.attach(dropped);
  await finish(first);
  for (const { id } of [kept, dropped]) await embed(place, await process(place, id, cut([`вложение ${id}`])));
  const children = async () =>
    (await documents.list({ orgId, parentDocumentId: documentId, limit: 10 })).documents.map(({ id, state }) => [
      id,
      state,
    ]);
  expect(new Set(await children())).toEqual(
    new Set([
      [kept.id, "ready"],
      [dropped.id, "ready"],
    ]),
  );

  await documents.reprocess({ orgId, documentId });
  const second = await claimed();
  expect(await versions.attach({ ...kept, ...second })).toMatchObject({ state: "ready", generation: 1 });
  expect(await search.hybrid({ orgId, query: "вложение", limit: 9 })).toHaveLength(2);
  await finish(second);
  expect(new Set(await children())).toEqual(
    new Set([
      [kept.id, "ready"],
      [dropped.id, "deleting"],
    ]),
  );
  expect(await search.hybrid({ orgId, query: "вложение", limit: 9 })).toHaveLength(1);

  await documents.reprocess({ orgId, documentId });
  const third = await claimed();
  await expect(versions.attach({ ...dropped, ...third })).rejects.toThrow("still being removed");
  await expect(versions.attach({ ...kept, ...second })).rejects.toMatchObject({ code: "superseded" });

  const { id: inner } = await versions.attach(attachmentOf(place, third, "во вложении"));
  await documents.beginDelete({ orgId, documentId });
  expect((await children()).map(([, state]) => state)).toEqual(["deleting", "deleting", "deleting"]);
  await expect(versions.attach({ ...kept, ...third })).rejects.toMatchObject({ code: "superseded" });
  await documents.finishDelete({ orgId, documentId }); // the parent's row goes first: its attachments go by themselves
  expect(await documents.get({ orgId, documentId: inner })).toMatchObject({
    state: "deleting",
    parentDocumentId: null,
  });
  await documents.finishDelete({ orgId, documentId: inner });
  expect(await documents.get({ orgId, documentId: inner })).toBeUndefined();
});

test("progress is in the row: how many chunks are stored, and since when vectors are made", async () => {
  const place = await makePlace();
  const { orgId } = place;
  const { id: documentId } = await queue(place);
  const { lease = "" } = await documents.claimProcessing({ orgId, documentId, leaseSeconds: 60 });
  const leased = { orgId, documentId, generation: 1, lease };
  const all = cut(["раз", "два", "три"]);
  await chunks.store({ ...leased, first: true, total: 3, chunks: all.slice(0, 2) });
  await chunks.store({ ...leased, first: false, total: 3, chunks: all.slice(0, 2) });
  const row = () => documents.get({ orgId, documentId });
  expect(await row()).toMatchObject({ state: "processing", chunkCount: 3, storedCount: 2, embeddingSince: null });
  await chunks.store({ ...leased, first: false, total: 3, chunks: all });
  await documents.finishProcessing({ ...leased, chunkCount: 3, charCount: 9, pageCount: null, language: null });
  const held = await claimEmbedding(orgId, documentId, 1);
  expect(await row()).toMatchObject({ storedCount: 3, embeddingFrom: 0, embeddingSince: expect.any(String) });
  const [{ chunkId } = { chunkId: 0 }] = await embeddingStore.pending({ ...held, limit: 1 });
  const vectors = [{ chunkId, vector: [1, 2, 3] }];
  await embeddingStore.store({ ...held, profileId: place.profile.id, vectors, requestId: "r", tokens: 1, costUsd: 0 });
  await claimEmbedding(orgId, documentId, 1);
  expect(await row()).toMatchObject({ embeddedCount: 1, embeddingFrom: 1 });
});

test("a document published before keeps serving while its new version fails", async () => {
  const place = await makePlace();
  const { orgId, documentId } = await publish(place, ["прежний текст"]);
  await versions.replaceContent({ orgId, documentId, ...content(place, "broken") });
  await documents.fail({ orgId, documentId, state: "failed", code: "file_corrupt", message: "damaged" });
  expect(await search.hybrid({ orgId, query: "прежний", limit: 1 })).toHaveLength(1);
  for await (const due of documents.allDue("process")) expect(due.documentId).not.toBe(documentId);
});
