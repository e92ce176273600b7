import type { SandboxClock } from "./clock.ts";

export type LimitAnswer = { readonly allowed: true } | { readonly allowed: false; readonly retryAfterMs: number };

/**
 * At most `max` units in every window of `windowMs`, wherever it begins. The strictest reading of a published limit:
 * a client that passes here passes a counter that starts anew with every second, and not the other way round.
 */
export const makeSlidingLog = ({
  max,
  windowMs,
  clock,
}: {
  readonly max: number;
  readonly windowMs: number;
  readonly clock: SandboxClock;
}): { take(key: string, cost?: number): LimitAnswer; remaining(key: string): number } => {
  const logs = new Map<string, { atMs: number; cost: number }[]>();
  const current = (key: string): { atMs: number; cost: number }[] => {
    const since = clock() - windowMs;
    const log = (logs.get(key) ?? []).filter(({ atMs }) => atMs > since);
    logs.set(key, log);
    return log;
  };
  const used = (log: readonly { cost: number }[]): number => log.reduce((sum, { cost }) => sum + cost, 0);

  return {
    take: (key, cost = 1) => {
      const log = current(key);
      if (used(log) + cost > max) {
        const oldest = log[0]?.atMs ?? clock();
        return { allowed: false, retryAfterMs: oldest + windowMs - clock() };
      }
      log.push({ atMs: clock(), cost });
      return { allowed: true };
    },
    remaining: (key) => max - used(current(key)),
  };
};

/** A bucket that `capacity` units fit in and that leaks `perSecond`; what would overflow is refused. */
export const makeLeakyBucket = ({
  capacity,
  perSecond,
  clock,
}: {
  readonly capacity: number;
  readonly perSecond: number;
  readonly clock: SandboxClock;
}): { take(key: string, cost?: number): LimitAnswer; level(key: string): number } => {
  const buckets = new Map<string, { level: number; atMs: number }>();
  const leaked = (key: string): { level: number; atMs: number } => {
    const nowMs = clock();
    const { level, atMs } = buckets.get(key) ?? { level: 0, atMs: nowMs };
    const bucket = { level: Math.max(0, level - ((nowMs - atMs) / 1_000) * perSecond), atMs: nowMs };
    buckets.set(key, bucket);
    return bucket;
  };

  return {
    take: (key, cost = 1) => {
      const bucket = leaked(key);
      const over = bucket.level + cost - capacity;
      if (over > 0) return { allowed: false, retryAfterMs: (over / perSecond) * 1_000 };
      bucket.level += cost;
      return { allowed: true };
    },
    level: (key) => leaked(key).level,
  };
};
