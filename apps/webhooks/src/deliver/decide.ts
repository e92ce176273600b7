import type { ErrorCode } from "@gpt-agent/jobs/error-codes";

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/** How long after each failed attempt the next one comes: ten attempts over about 75 hours. */
export const retryAfterFailureMs: readonly number[] = [
  5 * second,
  minute,
  5 * minute,
  30 * minute,
  2 * hour,
  5 * hour,
  10 * hour,
  24 * hour,
  34 * hour,
];
/** Endpoints that failed together do not come back together. */
const jitter = 0.2;
/** An endpoint may ask for this much time, no more. */
export const maxRetryAfterMs = 24 * hour;

/** How the endpoint answered; without a status it did not. */
export type Answer =
  | { readonly status: number; readonly retryAfter?: string | undefined }
  | { readonly status: null; readonly code: ErrorCode };

export interface Attempted {
  /** Attempts of this schedule before this one. */
  readonly before: number;
  /** Of a disabled endpoint: shows whether it is back, and does not use up the delivery's attempts. */
  readonly probing: boolean;
  readonly answer: Answer;
  readonly nowMs: number;
  /** 0 … 1, for the jitter. */
  readonly random: number;
}

export interface Decision {
  readonly state: "delivered" | "retry_wait" | "exhausted";
  /** Attempts of this schedule, as they count from now on. */
  readonly attempt: number;
  /** Of `retry_wait`. */
  readonly nextInMs?: number;
  readonly errorCode: ErrorCode | null;
  readonly ok: boolean;
  /** Says something about the endpoint rather than about this message: it is down, or overloaded. */
  readonly outage: boolean;
  /** It wants no more of anything. */
  readonly gone: boolean;
  /** Send it nothing for this long: it asked for that. */
  readonly holdMs?: number;
}

/** What becomes of a delivery after an attempt. Redirects are failures: where they lead was never checked. */
export const decide = ({ before, probing, answer, nowMs, random }: Attempted): Decision => {
  const attempt = probing ? before : before + 1;
  const { status } = answer;
  if (status !== null && status >= 200 && status < 300) {
    return { state: "delivered", attempt, errorCode: null, ok: true, outage: false, gone: false };
  }
  const failure = {
    attempt,
    errorCode: answer.status === null ? answer.code : ("endpoint_failed" as const),
    ok: false,
    outage: status === null || status === 408 || status === 429 || status >= 500,
    gone: status === 410,
  };
  const waitMs = answer.status === null ? undefined : parseRetryAfter(answer.retryAfter, nowMs);
  const hold = failure.outage && waitMs !== undefined ? { holdMs: waitMs } : {};
  // A probe that fails leaves the delivery where it was.
  const delayMs = retryAfterFailureMs[probing ? 0 : attempt - 1];
  if (delayMs === undefined) return { ...failure, ...hold, state: "exhausted" };
  const jitteredMs = delayMs * (1 + jitter * (2 * random - 1));
  return { ...failure, ...hold, state: "retry_wait", nextInMs: Math.max(jitteredMs, waitMs ?? 0) };
};

/** Seconds or a date (RFC 9110 §10.2.3); undefined for anything else and for the past. */
export const parseRetryAfter = (value: string | undefined, nowMs: number): number | undefined => {
  if (value === undefined) return undefined;
  const text = value.trim();
  const waitMs = /^\d{1,10}$/.test(text) ? Number(text) * second : /[a-z]/i.test(text) ? Date.parse(text) - nowMs : NaN;
  return waitMs > 0 ? Math.min(waitMs, maxRetryAfterMs) : undefined;
};
