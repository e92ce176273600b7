import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import {
  documents,
  embeddingStore,
  makePlace,
  profileMoves,
  profiles,
  publish,
  supabase,
  tinyProfile,
  type Place,
} from "./fixture.ts";

const dimensions = 512;
const random = (text: string): number[] => {
  let state = [...text].reduce((sum, letter) => Math.imul(sum ^ letter.charCodeAt(0), 0x01000193), 7);
  return Array.from({ length: dimensions }, () => (state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d)) / 2 ** 31);
};

const makeLargePlace = async (): Promise<Place> => {
  const place = await makePlace();
  const profile = await profiles.ensure({ ...tinyProfile, model: "test-512", dimensions });
  await profileMoves.begin({ orgId: place.orgId, knowledgeBaseId: place.base.id, profileId: profile.id });
  return { ...place, profile };
};

test("the graph gives what a scan gives, within the scope and of what is live", async () => {
  const place = await makeLargePlace();
  const published = [];
  for (let n = 0; n < 3; n += 1) {
    const texts = Array.from({ length: 60 }, (_, i) => `отрывок ${n} ${i} ${randomUUID()}`);
    published.push(await publish(place, texts, {}, random));
  }
  const [first, second, gone] = published;
  if (!first || !second || !gone) throw new Error("three were published");
  await documents.beginDelete(gone);
  await publish(await makeLargePlace(), ["чужой отрывок"], {}, random);

  // Said to be many, the graph is worth its walk; said to be few, all are compared.
  const nearest = async (passages: number, documentIds: readonly string[] | null) => {
    const { data, error } = await supabase.rpc("nearest_chunks", {
      p_org_id: place.orgId,
      p_bases: [place.base.id],
      p_documents: documentIds,
      p_metadata: null,
      p_passages: passages,
      p_profile_id: place.profile.id,
      p_vector: `[${random("вопрос").join(",")}]`,
      p_depth: 10,
    });
    expect(error).toBeNull();
    return (data as { chunk_id: number }[]).map((row) => row.chunk_id);
  };
  for (const scope of [null, [second.documentId], [first.documentId, gone.documentId]]) {
    const scanned = await nearest(10, scope);
    expect(scanned).toHaveLength(10);
    expect(await nearest(1e6, scope)).toEqual(scanned);
  }
});

test("documents that finish at once switch their base, once", async () => {
  const place = await makePlace();
  const { orgId } = place;
  const key = { orgId, knowledgeBaseId: place.base.id };
  const leased = await Promise.all(Array.from({ length: 8 }, (_, n) => publish(place, [`текст ${n}`])));
  const other = await profiles.ensure({ ...tinyProfile, model: "test-other", dimensions: 2 });
  await profileMoves.begin({ ...key, profileId: other.id });
  const shadows = await Promise.all(
    leased.map(async ({ documentId }) => {
      const scope = { orgId, documentId, generation: 1 };
      const { lease = "" } = await embeddingStore.claim({ ...scope, leaseSeconds: 60 });
      return { ...scope, lease, pending: await embeddingStore.pending({ ...scope, limit: 5 }) };
    }),
  );
  await Promise.all(
    shadows.map(({ pending, ...held }) => {
      const vectors = pending.map(({ chunkId }) => ({ chunkId, vector: [0, 1] }));
      const bill = { requestId: randomUUID(), tokens: 1, costUsd: 0 };
      return embeddingStore.store({ ...held, profileId: other.id, vectors, ...bill });
    }),
  );
  expect(await profileMoves.get(key)).toMatchObject({
    active: { model: "test-other" },
    building: null,
    previous: { model: "test-tiny" },
  });
});
