import { randomUUID } from "node:crypto";
import { kbFiles } from "@gpt-agent/jobs/queues/kb-files";
import { UnrecoverableError, Worker } from "bullmq";
import { afterEach, expect, inject, test } from "vitest";
import { makeQueueClient } from "../src/client.ts";
import { queueName } from "../src/connection.ts";
import type { RedisSettings } from "../src/connection.ts";
import { makeQueueInspector } from "../src/inspect.ts";

const stack = inject("stack");
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

const open = () => {
  const settings: RedisSettings = {
    url: { reveal: () => stack.REDIS_URL },
    baseName: "agent-jobs",
    prefix: randomUUID(),
  };
  const client = makeQueueClient(settings);
  const inspector = makeQueueInspector(settings);
  closers.push(
    () => client.close(),
    () => inspector.close(),
  );
  return { settings, client, inspector };
};

/** Takes jobs and fails each with the reason until as many have failed for good. */
const failJobs = async (settings: RedisSettings, reason: string, count: number): Promise<void> => {
  const worker = new Worker(
    queueName(settings.baseName, kbFiles),
    async () => {
      throw new UnrecoverableError(reason);
    },
    { connection: { url: settings.url.reveal() }, prefix: settings.prefix },
  );
  let failed = 0;
  await new Promise<void>((resolve) => {
    worker.on("failed", () => {
      failed += 1;
      if (failed === count) resolve();
    });
  });
  await worker.close();
};

const payload = () => ({ kind: "process" as const, orgId: randomUUID(), documentId: randomUUID() });

test("counts and the age of the oldest waiting job", async () => {
  const { client, inspector } = open();
  expect(await inspector.state(kbFiles)).toMatchObject({ waiting: 0, failed: 0, latencyMs: 0 });
  await client.enqueue(kbFiles, payload());
  await client.enqueue(kbFiles, payload(), { delayMs: 60_000 });
  expect(await inspector.state(kbFiles)).toMatchObject({ prioritized: 1, delayed: 1, failed: 0 });
  expect(await inspector.ping()).toBeGreaterThan(0);
  expect(await inspector.evictionPolicy()).toBe("noeviction");
});

test("dead letters are listed with code and message, and retried with all their attempts", async () => {
  const { settings, client, inspector } = open();
  const given = [payload(), payload(), payload()];
  for (const one of given) await client.enqueue(kbFiles, one);
  await failJobs(settings, "password_required: The file is protected by a password.", given.length);

  const failed = await inspector.failed(kbFiles, 10);
  expect(new Set(failed.map((job) => job.orgId))).toEqual(new Set(given.map((one) => one.orgId)));
  const [first] = failed;
  expect(first).toMatchObject({
    code: "password_required",
    message: "The file is protected by a password.",
    attemptsMade: 1,
  });
  expect(await inspector.failed(kbFiles, 2)).toHaveLength(2);

  expect(await inspector.retry(kbFiles, first?.jobId ?? "")).toBe(true);
  expect(await inspector.retry(kbFiles, first?.jobId ?? "")).toBe(false);
  expect(await inspector.retry(kbFiles, "no-such-job")).toBe(false);
  expect(await client.status(kbFiles, first?.jobId ?? "")).toMatchObject({ state: "waiting", attemptsMade: 0 });

  expect(await inspector.state(kbFiles)).toMatchObject({ prioritized: 1, failed: 2 });
});

test("a reason without a code is shown as it is", async () => {
  const { settings, client, inspector } = open();
  await client.enqueue(kbFiles, payload());
  await failJobs(settings, "Something: broke", 1);
  expect(await inspector.failed(kbFiles, 1)).toMatchObject([{ code: "unexpected_error", message: "Something: broke" }]);
});

test("a Redis that is not there is named as the trouble", async () => {
  const settings = { url: { reveal: () => "redis://127.0.0.1:1" }, baseName: "agent-jobs", prefix: "bull" };
  const inspector = makeQueueInspector(settings);
  closers.push(() => inspector.close());
  await expect(inspector.state(kbFiles)).rejects.toMatchObject({
    code: "queue_unavailable",
    message: expect.stringContaining("ECONNREFUSED"),
  });
});
