import type { Redis } from "ioredis";

// KEYS: the successor that waits for its turn, the list of active jobs. ARGV: the holder's id, the latest payload.
const script = `
if redis.call("EXISTS", KEYS[1]) == 0 then return 0 end
for _, id in ipairs(redis.call("LRANGE", KEYS[2], 0, -1)) do
  if id == ARGV[1] then return 0 end
end
redis.call("HSET", KEYS[1], "data", ARGV[2])
return 1`;

/**
 * BullMQ's keepLastIfActive keeps the payload of a successor that came while the job was active. When that job then
 * waits for its next attempt, later enqueues collapse into it without touching the successor, which would run last
 * with a payload that is not the latest. This hands it the latest one.
 * @param holderId the job that the enqueue collapsed into
 */
export const keepLatest = async (
  redis: Redis,
  keyPrefix: string,
  dedupeKey: string,
  holderId: string,
  payload: string,
): Promise<void> => {
  await redis.eval(script, 2, `${keyPrefix}dn:${dedupeKey}`, `${keyPrefix}active`, holderId, payload);
};
