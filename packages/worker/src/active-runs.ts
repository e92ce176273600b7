import { type AbortCause, JobAbortedError } from "./run-signals.ts";

/** One job being worked on in this process. */
export interface ActiveRun {
  /** Made when it is first asked for: a signal costs as much as all else around a short job. */
  readonly signal: AbortSignal;
  /** Undefined until the run is aborted; the first cause stays. */
  abortedBy(): AbortCause | undefined;
  abort(cause: AbortCause): void;
  /** Called when the run is aborted, once; one listener. */
  onAbort(listener: () => void): void;
  end(): void;
}

export interface ActiveRuns {
  readonly size: () => number;
  /** When a job was last taken, by `performance.now()`. */
  readonly lastTakenAtMs: () => number;
  start(jobId: string): ActiveRun;
  /** From now on a run starts aborted, as a fetch that was under way may still bring a job. */
  refuse(): void;
  abort(cause: AbortCause, jobIds?: readonly string[]): void;
  /** Notes that Redis confirmed these jobs' locks just now. */
  renewed(jobIds: readonly string[]): void;
  /**
   * Aborts runs whose lock nobody confirmed for its whole life. On a network split Redis never gets to say that it
   * is lost, while another worker already has the job.
   */
  readonly abortExpired: () => void;
}

interface Tracked {
  readonly run: ActiveRun;
  lockedUntilMs: number;
}

export const makeActiveRuns = (lockDurationMs: number): ActiveRuns => {
  const runs = new Map<string, Tracked>();
  let lastTakenAtMs = performance.now();
  let refusing = false;
  const lockEnd = (): number => performance.now() + lockDurationMs;

  return {
    size: () => runs.size,
    lastTakenAtMs: () => lastTakenAtMs,
    start: (jobId) => {
      lastTakenAtMs = performance.now();
      let controller: AbortController | undefined;
      let cause: AbortCause | undefined;
      let heard: (() => void) | undefined;
      const run: ActiveRun = {
        get signal() {
          if (controller === undefined) {
            controller = new AbortController();
            if (cause !== undefined) controller.abort(new JobAbortedError(cause));
          }
          return controller.signal;
        },
        abortedBy: () => cause,
        abort: (by) => {
          if (cause !== undefined) return;
          cause = by;
          controller?.abort(new JobAbortedError(by));
          heard?.();
        },
        onAbort: (listener) => {
          heard = listener;
        },
        end: () => {
          // A run that outlived its lock must not remove its successor's entry.
          if (runs.get(jobId)?.run === run) runs.delete(jobId);
        },
      };
      runs.set(jobId, { run, lockedUntilMs: lockEnd() });
      if (refusing) run.abort("shutdown");
      return run;
    },
    refuse: () => {
      refusing = true;
    },
    abort: (cause, jobIds = [...runs.keys()]) => {
      for (const jobId of jobIds) runs.get(jobId)?.run.abort(cause);
    },
    renewed: (jobIds) => {
      for (const jobId of jobIds) {
        const tracked = runs.get(jobId);
        if (tracked !== undefined) tracked.lockedUntilMs = lockEnd();
      }
    },
    abortExpired: () => {
      const now = performance.now();
      for (const { run, lockedUntilMs } of runs.values()) if (lockedUntilMs < now) run.abort("lockLost");
    },
  };
};
