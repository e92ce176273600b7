import { expect, test } from "vitest";
import {
  claimEmbedding,
  cut,
  documents,
  embed,
  embeddingStore,
  makePlace,
  process,
  quarantine,
  queue,
  search,
} from "./fixture.ts";

const refused = { code: "ai_bad_request", message: "input cannot be embedded" } as const;

/** A published document of which these passages were set aside. */
const partial = async (texts: readonly string[], setAside: number) => {
  const place = await makePlace();
  const leased = await process(place, (await queue(place)).id, cut(texts));
  const held = await claimEmbedding(place.orgId, leased.documentId, leased.generation);
  const pending = await embeddingStore.pending({ ...held, limit: 100 });
  for (const { chunkId } of pending.slice(0, setAside))
    await embeddingStore.quarantine({ ...held, chunkId, ...refused });
  if (setAside < texts.length) await embed(place, leased);
  const find = (query: string) => search.hybrid({ orgId: place.orgId, query, limit: 5 });
  const list = async () => (await quarantine.list({ ...leased, limit: 100 })).passages;
  return { place, leased, list, find, read: () => documents.get(leased) };
};

test("a passage that was set aside says why, and is embedded alone while the document stays searchable", async () => {
  const { place, leased, list, find, read } = await partial(["ромашка", "лютик", "василёк"], 2);
  expect(await read()).toMatchObject({ state: "ready_partial", quarantinedCount: 2 });
  const [first] = await list();
  expect(first).toMatchObject({ ordinal: 0, content: "ромашка", quarantineCode: refused.code });
  expect(first?.quarantineMessage).toBe(refused.message);

  const chunkId = first?.id ?? 0;
  expect(await quarantine.retry({ ...leased, chunkId })).toMatchObject({ state: "embedding", quarantinedCount: 1 });
  expect(await find("василёк")).toHaveLength(1);
  expect(await embeddingStore.pending({ ...leased, limit: 10 })).toMatchObject([{ chunkId }]);
  await embed(place, leased);
  expect(await read()).toMatchObject({ state: "ready_partial", embeddedCount: 2, quarantinedCount: 1 });

  expect(await quarantine.retry(leased)).toMatchObject({ state: "embedding", quarantinedCount: 0 });
  await embed(place, leased);
  expect(await read()).toMatchObject({ state: "ready", embeddedCount: 3, errorCode: null });
  expect(await list()).toEqual([]);
});

test("a document whose embedding failed waits again, with its file unread; one that is ready does not", async () => {
  const { place, leased, read } = await partial(["а", "б"], 2);
  expect(await read()).toMatchObject({ state: "failed", liveGeneration: 0 });
  expect(await quarantine.retry(leased)).toMatchObject({ state: "embedding" });
  await documents.fail({ ...leased, state: "failed", code: "attempts_exhausted", message: "five times" });
  expect(await quarantine.retry(leased)).toMatchObject({ state: "embedding", errorCode: null });
  await embed(place, leased);
  expect(await read()).toMatchObject({ state: "ready", liveGeneration: 1 });
  expect(await quarantine.retry(leased)).toBeUndefined();

  const unread = await queue(place);
  await documents.fail({
    ...leased,
    documentId: unread.id,
    state: "failed",
    code: "file_corrupt",
    message: "cut short",
  });
  expect(await quarantine.retry({ orgId: place.orgId, documentId: unread.id })).toBeUndefined();
});
