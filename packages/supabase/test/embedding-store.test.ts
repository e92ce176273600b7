import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import {
  claimEmbedding,
  cut,
  documents,
  embed,
  embeddingStore,
  makePlace,
  process,
  publish,
  queue,
  search,
  supabase,
  usage,
  type Place,
} from "./fixture.ts";

const started = async (place: Place, contents: readonly string[]) => {
  const { id } = await queue(place);
  await process(place, id, cut(contents));
  const leased = await claimEmbedding(place.orgId, id, 1);
  const pending = await embeddingStore.pending({ ...leased, limit: 100 });
  const vectors = pending.map(({ chunkId }, n) => ({ chunkId, vector: [n, 1, 1] }));
  return { leased, pending, vectors, request: { ...leased, profileId: place.profile.id, tokens: 7, costUsd: 0.25 } };
};

test("the call that stores the last vector publishes", async () => {
  const place = await makePlace();
  const { leased, pending, vectors, request } = await started(place, ["раз", "два", "три"]);
  expect(pending.map(({ text }) => text)).toEqual(["раз", "два", "три"]);
  expect(await embeddingStore.store({ ...request, vectors: vectors.slice(0, 2), requestId: "a" })).toEqual({
    stored: 2,
    remaining: 1,
    published: false,
  });
  expect(await search.hybrid({ orgId: place.orgId, query: "раз", limit: 5 })).toEqual([]);
  expect(await embeddingStore.store({ ...request, vectors: vectors.slice(2), requestId: "b" })).toEqual({
    stored: 1,
    remaining: 0,
    published: true,
  });
  expect(await documents.get(leased)).toMatchObject({
    state: "ready",
    liveGeneration: 1,
    embeddedCount: 3,
    tokensBilled: 14,
    costUsd: 0.5,
  });
  expect(await search.hybrid({ orgId: place.orgId, query: "раз", limit: 5 })).toHaveLength(1);
});

test("a batch sent again stores and bills nothing", async () => {
  const place = await makePlace();
  const { leased, vectors, request } = await started(place, ["раз", "два"]);
  const first = { ...request, vectors: vectors.slice(0, 1), requestId: "a" };
  await embeddingStore.store(first);
  expect(await embeddingStore.store(first)).toEqual({ stored: 0, remaining: 1, published: false });
  const last = { ...request, vectors: vectors.slice(1), requestId: "b" };
  await embeddingStore.store(last);
  expect(await embeddingStore.store(last)).toEqual({ stored: 0, remaining: 0, published: true });
  expect(await documents.get(leased)).toMatchObject({ embeddedCount: 2, tokensBilled: 14 });
});

test("a request is booked once for its organisation, and others' requests do not collide", async () => {
  const [a, b] = [await makePlace(), await makePlace()];
  const event = {
    requestId: "same",
    purpose: "query",
    provider: "local",
    model: "m",
    tokens: 3,
    costUsd: 0.5,
  } as const;
  expect(await usage.record({ ...event, orgId: a.orgId })).toBe(true);
  expect(await usage.record({ ...event, orgId: a.orgId })).toBe(false);
  expect(await usage.record({ ...event, orgId: b.orgId })).toBe(true);
  expect(await usage.summarise({ orgId: a.orgId, from: "2000-01-01", to: "2100-01-01" })).toEqual([
    { purpose: "query", provider: "local", model: "m", requests: 1, tokens: 3, costUsd: 0.5, usdSaved: 0 },
  ]);
});

test("more vectors than one request takes", async () => {
  const place = await makePlace();
  const { leased, vectors, request } = await started(
    place,
    Array.from({ length: 99 }, (_, n) => `пункт ${n}`),
  );
  expect(await embeddingStore.store({ ...request, vectors, requestId: "a" })).toEqual({
    stored: 99,
    remaining: 0,
    published: true,
  });
  expect(await documents.get(leased)).toMatchObject({ tokensBilled: 7 });
});

test("a vector of the wrong size, a foreign chunk, another profile: refused, and nothing is stored", async () => {
  const place = await makePlace();
  const { leased, vectors, request } = await started(place, ["раз"]);
  const other = await started(place, ["чужой"]);
  const [{ chunkId } = { chunkId: 0 }] = vectors;
  await expect(
    embeddingStore.store({ ...request, vectors: [{ chunkId, vector: [1, 2] }], requestId: "a" }),
  ).rejects.toThrow(/3 dimensions, a vector has 2/);
  await expect(embeddingStore.store({ ...request, vectors: other.vectors, requestId: "a" })).rejects.toMatchObject({
    code: "tenant_mismatch",
  });
  await expect(
    embeddingStore.store({ ...request, profileId: place.profile.id + 1, vectors, requestId: "a" }),
  ).rejects.toMatchObject({ code: "superseded" });
  expect(await documents.get(leased)).toMatchObject({ embeddedCount: 0, tokensBilled: 0 });
});

test("a chunk set aside: the rest is published, and the row names it", async () => {
  const place = await makePlace();
  const { leased, vectors, request } = await started(place, ["раз", "два"]);
  const [first, second] = vectors;
  const aside = { ...leased, chunkId: first?.chunkId ?? 0, code: "ai_bad_request", message: "refused" } as const;
  expect(await embeddingStore.quarantine(aside)).toEqual({ stored: 0, remaining: 1, published: false });
  expect(await embeddingStore.quarantine(aside)).toEqual({ stored: 0, remaining: 1, published: false });
  expect(await embeddingStore.store({ ...request, vectors: second ? [second] : [], requestId: "a" })).toMatchObject({
    published: true,
  });
  expect(await documents.get(leased)).toMatchObject({
    state: "ready_partial",
    quarantinedCount: 1,
    embeddedCount: 1,
    errorCode: "chunks_quarantined",
    errorMessage: "1 of 2 passages could not be embedded: no. 1 (ai_bad_request)",
  });
});

test("all chunks set aside: failed, and what was live stays live", async () => {
  const place = await makePlace();
  const { orgId, documentId } = await publish(place, ["живой текст"]);
  await documents.reprocess({ orgId, documentId });
  await process(place, documentId, cut(["мёртвый текст"]));
  const leased = await claimEmbedding(orgId, documentId, 2);
  const [chunk] = await embeddingStore.pending({ ...leased, limit: 1 });
  const aside = { ...leased, chunkId: chunk?.chunkId ?? 0, code: "ai_bad_request", message: "refused" } as const;
  expect(await embeddingStore.quarantine(aside)).toEqual({ stored: 0, remaining: 0, published: false });
  expect(await documents.get(leased)).toMatchObject({
    state: "failed",
    errorCode: "chunks_quarantined",
    liveGeneration: 1,
  });
  expect(await search.hybrid({ orgId, query: "текст", limit: 5 })).toMatchObject([{ content: "живой текст" }]);
});

test("unchanged text is not embedded again, within the organisation and only there", async () => {
  const place = await makePlace();
  const { orgId, documentId } = await publish(place, ["общий пункт", "старый пункт"], {}, (text) =>
    text.startsWith("общий") ? [1, 0, 0] : [0, 1, 0],
  );
  await documents.reprocess({ orgId, documentId });
  await process(place, documentId, cut(["общий пункт", "новый пункт"]));
  const leased = await claimEmbedding(orgId, documentId, 2);
  expect(await embeddingStore.reuse(leased)).toEqual({ stored: 1, remaining: 1, published: false });
  expect(await embeddingStore.pending({ ...leased, limit: 9 })).toMatchObject([{ text: "новый пункт" }]);
  await embed(place, leased, () => [0, 0, 1]);
  const near = await search.hybrid({ orgId, query: "", vector: [1, 0, 0], profileId: place.profile.id, limit: 1 });
  expect(near).toMatchObject([{ content: "общий пункт", similarity: 1 }]);

  const stranger = await makePlace();
  const { leased: theirs } = await started(stranger, ["общий пункт"]);
  expect(await embeddingStore.reuse(theirs)).toMatchObject({ stored: 0, remaining: 1 });
});

test("a whole document of known text is published by reuse alone", async () => {
  const place = await makePlace();
  const contents = Array.from({ length: 30 }, (_, n) => `пункт ${n}`);
  await publish(place, contents);
  const { leased } = await started(place, contents);
  expect(await embeddingStore.reuse(leased)).toEqual({ stored: 30, remaining: 0, published: true });
});

test("a chunk's text cannot be changed under its quotes", async () => {
  const place = await makePlace();
  const { orgId } = await publish(place, ["текст"]);
  const { error } = await supabase.from("chunks").update({ content: "ТЕКСТ" }).eq("org_id", orgId);
  expect(error?.code).toBe("23514");
});

test("a document that is being deleted refuses vectors", async () => {
  const place = await makePlace();
  const { leased, vectors, request } = await started(place, ["раз"]);
  await documents.beginDelete(leased);
  await expect(embeddingStore.store({ ...request, vectors, requestId: randomUUID() })).rejects.toMatchObject({
    code: "superseded",
  });
});
