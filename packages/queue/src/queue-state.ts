import type { Redis } from "ioredis";

/** One look at a queue. */
export interface QueueState {
  readonly waiting: number;
  readonly prioritized: number;
  readonly active: number;
  readonly delayed: number;
  /** Delayed jobs whose time has come; a worker moves them on when it next looks. */
  readonly overdue: number;
  readonly completed: number;
  readonly failed: number;
  /** Nobody is to take jobs: the queue is paused, or as many are active as its own limit allows. */
  readonly held: boolean;
  /** How long the longest waiting job, of any priority, has been due; 0 without one. */
  readonly latencyMs: number;
}

// The oldest job that is due: the head of the list of waiting jobs, and the head of each priority (a starved low one
// is not at the head of them all). Scores of prioritized jobs are priority * 2^32 + a counter (BullMQ).
// `due` is written by the worker when it puts a job off; a job delayed at birth says so in its options.
const script = `
local prefix, now = ARGV[1], tonumber(ARGV[2])
local oldest = now
local function consider(id)
  local job = redis.call("HMGET", prefix .. id, "timestamp", "due", "opts")
  if not job[1] then return end
  local due = tonumber(job[2])
  if not due then
    local ok, opts = pcall(cjson.decode, job[3] or "{}")
    due = tonumber(job[1]) + (ok and tonumber(opts["delay"]) or 0)
  end
  if due < oldest then oldest = due end
end
for _, list in ipairs({ KEYS[1], KEYS[2] }) do
  local head = redis.call("LINDEX", list, -1)
  if head then consider(head) end
end
local from = "-inf"
for _ = 1, 64 do
  local head = redis.call("ZRANGEBYSCORE", KEYS[3], from, "+inf", "WITHSCORES", "LIMIT", 0, 1)
  if #head == 0 then break end
  consider(head[1])
  from = string.format("%.0f", (math.floor(tonumber(head[2]) / 4294967296) + 1) * 4294967296)
end
local active = redis.call("LLEN", KEYS[4])
local meta = redis.call("HMGET", KEYS[8], "paused", "concurrency")
local held = meta[1] or (meta[2] and active >= tonumber(meta[2]))
return {
  redis.call("LLEN", KEYS[1]) + redis.call("LLEN", KEYS[2]), redis.call("ZCARD", KEYS[3]), active,
  redis.call("ZCARD", KEYS[5]), redis.call("ZCOUNT", KEYS[5], "-inf", string.format("%.0f", now * 4096)),
  redis.call("ZCARD", KEYS[6]), redis.call("ZCARD", KEYS[7]), held and 1 or 0, now - oldest,
}`;

const suffixes = ["wait", "paused", "prioritized", "active", "delayed", "completed", "failed", "meta"] as const;

/** Counts and latency in one round trip. @param keyPrefix all keys of the queue start with it, as in `bull:name:` */
export const readQueueState = async (redis: Redis, keyPrefix: string): Promise<QueueState> => {
  const keys = suffixes.map((suffix) => keyPrefix + suffix);
  const reply = await redis.eval(script, keys.length, ...keys, keyPrefix, Date.now());
  const values = Array.isArray(reply) ? reply.map(Number) : [];
  const [waiting = 0, prioritized = 0, active = 0, delayed = 0, overdue = 0, completed = 0, failed = 0, held, late] =
    values;
  return { waiting, prioritized, active, delayed, overdue, completed, failed, held: held === 1, latencyMs: late ?? 0 };
};
