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

// GCRA: one number, the time at which the bucket will be full again. Redis' clock, so that instances agree.
const script = `
local time = redis.call("TIME")
local now = time[1] * 1000 + time[2] / 1000
local each = 60000 / tonumber(ARGV[1])
local full = math.max(tonumber(redis.call("GET", KEYS[1]) or now), now) + each
local wait = full - 60000 - now
if wait > 0.001 then return math.ceil(wait) end
redis.call("SET", KEYS[1], string.format("%.3f", full), "PX", math.ceil(full - now) + 1)
return 0`;

/** After a failure Redis is not asked for this long: counting must not cost each request a timeout. */
const pauseMs = 2_000;

const ignore = (): void => {};

export const makeRateCounter = (settings: RedisSettings): RateCounter => {
  const redis = connectProducer(settings, ignore);
  let pausedUntilMs = 0;
  return {
    take: async ({ key, perMinute }) => {
      const open: Taken = { allowed: true, retryAfterMs: 0 };
      if (redis.status !== "ready" || performance.now() < pausedUntilMs) return open;
      try {
        const retryAfterMs = Number(await redis.eval(script, 1, `${settings.prefix}:rates:${key}`, perMinute));
        return { allowed: retryAfterMs === 0, retryAfterMs };
      } catch {
        pausedUntilMs = performance.now() + pauseMs;
        return open;
      }
    },
    close: () => redis.disconnect(),
  };
};
