import { type ChildProcess, fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { LimitRule } from "@gpt-agent/limits/limiter";
import { startRedis } from "@gpt-agent/local/redis/start-redis";
import type { Case } from "../../measure.ts";
import type { ClientTask } from "./client-process.ts";
import { leakyBucket, slidingLog, startLimitedServer } from "./limited-server.ts";

type Counted = Extract<LimitRule, { kind: "window" | "bucket" }>;

interface Published {
  readonly name: string;
  readonly rule: Counted;
}

const jitterMs = 50;
/** The rest of the jitter that is guarded against is this machine's own. */
const networkMs = 40;

const published: readonly Published[] = [
  { name: "kommo", rule: { kind: "window", cost: 7, windowMs: 1_000, jitterMs } },
  { name: "hubspot", rule: { kind: "window", cost: 190, windowMs: 10_000, jitterMs } },
  { name: "hubspot-search", rule: { kind: "window", cost: 5, windowMs: 1_000, jitterMs } },
  { name: "pipedrive", rule: { kind: "window", cost: 20, windowMs: 2_000, jitterMs } },
  { name: "bitrix24", rule: { kind: "bucket", capacity: 50, perSecond: 2 } },
];

/** The same limit with time running faster: a window lasts `windowMs`, and a bucket leaks ten times in that time. */
const inScaledTime = (rule: Counted, windowMs: number): Counted =>
  rule.kind === "window" ? { ...rule, windowMs } : { ...rule, perSecond: (rule.perSecond * 10_000) / windowMs };

const perWindow = (rule: Counted): number => (rule.kind === "window" ? rule.cost : rule.perSecond);
const windowMs = (rule: Counted): number => (rule.kind === "window" ? rule.windowMs + rule.jitterMs : 1_000);
/** What a predictive client can reach: a slot is free again a window and the network's jitter after it was used. */
const idealPerSecond = (rule: Counted): number => (perWindow(rule) / windowMs(rule)) * 1_000;

/** Requests per second between requests that are whole windows apart, so that bursts within a window do not matter. */
export const steadyRate = (atMs: readonly number[], inWindow: number): number => {
  const windows = Math.floor(atMs.length / inWindow) - 1;
  if (windows < 1) throw new Error("too short: a round must span two windows after it settled");
  const spans = Array.from({ length: inWindow }, (_, i) => (atMs[i + windows * inWindow] ?? NaN) - (atMs[i] ?? NaN));
  const known = spans.filter((span) => !Number.isNaN(span));
  const meanMs = known.reduce((sum, span) => sum + span, 0) / known.length;
  return (windows * inWindow * 1_000) / meanMs;
};

const startClient = (task: ClientTask): ChildProcess => {
  const child = fork(fileURLToPath(new URL("client-process.ts", import.meta.url)), { stdio: "inherit" });
  child.send(task);
  return child;
};

/** Two processes share one limit through Redis and send all they may, at a server that counts exactly. */
const limitCase = ({ name, rule: unscaled }: Published): Case => ({
  name: `crm-limit-${name}`,
  unit: "requests/s",
  baselineName: unscaled.kind === "window" ? "W/(W+J) of the limit" : "the leak rate",
  goal: { text: "≥ 0.99 of it, and no 429", holds: ({ ratio }) => ratio >= 0.99 },
  prepare: async ({ smoke, minutes }) => {
    const rule = minutes === undefined ? inScaledTime(unscaled, smoke ? 250 : 1_000) : unscaled;
    const redis = await startRedis();
    // A bucket is settled once what it held in advance is used up.
    const settleMs = rule.kind === "window" ? 3 * windowMs(rule) : (rule.capacity / rule.perSecond) * 1_000;
    const roundMs = (smoke ? 3 : 10) * windowMs(rule);
    let rounds = 0;
    const ours = async (): Promise<number> => {
      const counter =
        rule.kind === "window" ? slidingLog(rule.cost, rule.windowMs) : leakyBucket(rule.capacity, rule.perSecond);
      const server = await startLimitedServer(counter, networkMs);
      const concurrency = Math.ceil(perWindow(rule) / 2) + 2;
      const task = { redisUrl: redis.url, prefix: randomUUID(), serverUrl: server.url, rule, concurrency };
      const clients = [startClient(task), startClient(task)];
      // The first round only warms up.
      const lastsMs = minutes !== undefined && (rounds += 1) > 1 ? minutes * 60_000 : roundMs;
      await sleep(settleMs);
      const settledAtMs = performance.now();
      await sleep(lastsMs);
      for (const client of clients) client.kill("SIGKILL");
      await Promise.all(clients.map((client) => once(client, "exit")));
      await server.close();
      const refused = server.refused();
      if (refused > 0) {
        // Beyond the jitter that is guarded against, no client can promise anything: the machine was too busy.
        const slowest = `the slowest was under way for ${server.slowestMs().toFixed(0)} ms, guarded are ${jitterMs}`;
        console.error(
          `crm-limit-${name}: ${refused} of ${server.admittedAtMs.length} were refused with 429; ${slowest}`,
        );
        return 0;
      }
      return steadyRate(
        server.admittedAtMs.filter((atMs) => atMs > settledAtMs),
        perWindow(rule),
      );
    };
    return { ours, baseline: async () => idealPerSecond(rule), close: () => redis.stop() };
  },
});

export const limitWindows: readonly Case[] = published.map(limitCase);
