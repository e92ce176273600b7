import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import {
  claimEmbedding,
  cut,
  documents,
  embed,
  embeddingStore,
  knowledgeBases,
  makePlace,
  process,
  profileMoves,
  profiles,
  publish,
  queue,
  search,
  tinyProfile,
  type Leased,
  type Place,
} from "./fixture.ts";

/** Another model, of another size: what it gives cannot be taken for the first one's. */
const makeOther = (version = 1) => profiles.ensure({ ...tinyProfile, model: "test-other", dimensions: 2, version });

const keyOf = ({ orgId, base }: Place) => ({ orgId, knowledgeBaseId: base.id });

/** What the worker does with a shadow's job: the same calls as for any other. */
const buildShadow = async (
  { orgId }: Place,
  { documentId, generation }: Pick<Leased, "documentId" | "generation">,
  vectorOf: (text: string) => readonly number[] = () => [0, 1],
) => {
  const { profile, lease = "" } = await embeddingStore.claim({ orgId, documentId, generation, leaseSeconds: 60 });
  const leased = { orgId, documentId, generation, lease };
  const pending = await embeddingStore.pending({ ...leased, limit: 100 });
  return embeddingStore.store({
    ...leased,
    profileId: profile.id,
    vectors: pending.map(({ chunkId, text }) => ({ chunkId, vector: vectorOf(text) })),
    requestId: randomUUID(),
    tokens: 10,
    costUsd: 0.001,
  });
};

const activeOf = async (place: Place) => (await profileMoves.get(keyOf(place)))?.active.model;

/** By meaning alone. */
const ask = async ({ orgId, base }: Place, profileId: number, vector: readonly number[]) =>
  (await search.hybrid({ orgId, knowledgeBaseId: base.id, query: "…", vector, profileId, limit: 9 })).map(
    ({ content }) => content,
  );

test("the old profile serves until the last passage has its new vector; that write switches", async () => {
  const place = await makePlace();
  const first = await publish(place, ["раз", "два"]);
  const second = await publish(place, ["три"]);
  const other = await makeOther();

  const begun = await profileMoves.begin({ ...keyOf(place), profileId: other.id });
  expect(begun).toMatchObject({
    active: { model: "test-tiny" },
    building: { profile: { model: "test-other" }, documents: 2, documentsDone: 0, passagesLeft: 3, errorCode: null },
    previous: null,
  });
  expect(await profileMoves.waiting({ ...keyOf(place), limit: 10 })).toHaveLength(2);

  expect(await buildShadow(place, first)).toEqual({ stored: 2, remaining: 0, published: true });
  expect(await activeOf(place)).toBe("test-tiny");
  expect(await ask(place, place.profile.id, [1, 1, 1])).toHaveLength(3);
  // Without a base the new profile serves none yet: what is half built is not there.
  expect(
    await search.hybrid({ orgId: place.orgId, query: "…", vector: [0, 1], profileId: other.id, limit: 9 }),
  ).toEqual([]);

  await buildShadow(place, second);
  expect(await profileMoves.get(keyOf(place))).toMatchObject({
    active: { model: "test-other" },
    building: null,
    previous: { model: "test-tiny" },
  });
  expect(await ask(place, other.id, [0, 1])).toHaveLength(3);
  expect(await documents.get(first)).toMatchObject({ state: "ready", liveGeneration: 1, tokensBilled: 20 });
});

test("switching back is one step while nothing came since, and builds the difference where something did", async () => {
  const place = await makePlace();
  const old = await publish(place, ["раз"]);
  const other = await makeOther();
  await profileMoves.begin({ ...keyOf(place), profileId: other.id });
  await buildShadow(place, old);

  const back = await profileMoves.begin({ ...keyOf(place), profileId: place.profile.id });
  expect(back).toMatchObject({ active: { model: "test-tiny" }, building: null, previous: { model: "test-other" } });
  await profileMoves.begin({ ...keyOf(place), profileId: other.id });
  expect(await activeOf(place)).toBe("test-other");

  const fresh = await publish({ ...place, profile: other }, ["новое"], {}, () => [1, 0]);
  expect(await profileMoves.begin({ ...keyOf(place), profileId: place.profile.id })).toMatchObject({
    active: { model: "test-other" },
    building: { documents: 2, documentsDone: 1, passagesLeft: 1 },
  });
  expect(await profileMoves.waiting({ ...keyOf(place), limit: 10 })).toEqual([
    { documentId: fresh.documentId, generation: 1 },
  ]);
  await buildShadow(place, fresh, () => [1, 1, 1]);
  expect(await activeOf(place)).toBe("test-tiny");
  expect(await ask(place, place.profile.id, [1, 1, 1])).toHaveLength(2);
});

test("nothing of another profile is reused; equal texts under the same one are", async () => {
  const [place, elsewhere] = [await makePlace(), await makePlace()];
  const other = await makeOther();
  const sibling = await knowledgeBases.create({ orgId: place.orgId, name: "другая", profileId: other.id });
  await publish({ ...place, base: sibling, profile: other }, ["равный текст"], {}, () => [0.6, 0.8]);
  await publish({ ...elsewhere, profile: place.profile }, ["чужой текст"]);
  const leased = await publish(place, ["равный текст", "чужой текст"]);

  await profileMoves.begin({ ...keyOf(place), profileId: other.id });
  const { documentId, generation } = leased;
  const { lease = "" } = await embeddingStore.claim({ ...keyOf(place), documentId, generation, leaseSeconds: 60 });
  const shadow = { orgId: place.orgId, documentId, generation, lease };
  expect(await embeddingStore.reuse(shadow)).toEqual({ stored: 1, remaining: 1, published: false });
  expect((await embeddingStore.pending({ ...shadow, limit: 10 })).map(({ text }) => text)).toEqual(["чужой текст"]);
  // Vectors of the profile that serves do not pass for those being built.
  const [chunk] = await embeddingStore.pending({ ...shadow, limit: 1 });
  const wrong = { ...shadow, vectors: [{ chunkId: chunk?.chunkId ?? 0, vector: [1, 1, 1] }], tokens: 0, costUsd: 0 };
  await expect(
    embeddingStore.store({ ...wrong, profileId: place.profile.id, requestId: randomUUID() }),
  ).rejects.toMatchObject({ code: "superseded" });
});

test("what is published meanwhile is served by the old profile and awaited by the move", async () => {
  const place = await makePlace();
  const old = await publish(place, ["раз"]);
  const other = await makeOther();
  await profileMoves.begin({ ...keyOf(place), profileId: other.id });
  const fresh = await publish(place, ["новое"]);
  expect(await ask(place, place.profile.id, [1, 1, 1])).toHaveLength(2);
  await buildShadow(place, old);
  expect(await activeOf(place)).toBe("test-tiny");
  await buildShadow(place, fresh);
  expect(await activeOf(place)).toBe("test-other");
});

test("a document claimed before the switch and finished after it is not published with the wrong vectors", async () => {
  const place = await makePlace();
  const old = await publish(place, ["раз"]);
  const other = await makeOther();
  await profileMoves.begin({ ...keyOf(place), profileId: other.id });
  const { id } = await queue(place);
  await process(place, id, cut(["поздно"]));
  const late = await claimEmbedding(place.orgId, id, 1);
  const [chunk] = await embeddingStore.pending({ ...late, limit: 1 });
  await buildShadow(place, old);
  expect(await activeOf(place)).toBe("test-other");

  const vectors = [{ chunkId: chunk?.chunkId ?? 0, vector: [1, 1, 1] }];
  const batch = { ...late, profileId: place.profile.id, vectors, requestId: randomUUID(), tokens: 1, costUsd: 0 };
  expect(await embeddingStore.store(batch)).toMatchObject({ published: false });
  expect(await documents.get(late)).toMatchObject({ state: "embedding", liveGeneration: 0 });
  await embed({ ...place, profile: other }, late, () => [0, 1]);
  expect(await ask(place, other.id, [0, 1])).toHaveLength(2);
});

test("a live version gets its shadow though its next version failed; a version published meanwhile gets its own", async () => {
  const place = await makePlace();
  const leased = await publish(place, ["живое"]);
  const { orgId, documentId } = leased;
  const other = await makeOther();
  await profileMoves.begin({ ...keyOf(place), profileId: other.id });
  await documents.reprocess({ orgId, documentId });
  await documents.fail({ orgId, documentId, generation: 2, state: "failed", code: "file_corrupt", message: "m" });

  const held = await embeddingStore.claim({ orgId, documentId, generation: 1, leaseSeconds: 60 });
  await documents.reprocess({ orgId, documentId });
  await process(place, documentId, cut(["новое"]));
  await embed(place, { documentId, generation: 3 });
  // The shadow of what is live no more is refused.
  await expect(
    embeddingStore.reuse({ orgId, documentId, generation: 1, lease: held.lease ?? "" }),
  ).rejects.toMatchObject({ code: "superseded" });
  expect(await profileMoves.waiting({ ...keyOf(place), limit: 10 })).toEqual([{ documentId, generation: 3 }]);
  await buildShadow(place, { documentId, generation: 3 });
  expect(await activeOf(place)).toBe("test-other");
});

test("a passage that the new model refuses is searched until the switch, set aside by it, and back on the way back", async () => {
  const place = await makePlace();
  const leased = await publish(place, ["раз", "два"]);
  const { orgId, documentId, generation } = leased;
  const other = await makeOther();
  await profileMoves.begin({ ...keyOf(place), profileId: other.id });
  const { lease = "" } = await embeddingStore.claim({ orgId, documentId, generation, leaseSeconds: 60 });
  const shadow = { orgId, documentId, generation, lease };
  const [refused, taken] = await embeddingStore.pending({ ...shadow, limit: 2 });
  const aside = { ...shadow, chunkId: refused?.chunkId ?? 0, code: "ai_bad_request", message: "no" } as const;
  expect(await embeddingStore.quarantine(aside)).toEqual({ stored: 0, remaining: 1, published: false });
  expect(await embeddingStore.quarantine(aside)).toMatchObject({ remaining: 1 });
  expect(await documents.get(leased)).toMatchObject({ state: "ready", quarantinedCount: 0 });
  expect(await ask(place, place.profile.id, [1, 1, 1])).toHaveLength(2);

  const vectors = [{ chunkId: taken?.chunkId ?? 0, vector: [0, 1] }];
  const bill = { requestId: randomUUID(), tokens: 1, costUsd: 0 };
  await embeddingStore.store({ ...shadow, profileId: other.id, vectors, ...bill });
  expect(await documents.get(leased)).toMatchObject({
    state: "ready_partial",
    quarantinedCount: 1,
    embeddedCount: 1,
    errorMessage: "1 of 2 passages could not be embedded: no. 1 (ai_bad_request)",
  });
  expect(await ask(place, other.id, [0, 1])).toEqual(["два"]);

  await profileMoves.begin({ ...keyOf(place), profileId: place.profile.id });
  expect(await documents.get(leased)).toMatchObject({ state: "ready", quarantinedCount: 0, errorCode: null });
  expect(await ask(place, place.profile.id, [1, 1, 1])).toHaveLength(2);
});

test("another holder takes the shadow over; giving the move up refuses them all", async () => {
  const place = await makePlace();
  const { orgId, documentId, generation } = await publish(place, ["раз"]);
  const claim = () => embeddingStore.claim({ orgId, documentId, generation, leaseSeconds: 60 });
  await profileMoves.begin({ ...keyOf(place), profileId: (await makeOther()).id });
  const [zombie, holder] = [await claim(), await claim()];
  const renew = (lease = "") => documents.renewLease({ orgId, documentId, stage: "search", lease, leaseSeconds: 60 });
  expect([await renew(zombie.lease), await renew(holder.lease)]).toEqual([false, true]);
  await expect(
    embeddingStore.reuse({ orgId, documentId, generation, lease: zombie.lease ?? "" }),
  ).rejects.toMatchObject({ code: "stale_lease" });

  expect(await profileMoves.begin({ ...keyOf(place), profileId: place.profile.id })).toMatchObject({
    active: { model: "test-tiny" },
    building: null,
  });
  expect(await renew(holder.lease)).toBe(false);
  expect((await claim()).lease).toBeUndefined();
});

test("a shadow that fails for good leaves its document alone and tells the base", async () => {
  const place = await makePlace();
  const leased = await publish(place, ["раз"]);
  await profileMoves.begin({ ...keyOf(place), profileId: (await makeOther()).id });
  const failed = { state: "blocked", code: "ai_unauthorized", message: "no key" } as const;
  await documents.fail({ ...leased, ...failed });
  expect(await documents.get(leased)).toMatchObject({ state: "ready", errorCode: null });
  expect(await profileMoves.get(keyOf(place))).toMatchObject({
    building: { errorCode: "ai_unauthorized", errorMessage: "no key" },
  });
  const due = await Array.fromAsync(documents.allDue("embed"));
  expect(due.filter(({ documentId }) => documentId === leased.documentId)).toEqual([]);
  // Asked for again, it goes on at once.
  const { building } = await profileMoves.begin({ ...keyOf(place), profileId: (await makeOther()).id });
  expect(building?.errorCode).toBeNull();
  const dueAgain = await Array.fromAsync(documents.allDue("embed"));
  expect(dueAgain.filter(({ documentId }) => documentId === leased.documentId)).toHaveLength(1);
});

test("the way back is given up: vectors of other profiles are gone", async () => {
  const place = await makePlace();
  const leased = await publish(place, ["раз", "два"]);
  const other = await makeOther();
  await profileMoves.begin({ ...keyOf(place), profileId: other.id });
  await buildShadow(place, leased);
  expect(await profileMoves.forget(keyOf(place))).toBe(2);
  expect(await profileMoves.get(keyOf(place))).toMatchObject({ previous: null });
  expect(await profileMoves.begin({ ...keyOf(place), profileId: place.profile.id })).toMatchObject({
    building: { passagesLeft: 2 },
  });
});

test("an empty base moves at once", async () => {
  const place = await makePlace();
  expect(await profileMoves.begin({ ...keyOf(place), profileId: (await makeOther()).id })).toMatchObject({
    active: { model: "test-other" },
    building: null,
  });
});
