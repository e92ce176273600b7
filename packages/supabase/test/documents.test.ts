import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import {
  chunks,
  claimEmbedding,
  cut,
  documents,
  embed,
  knowledgeBases,
  makePlace,
  process,
  profiles,
  publish,
  queue,
  rowsOf,
  tinyProfile,
} from "./fixture.ts";

test("a profile is one row, whoever asks; its limits follow the latest caller", async () => {
  const wanted = { ...tinyProfile, model: `test-${randomUUID()}` };
  const first = await profiles.ensure(wanted);
  expect(await profiles.ensure(wanted)).toEqual(first);
  expect(await profiles.ensure({ ...wanted, maxBatchInputs: 101 })).toEqual({ ...first, maxBatchInputs: 101 });
  expect(await profiles.get(first.id)).toEqual({ ...first, maxBatchInputs: 101 });
  expect(await profiles.get(32_000)).toBeUndefined();
});

test("the default knowledge base is made once and keeps its profile", async () => {
  const { orgId, base } = await makePlace();
  const other = await profiles.ensure({ ...tinyProfile, model: "test-other" });
  expect(await knowledgeBases.ensureDefault({ orgId, profileId: other.id })).toEqual(base);
});

test("knowledge bases: create, change, list; a name is taken once per organisation", async () => {
  const { orgId, profile, base } = await makePlace();
  const made = await knowledgeBases.create({
    orgId,
    name: "Ёлки",
    profileId: profile.id,
    chunking: { maxTokens: 200, overlapTokens: 20 },
  });
  await expect(knowledgeBases.create({ orgId, name: "Ёлки", profileId: profile.id })).rejects.toMatchObject({
    code: "conflict",
  });
  const key = { orgId, knowledgeBaseId: made.id };
  expect(await knowledgeBases.update({ ...key, name: "Сосны" })).toEqual({ ...made, name: "Сосны" });
  expect((await knowledgeBases.list({ orgId })).map(({ name }) => name)).toEqual(["default", "Сосны"]);
  expect(base.chunking).toEqual({ maxTokens: 400, overlapTokens: 40 });
});

test("creating a document again with its id returns the row that is there", async () => {
  const place = await makePlace();
  const first = await queue(place);
  const again = { ...first, orgId: place.orgId };
  expect(await documents.create(again)).toEqual(first);
  expect(first).toMatchObject({ state: "queued", graphState: "pending", generation: 1, liveGeneration: 0 });
});

test("a document's file lies in its organisation's folder, or there is no document", async () => {
  const place = await makePlace();
  const input = { orgId: place.orgId, knowledgeBaseId: place.base.id, name: "a", mime: null, byteSize: 1 };
  await expect(documents.create({ ...input, objectPath: `${randomUUID()}/a` })).rejects.toMatchObject({
    code: "tenant_mismatch",
  });
  await expect(documents.create({ ...input, objectPath: `${place.orgId}/../b` })).rejects.toMatchObject({
    code: "database_refused",
  });
});

test("lists go newest first, page by page, each document once", async () => {
  const place = await makePlace();
  const ids: string[] = [];
  for (const name of ["1", "2", "3", "4", "5"]) ids.unshift((await queue(place, name)).id);
  const seen: string[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await documents.list({ orgId: place.orgId, limit: 2, cursor });
    seen.push(...page.documents.map(({ id }) => id));
    cursor = page.nextCursor;
    if (!cursor) break;
  }
  expect(seen).toEqual(ids);
  await expect(documents.list({ orgId: place.orgId, limit: 2, cursor: "x" })).rejects.toMatchObject({
    code: "invalid_request",
  });
  expect((await documents.list({ orgId: place.orgId, state: "ready", limit: 2 })).documents).toEqual([]);
});

test("a claim takes over: the older holder's writes are refused", async () => {
  const place = await makePlace();
  const { id: documentId } = await queue(place);
  const { orgId } = place;
  const first = await documents.claimProcessing({ orgId, documentId, leaseSeconds: 60 });
  const second = await documents.claimProcessing({ orgId, documentId, leaseSeconds: 60 });
  expect(second.lease).not.toBe(first.lease);
  const zombie = { orgId, documentId, generation: 1, lease: first.lease ?? "" };
  await expect(chunks.store({ ...zombie, first: true, chunks: cut(["а"]) })).rejects.toMatchObject({
    code: "stale_lease",
  });
  expect(await documents.renewLease({ ...zombie, stage: "search", leaseSeconds: 60 })).toBe(false);
  expect(await documents.renewLease({ ...zombie, lease: second.lease ?? "", stage: "search", leaseSeconds: 60 })).toBe(
    true,
  );
});

test("chunks: a first batch clears what an earlier attempt left, repetition adds nothing, order is kept", async () => {
  const place = await makePlace();
  const { id: documentId } = await queue(place);
  const { orgId } = place;
  const { lease = "" } = await documents.claimProcessing({ orgId, documentId, leaseSeconds: 60 });
  const generation = { orgId, documentId, generation: 1 };
  await chunks.store({ ...generation, lease, first: true, chunks: cut(["остаток", "прошлой", "попытки"]) });
  const wanted = cut(
    Array.from({ length: 450 }, (_, n) => `Пункт ${n}. 😀\n`),
    { contextHeader: "Глава", headingPath: ["Глава"] },
  );
  await chunks.store({ ...generation, lease, first: true, chunks: wanted });
  await chunks.store({ ...generation, lease, first: false, chunks: wanted.slice(0, 10) });
  const stored = await chunks.list({ ...generation, limit: 900 });
  expect(stored).toMatchObject(wanted);
  expect(await chunks.list({ ...generation, afterOrdinal: 447, limit: 1 })).toMatchObject([{ ordinal: 448 }]);
});

test("a chunk is exactly its slice: offsets that disagree with the content are refused", async () => {
  const place = await makePlace();
  const { id: documentId } = await queue(place);
  const { lease = "" } = await documents.claimProcessing({ orgId: place.orgId, documentId, leaseSeconds: 60 });
  const [chunk] = cut(["😀"]);
  const wrong = { ...chunk, charEnd: 2 } as never; // UTF-16 units instead of code points
  await expect(
    chunks.store({ orgId: place.orgId, documentId, generation: 1, lease, first: true, chunks: [wrong] }),
  ).rejects.toMatchObject({ code: "database_refused" });
});

test("finishing counts the chunks, and may be repeated", async () => {
  const place = await makePlace();
  const { id: documentId } = await queue(place);
  const { orgId } = place;
  const { lease = "" } = await documents.claimProcessing({ orgId, documentId, leaseSeconds: 60 });
  const leased = { orgId, documentId, generation: 1, lease };
  await chunks.store({ ...leased, first: true, chunks: cut(["один", "два"]) });
  const done = { ...leased, charCount: 7, pageCount: null, language: "ru" };
  await expect(documents.finishProcessing({ ...done, chunkCount: 3 })).rejects.toMatchObject({
    code: "database_refused",
  });
  await documents.finishProcessing({ ...done, chunkCount: 2 });
  await documents.finishProcessing({ ...done, chunkCount: 2 });
  expect(await documents.get({ orgId, documentId })).toMatchObject({
    state: "embedding",
    graphState: "pending",
    chunkCount: 2,
    charCount: 7,
    pageCount: null,
    language: "ru",
  });
  expect(await documents.claimProcessing({ orgId, documentId, leaseSeconds: 60 })).not.toHaveProperty("lease");
});

test("reprocess: the next generation is built beside the live one, and supersedes whoever works on the old", async () => {
  const place = await makePlace();
  const old = await publish(place, ["старый текст"]);
  const { orgId, documentId } = old;
  const row = await documents.reprocess({ orgId, documentId });
  expect(row).toMatchObject({ state: "queued", generation: 2, liveGeneration: 1, chunkCount: 0 });
  expect(await documents.reprocess({ orgId, documentId })).toEqual(row);
  await expect(chunks.store({ ...old, first: true, chunks: cut(["нет"]) })).rejects.toMatchObject({
    code: "superseded",
  });
  const next = await process(place, documentId, cut(["новый текст"]));
  await expect(claimEmbedding(orgId, documentId, 1)).rejects.toThrow("no lease");
  expect(await embed(place, next)).toMatchObject({ published: true });
  expect(await documents.get({ orgId, documentId })).toMatchObject({ state: "ready", liveGeneration: 2 });
  expect(await chunks.list({ orgId, documentId, generation: 1, limit: 10 })).toEqual([]);
});

test("failing names the reason and leaves alone what has moved on", async () => {
  const place = await makePlace();
  const { id: documentId } = await queue(place);
  const failed = {
    orgId: place.orgId,
    documentId,
    state: "blocked",
    code: "password_required",
    message: "Файл под паролем.",
  } as const;
  await documents.fail({ ...failed, generation: 2 });
  expect(await documents.get(failed)).toMatchObject({ state: "queued" });
  await documents.fail({ ...failed, generation: 1 });
  expect(await documents.get(failed)).toMatchObject({
    state: "blocked",
    errorCode: "password_required",
    errorMessage: "Файл под паролем.",
    graphState: "blocked",
    graphErrorCode: "password_required",
  });
  const ready = await publish(place, ["текст"]);
  await documents.fail({ ...failed, documentId: ready.documentId });
  await documents.failGraph({ ...failed, documentId: ready.documentId, generation: 1 });
  expect(await documents.get(ready)).toMatchObject({
    state: "ready",
    errorCode: null,
    graphState: "blocked",
    graphErrorCode: "password_required",
  });
});

test("deleting leaves nothing but the bill", async () => {
  const place = await makePlace();
  const { orgId, documentId } = await publish(place, ["Ромашка и Лютик"]);
  await expect(documents.finishDelete({ orgId, documentId })).rejects.toMatchObject({ code: "superseded" });
  expect(await documents.beginDelete({ orgId, documentId })).toMatchObject({ state: "deleting" });
  expect(await documents.beginDelete({ orgId, documentId })).toMatchObject({ state: "deleting" });
  expect(await documents.claimDelete({ orgId, documentId, leaseSeconds: 60 })).toHaveProperty("lease");
  await documents.finishDelete({ orgId, documentId });
  await documents.finishDelete({ orgId, documentId });
  expect(await documents.claimDelete({ orgId, documentId, leaseSeconds: 60 })).toBeUndefined();
  expect(await documents.beginDelete({ orgId, documentId })).toBeUndefined();
  const left = Object.entries(await rowsOf(orgId))
    .filter(([, rows]) => rows.length > 0)
    .map(([table]) => table);
  expect(left.sort()).toEqual(["knowledge_bases", "usage_events"]);
});

test("removing a knowledge base leaves nothing but the bill", async () => {
  const place = await makePlace();
  await publish(place, ["первый"]);
  await publish(place, ["второй"]);
  const key = { orgId: place.orgId, knowledgeBaseId: place.base.id };
  expect(await knowledgeBases.remove(key)).toBe(true);
  expect(await knowledgeBases.remove(key)).toBe(false);
  const left = Object.entries(await rowsOf(place.orgId))
    .filter(([, rows]) => rows.length > 0)
    .map(([table]) => table);
  expect(left).toEqual(["usage_events"]);
});

test("the sweep sees unfinished rows that nobody holds, stage by stage", async () => {
  const place = await makePlace();
  const dueHere = async (stage: "process" | "embed" | "graph" | "delete"): Promise<string[]> => {
    const found: string[] = [];
    for (let after: string | undefined; ;) {
      const page = await documents.due({ stage, limit: 100, after });
      found.push(...page.filter(({ orgId }) => orgId === place.orgId).map(({ documentId }) => documentId));
      after = page.at(-1)?.documentId;
      if (!after) return found;
    }
  };
  const { orgId } = place;
  const { id: documentId } = await queue(place);
  expect(await dueHere("process")).toEqual([documentId]);
  await documents.claimProcessing({ orgId, documentId, leaseSeconds: 60 });
  expect(await dueHere("process")).toEqual([]);
  const { lease = "" } = await documents.claimProcessing({ orgId, documentId, leaseSeconds: 60 });
  await documents.renewLease({ orgId, documentId, stage: "search", lease, leaseSeconds: -1 }); // its holder is dead
  expect(await dueHere("process")).toEqual([documentId]);
  const leased = await process(place, documentId, cut(["текст"]));
  expect([await dueHere("process"), await dueHere("embed"), await dueHere("graph")]).toEqual([
    [],
    [documentId],
    [documentId],
  ]);
  await embed(place, leased);
  expect([await dueHere("embed"), await dueHere("graph")]).toEqual([[], [documentId]]);
  await documents.beginDelete({ orgId, documentId });
  expect([await dueHere("graph"), await dueHere("delete")]).toEqual([[], [documentId]]);
});
