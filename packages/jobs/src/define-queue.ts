import type { z } from "zod";

/** How long a failed attempt waits before the next: `delayMs · 2^(attempt-1)`, capped, then spread by ±`jitter`. */
export interface Backoff {
  readonly delayMs: number;
  readonly maxDelayMs: number;
  /** Share of the delay that is random, 0 … 1. Spreads a herd of jobs that failed together. */
  readonly jitter: number;
}

/**
 * A queue's contract: all that a producer, a worker and a test need to agree on.
 * One queue, one payload schema; several kinds of work are a discriminated union on `kind`.
 */
export interface QueueDefinition<Name extends string = string, Schema extends z.ZodType = z.ZodType> {
  /** Suffix of the queue's full name and the name of its app: `embeddings` → `agent-jobs-embeddings`. */
  readonly name: Name;
  /** Ids only, never bodies or secrets. Changes must be additive: old jobs meet new workers. */
  readonly payload: Schema;
  /** Attempts before a job that throws plain errors is failed for good. */
  readonly attempts: number;
  readonly backoff: Backoff;
  /** The handler's signal aborts after this long. At most 240 000: longer work uses `ctx.continue()`. */
  readonly timeoutMs: number;
  /**
   * Organisations take turns, each as many as its weight says, however many jobs one of them brings; and interactive
   * jobs go before backfills. Else: first come, first served.
   */
  readonly fair?: boolean;
  /** Its full name is the base name itself: the queue of producers from before this repository. */
  readonly bare?: true;
  /** What an organisation may enqueue through the API: kinds, or `all` of a queue that has none. Default: nothing. */
  readonly publicKinds?: readonly string[] | "all";
  /**
   * While a job with the same key waits, a second enqueue collapses into it; while one is active, exactly one
   * successor runs afterwards. Method syntax on purpose: bivariance keeps `QueueDefinition` a usable upper bound.
   */
  dedupe?(payload: z.output<Schema>): string;
}

/** What a handler receives. */
export type PayloadOf<Q extends QueueDefinition> = z.output<Q["payload"]>;
/** What a producer may pass; defaults of the schema are optional here. */
export type InputOf<Q extends QueueDefinition> = z.input<Q["payload"]>;

/** Longest single run of a handler: five minutes of a platform's grace period, less a minute to hand back. */
export const maxTimeoutMs = 240_000;

/** @throws {RangeError} for a name with characters a Redis key must not hold, or limits outside their range. */
export const defineQueue = <const Name extends string, Schema extends z.ZodType>(
  definition: QueueDefinition<Name, Schema>,
): QueueDefinition<Name, Schema> => {
  const { name, attempts, backoff, timeoutMs } = definition;
  if (!/^[a-z][a-z0-9-]*$/.test(name)) throw new RangeError(`queue name "${name}": use a-z, 0-9 and "-"`);
  if (!(attempts >= 1)) throw new RangeError(`queue ${name}: attempts must be at least 1`);
  if (!(timeoutMs > 0 && timeoutMs <= maxTimeoutMs)) {
    throw new RangeError(
      `queue ${name}: timeoutMs must be above 0 and at most ${maxTimeoutMs}; longer work uses ctx.continue()`,
    );
  }
  if (!(backoff.jitter >= 0 && backoff.jitter <= 1) || backoff.maxDelayMs < backoff.delayMs) {
    throw new RangeError(`queue ${name}: backoff needs 0 ≤ jitter ≤ 1 and maxDelayMs ≥ delayMs`);
  }
  return Object.freeze(definition);
};
