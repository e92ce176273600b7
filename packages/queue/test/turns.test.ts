import { randomUUID } from "node:crypto";
import { defineQueue } from "@gpt-agent/jobs/define-queue";
import { Redis } from "ioredis";
import { expect, inject, onTestFinished, test } from "vitest";
import { z } from "zod";
import { makeQueueClient } from "../src/client.ts";
import { behindRound } from "../src/turns.ts";

const fair = defineQueue({
  name: "fair",
  payload: z.object({ orgId: z.guid(), n: z.int() }),
  attempts: 2,
  backoff: { delayMs: 1, maxDelayMs: 1, jitter: 0 },
  timeoutMs: 1_000,
  fair: true,
  dedupe: ({ n }) => String(n),
});

const start = () => {
  const [url, prefix] = [inject("stack").REDIS_URL, randomUUID()];
  const client = makeQueueClient({ url: { reveal: () => url }, baseName: "agent-jobs", prefix });
  const redis = new Redis(url);
  onTestFinished(async () => {
    redis.disconnect();
    await client.close();
  });
  const keyPrefix = `${prefix}:agent-jobs-fair:`;
  const names = new Map<string, string>();
  let n = 0;
  const jobs = (org: string, count: number) => {
    const orgId = names.get(org) ?? randomUUID();
    names.set(org, orgId);
    return Array.from({ length: count }, () => ({ orgId, n: (n += 1) }));
  };
  return {
    client,
    redis,
    keyPrefix,
    jobs,
    orgId: (org: string) => jobs(org, 0) && (names.get(org) ?? ""),
    /** Takes so many jobs, as workers do. @returns whose they were, in order */
    take: async (count: number): Promise<string[]> => {
      const taken = await redis.zpopmin(`${keyPrefix}prioritized`, count);
      const ids = taken.filter((_, index) => index % 2 === 0);
      const payloads = await Promise.all(ids.map((id) => redis.hget(`${keyPrefix}${id}`, "data")));
      return payloads.map((data) => {
        const { orgId } = JSON.parse(data ?? "{}") as { orgId: string };
        return [...names].find(([, id]) => id === orgId)?.[0] ?? "";
      });
    },
  };
};

test("organisations take turns, however many jobs one of them brought before", async () => {
  const { client, jobs, take } = start();
  await client.enqueueMany(fair, jobs("whale", 300));
  expect(await take(20)).toEqual(Array(20).fill("whale"));
  await client.enqueueMany(fair, jobs("a", 5));
  for (const job of jobs("b", 5)) await client.enqueue(fair, job);
  const next = await take(15);
  // The first of each comes after the one at the head; from then on they go around.
  expect(next.slice(0, 3).toSorted()).toEqual(["a", "b", "whale"]);
  for (const org of ["a", "b", "whale"]) expect(next.filter((taken) => taken === org)).toHaveLength(5);
  expect(await take(10)).toEqual(Array(10).fill("whale"));
});

test("nobody saves up turns, and nobody is made to pay for turns that others left him", async () => {
  const { client, jobs, take } = start();
  await client.enqueueMany(fair, jobs("late", 1));
  await client.enqueueMany(fair, jobs("busy", 30));
  await take(21);
  // It was away for twenty turns, and gets every second one from now on, not twenty in a row.
  await client.enqueueMany(fair, jobs("late", 10));
  expect((await take(10)).filter((org) => org === "late")).toHaveLength(5);
});

test("a weight of three is three turns of each four", async () => {
  const { client, jobs, take, orgId } = start();
  await client.setWeights(new Map([[orgId("heavy"), 3]]));
  await client.enqueueMany(fair, jobs("light", 40));
  await client.enqueueMany(fair, jobs("heavy", 40));
  expect((await take(40)).filter((org) => org === "heavy")).toHaveLength(30);
});

test("interactive jobs go before backfills, also of the same organisation", async () => {
  const { client, jobs, take } = start();
  await client.enqueueMany(fair, jobs("a", 20), { lane: "backfill" });
  await client.enqueueMany(fair, jobs("b", 3), { lane: "backfill" });
  await client.enqueueMany(fair, jobs("a", 2));
  await client.enqueue(fair, jobs("c", 1)[0] ?? { orgId: "", n: 0 });
  expect((await take(3)).toSorted()).toEqual(["a", "a", "c"]);
  expect((await take(6)).filter((org) => org === "b")).toHaveLength(3);
});

test("a job that collapses into one that waits takes no turn", async () => {
  const { client, jobs, take } = start();
  const swept = jobs("swept", 5);
  for (let sweep = 0; sweep < 4; sweep += 1) await client.enqueueMany(fair, swept, { lane: "backfill" });
  await client.enqueueMany(fair, jobs("other", 10), { lane: "backfill" });
  await client.enqueueMany(fair, jobs("swept", 5), { lane: "backfill" });
  expect((await take(20)).slice(0, 10).filter((org) => org === "swept")).toHaveLength(5);
});

test("an empty lane forgets, and who goes on for long comes behind everybody's next turn", async () => {
  const { client, jobs, take, redis, keyPrefix } = start();
  await client.enqueueMany(fair, jobs("a", 50));
  await take(50);
  await client.enqueueMany(fair, jobs("a", 2));
  await client.enqueueMany(fair, jobs("b", 2));
  expect(await redis.hget(`${keyPrefix}turns:interactive`, "clock")).toBe("0");
  const behind = await behindRound(redis, keyPrefix, 1);
  const waiting = await redis.zrange(`${keyPrefix}prioritized`, "0", "-1", "WITHSCORES");
  const turns = waiting.flatMap((score, index) => (index % 2 === 1 ? [Math.floor(Number(score) / 2 ** 32)] : []));
  expect(turns).toEqual([1, 1, 2, 2]);
  expect(behind).toBe(2);
});
