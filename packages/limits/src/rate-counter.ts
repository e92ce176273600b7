import { connectProducer, type RedisSettings } from "@gpt-agent/queue/connection";

/** What became of one request: let through, or when to come back. */
export interface Taken {
  readonly allowed: boolean;
  /** 0 when allowed. */
  readonly retryAfterMs: number;
}

/** Counts requests of all instances together. */
export interface RateCounter {
  /** A bucket of `perMinute` requests that fills again at that pace. Lets everybody through while Redis is away. */
  take(input: { readonly key: string; readonly perMinute: number }): Promise<Taken>;
  close(): void;
}

// GCRA: one number, the time at which the bucket will be full again. Redis' clock, so that instances agree. Takes as many
// as are asked for, or what there is; none: answers, negated, how long to wait for one.
const script = `
local time = redis.call("TIME")
local now = time[1] * 1000 + time[2] / 1000
local each = 60000 / tonumber(ARGV[1])
local full = math.max(tonumber(redis.call("GET", KEYS[1]) or now), now)
local free = math.floor((now + 60000 - full) / each + 0.001)
if free < 1 then return -math.ceil(full + each - 60000 - now) end
local taken = math.min(free, tonumber(ARGV[2]))
full = full + taken * each
redis.call("SET", KEYS[1], string.format("%.3f", full), "PX", math.ceil(full - now) + 1)
return taken`;

/** After a failure Redis is not asked for this long: counting must not cost each request a timeout. */
const pauseMs = 2_000;

/** A busy key's requests are taken by the handful; what is left of one after a second is lost to it. */
const handfulMs = 1_000;
const largestHandful = 50;
const manyKeys = 10_000;

interface Handful {
  left: number;
  /** What the next one holds: twice as many as this one, if this one is used up in time. */
  readonly size: number;
  readonly untilMs: number;
}

const open: Taken = { allowed: true, retryAfterMs: 0 };
const ignore = (): void => {};

export const makeRateCounter = (settings: RedisSettings): RateCounter => {
  const redis = connectProducer(settings, ignore);
  const hands = new Map<string, Handful>();
  let pausedUntilMs = 0;

  const takeFromRedis = async (key: string, perMinute: number, count: number): Promise<number> =>
    Number(await redis.eval(script, 1, `${settings.prefix}:rates:${key}`, perMinute, count));

  return {
    take: async ({ key, perMinute }) => {
      const now = performance.now();
      const hand = hands.get(key);
      const isFresh = hand !== undefined && now < hand.untilMs;
      if (isFresh && hand.left > 0) {
        hand.left -= 1;
        return open;
      }
      if (redis.status !== "ready" || now < pausedUntilMs) return open;
      // Never more than a hundredth of the rate, so that instances do not keep from each other what they do not use.
      const most = Math.max(1, Math.min(largestHandful, Math.floor(perMinute / 100)));
      const size = Math.min(isFresh ? hand.size * 2 : 1, most);
      try {
        const taken = await takeFromRedis(key, perMinute, size);
        if (taken < 1) return { allowed: false, retryAfterMs: Math.max(1, -taken) };
        if (hands.size >= manyKeys) hands.clear();
        hands.set(key, { left: taken - 1, size, untilMs: now + handfulMs });
        return open;
      } catch {
        pausedUntilMs = performance.now() + pauseMs;
        return open;
      }
    },
    close: () => redis.disconnect(),
  };
};
