import type { AcquireRequest, Limit, Limiter } from "./limiter.ts";

/** What went through an open limiter, in order. */
export interface OpenLimiter extends Limiter {
  readonly acquired: readonly AcquireRequest[];
  readonly done: readonly { readonly roundTripMs?: number; readonly retryAfterMs?: number }[];
  readonly heldBack: readonly { readonly limits: readonly Limit[]; readonly untilMs: number }[];
}

/** A limiter for unit tests: lets everything through at once and records the calls. An aborted signal is refused. */
export function makeOpenLimiter(): OpenLimiter {
  const acquired: AcquireRequest[] = [];
  const done: { readonly roundTripMs?: number; readonly retryAfterMs?: number }[] = [];
  const heldBack: { readonly limits: readonly Limit[]; readonly untilMs: number }[] = [];
  return {
    acquired,
    done,
    heldBack,
    acquire: async (request) => {
      request.signal.throwIfAborted();
      acquired.push(request);
      return {
        done: async (result) => {
          done.push(result);
        },
      };
    },
    holdBack: async (limits, untilMs) => {
      heldBack.push({ limits, untilMs });
    },
  };
}
