import { embeddings } from "@gpt-agent/jobs/queues/embeddings";
import { expect, test } from "vitest";
import { makeRecordingQueue } from "./testing.ts";

const payload = {
  orgId: "5b0e8f0e-6c9d-4d7e-9d3e-0a1b2c3d4e5f",
  documentId: "6c1f9a1f-7dae-4e8f-8e4f-1b2c3d4e5f60",
  generation: 1,
};

test("the recording queue remembers what was sent, and refuses what the real one refuses", async () => {
  const queue = makeRecordingQueue();
  await queue.enqueue(embeddings, payload, { delayMs: 5 });
  expect(queue.enqueued).toEqual([{ queue: embeddings, payload, options: { delayMs: 5 } }]);
  await expect(queue.enqueue(embeddings, { ...payload, generation: 0 })).rejects.toThrow(/generation/);
  expect(queue.enqueued).toHaveLength(1);
});
