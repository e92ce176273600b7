import fc from "fast-check";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import type { Lane } from "../src/limiter.ts";
import { fullestBucket, fullestWindow, simulate } from "./simulation.ts";

let redis: Redis;
beforeAll(() => {
  redis = new Redis(inject("stack").REDIS_URL);
});
afterAll(() => redis.disconnect());

const lanes: readonly Lane[] = ["interactive", "push", "delta", "backfill"];
const asked = (spanMs: number, maxCost: number) =>
  fc.array(
    fc.record({
      atMs: fc.nat({ max: spanMs }),
      process: fc.nat({ max: 3 }),
      lane: fc.constantFrom(...lanes),
      tenant: fc.constantFrom("a", "b", "c"),
      cost: fc.integer({ min: 1, max: maxCost }),
    }),
    { minLength: 1, maxLength: 60 },
  );
const numbers = (seed: number) => {
  let state = seed;
  return () => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
};
const runs = { numRuns: 40 };

test("a server with a sliding log never sees more than the limit in any window, and everybody is served", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({ cost: fc.integer({ min: 1, max: 30 }), windowMs: fc.integer({ min: 100, max: 3_000 }) }),
      fc.nat({ max: 80 }),
      asked(4_000, 5),
      fc.nat(),
      fc.option(fc.nat({ max: 4_000 })),
      async ({ cost, windowMs }, jitterMs, requests, seed, diesAtMs) => {
        const rule = { kind: "window", cost, windowMs, jitterMs } as const;
        const all = requests.map((request) => ({ ...request, cost: Math.min(request.cost, cost) }));
        const { sent } = await simulate(redis, {
          limits: [{ key: "limit", rule }],
          asked: all,
          random: numbers(seed),
          jitterMs,
          lateMs: 30,
          dies: new Map(diesAtMs === null ? [] : [[0, diesAtMs]]),
        });
        expect(fullestWindow(sent, windowMs)).toBeLessThanOrEqual(cost);
        const living = (from: readonly { process: number }[]) => from.filter(({ process }) => process !== 0).length;
        expect(living(sent)).toBe(living(all));
        if (diesAtMs === null) expect(sent).toHaveLength(all.length);
      },
    ),
    runs,
  );
});

test("a leaking bucket never runs over", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 4, max: 60 }),
      fc.integer({ min: 1, max: 40 }),
      asked(4_000, 3),
      fc.nat(),
      async (capacity, perSecond, requests, seed) => {
        const rule = { kind: "bucket", capacity, perSecond } as const;
        const { sent } = await simulate(redis, {
          limits: [{ key: "limit", rule }],
          asked: requests.map((request) => ({ ...request, cost: 1 })),
          random: numbers(seed),
          jitterMs: 50,
          lateMs: 30,
        });
        expect(sent).toHaveLength(requests.length);
        expect(fullestBucket(sent, perSecond)).toBeLessThanOrEqual(capacity);
      },
    ),
    runs,
  );
});

test("under saturation little is left unused, and one visit brings about one permit", async () => {
  const [cost, windowMs, jitterMs] = [7, 1_000, 50];
  const { sent, visits } = await simulate(redis, {
    limits: [{ key: "limit", rule: { kind: "window", cost, windowMs, jitterMs } }],
    asked: Array.from({ length: 280 }, (_, i) => {
      return { atMs: 0, process: i % 2, lane: "backfill" as const, tenant: `t${i % 3}`, cost: 1 };
    }),
    random: numbers(1),
    jitterMs,
    lateMs: 10,
  });
  const times = sent.map(({ sentAtMs }) => sentAtMs).toSorted((a, b) => a - b);
  // Twenty windows in the middle, from request to request.
  const took = (times[210] ?? Infinity) - (times[70] ?? 0);
  expect((20 * (windowMs + jitterMs)) / took).toBeGreaterThan(0.99);
  expect(visits / sent.length).toBeLessThan(1.3);
});
