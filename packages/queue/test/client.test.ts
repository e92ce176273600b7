import { randomUUID } from "node:crypto";
import { defineQueue } from "@gpt-agent/jobs/define-queue";
import { Redis } from "ioredis";
import { expect, inject, onTestFinished, test } from "vitest";
import { z } from "zod";
import { makeQueueClient } from "../src/client.ts";
import { queueName } from "../src/connection.ts";

const notes = defineQueue({
  name: "notes",
  payload: z.object({ orgId: z.uuid(), note: z.string() }),
  attempts: 1,
  backoff: { delayMs: 1, maxDelayMs: 1, jitter: 0 },
  timeoutMs: 1_000,
});

const open = (prefix: string = randomUUID()) => {
  const url = inject("stack").REDIS_URL;
  const client = makeQueueClient({ url: { reveal: () => url }, baseName: "agent-jobs", prefix });
  const redis = new Redis(url);
  onTestFinished(async () => {
    await client.close();
    redis.disconnect();
  });
  return { client, redis, prefix, orgId: randomUUID() };
};

test("a job lies under the documented key, its payload as sent", async () => {
  const { client, redis, prefix, orgId } = open();
  const { jobId } = await client.enqueue(notes, { orgId, note: "привет" });
  const key = `${prefix}:${queueName("agent-jobs", notes)}`;
  expect(await redis.lrange(`${key}:wait`, 0, -1)).toEqual([jobId]);
  expect(JSON.parse((await redis.hget(`${key}:${jobId}`, "data")) ?? "")).toEqual({ orgId, note: "привет" });
  expect(await redis.hget(`${key}:${jobId}`, "name")).toBe("notes");
});

test("a prefix with a hash tag for Redis Cluster works", async () => {
  const { client, orgId } = open(`{${randomUUID()}}`);
  const { jobId } = await client.enqueue(notes, { orgId, note: "a" });
  expect(await client.status(notes, jobId)).toMatchObject({ state: "waiting", orgId });
});

test("the state counts waiting, prioritized and delayed jobs, and the age of the oldest of any priority", async () => {
  const { client, redis, prefix, orgId } = open();
  await client.enqueue(notes, { orgId, note: "urgent" }, { priority: 1 });
  const { jobId: starved } = await client.enqueue(notes, { orgId, note: "starved" }, { priority: 9 });
  await client.enqueue(notes, { orgId, note: "first" });
  const { jobId: delayed } = await client.enqueue(notes, { orgId, note: "later" }, { delayMs: 60_000 });
  expect(await client.status(notes, delayed)).toMatchObject({ state: "delayed" });
  expect(await client.state(notes)).toMatchObject({ waiting: 1, prioritized: 2, delayed: 1, overdue: 0, held: false });
  const key = `${prefix}:${queueName("agent-jobs", notes)}`;
  await redis.hset(`${key}:${starved}`, "timestamp", Date.now() - 3_600_000);
  const { latencyMs } = await client.state(notes);
  expect(latencyMs).toBeGreaterThanOrEqual(3_600_000);
  await redis.hset(`${key}:meta`, "paused", 1);
  expect((await client.state(notes)).held).toBe(true);
});

test("many payloads go in batches", async () => {
  const { client, orgId } = open();
  const payloads = Array.from({ length: 450 }, (_, index) => ({ orgId, note: `${index}` }));
  expect(await client.enqueueMany(notes, payloads)).toBe(450);
  expect((await client.state(notes)).waiting).toBe(450);
});

test("an unknown job has no status, and the server's eviction policy is told", async () => {
  const { client } = open();
  expect(await client.status(notes, "nobody")).toBeUndefined();
  expect(await client.evictionPolicy()).toBe("noeviction");
});
