import { performance } from "node:perf_hooks";

/** A sandbox's own time: epoch in milliseconds, with fractions. Limits, token lives and time stamps all follow it. */
export type SandboxClock = () => number;

/** The real time, finer than `Date.now()`: a sliding log of 7 a second notices half a millisecond. */
export const realClock: SandboxClock = () => performance.timeOrigin + performance.now();

/** Time that runs `factor` times as fast from now on: a day's token life passes in 86 s with 1 000. */
export const scaledClock = (factor: number): SandboxClock => {
  const startedMs = realClock();
  return () => startedMs + (realClock() - startedMs) * factor;
};

/** Time that stands still until a test moves it. */
export const manualClock = (startMs: number): { readonly clock: SandboxClock; advance(ms: number): void } => {
  let nowMs = startMs;
  return {
    clock: () => nowMs,
    advance: (ms) => {
      nowMs += ms;
    },
  };
};
