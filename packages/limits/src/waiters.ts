import type { AcquireRequest, Limit } from "./limiter.ts";
import { costUnder } from "./keys.ts";
import type { Demand } from "./visit.ts";

/** When a permit may be used, by performance.now(); later it must be confirmed first. */
export interface Use {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** One request in its scope's line. Times are of performance.now(). */
export interface Waiter {
  readonly id: string;
  readonly request: AcquireRequest;
  /** Of this scope. */
  readonly limits: readonly Limit[];
  readonly sinceMs: number;
  readonly deadlineMs: number;
  readonly grant: (use: Use) => void;
  readonly refuse: (error: unknown) => void;
}

const queueOf = ({ request, limits }: Waiter): string =>
  [request.lane, request.tenant, ...limits.map(({ key }) => key)].join("\n");

/** More than any limit lets through at once. */
const shownPerQueue = 64;

/** The waiters of a scope, first come first served within lane, tenant and set of limits. */
export const makeWaiters = () => {
  const queues = new Map<string, Waiter[]>();
  return {
    /** True when it is the first of its queue: Redis has to hear of it. */
    add(waiter: Waiter): boolean {
      const queue = queues.get(queueOf(waiter));
      if (queue === undefined) queues.set(queueOf(waiter), [waiter]);
      else queue.push(waiter);
      return queue === undefined;
    },
    /** False: it was not here any more. */
    remove(waiter: Waiter): boolean {
      const key = queueOf(waiter);
      const queue = queues.get(key);
      const place = queue?.indexOf(waiter) ?? -1;
      if (queue === undefined || place === -1) return false;
      queue.splice(place, 1);
      if (queue.length === 0) queues.delete(key);
      return true;
    },
    all: (): Waiter[] => [...queues.values()].flat(),
    /** Whether anybody stands where this one stood. */
    hasQueueOf: (waiter: Waiter): boolean => queues.has(queueOf(waiter)),
    isEmpty: (): boolean => queues.size === 0,
    /** The queues' heads, as they stand now. */
    shown: (): (readonly Waiter[])[] => [...queues.values()].map((queue) => queue.slice(0, shownPerQueue)),
  };
};

export const demandOf = (waiters: readonly Waiter[], nowMs: number): Demand => {
  const [first] = waiters;
  if (first === undefined) throw new RangeError("a demand needs a waiter");
  return {
    lane: first.request.lane,
    tenant: first.request.tenant,
    keys: first.limits.map(({ key }) => key),
    ids: waiters.map(({ id }) => id),
    waiting: waiters.map(({ request, limits }) => [
      request.cost / (request.weight ?? 1),
      ...limits.map((limit) => costUnder(limit, request)),
    ]),
    ageMs: nowMs - first.sinceMs,
  };
};
