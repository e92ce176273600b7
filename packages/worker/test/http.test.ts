import { expect, onTestFinished, test } from "vitest";
import { Redis } from "ioredis";
import { queueName } from "@gpt-agent/queue/connection";
import { startRedis } from "../../local/src/redis/start-redis.ts";
import { startChild } from "./child-worker.ts";
import { clientFor, notes, payload, reaches, settingsFor, startWorker } from "./harness.ts";

const get = async (port: number, path: string) => {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  const text = await response.text();
  return { status: response.status, text, json: () => JSON.parse(text) as Record<string, unknown> };
};

test("/health: exactly four keys, 200; 503 while draining", async () => {
  const settings = settingsFor();
  const client = clientFor(settings);
  const finish = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  const { worker } = await startWorker(notes, settings, () => {
    started.resolve();
    return finish.promise;
  });
  const healthy = await get(worker.port, "/health");
  expect(healthy.status).toBe(200);
  expect(Object.keys(healthy.json())).toEqual(["status", "service", "timestamp", "uptime"]);
  const { timestamp, ...body } = healthy.json();
  expect(body).toEqual({ status: "ok", service: "worker", uptime: expect.any(Number) });
  expect(new Date(String(timestamp)).toISOString()).toBe(timestamp);
  await client.enqueue(notes, payload());
  await started.promise;
  const stopped = worker.stop();
  const draining = await get(worker.port, "/health");
  expect(draining).toMatchObject({ status: 503 });
  expect(draining.json()).toMatchObject({ status: "draining" });
  expect((await get(worker.port, "/ready")).json()).toMatchObject({ problems: { worker: "The worker is draining" } });
  finish.resolve();
  await stopped;
});

test("kept to one address, it answers on no other", async () => {
  const { worker } = await startWorker(notes, settingsFor(), async () => {}, { host: "127.0.0.1" });
  expect((await get(worker.port, "/health")).status).toBe(200);
  await expect(fetch(`http://127.0.0.2:${worker.port}/health`)).rejects.toThrow("fetch failed");
});

test("/ready: 200 when all answer; 503 naming what does not, without secrets", async () => {
  const settings = settingsFor();
  let trouble: Error | undefined;
  const { worker } = await startWorker(notes, settings, async () => {}, {
    checks: {
      supabase: async () => {
        if (trouble !== undefined) throw trouble;
      },
    },
  });
  await expect.poll(async () => (await get(worker.port, "/ready")).status).toBe(200);
  trouble = new Error("no answer from postgres://user:hunter2@db");
  const refused = await get(worker.port, "/ready");
  expect(refused.status).toBe(503);
  expect(refused.json()).toEqual({
    status: "not_ready",
    problems: { supabase: "no answer from postgres://user:[redacted]@db" },
  });
});

test("/ready names an eviction policy that loses jobs", async () => {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const admin = new Redis(redis.url);
  await admin.config("SET", "maxmemory-policy", "allkeys-lru");
  admin.disconnect();
  const { worker } = await startWorker(notes, settingsFor(redis.url), async () => {});
  await expect
    .poll(async () => (await get(worker.port, "/ready")).json())
    .toMatchObject({ problems: { evictionPolicy: expect.stringContaining("allkeys-lru") } });
});

test("an outage of Redis: /ready says so, /health stays ok, /metrics keeps answering", async () => {
  const { worker } = await startWorker(notes, settingsFor("redis://127.0.0.1:1"), async () => {});
  expect((await get(worker.port, "/health")).status).toBe(200);
  const ready = await get(worker.port, "/ready");
  expect(ready.status).toBe(503);
  expect(ready.json()).toMatchObject({ problems: { redis: expect.any(String) } });
  const metrics = await get(worker.port, "/metrics");
  expect(metrics.status).toBe(200);
  expect(metrics.text).toMatch(/^worker_concurrency\{.*\} 2$/m);
  expect(metrics.text).not.toMatch(/^queue_jobs\{/m);
});

test("/metrics: every documented name, with values of what happened", async () => {
  const settings = settingsFor();
  const client = clientFor(settings);
  const { worker } = await startWorker(notes, settings, async () => {});
  const { jobId } = await client.enqueue(notes, payload());
  await client.enqueue(notes, payload(), { delayMs: 600_000 });
  await reaches(client, jobId, "completed");
  const { text } = await get(worker.port, "/metrics");
  for (const name of [
    "queue_jobs",
    "queue_latency_seconds",
    "job_wait_seconds",
    "job_run_seconds",
    "jobs_total",
    "job_attempts",
    "worker_concurrency",
    "worker_active",
    "nodejs_eventloop_lag_seconds",
    "process_resident_memory_bytes",
  ]) {
    expect(text).toContain(`# TYPE ${name} `);
  }
  expect(text).toMatch(/^jobs_total\{(?=.*outcome="completed")(?=.*queue="notes").*\} 1$/m);
  expect(text).toMatch(/^queue_jobs\{(?=.*state="delayed")(?=.*queue="notes").*\} 1$/m);
  expect(text).toMatch(/^queue_jobs\{(?=.*state="completed").*\} 1$/m);
  expect(text).toMatch(/^job_run_seconds_count\{.*\} 1$/m);
});

test("the watchdog ends a process that takes no jobs although they wait", async () => {
  const settings = settingsFor();
  const child = await startChild(settings, { watchdog: true });
  const client = clientFor(settings);
  const { jobId } = await client.enqueue(notes, payload());
  await child.says('"completed"');
  await reaches(client, jobId, "completed");
  // A job without the marker that wakes sleeping workers: to this one it is as if its fetch loop had died.
  const redis = new Redis(settings.url.reveal());
  onTestFinished(() => redis.disconnect());
  const key = `${settings.prefix}:${queueName("agent-jobs", notes)}`;
  await redis.hset(`${key}:lost`, { name: "notes", data: "{}", opts: "{}", timestamp: Date.now() });
  await redis.lpush(`${key}:wait`, "lost");
  expect(await child.exited).toEqual({ code: 1, signal: null });
  expect(await child.says("none is taken")).toContain('"level":"error"');
});

test("one log line per job, with its ids, attempt, duration and outcome", async () => {
  const settings = settingsFor();
  const child = await startChild(settings);
  const sent = payload("quick");
  const { jobId } = await clientFor(settings).enqueue(notes, sent);
  const line: unknown = JSON.parse(await child.says('"message":"job"'));
  expect(line).toEqual({
    time: expect.any(String),
    level: "info",
    message: "job",
    service: "notes",
    queue: "notes",
    jobId,
    orgId: sent.orgId,
    attempt: 1,
    ms: expect.any(Number),
    outcome: "completed",
  });
  // Lines from inside the job carry its ids too.
  expect(JSON.parse(await child.says('"running"'))).toMatchObject({ jobId, orgId: sent.orgId, attempt: 1 });
});
