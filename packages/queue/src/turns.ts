import type { Lane } from "@gpt-agent/jobs/handler";
import type { Redis } from "ioredis";

/**
 * Start-time fair queueing (Goyal, Vin, Cheng 1996) on BullMQ's priorities: a job's priority is its turn, the virtual
 * time at which its organisation may start it. An organisation's next job comes 1/weight turns after its last one, and
 * never before the clock, which is the turn of the job at the head of the line: nobody saves up turns, and nobody's
 * thousands of jobs stand before another's first. While a lane is empty its clock stands at 0.
 *
 * Each lane is a band of priorities of its own. Past the last turn of a band, a million turns in one unbroken backlog,
 * jobs are served first come, first served.
 */
const turnsPerLane = 2 ** 20;
const lastTurn = turnsPerLane - 2;
const lanes: readonly Lane[] = ["interactive", "backfill"];
/** The priority of a lane's turn 0; BullMQ's go from 1 to 2 097 151. */
const firstOf: Readonly<Record<Lane, number>> = { interactive: 1, backfill: 1 + turnsPerLane };

// Scores of prioritized jobs are priority * 2^32 + a counter (BullMQ).
const headLua = `
local function headTurn(first)
  local from, to = string.format("%.0f", first * 4294967296), string.format("(%.0f", (first + ${turnsPerLane}) * 4294967296)
  local head = redis.call("ZRANGEBYSCORE", KEYS[1], from, to, "WITHSCORES", "LIMIT", 0, 1)
  if head[2] then return math.floor(tonumber(head[2]) / 4294967296) - first end
end`;

// KEYS: prioritized jobs, weights, one table of next turns per lane, then a dedupe key per job.
// ARGV: the first priority of each lane, then per job its organisation and the number of its lane.
const takeLua = `${headLua}
local clocks = {}
local function clockOf(lane)
  if clocks[lane] then return clocks[lane] end
  local table, head = KEYS[2 + lane], headTurn(tonumber(ARGV[lane]))
  if not head then
    redis.call("DEL", table)
    clocks[lane] = 0
  else
    clocks[lane] = math.max(head, tonumber(redis.call("HGET", table, "clock") or 0))
    redis.call("HSET", table, "clock", clocks[lane])
  end
  return clocks[lane]
end
local priorities = {}
for i = 1, #KEYS - ${2 + lanes.length} do
  local org, lane = ARGV[${lanes.length} + 2 * i - 1], tonumber(ARGV[${lanes.length} + 2 * i])
  local table = KEYS[2 + lane]
  local start = math.max(clockOf(lane), tonumber(redis.call("HGET", table, org) or 0))
  priorities[i] = tonumber(ARGV[lane]) + math.min(math.floor(start), ${lastTurn})
  -- One that collapses into another takes no turn.
  if redis.call("EXISTS", KEYS[${2 + lanes.length} + i]) == 0 then
    local weight = tonumber(redis.call("HGET", KEYS[2], org) or 1)
    redis.call("HSET", table, org, string.format("%.6f", start + 1 / weight))
  end
end
return priorities`;

const roundLua = `${headLua}
return headTurn(tonumber(ARGV[1])) or -1`;

export interface Turn {
  readonly orgId: string;
  readonly lane: Lane;
  /** Under which the job may collapse into one that is there. */
  readonly dedupeKey: string | undefined;
}

/** Organisations' weights, other than 1: one table for all queues. */
export const weightsKey = (settings: { readonly prefix: string; readonly baseName: string }): string =>
  `${settings.prefix}:${settings.baseName}-weights`;

/** The priorities under which these jobs are to be added. @param keyPrefix all keys of the queue start with it */
export const takeTurns = async (
  redis: Redis,
  keyPrefix: string,
  weights: string,
  turns: readonly Turn[],
): Promise<readonly number[]> => {
  const keys = [
    `${keyPrefix}prioritized`,
    weights,
    ...lanes.map((lane) => `${keyPrefix}turns:${lane}`),
    ...turns.map(({ dedupeKey }) => (dedupeKey === undefined ? `${keyPrefix}never` : `${keyPrefix}de:${dedupeKey}`)),
  ];
  const jobs = turns.flatMap(({ orgId, lane }) => [orgId, lanes.indexOf(lane) + 1]);
  const reply = await redis.eval(takeLua, keys.length, ...keys, ...lanes.map((lane) => firstOf[lane]), ...jobs);
  return Array.isArray(reply) ? reply.map(Number) : [];
};

/** Of a job by its priority; one that has none is not in a fair queue, or older than that. */
export const laneOf = (priority: number | undefined): Lane =>
  priority !== undefined && priority >= firstOf.backfill ? "backfill" : "interactive";

/** In front of its lane: for a job that comes back after its turn had come. */
export const frontOfLane = (priority: number): number => firstOf[laneOf(priority)];

/** Behind everybody's next turn: for a job that goes on after a while, so that others come between. */
export const behindRound = async (redis: Redis, keyPrefix: string, priority: number): Promise<number> => {
  const first = frontOfLane(priority);
  const head = Number(await redis.eval(roundLua, 1, `${keyPrefix}prioritized`, first));
  return first + Math.min(head + 1, lastTurn);
};
