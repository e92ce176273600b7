import { randomUUID } from "node:crypto";
import type { InputOf, QueueDefinition } from "@gpt-agent/jobs/define-queue";
import { RetryLaterError } from "@gpt-agent/jobs/errors";
import type { Handler, JobContext, Log, LogFields } from "@gpt-agent/jobs/handler";
import { checkPayload, parsePayload } from "@gpt-agent/queue/payload";
import { makeRecordingQueue, type RecordedJob } from "@gpt-agent/queue/testing";
import { makeActiveRuns } from "./active-runs.ts";
import { decideOutcome, newHistory, type Outcome } from "./outcome.ts";
import type { JobRecord } from "./record.ts";
import { runHandler, toError } from "./run-handler.ts";
import { defaultLimits } from "./tuning.ts";

export interface Performed {
  readonly state: Outcome["state"];
  readonly code: string | undefined;
  readonly error: Error | undefined;
  /** Until the job comes back; without jitter for put-offs, the middle of it for retries. */
  readonly delayMs: number | undefined;
  readonly enqueued: readonly RecordedJob[];
  readonly progress: readonly LogFields[];
}

export interface PerformOverrides extends Partial<Pick<JobContext, "jobId" | "attempt" | "lane" | "log" | "enqueue">> {
  /** Aborts the run as a shutdown would. */
  readonly shutdown?: AbortSignal;
}

/** A log that says nothing. */
export const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/**
 * Runs one job in memory, as a worker would: the payload checked as a producer does, sent through JSON, parsed as a
 * worker does; the outcome decided by the same rules.
 */
export const perform = async <Q extends QueueDefinition>(
  queue: Q,
  handle: Handler<Q>,
  input: InputOf<Q>,
  overrides: PerformOverrides = {},
): Promise<Performed> => {
  const recording = makeRecordingQueue();
  const progress: LogFields[] = [];
  const attempt = overrides.attempt ?? 1;
  const run = makeActiveRuns(queue.timeoutMs).start("performed");
  overrides.shutdown?.addEventListener("abort", () => run.abort("shutdown"), { once: true });
  const context = {
    jobId: overrides.jobId ?? randomUUID(),
    attempt,
    lastAttempt: attempt >= queue.attempts,
    lane: overrides.lane ?? "interactive",
    log: overrides.log ?? silent,
    enqueue: overrides.enqueue ?? recording.enqueue,
    checkpoint: async () => {},
    progress: async (value: LogFields) => void progress.push(JSON.parse(JSON.stringify(value))),
  };
  const work = async (): Promise<Error | undefined> => {
    try {
      const payload = parsePayload(queue, JSON.parse(JSON.stringify(checkPayload(queue, input))));
      return await runHandler({ queue, handle, payload, context, run, abortGraceMs: 0 });
    } catch (error) {
      return toError(error);
    }
  };
  const thrown = await work();
  const outcome = decideOutcome({
    queue,
    attempt,
    attempts: queue.attempts,
    history: newHistory,
    limits: defaultLimits,
    thrown,
    abortedBy: run.abortedBy(),
    random: thrown instanceof RetryLaterError ? 0 : 0.5,
  });
  return {
    state: outcome.state,
    code: "code" in outcome ? outcome.code : undefined,
    error: "error" in outcome ? outcome.error : undefined,
    delayMs: "delayMs" in outcome ? outcome.delayMs : undefined,
    enqueued: recording.enqueued,
    progress,
  };
};

export interface RecordedRuns {
  readonly all: readonly JobRecord[];
  /** Give it to a worker as `tuning.onRecord`. */
  readonly onRecord: (record: JobRecord) => void;
  /** The first record, past or future, that matches; in place of sleeping. */
  until(matches: (record: JobRecord) => boolean): Promise<JobRecord>;
}

/** What became of each run of a worker's jobs, to wait on. */
export const recordRuns = (): RecordedRuns => {
  const all: JobRecord[] = [];
  const waiting = new Set<(record: JobRecord) => void>();
  return {
    all,
    onRecord: (record) => {
      all.push(record);
      for (const tell of waiting) tell(record);
    },
    until: (matches) =>
      new Promise((resolve) => {
        const past = all.find(matches);
        if (past !== undefined) return resolve(past);
        const tell = (record: JobRecord): void => {
          if (!matches(record)) return;
          waiting.delete(tell);
          resolve(record);
        };
        waiting.add(tell);
      }),
  };
};
