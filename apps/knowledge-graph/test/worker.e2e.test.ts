import { localProfile } from "@gpt-agent/ai/profile";
import { startFakeOpenRouter } from "@gpt-agent/ai/testing/fake-openrouter";
import { knowledgeGraph } from "@gpt-agent/jobs/queues/knowledge-graph";
import { startWorker } from "@gpt-agent/local/testing/start-worker";
import { connect, storeDocument } from "@gpt-agent/local/testing/store-document";
import { makeDocuments } from "@gpt-agent/supabase/documents";
import { expect, onTestFinished, test } from "vitest";

const settled = { timeout: 30_000, interval: 50 };
const texts = [
  "Иван Петров работает инженером в ООО «Ромашка». ООО «Ромашка» находится в Казани.",
  "Ивана Петрова ценят. 😀 Компания «Вектор» приобрела ООО «Ромашка».",
];

test("reads a document into the graph, and drains on SIGTERM", async () => {
  const { read, ...scope } = await storeDocument(localProfile, texts);
  const worker = startWorker("knowledge-graph");
  await worker.queue.enqueue(knowledgeGraph, scope);
  await expect.poll(async () => (await read()).graphState, settled).toBe("ready");
  // Иван Петров, Ромашка, Казань, Вектор; works_at, located_in, acquired.
  expect(await read()).toMatchObject({ entityCount: 4, edgeCount: 3 });
  expect(await worker.stop()).toBe(0);
});

test("reads with a model, keeps what the text bears out, and books the cost", async () => {
  const answer = {
    entities: [
      { ref: "e1", chunk: "c1", name: "Иван Петров", type: "person", mention: "Иван Петров" },
      { ref: "e2", chunk: "c1", name: "Ромашка", type: "organization", mention: 'ООО "Ромашка"' },
      { ref: "e3", chunk: "c1", name: "Марс", type: "place", mention: "Марс" },
    ],
    relations: [
      {
        chunk: "c1",
        source: "e1",
        predicate: "works_at",
        target: "e2",
        quote: 'Иван Петров работает инженером в ООО "Ромашка"',
        negated: false,
        hypothetical: false,
        confidence: "high",
      },
      {
        chunk: "c1",
        source: "e2",
        predicate: "located_in",
        target: "e3",
        quote: "ООО «Ромашка» находится на Марсе",
        negated: false,
        hypothetical: false,
        confidence: "high",
      },
    ],
  };
  const openrouter = await startFakeOpenRouter({ chat: () => JSON.stringify(answer) });
  onTestFinished(() => openrouter.close());
  const { read, ...scope } = await storeDocument(localProfile, texts.slice(0, 1));
  const worker = startWorker("knowledge-graph", {
    AI_PROVIDER: "openrouter",
    OPENROUTER_API_KEY: "sk-or-test",
    OPENROUTER_BASE_URL: openrouter.baseUrl,
  });
  await worker.queue.enqueue(knowledgeGraph, scope);
  await expect.poll(async () => (await read()).graphState, settled).toBe("ready");
  expect(await read()).toMatchObject({ entityCount: 2, edgeCount: 1, costUsd: 0.0001 });
});

test("blocks the graph alone where the account has no credit", async () => {
  const openrouter = await startFakeOpenRouter();
  onTestFinished(() => openrouter.close());
  // One for every request: the worker's sweep may bring it other tests' documents too.
  const refused = { kind: "answer", status: 402, body: { error: { code: 402, message: "no credits" } } } as const;
  openrouter.faults.push(...Array.from({ length: 100 }, () => refused));
  const { read, ...scope } = await storeDocument(localProfile, texts);
  const worker = startWorker("knowledge-graph", {
    AI_PROVIDER: "openrouter",
    OPENROUTER_API_KEY: "sk-or-test",
    OPENROUTER_BASE_URL: openrouter.baseUrl,
  });
  await worker.queue.enqueue(knowledgeGraph, scope);
  await expect.poll(async () => (await read()).graphState, settled).toBe("blocked");
  expect(await read()).toMatchObject({ errorCode: null, graphErrorCode: "ai_payment_required" });
});

test("is due for the sweep while it waits, whatever became of its job", async () => {
  const { read: _, ...scope } = await storeDocument(localProfile, texts);
  const due = await Array.fromAsync(makeDocuments(connect()).allDue("graph"));
  expect(due).toContainEqual(scope);
});
