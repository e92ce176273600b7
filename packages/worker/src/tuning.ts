import type { ProcessLog } from "./logger.ts";
import type { JobRecord } from "./record.ts";

/**
 * Numbers that production never changes and tests shorten. Defaults are sized for a platform with 30 s of grace or
 * more, and for an idle worker that costs about ten Redis commands a minute.
 */
export interface Tuning {
  /** A lock not renewed for this long is lost; renewal runs at half of it. */
  readonly lockDurationMs: number;
  /** How often the instances together look for locks that ran out: a killed process's job is back in lock + interval. */
  readonly stalledIntervalMs: number;
  /** Longest blocking read. A new job ends it at once; it only bounds how often an idle worker asks. */
  readonly drainDelaySeconds: number;
  /** Silence after which a connection counts as half-open and is replaced. */
  readonly socketTimeoutMs: number;
  /** How long a handler may take to notice that its signal is aborted, before its run goes on without it. */
  readonly abortGraceMs: number;
  readonly limits: Limits;
  readonly sweepIntervalMs: number;
  readonly firstSweepWithinMs: number;
  readonly heartbeatIntervalMs: number;
  readonly watchdogIntervalMs: number;
  /** Jobs wait, slots are free and none was taken for this long: wedged. Above `socketTimeoutMs`, which heals most. */
  readonly wedgedAfterMs: number;
  /** Signals, uncaught errors and exit belong to this worker. False where several share a process, as in tests. */
  readonly ownsProcess: boolean;
  /** Told after each run of a job; for tests that wait on outcomes. */
  readonly onRecord?: (record: JobRecord) => void;
  /** Where lines go instead of stdout. */
  readonly log?: ProcessLog;
}

export interface Limits {
  /** Put-offs (`RetryLaterError`) in a row before the job fails as `retry_later_exhausted`. */
  readonly putOffs: number;
  /** Continuations without progress in a row before it fails as `no_progress`. */
  readonly idleContinuations: number;
  /** Kills without an outcome between them before it fails as `poison`. */
  readonly kills: number;
}

export const defaultLimits: Limits = { putOffs: 100, idleContinuations: 10, kills: 10 };

const drainDelaySeconds = 30;
/** Two blocking reads and a margin; never below 10 s, which a loaded server may need for one answer. */
const socketTimeoutMs = Math.max(10_000, 2 * drainDelaySeconds * 1_000 + 5_000);

export const defaultTuning: Tuning = {
  lockDurationMs: 30_000,
  stalledIntervalMs: 20_000,
  drainDelaySeconds,
  socketTimeoutMs,
  abortGraceMs: 10_000,
  limits: defaultLimits,
  sweepIntervalMs: 60_000,
  firstSweepWithinMs: 3_000,
  heartbeatIntervalMs: 60_000,
  watchdogIntervalMs: 30_000,
  wedgedAfterMs: socketTimeoutMs + 25_000,
  ownsProcess: true,
};
