import type { PayloadOf, QueueDefinition } from "@gpt-agent/jobs/define-queue";
import type { ErrorCode } from "@gpt-agent/jobs/error-codes";
import type { Enqueue, Handler, Log } from "@gpt-agent/jobs/handler";
import { redactText } from "@gpt-agent/jobs/redact";
import { orgIdOf, parsePayload } from "@gpt-agent/queue/payload";
import { traceFields, unpackTrace, withTrace } from "@gpt-agent/queue/trace";
import { laneOf } from "@gpt-agent/queue/turns";
import { DelayedError, type Job, UnrecoverableError, WaitingError } from "bullmq";
import type { ActiveRun, ActiveRuns } from "./active-runs.ts";
import { withLogFields } from "./context.ts";
import type { JobStore } from "./job-store.ts";
import { decideOutcome, type History, type Outcome, poisonError } from "./outcome.ts";
import type { JobRecord } from "./record.ts";
import { runHandler, toError } from "./run-handler.ts";
import type { Limits } from "./tuning.ts";

/** Why a job failed for good, in a form that a row can keep. */
export interface JobFailure {
  readonly code: ErrorCode;
  /** For the person who reads the row. */
  readonly message: string;
  readonly error: Error;
}

/** Marks the row of a job that failed for good. Must be idempotent: a crash between it and the failing repeats it. */
export type OnFailed<Q extends QueueDefinition> = (payload: PayloadOf<Q>, failure: JobFailure) => Promise<void>;

export interface ProcessorParts<Q extends QueueDefinition> {
  readonly queue: Q;
  readonly handle: Handler<Q>;
  readonly onFailed: OnFailed<Q> | undefined;
  readonly enqueue: Enqueue;
  readonly store: JobStore;
  readonly runs: ActiveRuns;
  readonly log: Log;
  readonly limits: Limits;
  readonly abortGraceMs: number;
  readonly onRecord: (record: JobRecord) => void;
  /** Where a job's payload is; default its data. */
  readonly payloadOf?: (job: Job<unknown>) => unknown;
}

/** What BullMQ calls with each job it took: run it, decide what became of it, tell the row, write it down. */
export const makeProcessor = <Q extends QueueDefinition>(parts: ProcessorParts<Q>) => {
  const { queue, store, runs, log, limits, abortGraceMs, payloadOf = (job) => job.data } = parts;

  const perform = async (job: Job<unknown>, history: History, run: ActiveRun): Promise<Outcome> => {
    const attempt = job.attemptsMade + 1;
    // BullMQ says 0 where a producer said nothing.
    const attempts = job.opts.attempts || queue.attempts;
    const lane = laneOf(job.opts.priority);
    let payload: PayloadOf<Q> | undefined;
    let thrown: Error | undefined;
    let { kills } = history;
    try {
      payload = parsePayload(queue, payloadOf(job));
    } catch (error) {
      thrown = toError(error);
    }
    if (payload !== undefined) {
      const context = {
        jobId: String(job.id),
        attempt,
        lastAttempt: attempt >= attempts,
        lane,
        log,
        enqueue: ((queue, payload, options) => parts.enqueue(queue, payload, { lane, ...options })) as Enqueue,
        progress: async (value: object) => {
          // For people who watch: not worth a failed job.
          await job.updateProgress(value).catch((error: unknown) => log.debug("progress was not stored", { error }));
        },
        checkpoint: async () => {
          if (kills === 0) return;
          kills = 0;
          await store.forgiveKills(job).catch((error: unknown) => log.debug("kills were not forgiven", { error }));
        },
      };
      thrown =
        poisonError(history, limits) ??
        (await runHandler({ queue, handle: parts.handle, payload, context, run, abortGraceMs }));
    }
    const abortedBy = run.abortedBy();
    const random = Math.random();
    const outcome = decideOutcome({ queue, attempt, attempts, history, limits, thrown, abortedBy, random });
    if (outcome.state === "permanent" && payload !== undefined) await tellRow(payload, outcome);
    return outcome;
  };

  /** A row that cannot be marked now is found by the sweep: its job runs, fails and is told again. */
  const tellRow = async (payload: PayloadOf<Q>, { code, message, error }: JobFailure): Promise<void> => {
    try {
      await parts.onFailed?.(payload, { code, message: redactText(message), error });
    } catch (trouble) {
      log.error("a failed job's row could not be marked; the sweep brings it back", { code, error: trouble });
    }
  };

  return async (job: Job<unknown>, token?: string): Promise<void> => {
    const takenAtMs = Date.now();
    const jobId = String(job.id);
    const trace = unpackTrace(job.opts.telemetry?.metadata);
    const identity = {
      queue: queue.name,
      jobId,
      orgId: orgIdOf(job.data),
      attempt: job.attemptsMade + 1,
      ...traceFields(trace),
    };
    const run = runs.start(jobId);
    try {
      const work = async (): Promise<void> => {
        const { history, dueMs } = await store.past(job);
        const outcome = await perform(job, history, run);
        const ms = Date.now() - takenAtMs;
        const record = { ...identity, waitMs: Math.max(0, takenAtMs - dueMs), ms, outcome };
        await store.settle(job, token, outcome, history).finally(() => parts.onRecord(record));
      };
      await withLogFields(identity, () => withTrace(trace, work));
    } catch (error) {
      if (error instanceof UnrecoverableError || isLeftAlone(error)) throw error;
      // Nothing was written, most likely because the lock is gone: the job runs again once that is noticed.
      log.warn("a job's outcome could not be stored", { ...identity, error });
      throw new WaitingError();
    } finally {
      run.end();
    }
  };
};

const isLeftAlone = (error: unknown): boolean => error instanceof DelayedError || error instanceof WaitingError;
