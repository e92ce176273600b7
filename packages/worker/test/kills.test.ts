import { defineQueue } from "@gpt-agent/jobs/define-queue";
import { queueName, type RedisSettings } from "@gpt-agent/queue/connection";
import { Worker } from "bullmq";
import { Redis } from "ioredis";
import { expect, test, vi } from "vitest";
import { defaultLimits } from "../src/tuning.ts";
import { startChild } from "./child-worker.ts";
import { aborted, clientFor, notes, payload, reaches, settingsFor, startWorker } from "./harness.ts";

/** Takes the next job as a worker would and dies with it: the lock is never renewed, no outcome follows. */
const takeAndDie = async (settings: RedisSettings): Promise<void> => {
  const connection = new Redis(settings.url.reveal(), { maxRetriesPerRequest: null });
  const dying = new Worker(queueName(settings.baseName, notes), null, {
    connection,
    prefix: settings.prefix,
    autorun: false,
    lockDuration: 20,
    stalledInterval: 10,
    maxStalledCount: Number.MAX_SAFE_INTEGER,
  });
  try {
    await vi.waitUntil(async () => dying.getNextJob("dying", { block: false }), { timeout: 10_000, interval: 5 });
    // As another instance would: find the lock gone and put the job back.
    const stalled = new Promise((resolve) => dying.once("stalled", resolve));
    await dying.startStalledCheckTimer();
    await stalled;
  } finally {
    await dying.close(true);
    connection.disconnect();
  }
};

test("a process killed with SIGKILL: another instance picks its job up, no attempt spent", async () => {
  const settings = settingsFor();
  const client = clientFor(settings);
  const child = await startChild(settings);
  const { jobId } = await client.enqueue(notes, payload("hang"));
  await child.says('"running"');
  child.kill("SIGKILL");
  await child.exited;
  const attempts: number[] = [];
  await startWorker(notes, settings, async (_, { attempt }) => void attempts.push(attempt));
  await reaches(client, jobId, "completed");
  expect(attempts).toEqual([1]);
});

test("ten kills without an outcome: failed as poison, kept, the row told once, the handler not run again", async () => {
  const settings = settingsFor();
  const client = clientFor(settings);
  const sent = payload();
  const { jobId } = await client.enqueue(notes, sent);
  for (let kill = 0; kill < defaultLimits.kills; kill += 1) await takeAndDie(settings);
  const handle = vi.fn(async () => {});
  const { failures } = await startWorker(notes, settings, handle);
  expect((await reaches(client, jobId, "failed")).failedReason).toMatch(/^poison: /);
  expect(handle).not.toHaveBeenCalled();
  expect(failures).toEqual([expect.objectContaining({ code: "poison", payload: sent })]);
});

test("nine kills, work that is stored, nine kills: not poison", async () => {
  const settings = settingsFor();
  const client = clientFor(settings);
  const { jobId } = await client.enqueue(notes, payload());
  for (let kill = 0; kill < defaultLimits.kills - 1; kill += 1) await takeAndDie(settings);
  // Its worker dies as the others did, but not before it has stored something.
  const storing = await startWorker(notes, settings, async (_, { checkpoint, signal }) => {
    await checkpoint();
    await aborted(signal);
  });
  const key = `${settings.prefix}:${queueName(settings.baseName, notes)}:${jobId}`;
  const redis = new Redis(settings.url.reveal());
  await expect.poll(() => redis.hget(key, "stc"), { timeout: 30_000, interval: 20 }).toBe("0");
  redis.disconnect();
  await storing.worker.stop();
  for (let kill = 0; kill < defaultLimits.kills - 1; kill += 1) await takeAndDie(settings);
  await startWorker(notes, settings, async () => {});
  await reaches(client, jobId, "completed");
});

test("nine kills, an outcome, nine kills: not poison", async () => {
  const patient = defineQueue({ ...notes, backoff: { delayMs: 1_000, maxDelayMs: 1_000, jitter: 0 } });
  const settings = settingsFor();
  const client = clientFor(settings);
  const { jobId } = await client.enqueue(patient, payload());
  for (let kill = 0; kill < defaultLimits.kills - 1; kill += 1) await takeAndDie(settings);
  const failing = await startWorker(patient, settings, async () => {
    throw new Error("again");
  });
  await failing.runs.until(({ outcome }) => outcome.state === "retry");
  await failing.worker.stop();
  for (let kill = 0; kill < defaultLimits.kills - 1; kill += 1) await takeAndDie(settings);
  const attempts: number[] = [];
  await startWorker(patient, settings, async (_, { attempt }) => void attempts.push(attempt));
  await reaches(client, jobId, "completed");
  expect(attempts).toEqual([2]);
});
