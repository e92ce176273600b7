import { randomUUID } from "node:crypto";
import { embeddings } from "@gpt-agent/jobs/queues/embeddings";
import { kbFiles } from "@gpt-agent/jobs/queues/kb-files";
import { knowledgeGraph } from "@gpt-agent/jobs/queues/knowledge-graph";
import { makeRecordingQueue } from "@gpt-agent/queue/testing";
import type { DocumentRow } from "@gpt-agent/supabase/documents";
import { expect, test } from "vitest";
import { makeReopenDocument } from "./reopen-document.ts";

const key = { orgId: randomUUID(), documentId: randomUUID() };
const payload = { ...key, generation: 1 };

/** One document in these states, and what became of it. */
const setUp = (states: Partial<Pick<DocumentRow, "state" | "graphState">>) => {
  const queue = makeRecordingQueue();
  const reprocessed: unknown[] = [];
  const row = { state: "ready", graphState: "ready", ...states } as DocumentRow;
  const reopen = makeReopenDocument({
    documents: {
      get: async ({ documentId }) => (documentId === key.documentId ? row : undefined),
      reprocess: async (given) => {
        reprocessed.push(given);
        return row;
      },
    },
    enqueue: queue.enqueue,
  });
  return { reopen, reprocessed, enqueued: queue.enqueued };
};

test.each([
  ["a file that failed", kbFiles, { state: "failed" }],
  ["vectors that wait for a payment", embeddings, { state: "blocked" }],
  ["a graph that failed beside a searchable document", knowledgeGraph, { graphState: "failed" }],
] as const)("%s begins again with the file", async (_, queue, states) => {
  const { reopen, reprocessed, enqueued } = setUp(states);
  expect(await reopen(queue, payload)).toBe(true);
  expect(reprocessed).toEqual([key]);
  expect(enqueued).toMatchObject([{ payload: { kind: "process", ...key } }]);
});

test.each([
  ["a document that is searchable by now", embeddings, { state: "ready" }, payload],
  ["a failed graph when it is the vectors' job", embeddings, { graphState: "failed" }, payload],
  ["one that is under way", kbFiles, { state: "processing" }, payload],
  ["one that is being deleted", knowledgeGraph, { state: "deleting", graphState: "failed" }, payload],
  ["a deletion", kbFiles, { state: "failed" }, { ...payload, kind: "delete" }],
  ["a row that is gone", kbFiles, { state: "failed" }, { ...payload, documentId: randomUUID() }],
  ["a payload of another kind", kbFiles, { state: "failed" }, "nonsense"],
] as const)("%s is left alone", async (_, queue, states, given) => {
  const { reopen, reprocessed, enqueued } = setUp(states);
  expect(await reopen(queue, given)).toBe(false);
  expect([reprocessed, enqueued]).toEqual([[], []]);
});
