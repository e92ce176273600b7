import { defineQueue } from "@gpt-agent/jobs/define-queue";
import { PermanentError } from "@gpt-agent/jobs/errors";
import { expect, test } from "vitest";
import { clientFor, notes, payload, reaches, settingsFor, startWorker } from "./harness.ts";

/** A handler whose runs wait for the test, in order. */
const gated = () => {
  const notesSeen: string[] = [];
  const gates: PromiseWithResolvers<"return" | "throw" | "fail">[] = [];
  const gate = (index: number) => (gates[index] ??= Promise.withResolvers());
  const started: PromiseWithResolvers<void>[] = [];
  const start = (index: number) => (started[index] ??= Promise.withResolvers());
  return {
    notesSeen,
    release: (index: number, how: "return" | "throw" | "fail" = "return") => gate(index).resolve(how),
    running: (index: number) => start(index).promise,
    handle: async ({ note }: { note: string }) => {
      const index = notesSeen.push(note) - 1;
      start(index).resolve();
      const how = await gate(index).promise;
      if (how === "throw") throw new Error("again");
      if (how === "fail") throw new PermanentError("file_missing", "gone");
    },
  };
};

test("while waiting or delayed, a second enqueue collapses into the first", async () => {
  const client = clientFor(settingsFor());
  const sent = payload();
  const first = await client.enqueue(notes, sent);
  expect(await client.enqueue(notes, sent)).toEqual(first);
  const later = payload();
  const delayed = await client.enqueue(notes, later, { delayMs: 60_000 });
  expect(await client.enqueue(notes, later)).toEqual(delayed);
  expect(await client.enqueueMany(notes, [sent, later])).toBe(2);
  expect(await client.state(notes)).toMatchObject({ waiting: 1, delayed: 1 });
});

test("the same key of another organisation does not collapse", async () => {
  const client = clientFor(settingsFor());
  const sent = payload();
  await client.enqueue(notes, sent);
  await client.enqueue(notes, { ...sent, orgId: payload().orgId });
  expect((await client.state(notes)).waiting).toBe(2);
});

test("while active, any number of enqueues become exactly one successor, with the latest payload", async () => {
  const settings = settingsFor();
  const client = clientFor(settings);
  const gate = gated();
  const { runs } = await startWorker(notes, settings, gate.handle);
  const sent = payload("first");
  const { jobId } = await client.enqueue(notes, sent);
  await gate.running(0);
  for (const note of ["second", "third", "latest"]) await client.enqueue(notes, { ...sent, note });
  expect(await client.state(notes)).toMatchObject({ waiting: 0, active: 1 });
  gate.release(0);
  await gate.running(1);
  gate.release(1);
  const successor = await runs.until((record) => record.jobId !== jobId);
  await reaches(client, successor.jobId, "completed");
  expect(gate.notesSeen).toEqual(["first", "latest"]);
  expect(await client.state(notes)).toMatchObject({ waiting: 0, active: 0, delayed: 0, completed: 2 });
});

test("a successor that waits for its predecessor's retries still runs last, with the latest payload", async () => {
  const patient = defineQueue({ ...notes, name: "patient", backoff: { delayMs: 700, maxDelayMs: 700, jitter: 0 } });
  const settings = settingsFor();
  const client = clientFor(settings);
  const gate = gated();
  const { runs } = await startWorker(patient, settings, gate.handle);
  const sent = payload("first");
  const { jobId } = await client.enqueue(patient, sent);
  await gate.running(0);
  await client.enqueue(patient, { ...sent, note: "second" });
  gate.release(0, "throw");
  await runs.until(({ outcome }) => outcome.state === "retry");
  // The first job now waits for its second attempt: this collapses into it, and must not lose to "second".
  expect(await client.enqueue(patient, { ...sent, note: "latest" })).toEqual({ jobId });
  gate.release(1);
  gate.release(2);
  const successor = await runs.until((record) => record.jobId !== jobId);
  await reaches(client, successor.jobId, "completed", patient);
  expect(gate.notesSeen).toEqual(["first", "first", "latest"]);
});

test.each(["return", "fail"] as const)("once finished (%s), a new enqueue always starts", async (how) => {
  const settings = settingsFor();
  const client = clientFor(settings);
  const gate = gated();
  await startWorker(notes, settings, gate.handle);
  const sent = payload("first");
  const first = await client.enqueue(notes, sent);
  gate.release(0, how);
  await reaches(client, first.jobId, how === "return" ? "completed" : "failed");
  const second = await client.enqueue(notes, { ...sent, note: "second" });
  expect(second.jobId).not.toBe(first.jobId);
  gate.release(1);
  await reaches(client, second.jobId, "completed");
  expect(gate.notesSeen).toEqual(["first", "second"]);
});

test("a successor starts after a predecessor that failed for good, too", async () => {
  const settings = settingsFor();
  const client = clientFor(settings);
  const gate = gated();
  const { runs } = await startWorker(notes, settings, gate.handle);
  const sent = payload("first");
  const { jobId } = await client.enqueue(notes, sent);
  await gate.running(0);
  await client.enqueue(notes, { ...sent, note: "second" });
  gate.release(0, "fail");
  gate.release(1);
  const successor = await runs.until((record) => record.jobId !== jobId);
  expect(successor.outcome.state).toBe("completed");
});
