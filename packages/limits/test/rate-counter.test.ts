import { randomUUID } from "node:crypto";
import { expect, inject, onTestFinished, test, vi } from "vitest";
import { makeRateCounter } from "../src/rate-counter.ts";

const makeCounter = (prefix: string, url = inject("stack").REDIS_URL) => {
  const counter = makeRateCounter({ url: { reveal: () => url }, baseName: "agent-jobs", prefix });
  onTestFinished(counter.close);
  return counter;
};

/** The connection is opened in the background, and nobody is counted before it is. */
const untilCounting = (counter: ReturnType<typeof makeCounter>): Promise<void> =>
  vi.waitFor(async () => {
    const key = "probe";
    expect((await counter.take({ key, perMinute: 1 })).allowed).toBe(false);
  }, 10_000);

test("instances count together; who is refused learns when to come back", async () => {
  const prefix = randomUUID();
  const [one, another] = [makeCounter(prefix), makeCounter(prefix)];
  await untilCounting(one);
  await untilCounting(another);
  const take = (counter: typeof one, key = "k") => counter.take({ key, perMinute: 3 });
  expect(await Promise.all([take(one), take(another), take(one)])).toMatchObject([
    { allowed: true },
    { allowed: true },
    { allowed: true },
  ]);
  const { allowed, retryAfterMs } = await take(another);
  expect(allowed).toBe(false);
  expect(retryAfterMs).toBeGreaterThan(10_000);
  expect(retryAfterMs).toBeLessThanOrEqual(20_000);
  expect((await take(one, "another key")).allowed).toBe(true);
});

test("a busy key's handfuls never let more through than its rate", async () => {
  const counter = makeCounter(randomUUID());
  await untilCounting(counter);
  let passed = 0;
  const startedAtMs = performance.now();
  for (let call = 0; call < 4_000; call += 1) {
    if ((await counter.take({ key: "k", perMinute: 1_000 })).allowed) passed += 1;
  }
  const refilled = ((performance.now() - startedAtMs) / 60_000) * 1_000;
  expect(passed).toBeGreaterThanOrEqual(950);
  expect(passed).toBeLessThanOrEqual(1_001 + refilled);
});

test("without Redis everybody gets through, at once", async () => {
  const counter = makeCounter(randomUUID(), "redis://127.0.0.1:1");
  for (let call = 0; call < 50; call += 1)
    expect(await counter.take({ key: "k", perMinute: 1 })).toEqual({ allowed: true, retryAfterMs: 0 });
});
