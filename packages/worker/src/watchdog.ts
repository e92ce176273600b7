import type { QueueState } from "@gpt-agent/queue/queue-state";

/** What the watchdog remembers from look to look. */
export interface Watch {
  readonly lookedAtMs: number;
  /** Since when jobs wait while none is taken; undefined while all is well. */
  readonly stuckSinceMs: number | undefined;
}

/** One look, all times from the same clock. */
export interface Look {
  readonly nowMs: number;
  /** Undefined when Redis did not answer: an outage is no reason to restart. */
  readonly state: Pick<QueueState, "waiting" | "prioritized" | "overdue" | "held"> | undefined;
  readonly slotsFree: boolean;
  readonly lastTakenAtMs: number;
}

/**
 * Whether this worker has stopped taking jobs that it should take.
 * Long jobs are not a wedge (their slots are full), nor is a paused queue, an outage, or a suspended machine.
 * @param maxGapMs looks further apart than this start over: the process itself was not running
 */
export const watch = (before: Watch | undefined, look: Look, maxGapMs: number): Watch => {
  const { state, nowMs } = look;
  const jobsWait = state !== undefined && !state.held && state.waiting + state.prioritized + state.overdue > 0;
  if (!jobsWait || !look.slotsFree) return { lookedAtMs: nowMs, stuckSinceMs: undefined };
  const rested = before === undefined || nowMs - before.lookedAtMs > maxGapMs;
  const since = rested ? nowMs : (before.stuckSinceMs ?? nowMs);
  return { lookedAtMs: nowMs, stuckSinceMs: look.lastTakenAtMs > since ? nowMs : since };
};

export const isWedged = ({ lookedAtMs, stuckSinceMs }: Watch, wedgedAfterMs: number): boolean =>
  stuckSinceMs !== undefined && lookedAtMs - stuckSinceMs >= wedgedAfterMs;

export interface WatchdogParts {
  readonly intervalMs: number;
  readonly wedgedAfterMs: number;
  readonly readState: () => Promise<QueueState>;
  readonly slotsFree: () => boolean;
  readonly lastTakenAtMs: () => number;
  readonly onWedged: (stuckForMs: number) => void;
}

/** Looks every `intervalMs`, asking Redis only when this worker took nothing since the last look. */
export const startWatchdog = (parts: WatchdogParts): { stop(): void } => {
  let last: Watch | undefined;
  const look = async (): Promise<void> => {
    const lastTakenAtMs = parts.lastTakenAtMs();
    const slotsFree = parts.slotsFree();
    const quiet = slotsFree && lastTakenAtMs < (last?.lookedAtMs ?? 0);
    const state = quiet ? await parts.readState().catch(() => undefined) : undefined;
    last = watch(last, { nowMs: performance.now(), state, slotsFree, lastTakenAtMs }, parts.intervalMs * 3);
    if (isWedged(last, parts.wedgedAfterMs)) parts.onWedged(last.lookedAtMs - (last.stuckSinceMs ?? 0));
  };
  const timer = setInterval(() => void look(), parts.intervalMs);
  timer.unref();
  return { stop: () => clearInterval(timer) };
};
