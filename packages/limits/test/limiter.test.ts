import { randomUUID } from "node:crypto";
import { RetryLaterError } from "@gpt-agent/jobs/errors";
import { Redis } from "ioredis";
import { setTimeout as onTheWay } from "node:timers/promises";
import { expect, inject, onTestFinished, test } from "vitest";
import { freePort } from "@gpt-agent/local/process/free-port";
import { startRedis } from "@gpt-agent/local/redis/start-redis";
import type { AcquireRequest, Limit, Limiter } from "../src/limiter.ts";
import { makeLimiter } from "../src/make-limiter.ts";

const limiterAt = (prefix: string, url = inject("stack").REDIS_URL): ReturnType<typeof makeLimiter> => {
  const limiter = makeLimiter({ url: { reveal: () => url }, baseName: "agent-jobs", prefix });
  onTestFinished(() => limiter.close());
  return limiter;
};
const request = (limits: readonly Limit[], more: Partial<AcquireRequest> = {}): AcquireRequest => ({
  limits,
  cost: 1,
  lane: "backfill",
  tenant: "tenant",
  signal: new AbortController().signal,
  ...more,
});
const window = (cost: number, windowMs: number): Limit["rule"] => ({ kind: "window", cost, windowMs, jitterMs: 5 });
const refusal = async (work: Promise<unknown>) => {
  const startedAt = performance.now();
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  const { code, delayMs } = error instanceof RetryLaterError ? error : {};
  return { code, delayMs: delayMs ?? 0, tookMs: performance.now() - startedAt };
};

test("several clients count together, each request once", async () => {
  const prefix = randomUUID();
  const limiters = [limiterAt(prefix), limiterAt(prefix), limiterAt(prefix)];
  const limits = [{ key: "account", rule: window(10, 200) }];
  const passed: number[] = [];
  await Promise.all(
    limiters.flatMap((limiter) =>
      Array.from({ length: 12 }, async () => {
        const permit = await limiter.acquire(request(limits, { lane: "push" }));
        passed.push(performance.now());
        await permit.done({});
      }),
    ),
  );
  expect(passed).toHaveLength(36);
  for (const [i, atMs] of passed.toSorted((a, b) => a - b).entries()) {
    expect(atMs - (passed[i - 10] ?? -Infinity)).toBeGreaterThanOrEqual(200);
  }
});

test("a request that was long on its way counts from when it came back: it may have arrived that late", async () => {
  const limiter = limiterAt(randomUUID());
  const limits = [{ key: "account", rule: window(1, 300) }];
  const first = await limiter.acquire(request(limits));
  const sentMs = performance.now();
  await onTheWay(200);
  await first.done({ roundTripMs: performance.now() - sentMs });
  const backMs = performance.now();
  await limiter.acquire(request(limits));
  expect(performance.now() - backMs).toBeGreaterThanOrEqual(299);
});

test("a turn beyond maxWaitMs is refused at once, with the time it takes", async () => {
  const limiter = limiterAt(randomUUID());
  const limits = [{ key: "account", rule: window(1, 60_000) }];
  await limiter.acquire(request(limits));
  const { code, delayMs, tookMs } = await refusal(limiter.acquire(request(limits, { maxWaitMs: 5_000 })));
  expect(code).toBe("crm_rate_limited");
  expect(delayMs).toBeGreaterThan(58_000);
  expect(delayMs).toBeLessThan(61_000);
  expect(tookMs).toBeLessThan(5_000);
});

test("what one instance was told to wait holds all of them back", async () => {
  const prefix = randomUUID();
  const [one, other] = [limiterAt(prefix), limiterAt(prefix)];
  const limits = [{ key: "{portal}:burst", rule: window(100, 1_000) }];
  const permit = await one.acquire(request(limits));
  // Taken before the limiter is told: the wait may begin at any moment from here on.
  const toldAtMs = performance.now();
  await permit.done({ retryAfterMs: 300 });
  await Promise.all([one, other].map((limiter) => limiter.acquire(request(limits, { lane: "interactive" }))));
  // Less a millisecond that two clocks may round differently.
  expect(performance.now() - toldAtMs).toBeGreaterThanOrEqual(299);
});

test("places are given back by done, to whichever instance waits, or when their lease ends", async () => {
  const prefix = randomUUID();
  const [one, other] = [limiterAt(prefix), limiterAt(prefix)];
  const limits = [{ key: "org", rule: { kind: "concurrency", max: 2, leaseMs: 60_000 } }] as const;
  const urgent = request(limits, { lane: "interactive" });
  const held = await Promise.all([one.acquire(urgent), one.acquire(urgent)]);
  let isThrough = false;
  const waiting = other.acquire(urgent).then(() => (isThrough = true));
  await refusal(one.acquire({ ...urgent, maxWaitMs: 50 }));
  expect(isThrough).toBe(false);
  await held[0].done({});
  await waiting;

  const short = [{ key: "short", rule: { kind: "concurrency", max: 1, leaseMs: 100 } }] as const;
  await one.acquire(request(short));
  await other.acquire(request(short));
});

test("the last two fifths of a concurrency are kept for people", async () => {
  const limiter = limiterAt(randomUUID());
  const limits = [{ key: "org", rule: { kind: "concurrency", max: 5, leaseMs: 60_000 } }] as const;
  for (let taken = 0; taken < 3; taken += 1) await limiter.acquire(request(limits));
  expect((await refusal(limiter.acquire(request(limits, { maxWaitMs: 30 })))).code).toBe("crm_rate_limited");
  for (let taken = 3; taken < 5; taken += 1) await limiter.acquire(request(limits, { lane: "interactive" }));
});

test("a budget is spread over its period, and its reserve is never spent", async () => {
  const limiter = limiterAt(randomUUID());
  const hours = 24 * 3_600_000;
  const rule = { kind: "budget", cost: 100, periodMs: hours, reserve: 0.2 } as const;
  const spend = (lane: "interactive" | "delta") =>
    refusal(limiter.acquire(request([{ key: "company", rule }], { lane, maxWaitMs: 0 })));
  let spent = 0;
  for (; spent <= 100 && (await spend("delta")).code === undefined; spent += 1);
  const share = (Date.now() % hours) / hours + 1 / 24;
  expect(Math.abs(spent - Math.min(80, share * 80))).toBeLessThanOrEqual(2);
  for (; spent <= 100 && (await spend("interactive")).code === undefined; spent += 1);
  expect(spent).toBe(80);
});

test("limits with the same tag are taken together or not at all, those with others one after the other", async () => {
  const limiter = limiterAt(randomUUID());
  const together = [
    { key: "{portal}:burst", rule: window(5, 60_000) },
    { key: "{portal}:search", rule: window(1, 60_000) },
  ];
  await limiter.acquire(request(together, { lane: "interactive" }));
  for (let i = 0; i < 3; i += 1) {
    expect((await refusal(limiter.acquire(request(together, { maxWaitMs: 0 })))).code).toBe("crm_rate_limited");
  }
  const burst = together.slice(0, 1);
  for (let i = 0; i < 4; i += 1) await limiter.acquire(request(burst, { lane: "interactive" }));
  expect((await refusal(limiter.acquire(request(burst, { maxWaitMs: 0 })))).code).toBe("crm_rate_limited");

  const apart = [
    { key: "portal", rule: window(2, 100) },
    { key: "address", rule: window(1, 100) },
  ];
  const startedAtMs = performance.now();
  for (let i = 0; i < 3; i += 1) await limiter.acquire(request(apart, { lane: "interactive" }));
  expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(200);
});

test("a cost may differ between the limits of one request", async () => {
  const limiter = limiterAt(randomUUID());
  const limits = [
    { key: "{key}:requests", rule: window(10, 60_000), cost: 1 },
    { key: "{key}:tokens", rule: window(1_000, 60_000) },
  ];
  const ask = (cost: number) => refusal(limiter.acquire(request(limits, { lane: "interactive", cost, maxWaitMs: 0 })));
  expect((await ask(900)).code).toBeUndefined();
  expect((await ask(200)).code).toBe("crm_rate_limited");
  expect((await ask(100)).code).toBeUndefined();
});

test("whoever gives up leaves the line", async () => {
  const limiter = limiterAt(randomUUID());
  const limits = [{ key: "account", rule: window(1, 200) }];
  await limiter.acquire(request(limits));
  const controller = new AbortController();
  const gone = limiter.acquire(request(limits, { signal: controller.signal }));
  controller.abort(new Error("changed my mind"));
  await expect(gone).rejects.toThrow("changed my mind");
  await limiter.acquire(request(limits));
});

const outage = { code: "queue_unavailable", inTime: true };
const outcome = async (limiter: Limiter, limits: readonly Limit[]) => {
  const { code, tookMs } = await refusal(limiter.acquire(request(limits)));
  return { code, inTime: tookMs < 2_000 };
};
const untilItAnswers = (limiter: Limiter, limits: readonly Limit[]): Promise<void> =>
  expect.poll(async () => (await outcome(limiter, limits)).code, { timeout: 20_000, interval: 100 }).toBeUndefined();

test("without Redis nobody passes and nobody hangs: not there yet, frozen, gone with everything it knew", async () => {
  const port = await freePort();
  const limiter = limiterAt(randomUUID(), `redis://127.0.0.1:${port}`);
  const plenty = [{ key: "plenty", rule: window(1_000, 1_000) }];
  const tight = [{ key: "tight", rule: window(1, 20_000) }];
  expect(await outcome(limiter, plenty)).toEqual(outage);
  let redis = await startRedis({ port });
  onTestFinished(() => redis.stop());
  await untilItAnswers(limiter, plenty);
  await limiter.acquire(request(tight));

  process.kill(redis.pid, "SIGSTOP");
  expect(await outcome(limiter, plenty)).toEqual(outage);
  process.kill(redis.pid, "SIGCONT");
  await untilItAnswers(limiter, plenty);

  await redis.stop();
  expect(await outcome(limiter, plenty)).toEqual(outage);
  redis = await startRedis({ port });
  await untilItAnswers(limiter, plenty);
  // The new Redis knows nothing of the request that this process has sent a moment ago.
  expect((await refusal(limiter.acquire(request(tight, { maxWaitMs: 1_000 })))).code).toBe("crm_rate_limited");
});

test("at saturation a permit costs at most two commands", async () => {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const [prefix, limits] = [randomUUID(), [{ key: "account", rule: window(10, 250) }]];
  const limiters = [limiterAt(prefix, redis.url), limiterAt(prefix, redis.url)];
  const permits = limiters.flatMap((limiter, i) =>
    Array.from({ length: 40 }, () => limiter.acquire(request(limits, { tenant: `t${i}` }))),
  );
  await Promise.all(permits);
  const probe = new Redis(redis.url);
  const stats = await probe.info("commandstats");
  probe.disconnect();
  const calls = [...stats.matchAll(/cmdstat_(evalsha|eval):calls=(\d+)/g)].map(([, , calls]) => Number(calls));
  expect(calls.reduce((a, b) => a + b)).toBeLessThanOrEqual(2 * permits.length);
});
