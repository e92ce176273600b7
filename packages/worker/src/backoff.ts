import type { Backoff } from "@gpt-agent/jobs/define-queue";

/**
 * How long to wait after the given attempt failed: `delayMs · 2^(attempt-1)`, capped so that the spread of ±`jitter`
 * around it stays at or below `maxDelayMs`.
 * @param attempt 1 for the first
 * @param random 0 … 1
 */
export const backoffDelayMs = (backoff: Backoff, attempt: number, random: number = Math.random()): number => {
  const cap = backoff.maxDelayMs / (1 + backoff.jitter);
  // 2^52 is past any cap, and 0 · Infinity would not be a number.
  const base = Math.min(backoff.delayMs * 2 ** Math.min(attempt - 1, 52), cap);
  return Math.round(base * (1 - backoff.jitter + 2 * backoff.jitter * random));
};
