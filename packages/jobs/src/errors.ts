import type { ErrorCode } from "./error-codes.ts";

export interface JobErrorOptions extends ErrorOptions {
  /** Facts for the log and the row: ids, limits, sizes. Never bodies or secrets. */
  readonly detail?: Readonly<Record<string, unknown>>;
}

/**
 * The work can never succeed as it stands: the job fails at once and is kept for inspection.
 * The message is for the person who reads the row: what happened, to what, what to do.
 */
export class PermanentError extends Error {
  override name = "PermanentError";
  readonly code: ErrorCode;
  readonly detail: Readonly<Record<string, unknown>> | undefined;

  constructor(code: ErrorCode, message: string, options?: JobErrorOptions) {
    super(message, options);
    this.code = code;
    this.detail = options?.detail;
  }
}

/** The work cannot be done right now (a rate limit, a lease held elsewhere): it comes back, and no attempt is spent. */
export class RetryLaterError extends Error {
  override name = "RetryLaterError";
  readonly delayMs: number;
  readonly code: ErrorCode;

  constructor(delayMs: number, code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.delayMs = delayMs;
    this.code = code;
  }
}
