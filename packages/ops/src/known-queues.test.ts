import { expect, test } from "vitest";
import { UsageError } from "./command.ts";
import { findQueue, knownQueues } from "./known-queues.ts";

test("every contract is found by its own name", async () => {
  const queues = await knownQueues();
  expect([...queues.keys()]).toEqual(expect.arrayContaining(["embeddings", "kb-files", "knowledge-graph"]));
  for (const [name, queue] of queues) expect(queue.name).toBe(name);
  expect(await findQueue("kb-files")).toBe(queues.get("kb-files"));
});

test("an unknown or missing name is answered with the known ones", async () => {
  await expect(findQueue("kb")).rejects.toThrow(UsageError);
  await expect(findQueue(undefined)).rejects.toThrow(/embeddings.*kb-files/);
});
