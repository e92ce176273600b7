import type { Redis } from "ioredis";
import type { RedisSettings } from "./connection.ts";

/** What a worker process says of itself once a minute. Times are ISO 8601. */
export interface Heartbeat {
  /** Random, new with every start. */
  readonly instance: string;
  readonly queue: string;
  readonly version: string;
  readonly state: "ok" | "wedged" | "draining" | "starting";
  readonly concurrency: number;
  readonly active: number;
  readonly startedAt: string;
  readonly seenAt: string;
  /** When it last took a job; null: never. */
  readonly lastActivityAt: string | null;
}

/** What one process did in the minute before a heartbeat. */
export interface Minute {
  readonly at: string;
  readonly completed: number;
  readonly failed: number;
  /** Runs that come back: retries, put-offs, continuations. */
  readonly again: number;
  /** 95 % of the runs waited, or took, at most this long. */
  readonly waitMs: number;
  readonly runMs: number;
}

export interface FleetMember extends Omit<Heartbeat, "state"> {
  /** `lost`: nothing was heard of it for two and a half minutes. */
  readonly state: Heartbeat["state"] | "lost";
}

/** Per queue: a day of a busy process, less with many. */
const keptMinutes = 1_440;
const lostAfterMs = 150_000;
/** A process that vanished is shown as lost for this long, then forgotten. */
const forgetAfterMs = 3_600_000;

// One command for both: an idle worker has ten a minute for everything.
const script = `
redis.call("HSET", KEYS[1], ARGV[1], ARGV[2])
if ARGV[3] ~= "" then
  redis.call("LPUSH", KEYS[2], ARGV[3])
  redis.call("LTRIM", KEYS[2], 0, ARGV[4])
end
return 1`;

/** The heartbeats of all workers of an installation, in Redis. */
export const makeFleet = (redis: Redis, { prefix, baseName }: Pick<RedisSettings, "prefix" | "baseName">) => {
  const members = `${prefix}:${baseName}:workers`;
  const minutesOf = (queue: string): string => `${prefix}:${baseName}:minutes:${queue}`;
  return {
    beat: async (heartbeat: Heartbeat, minute: Minute | undefined): Promise<void> => {
      const { instance, queue } = heartbeat;
      const point = minute === undefined ? "" : JSON.stringify(minute);
      await redis.eval(
        script,
        2,
        members,
        minutesOf(queue),
        instance,
        JSON.stringify(heartbeat),
        point,
        keptMinutes - 1,
      );
    },
    leave: async (instance: string): Promise<void> => void (await redis.hdel(members, instance)),

    members: async (nowMs: number): Promise<readonly FleetMember[]> => {
      const all = Object.values(await redis.hgetall(members)).map((text) => JSON.parse(text) as Heartbeat);
      const silentMs = ({ seenAt }: Heartbeat): number => nowMs - Date.parse(seenAt);
      const gone = all.filter((one) => silentMs(one) > forgetAfterMs).map(({ instance }) => instance);
      if (gone.length > 0) await redis.hdel(members, ...gone);
      return all
        .filter((one) => silentMs(one) <= forgetAfterMs)
        .map((one) => (silentMs(one) > lostAfterMs ? { ...one, state: "lost" as const } : one))
        .toSorted((a, b) => a.queue.localeCompare(b.queue) || a.startedAt.localeCompare(b.startedAt));
    },

    /** Newest first; processes' minutes side by side. */
    minutes: async (queue: string): Promise<readonly Minute[]> =>
      (await redis.lrange(minutesOf(queue), 0, keptMinutes - 1)).map((text) => JSON.parse(text) as Minute),
  };
};
