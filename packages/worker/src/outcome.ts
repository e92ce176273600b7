import type { QueueDefinition } from "@gpt-agent/jobs/define-queue";
import type { ErrorCode } from "@gpt-agent/jobs/error-codes";
import { PermanentError, RetryLaterError } from "@gpt-agent/jobs/errors";
import { backoffDelayMs } from "./backoff.ts";
import { type AbortCause, ContinuationSignal } from "./run-signals.ts";
import type { Limits } from "./tuning.ts";

/** What became of one run of a job. The state is also the label in logs and metrics. */
export type Outcome =
  | { readonly state: "completed" }
  /** Failed for good; kept for inspection. */
  | { readonly state: "permanent"; readonly code: ErrorCode; readonly message: string; readonly error: Error }
  /** Comes back after `delayMs`, an attempt spent. */
  | { readonly state: "retry"; readonly code: ErrorCode; readonly error: Error; readonly delayMs: number }
  /** Come back after `delayMs`, no attempt spent. */
  | { readonly state: "retryLater"; readonly code: ErrorCode; readonly error: Error; readonly delayMs: number }
  | { readonly state: "continued"; readonly progressed: boolean; readonly delayMs: number }
  /** Goes to the next worker at once, no attempt spent. */
  | { readonly state: "handedBack" }
  /** Somebody else's by now: left alone. */
  | { readonly state: "lockLost" };

/** What a job went through in its earlier runs, as kept on the job. */
export interface History {
  /** Put-offs since it last got anywhere. */
  readonly putOffs: number;
  /** Continuations without progress since it last made some. */
  readonly idleContinuations: number;
  /** Kills since the last outcome. */
  readonly kills: number;
}

export const newHistory: History = { putOffs: 0, idleContinuations: 0, kills: 0 };

/** How a run of the handler ended, and what is known of the job. */
export interface Ending {
  readonly queue: QueueDefinition;
  /** 1 for the first. */
  readonly attempt: number;
  readonly attempts: number;
  readonly history: History;
  readonly limits: Limits;
  /** What the handler threw; undefined when it returned. */
  readonly thrown: Error | undefined;
  readonly abortedBy: AbortCause | undefined;
  /** 0 … 1, for jitter. */
  readonly random: number;
}

/** Longest a job may be put off by one `RetryLaterError`. */
const maxPutOffMs = 24 * 3_600_000;
const bounded = (delayMs: number): number => Math.min(Math.max(Math.ceil(delayMs) || 0, 0), maxPutOffMs);

/** Outcomes follow from the error's class and the cause of the abort, never from a message. */
export const decideOutcome = (ending: Ending): Outcome => {
  const { thrown, abortedBy, history, limits } = ending;
  if (thrown === undefined) return { state: "completed" };
  // Whatever came out of an aborted run may be a consequence of the abort: it proves nothing about the work.
  if (abortedBy === "lockLost") return { state: "lockLost" };
  if (thrown instanceof ContinuationSignal) {
    const idle = thrown.progressed ? 0 : history.idleContinuations + 1;
    if (idle > limits.idleContinuations) {
      const message = `The job went on ${idle} times in a row without progress`;
      return permanent("no_progress", message, new Error(message));
    }
    return { state: "continued", progressed: thrown.progressed, delayMs: bounded(thrown.delayMs) };
  }
  if (abortedBy === "shutdown") return { state: "handedBack" };
  if (thrown instanceof PermanentError) return permanent(thrown.code, thrown.message, thrown);
  if (thrown instanceof RetryLaterError) {
    if (history.putOffs >= limits.putOffs) {
      const message = `The job was put off ${history.putOffs} times; the last reason: ${thrown.message}`;
      return permanent("retry_later_exhausted", message, thrown);
    }
    // Never earlier than asked; a tenth later at most, so that jobs put off together come back apart.
    const delayMs = bounded(thrown.delayMs * (1 + ending.random / 10));
    return { state: "retryLater", code: thrown.code, error: thrown, delayMs };
  }
  return decideRetry(ending, thrown);
};

const decideRetry = ({ queue, attempt, attempts, abortedBy, random }: Ending, error: Error): Outcome => {
  const timedOut = abortedBy === "timeout";
  if (attempt < attempts) {
    const delayMs = backoffDelayMs(queue.backoff, attempt, random);
    return { state: "retry", code: timedOut ? "timeout" : "unexpected_error", error, delayMs };
  }
  return timedOut
    ? permanent("timeout", `Attempt ${attempt} of ${attempts} ran longer than ${queue.timeoutMs / 1_000} s`, error)
    : permanent("attempts_exhausted", `Attempt ${attempt} of ${attempts} failed: ${error.message}`, error);
};

const permanent = (code: ErrorCode, message: string, error: Error): Outcome => {
  return { state: "permanent", code, message, error };
};

/** What a job that keeps killing its workers is failed with instead of being run again. */
export const poisonError = (history: History, limits: Limits): PermanentError | undefined =>
  history.kills < limits.kills
    ? undefined
    : new PermanentError(
        "poison",
        `${history.kills} workers died in a row while holding this job; look at memory limits, then retry it`,
      );

/** What the next run must know. Any outcome ends the row of kills; progress ends all rows. */
export const historyAfter = (history: History, outcome: Outcome): History => {
  const { state } = outcome;
  if (state === "lockLost") return history;
  if (state === "retry" || state === "handedBack") return { ...history, kills: 0 };
  if (state === "retryLater") return { ...history, putOffs: history.putOffs + 1, kills: 0 };
  if (state === "continued" && !outcome.progressed) {
    return { ...history, idleContinuations: history.idleContinuations + 1, kills: 0 };
  }
  // Finished or progressed. A failed job that an operator retries starts afresh, too.
  return newHistory;
};
