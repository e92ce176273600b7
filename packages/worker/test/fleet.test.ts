import { randomUUID } from "node:crypto";
import { withTrace } from "@gpt-agent/queue/trace";
import { Redis } from "ioredis";
import { expect, onTestFinished, test, vi } from "vitest";
import { inject } from "vitest";
import { currentLogFields } from "../src/context.ts";
import { clientFor, notes, payload, settingsFor, startWorker } from "./harness.ts";

test("a worker is on the fleet's list with what it does, and leaves it when it stops", async () => {
  const settings = settingsFor();
  const client = clientFor(settings);
  const { worker, runs } = await startWorker(notes, settings, async () => {}, {
    version: "1.2.3",
    tuning: { heartbeatIntervalMs: 50 },
  });
  await vi.waitFor(async () => expect(await client.workers()).toHaveLength(1), 10_000);
  const { jobId } = await client.enqueue(notes, payload());
  await runs.until((record) => record.jobId === jobId);
  await vi.waitFor(async () => {
    const [member] = await client.workers();
    expect(member).toMatchObject({ queue: "notes", version: "1.2.3", state: "ok", concurrency: 2, active: 0 });
    expect(member?.lastActivityAt).not.toBeNull();
    expect(await client.minutes(notes)).toMatchObject([{ completed: 1, failed: 0, again: 0 }]);
  }, 10_000);
  await worker.stop();
  expect(await client.workers()).toEqual([]);
});

test("a process that vanished is shown as lost, and forgotten after an hour", async () => {
  const settings = settingsFor();
  const client = clientFor(settings);
  const beat = async (minutesAgo: number): Promise<string> => {
    const seenAt = new Date(Date.now() - minutesAgo * 60_000).toISOString();
    const instance = randomUUID();
    const told = { version: "1", concurrency: 1, active: 0, startedAt: seenAt, seenAt, lastActivityAt: null };
    await client.beat({ ...told, instance, queue: "notes", state: "ok" }, undefined);
    return instance;
  };
  const [lost] = [await beat(3), await beat(61)];
  expect(await client.workers()).toMatchObject([{ instance: lost, state: "lost" }]);
});

test("a request's id follows its job, and the jobs that this one causes, into their log lines", async () => {
  const settings = settingsFor();
  const client = clientFor(settings);
  const seen: unknown[] = [];
  const { runs } = await startWorker(notes, settings, async ({ note }, { enqueue }) => {
    seen.push(currentLogFields()?.["requestId"]);
    if (note === "first") await enqueue(notes, payload("second"));
  });
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  await withTrace({ requestId: "req-1", traceparent }, () => client.enqueue(notes, payload("first")));
  await runs.until(() => runs.all.length === 2);
  expect(seen).toEqual(["req-1", "req-1"]);
  expect(runs.all).toMatchObject([
    { requestId: "req-1", traceId: "0af7651916cd43dd8448eb211c80319c" },
    { requestId: "req-1" },
  ]);
});

test("a heartbeat is one Redis command a minute", async () => {
  const settings = settingsFor();
  const monitored = new Redis(inject("stack").REDIS_URL);
  const monitor = await monitored.monitor();
  onTestFinished(() => {
    monitor.disconnect();
    monitored.disconnect();
  });
  const commands: string[] = [];
  monitor.on("monitor", (_time: string, args: string[], source: string) => {
    if (source !== "lua" && args.some((arg) => arg.includes(`${settings.prefix}:agent-jobs:workers`)))
      commands.push(args[0] ?? "");
  });
  const client = clientFor(settings);
  const { worker } = await startWorker(notes, settings, async () => {}, { tuning: { heartbeatIntervalMs: 3_600_000 } });
  await vi.waitFor(async () => expect(await client.workers()).toHaveLength(1), 10_000);
  await worker.stop();
  expect(commands.filter((name) => name.toLowerCase() !== "hgetall").map((name) => name.toLowerCase())).toEqual([
    "eval",
    "hdel",
  ]);
});
