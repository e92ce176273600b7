// A process of its own, so that one log line per job goes where a platform would collect it and not into the results.
import { randomUUID } from "node:crypto";
import { defineQueue } from "@gpt-agent/jobs/define-queue";
import { makeQueueClient } from "@gpt-agent/queue/client";
import { runWorker } from "@gpt-agent/worker/run-worker";
import { Queue, Worker } from "bullmq";
import { Redis } from "ioredis";
import { z } from "zod";
import type { Ask } from "./wrapper.ts";

const concurrency = 50;

const noop = defineQueue({
  name: "noop",
  payload: z.object({ orgId: z.uuid(), n: z.int() }),
  attempts: 3,
  backoff: { delayMs: 1_000, maxDelayMs: 10_000, jitter: 0.5 },
  timeoutMs: 60_000,
});

const makePayloads = (count: number) => Array.from({ length: count }, (_, n) => ({ orgId: randomUUID(), n }));

/** Resolves with the rate once `count` calls came in; the clock starts with `start`, when workers begin. */
const counter = (count: number) => {
  const { promise, resolve } = Promise.withResolvers<number>();
  let startedAtMs = 0;
  let seen = 0;
  return {
    start: () => (startedAtMs = performance.now()),
    tick: () => {
      seen += 1;
      if (seen === count) resolve((count / (performance.now() - startedAtMs)) * 1_000);
    },
    rate: promise,
  };
};

const ours = async ({ redisUrl, count }: Ask): Promise<number> => {
  const settings = { url: { reveal: () => redisUrl }, baseName: "bench", prefix: randomUUID() };
  const client = makeQueueClient(settings);
  await client.enqueueMany(noop, makePayloads(count));
  const done = counter(count);
  done.start();
  const worker = await runWorker({
    queue: noop,
    redis: settings,
    port: 0,
    concurrency,
    shutdownTimeoutMs: 10_000,
    logLevel: "info",
    handle: async () => {},
    tuning: { ownsProcess: false, onRecord: done.tick },
  });
  const rate = await done.rate;
  await worker.stop();
  await client.close();
  return rate;
};

const baseline = async ({ redisUrl, count }: Ask): Promise<number> => {
  const connection = new Redis(redisUrl, { maxRetriesPerRequest: null });
  const payloads = makePayloads(count);
  const options = { connection, prefix: randomUUID() };
  const queue = new Queue("bench-noop", options);
  for (let from = 0; from < count; from += 200) {
    await queue.addBulk(payloads.slice(from, from + 200).map((data) => ({ name: "noop", data })));
  }
  const done = counter(count);
  done.start();
  const worker = new Worker("bench-noop", async () => {}, {
    ...options,
    concurrency,
    removeOnComplete: { age: 24 * 3_600, count: 1_000 },
  });
  worker.on("completed", done.tick);
  const rate = await done.rate;
  await worker.close();
  await queue.close();
  connection.disconnect();
  return rate;
};

process.on("message", (ask: Ask) => {
  const rate = ask.run === "ours" ? ours(ask) : baseline(ask);
  void rate.then((jobsPerSecond) => process.send?.(jobsPerSecond));
});
