import { hashEmbedding } from "@gpt-agent/ai/local/hash-embedding";
import { localProfile, openrouterProfile } from "@gpt-agent/ai/profile";
import { startFakeOpenRouter } from "@gpt-agent/ai/testing/fake-openrouter";
import { embeddings } from "@gpt-agent/jobs/queues/embeddings";
import { startWorker } from "@gpt-agent/local/testing/start-worker";
import { connect, storeDocument } from "@gpt-agent/local/testing/store-document";
import { makeDocuments } from "@gpt-agent/supabase/documents";
import { makeSearch } from "@gpt-agent/supabase/search";
import { expect, onTestFinished, test } from "vitest";

const payloadOf = ({ orgId, documentId, generation }: Awaited<ReturnType<typeof storeDocument>>) => {
  return { orgId, documentId, generation };
};
const settled = { timeout: 30_000, interval: 50 };

test("gives a document its vectors, publishes it, and drains on SIGTERM", async () => {
  const texts = Array.from({ length: 130 }, (_, i) => `Пункт ${i}: хранение образцов номер ${i * 7}.`);
  const { read, ...scope } = await storeDocument(localProfile, [...texts, "Отпуск согласуется с руководителем."]);
  const worker = startWorker("embeddings");
  await worker.queue.enqueue(embeddings, scope);
  await expect.poll(async () => (await read()).state, settled).toBe("ready");
  expect(await read()).toMatchObject({ liveGeneration: 1, chunkCount: 131, embeddedCount: 131, quarantinedCount: 0 });

  const query = "согласование отпусков";
  const hits = await makeSearch(connect()).hybrid({
    orgId: scope.orgId,
    query,
    vector: hashEmbedding(query, 512),
    limit: 3,
  });
  expect(hits[0]?.content).toBe("Отпуск согласуется с руководителем.");
  expect(await worker.stop()).toBe(0);
});

test("sets aside the passage that the provider refuses, and books what the others cost", async () => {
  const openrouter = await startFakeOpenRouter({ refuses: (text) => text.includes("unspeakable") });
  onTestFinished(() => openrouter.close());
  const profile = openrouterProfile("openai/text-embedding-3-small");
  const { read, ...scope } = await storeDocument(profile, ["first", "second", "unspeakable", "fourth", "first"]);
  const worker = startWorker("embeddings", {
    AI_PROVIDER: "openrouter",
    OPENROUTER_API_KEY: "sk-or-test",
    OPENROUTER_BASE_URL: openrouter.baseUrl,
  });
  await worker.queue.enqueue(embeddings, scope);
  await expect.poll(async () => (await read()).state, settled).toBe("ready_partial");
  const document = await read();
  expect(document).toMatchObject({ embeddedCount: 4, quarantinedCount: 1, errorCode: "chunks_quarantined" });
  expect(document.tokensBilled).toBeGreaterThan(0);
  expect(document.costUsd).toBeGreaterThan(0);
});

test("sends nothing, for any document in any process, before the provider's Retry-After is over", async () => {
  const openrouter = await startFakeOpenRouter();
  onTestFinished(() => openrouter.close());
  const profile = openrouterProfile("openai/text-embedding-3-small");
  const [one, other] = [await storeDocument(profile, ["first"]), await storeDocument(profile, ["second"])];
  const env = { AI_PROVIDER: "openrouter", OPENROUTER_API_KEY: "sk-or-test", OPENROUTER_BASE_URL: openrouter.baseUrl };
  const worker = startWorker("embeddings", env);
  startWorker("embeddings", { ...env, JOB_QUEUE_PREFIX: worker.prefix });
  const body = { error: { code: 429, message: "Rate limit exceeded" } };
  openrouter.faults.push({ kind: "answer", status: 429, headers: { "retry-after": "2" }, body });
  const { jobId } = await worker.queue.enqueue(embeddings, payloadOf(one));
  await expect.poll(async () => (await worker.queue.status(embeddings, jobId))?.state, settled).toBe("delayed");
  await worker.queue.enqueue(embeddings, payloadOf(other));
  for (const { read } of [one, other]) await expect.poll(async () => (await read()).state, settled).toBe("ready");
  const [refused, ...later] = openrouter.requests.map(({ atMs }) => atMs);
  expect(later).toHaveLength(2);
  expect(Math.min(...later) - (refused ?? 0)).toBeGreaterThanOrEqual(2_000);
});

test("blocks the document, visibly, when its profile needs a key that is not there", async () => {
  const { read, ...scope } = await storeDocument(openrouterProfile("openai/text-embedding-3-small"), ["text"]);
  const worker = startWorker("embeddings");
  await worker.queue.enqueue(embeddings, scope);
  await expect.poll(async () => (await read()).state, settled).toBe("blocked");
  expect(await read()).toMatchObject({ errorCode: "ai_unauthorized", liveGeneration: 0 });
});

test("is due for the sweep while it waits, whatever became of its job", async () => {
  const { read: _, ...scope } = await storeDocument(localProfile, ["nobody enqueued me"]);
  const due = await Array.fromAsync(makeDocuments(connect()).allDue("embed"));
  expect(due).toContainEqual(scope);
});
