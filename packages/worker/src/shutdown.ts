import type { Log } from "@gpt-agent/jobs/handler";

/** How a platform's grace period is spent, in ms from the signal. */
export interface ShutdownPlan {
  /** Until then running jobs may finish; after it they are aborted and handed back. */
  readonly drainMs: number;
  /** Until then all is closed, or given up: the process must be gone before the platform kills it. */
  readonly deadlineMs: number;
}

/** A third of the grace period, at most 15 s, is kept for handing jobs back, and a little for leaving. */
export const planShutdown = (graceMs: number): ShutdownPlan => {
  const deadlineMs = graceMs - Math.min(1_000, graceMs / 5);
  return { drainMs: deadlineMs - Math.min(15_000, graceMs / 3), deadlineMs };
};

/**
 * Waits for `closed`, aborting what still runs after `drainMs`. With Redis dead nothing ever closes, so that is not
 * waited for beyond `deadlineMs`: a lost lock brings the jobs back.
 */
export const closeInTime = async (
  { drainMs, deadlineMs }: ShutdownPlan,
  closed: Promise<void>,
  abortRuns: () => void,
): Promise<"closed" | "gaveUp"> => {
  let deadline: NodeJS.Timeout | undefined;
  const abort = setTimeout(abortRuns, drainMs);
  const gaveUp = new Promise<"gaveUp">((resolve) => {
    deadline = setTimeout(() => resolve("gaveUp"), deadlineMs);
  });
  try {
    return await Promise.race([closed.then(() => "closed" as const), gaveUp]);
  } finally {
    clearTimeout(abort);
    clearTimeout(deadline);
  }
};

export interface StopOptions {
  /** False after a fault: nothing this process still does can be trusted, so running jobs go back at once. */
  readonly drain: boolean;
}

/**
 * Ties the process to its worker: SIGTERM and SIGINT stop it and exit 0; a second signal exits 1 at once; an error
 * nobody caught is logged, stops it and exits 1.
 */
export const ownProcess = (stop: (options: StopOptions) => Promise<void>, log: Log): void => {
  let leaving = false;
  const leave = (exitCode: number, options: StopOptions): void => {
    if (leaving) process.exit(1);
    leaving = true;
    stop(options)
      .catch((error: unknown) => log.error("stopping failed", { error }))
      .finally(() => process.exit(exitCode));
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      log.info("stopping", { signal });
      leave(0, { drain: true });
    });
  }
  for (const fault of ["uncaughtException", "unhandledRejection"] as const) {
    process.on(fault, (error: unknown) => {
      log.error("an error nobody caught ends this process", { fault, error });
      // A fault while leaving must not cut the leaving short; its own deadline holds.
      if (!leaving) leave(1, { drain: false });
    });
  }
};
