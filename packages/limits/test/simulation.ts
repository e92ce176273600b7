import { randomUUID } from "node:crypto";
import type { Redis } from "ioredis";
import { makeKeyNames, tagOf } from "../src/keys.ts";
import type { Lane, Limit } from "../src/limiter.ts";
import { makeVisitor } from "../src/visit.ts";

export interface Asked {
  readonly atMs: number;
  readonly process: number;
  readonly lane: Lane;
  readonly tenant: string;
  readonly cost: number;
}

export interface Sent extends Asked {
  /** When the server sees it. */
  readonly arrivesAtMs: number;
  readonly sentAtMs: number;
}

export interface World {
  readonly limits: readonly Limit[];
  readonly asked: readonly Asked[];
  /** 0 … 1, one after the other. */
  readonly random: () => number;
  readonly jitterMs: number;
  /** How much later than it meant to a process may visit. */
  readonly lateMs: number;
  /** Processes that stop in the middle, with what they know. */
  readonly dies?: ReadonlyMap<number, number>;
}

const startMs = 1_800_000_000_000;
const leadMs = 10;

/**
 * Processes at one scope, on a clock of the test's own, with the script on a real Redis: each visits when somebody new
 * stands at the head of a queue and at the time it was told, sends within the slack it was given, and the network adds
 * its jitter. Stops when everybody was served.
 */
export const simulate = async (redis: Redis, world: World): Promise<{ sent: Sent[]; visits: number }> => {
  const { limits, random } = world;
  const names = makeKeyNames(randomUUID());
  const tag = tagOf(limits[0]?.key ?? "");
  const queues = new Map<number, Map<string, Asked[]>>();
  const dueAt = new Map<number, number>();
  const sent: Sent[] = [];
  let now = 0;
  let visits = 0;
  const coming = [...world.asked].toSorted((a, b) => a.atMs - b.atMs);
  const isDead = (process: number): boolean => (world.dies?.get(process) ?? Infinity) <= now;

  const visit = async (process: number): Promise<void> => {
    visits += 1;
    dueAt.delete(process);
    const shown = [...(queues.get(process) ?? new Map<string, Asked[]>())].map(([, queue]) => queue.slice(0, 64));
    const visitor = makeVisitor(redis, names, `process-${process}`, () => startMs + now);
    const { grants, waits } = await visitor(tag, {
      limits,
      used: new Set(),
      slackMs: 0,
      release: [],
      hold: [],
      confirm: [],
      demands: shown.map((queue) => ({
        lane: queue[0]?.lane ?? "backfill",
        tenant: queue[0]?.tenant ?? "",
        keys: limits.map(({ key }) => key),
        ids: queue.map(() => randomUUID()),
        waiting: queue.map(({ cost }) => [cost, ...limits.map(() => cost)]),
        ageMs: now - (queue[0]?.atMs ?? now),
      })),
    });
    for (const { demand, waiter, delayMs, slackMs } of grants) {
      const one = shown[demand]?.[waiter];
      if (one === undefined) throw new Error("a permit for nobody");
      const queue = queues.get(process)?.get(`${one.lane} ${one.tenant}`);
      queue?.splice(queue.indexOf(one), 1);
      if (queue?.length === 0) queues.get(process)?.delete(`${one.lane} ${one.tenant}`);
      const sentAtMs = now + delayMs + random() * Math.min(slackMs, 20);
      sent.push({ ...one, sentAtMs, arrivesAtMs: sentAtMs + random() * world.jitterMs });
    }
    const next = Math.min(...waits.map((wait) => wait?.delayMs ?? Infinity));
    if (next < Infinity) dueAt.set(process, now + Math.max(1, next - leadMs) + random() * world.lateMs);
    else if (queues.get(process)?.size) dueAt.set(process, now);
  };

  for (;;) {
    const [first] = coming;
    const [process, at] = [...dueAt].reduce((a, b) => (b[1] < a[1] ? b : a), [-1, Infinity]);
    if (first !== undefined && first.atMs <= at) {
      coming.shift();
      now = Math.max(now, first.atMs);
      if (isDead(first.process)) continue;
      const own = queues.get(first.process) ?? new Map<string, Asked[]>();
      queues.set(first.process, own);
      const key = `${first.lane} ${first.tenant}`;
      const queue = own.get(key);
      if (queue === undefined) own.set(key, [first]);
      else queue.push(first);
      if (queue === undefined) dueAt.set(first.process, now);
    } else if (process === -1) {
      return { sent, visits };
    } else {
      now = Math.max(now, at);
      if (isDead(process)) dueAt.delete(process);
      else await visit(process);
    }
  }
};

/** The most that any window of a server's sliding log holds. */
export const fullestWindow = (sent: readonly Sent[], windowMs: number): number => {
  const arrivals = sent.toSorted((a, b) => a.arrivesAtMs - b.arrivesAtMs);
  let from = 0;
  let inside = 0;
  let fullest = 0;
  for (const { arrivesAtMs, cost } of arrivals) {
    inside += cost;
    for (let old = arrivals[from]; old && old.arrivesAtMs <= arrivesAtMs - windowMs; old = arrivals[from]) {
      inside -= old.cost;
      from += 1;
    }
    fullest = Math.max(fullest, inside);
  }
  return fullest;
};

/** The highest level that a leaking bucket would have reached. */
export const fullestBucket = (sent: readonly Sent[], perSecond: number): number => {
  let level = 0;
  let atMs = 0;
  let fullest = 0;
  for (const { arrivesAtMs, cost } of sent.toSorted((a, b) => a.arrivesAtMs - b.arrivesAtMs)) {
    level = Math.max(0, level - ((arrivesAtMs - atMs) * perSecond) / 1_000) + cost;
    atMs = arrivesAtMs;
    fullest = Math.max(fullest, level);
  }
  return fullest;
};
