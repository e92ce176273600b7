import type { SandboxClock } from "../clock.ts";

const bucketMs = 60_000;
const bucketLifeMs = 600_000;

/**
 * The second limit: seconds that a method took, in one-minute buckets that live for ten. A call is refused once the sum
 * is over the limit, so the call that passes the limit is the last that is served.
 */
export const makeOperating = (clock: SandboxClock, limitSeconds: number) => {
  const buckets = new Map<string, { startMs: number; seconds: number }[]>();
  const current = (method: string): { startMs: number; seconds: number }[] => {
    const own = (buckets.get(method) ?? []).filter(({ startMs }) => startMs + bucketLifeMs > clock());
    buckets.set(method, own);
    return own;
  };
  const used = (method: string): number => current(method).reduce((sum, { seconds }) => sum + seconds, 0);
  return {
    isOver: (method: string): boolean => used(method) > limitSeconds,
    add: (method: string, seconds: number): void => {
      const own = current(method);
      const last = own.at(-1);
      if (last !== undefined && last.startMs + bucketMs > clock()) last.seconds += seconds;
      else own.push({ startMs: clock(), seconds });
    },
    /** For the answer's `time`. */
    state: (method: string): { readonly operating: number; readonly operating_reset_at: number } => ({
      operating: used(method),
      operating_reset_at: Math.floor(((current(method)[0]?.startMs ?? clock()) + bucketLifeMs) / 1_000),
    }),
  };
};
