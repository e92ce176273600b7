/** Why a running handler was told to stop. */
export type AbortCause = "timeout" | "shutdown" | "lockLost";

const messages: Readonly<Record<AbortCause, string>> = {
  timeout: "The job ran longer than its queue allows",
  shutdown: "The worker is stopping; the job goes back and runs again elsewhere",
  lockLost: "The job's lock was lost; another worker may have it",
};

/** The reason on an aborted job's signal. */
export class JobAbortedError extends Error {
  override name = "AbortError";
  readonly abortedBy: AbortCause;

  constructor(abortedBy: AbortCause) {
    super(messages[abortedBy]);
    this.abortedBy = abortedBy;
  }
}

/** `ctx.continue()` on its way out of the handler. */
export class ContinuationSignal extends Error {
  override name = "ContinuationSignal";
  readonly progressed: boolean;
  readonly delayMs: number;

  constructor(progressed: boolean, delayMs: number) {
    super("ctx.continue() ends this run; let it pass");
    this.progressed = progressed;
    this.delayMs = delayMs;
  }
}
