import { RetryLaterError } from "@gpt-agent/jobs/errors";
import type { ErrorCode } from "@gpt-agent/jobs/error-codes";
import type { Limit } from "./limiter.ts";
import { costUnder } from "./keys.ts";
import { type Answer, horizonMs, type LatePermit, type Visit } from "./visit.ts";
import { demandOf, makeWaiters, type Use, type Waiter } from "./waiters.ts";

interface LinePorts {
  readonly visit: (visit: Visit) => Promise<Answer>;
  /** Called before it matters that a message `come` reaches this process. */
  readonly listen: () => void;
  /** Of the error where a turn is too far away. */
  readonly code: ErrorCode;
}

/** Come this much before the time that was told: late timers and the way to Redis fit in, within the horizon. */
const leadMs = horizonMs * 0.4;
const outageDelayMs = 5_000;
/** The shortest way to a provider is forgotten this slowly, request by request, in case it becomes a longer one. */
const forgets = 1.002;

/** How long a limit remembers a request, and Redis must remember it. */
const memoryMs = ({ rule }: Limit): number =>
  rule.kind === "window"
    ? rule.windowMs + rule.jitterMs
    : rule.kind === "bucket"
      ? (rule.capacity / rule.perSecond) * 1_000
      : 0;

/**
 * This process's line at one scope. It visits Redis when somebody new stands at the head of a queue, when something is
 * given back, and at the time it was told: never in between, and never twice at once.
 */
export const makeLine = ({ visit, listen, code }: LinePorts) => {
  const waiters = makeWaiters();
  const limits = new Map<string, Limit>();
  const usedAtMs = new Map<string, number>();
  let release: { key: string; id: string }[] = [];
  /** Until when, by performance.now(): what Redis was told, and what it is still to be told. */
  const heldUntilMs = new Map<string, number>();
  let hold: { key: string; untilMs: number; settle: () => void }[] = [];
  let late: { permit: LatePermit; settle: PromiseWithResolvers<Use | undefined> }[] = [];
  let timer: NodeJS.Timeout | undefined;
  let state: "idle" | "soon" | "away" | "again" = "idle";
  let hasLeftWord = false;
  /** Their time was over while a visit that may still serve them was under way. */
  let overdue: Waiter[] = [];
  /** The longest recent way to Redis and back. */
  let tripMs = 0;
  /** The shortest recent way of a limit's requests to the provider and back. */
  const shortestMs = new Map<string, number>();

  const used = (nowMs: number): Set<string> => {
    for (const [key, atMs] of usedAtMs) {
      const limit = limits.get(key);
      if (limit === undefined || nowMs - atMs > memoryMs(limit)) usedAtMs.delete(key);
    }
    return new Set(usedAtMs.keys());
  };

  const come = (): void => {
    if (state === "away") state = "again";
    if (state !== "idle") return;
    state = "soon";
    clearTimeout(timer);
    // Requests made in one go are one visit.
    setImmediate(() => void go());
  };

  const go = async (): Promise<void> => {
    state = "away";
    const leftAtMs = performance.now();
    const shown = waiters.shown();
    const confirming = late;
    const holding = hold;
    const brought = {
      release,
      hold: holding.map(({ key, untilMs }) => ({ key, forMs: untilMs - leftAtMs })),
      confirm: confirming.map(({ permit }) => permit),
    };
    [release, hold, late] = [[], [], []];
    const isLeaving = shown.length === 0 && hasLeftWord;
    if (shown.length > 0 || isLeaving || Object.values(brought).some(({ length }) => length > 0)) {
      try {
        const demands = shown.map((queue) => demandOf(queue, leftAtMs));
        const named = [
          ...demands.flatMap(({ keys }) => keys),
          ...brought.release.map(({ key }) => key),
          ...brought.hold.map(({ key }) => key),
          ...brought.confirm.flatMap(({ keys }) => keys),
        ];
        const known = [...new Set(named)].flatMap((key) => limits.get(key) ?? []);
        const answer = await visit({ ...brought, limits: known, demands, used: used(leftAtMs), slackMs: tripMs * 2 });
        tripMs = Math.max(performance.now() - leftAtMs, tripMs * 0.9);
        take(answer, shown, leftAtMs);
        for (const { settle } of holding) settle();
        for (const [i, { settle }] of confirming.entries()) settle.resolve(useFrom(answer.confirmed[i], leftAtMs));
      } catch (error) {
        fail(error, confirming);
        // Nobody passes while Redis is away; when it is back, it must still hear of this.
        hold.push(...holding);
        for (const { settle } of holding) settle();
      }
    }
    // What came meanwhile, or could not be shown because the queue was long.
    const goesOn = (state as string) === "again";
    state = "idle";
    if (goesOn) return come();
    const expired = overdue;
    overdue = [];
    for (const waiter of expired) expire(waiter);
  };

  const take = ({ grants, waits }: Answer, shown: readonly (readonly Waiter[])[], leftAtMs: number): void => {
    const backAtMs = performance.now();
    for (const grant of grants) {
      const waiter = shown[grant.demand]?.[grant.waiter];
      if (waiter === undefined) continue;
      for (const { key } of waiter.limits) usedAtMs.set(key, backAtMs);
      if (waiters.remove(waiter)) {
        // Redis gave it at some moment of the visit: from the end of it, and no longer than counted from its start.
        waiter.grant({ fromMs: backAtMs + grant.delayMs, untilMs: leftAtMs + grant.delayMs + grant.slackMs });
      } else {
        giveBack(waiter.id, waiter.limits);
      }
    }
    let nextMs = Infinity;
    hasLeftWord = false;
    for (const [i, wait] of waits.entries()) {
      const queue = shown[i] ?? [];
      if (wait === undefined) {
        // All that were shown are served; others stand behind them where the queue was long, or came meanwhile.
        if (queue[0] !== undefined && waiters.hasQueueOf(queue[0])) nextMs = 0;
        continue;
      }
      hasLeftWord = true;
      if (!wait.isSure) listen();
      nextMs = Math.min(nextMs, wait.delayMs);
      if (wait.isSure) refuseThoseWhoCannotWait(queue, backAtMs + wait.delayMs);
    }
    if (waiters.isEmpty() ? hasLeftWord : nextMs === 0) state = "again";
    else if (nextMs < Infinity) timer = setTimeout(come, Math.max(1, nextMs - leadMs));
  };

  const useFrom = (slackMs: number | undefined, leftAtMs: number): Use | undefined =>
    slackMs === undefined ? undefined : { fromMs: performance.now(), untilMs: leftAtMs + slackMs };

  const tooFar = (waitMs: number): RetryLaterError =>
    new RetryLaterError(
      Math.ceil(waitMs),
      code,
      `The limit is used up; the next turn is ${Math.ceil(waitMs)} ms away.`,
    );

  const refuseThoseWhoCannotWait = (shown: readonly Waiter[], turnAtMs: number): void => {
    for (const waiter of shown) {
      if (waiter.deadlineMs < turnAtMs && waiters.remove(waiter)) {
        waiter.refuse(tooFar(turnAtMs - performance.now()));
      }
    }
  };

  /** Its time is over: refused, once Redis had the chance to let it pass. */
  const expire = (waiter: Waiter): void => {
    if (state !== "idle") overdue.push(waiter);
    else if (waiters.remove(waiter)) {
      waiter.refuse(tooFar(1_000));
      if (waiters.isEmpty()) come();
    }
  };

  const fail = (cause: unknown, confirming: typeof late): void => {
    const error = new RetryLaterError(
      outageDelayMs * (1 + Math.random()),
      "queue_unavailable",
      `Redis keeps the count of the limits and does not answer: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
    for (const waiter of waiters.all()) {
      waiters.remove(waiter);
      waiter.refuse(error);
    }
    for (const { settle } of confirming) settle.reject(error);
  };

  const giveBack = (id: string, of: readonly Limit[]): void => {
    for (const { key, rule } of of) if (rule.kind === "concurrency") release.push({ key, id });
    if (release.length > 0) come();
  };

  return {
    add(waiter: Waiter): void {
      for (const limit of waiter.limits) limits.set(limit.key, limit);
      if (waiters.add(waiter)) come();
    },
    /** Away from the line, whether or not it was in it. */
    leave(waiter: Waiter): void {
      if (waiters.remove(waiter) && waiters.isEmpty()) come();
    },
    come,
    expire,
    giveBack,
    /** Settles when Redis knows, or does not answer. */
    async holdBack(held: readonly Limit[], forMs: number): Promise<void> {
      const untilMs = performance.now() + forMs;
      const told = held.map((limit) => {
        limits.set(limit.key, limit);
        heldUntilMs.set(limit.key, Math.max(untilMs, heldUntilMs.get(limit.key) ?? 0));
        const { promise, resolve } = Promise.withResolvers<void>();
        hold.push({ key: limit.key, untilMs, settle: resolve });
        return promise;
      });
      come();
      await Promise.all(told);
    },
    /** A permit that was given before somebody was told to slow down is not used before that is over. */
    isHeld: (of: readonly Limit[]): boolean => of.some(({ key }) => (heldUntilMs.get(key) ?? 0) > performance.now()),
    /**
     * What took so much longer than others may have reached the provider that much later than it was given: its slot
     * under a window comes free counted from now. The first one, over a connection that is yet to be made, often is.
     */
    arrived({ id, limits: of, request }: Waiter, roundTripMs: number): void {
      const keys: string[] = [];
      const costs: number[] = [];
      for (const limit of of) {
        const { key, rule } = limit;
        if (rule.kind !== "window") continue;
        const shortest = shortestMs.get(key);
        shortestMs.set(key, Math.min(roundTripMs, (shortest ?? roundTripMs) * forgets));
        if (roundTripMs - (shortest ?? 0) <= rule.jitterMs) continue;
        keys.push(key);
        costs.push(costUnder(limit, request));
      }
      if (keys.length === 0) return;
      const settle = Promise.withResolvers<Use | undefined>();
      settle.promise.catch(() => undefined);
      late.push({ permit: { id, keys, costs }, settle });
      come();
    },
    /** For a sender who is late: undefined when his place is gone. */
    confirm(permit: LatePermit): Promise<Use | undefined> {
      const settle = Promise.withResolvers<Use | undefined>();
      late.push({ permit, settle });
      come();
      return settle.promise;
    },
    isIdle: (): boolean =>
      state === "idle" && waiters.isEmpty() && hold.length === 0 && used(performance.now()).size === 0,
    stop(reason: unknown): void {
      clearTimeout(timer);
      for (const waiter of waiters.all()) {
        waiters.remove(waiter);
        waiter.refuse(reason);
      }
    },
  };
};
export type Line = ReturnType<typeof makeLine>;
