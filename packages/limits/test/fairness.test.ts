import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import type { Lane } from "../src/limiter.ts";
import { type Asked, type Sent, simulate } from "./simulation.ts";

let redis: Redis;
beforeAll(() => {
  redis = new Redis(inject("stack").REDIS_URL);
});
afterAll(() => redis.disconnect());

const limits = [{ key: "limit", rule: { kind: "window", cost: 20, windowMs: 2_000, jitterMs: 50 } }] as const;
const crowd = (count: number, of: Partial<Asked>): Asked[] =>
  Array.from({ length: count }, () => ({ atMs: 0, process: 0, lane: "backfill", tenant: "whale", cost: 1, ...of }));
const run = async (asked: readonly Asked[]): Promise<Sent[]> => {
  const { sent } = await simulate(redis, { limits, asked, random: () => 0.5, jitterMs: 0, lateMs: 5 });
  return sent.toSorted((a, b) => a.sentAtMs - b.sentAtMs);
};
const count = (sent: readonly Sent[], key: "tenant" | "lane", value: string): number =>
  sent.filter((one) => one[key] === value).length;

test("tenants of a lane get equal shares, counted in cost, wherever their requests come from", async () => {
  const sent = await run([
    ...crowd(200, { tenant: "whale" }),
    ...crowd(200, { tenant: "whale", process: 1 }),
    ...crowd(60, { tenant: "small", process: 2 }),
    ...crowd(30, { tenant: "costly", process: 1, cost: 2 }),
  ]);
  // Until the first of them has nothing left to ask.
  const contended = sent.slice(0, 120);
  const costs = ["whale", "small"].map((tenant) => count(contended, "tenant", tenant));
  costs.push(2 * count(contended, "tenant", "costly"));
  for (const cost of costs) expect(cost).toBeGreaterThan(0.85 * (costs.reduce((a, b) => a + b) / 3));
});

test("a person waits for one slot, not for the backfill that took them all", async () => {
  const visitors: Asked[] = Array.from({ length: 10 }, (_, i) => {
    return { atMs: 6_000 + i * 700, process: 1, lane: "interactive", tenant: "person", cost: 1 };
  });
  const sent = await run([...crowd(200, {}), ...visitors]);
  const waits = sent.filter(({ lane }) => lane === "interactive").map(({ atMs, sentAtMs }) => sentAtMs - atMs);
  expect(waits).toHaveLength(10);
  expect(Math.max(...waits)).toBeLessThan(500);
});

test("under contention lanes share by weight, and none stands still", async () => {
  const lanes: readonly Lane[] = ["interactive", "push", "delta", "backfill"];
  const sent = await run(lanes.flatMap((lane, process) => crowd(150, { lane, process })));
  const contended = sent.slice(0, 200);
  const shares = lanes.map((lane) => count(contended, "lane", lane) / contended.length);
  expect(shares[0]).toBeGreaterThanOrEqual(0.38);
  expect(shares[3]).toBeGreaterThanOrEqual(0.05);
  expect(shares).toEqual(shares.toSorted((a, b) => b - a));
});
