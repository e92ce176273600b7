import type { InputOf, PayloadOf, QueueDefinition } from "./define-queue.ts";

/** Facts for one log line; secrets are redacted by the sink, but do not put them here. */
export type LogFields = Readonly<Record<string, unknown>>;

/** A logger bound to its job: every line carries queue, job id, organisation and attempt. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** In a fair queue: somebody waits for it, or it may take its time. */
export type Lane = "interactive" | "backfill";

/** The part of the queue client that handlers and routes need. */
export interface Enqueue {
  <Q extends QueueDefinition>(
    queue: Q,
    payload: InputOf<Q>,
    options?: EnqueueOptions,
  ): Promise<{ readonly jobId: string }>;
}

export interface EnqueueOptions {
  readonly delayMs?: number;
  /** In a fair queue. Default interactive; what a job enqueues has the job's own. */
  readonly lane?: Lane;
  /** Not in a fair queue. 1 … 2 097 151, higher waits longer; without it a job goes before all prioritized ones. */
  readonly priority?: number;
}

export interface JobContext {
  readonly jobId: string;
  /** 1 for the first. Continuations, put-offs and hand-backs do not count. */
  readonly attempt: number;
  /** A plain throw now is final. */
  readonly lastAttempt: boolean;
  /** Interactive, where the queue is not a fair one. */
  readonly lane: Lane;
  /** Aborts on the queue's timeout, on shutdown, and when the job's lock is lost. Pass it to every await that takes one. */
  readonly signal: AbortSignal;
  readonly log: Log;
  /** Stored on the job, for people who watch; the row is the truth. */
  readonly progress: (value: LogFields) => Promise<void>;
  readonly enqueue: Enqueue;
  /** Work of this run is stored for good: kills before it are not counted as a row that makes the job `poison`. */
  readonly checkpoint: () => Promise<void>;
  /**
   * Ends this run; the same job goes on at once (or after `delayMs`) with no attempt spent. Checkpoint first.
   * Say `progressed: false` when nothing was gained: too many of those in a row fail the job as `no_progress`.
   * @example return ctx.continue({ progressed: stored > 0 })
   */
  readonly continue: (options: { readonly progressed: boolean; readonly delayMs?: number }) => Promise<never>;
}

/** The job: its payload, already parsed, and what it may do. Returning completes it; see the outcomes in docs. */
export type Handler<Q extends QueueDefinition> = (payload: PayloadOf<Q>, ctx: JobContext) => Promise<void>;
