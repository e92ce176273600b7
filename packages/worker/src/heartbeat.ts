import { randomUUID } from "node:crypto";
import type { QueueClient } from "@gpt-agent/queue/client";
import type { Heartbeat, Minute } from "@gpt-agent/queue/fleet";
import type { JobRecord } from "./record.ts";

export interface HeartbeatParts {
  readonly client: Pick<QueueClient, "beat" | "leave">;
  readonly queue: string;
  readonly version: string;
  readonly concurrency: number;
  readonly state: () => Heartbeat["state"];
  readonly active: () => number;
  readonly intervalMs: number;
}

export interface Pulse {
  record(job: JobRecord): void;
  /** Takes this process off the list at once, or leaves that to the list's own forgetting. */
  stop(options: { readonly sayLeave: boolean }): Promise<void>;
}

/** Runs of one minute that the percentiles are taken from; more than that are sampled by taking turns. */
const sampleSize = 1_000;

/** Redis was away: it is asked again soon, so that the list is whole again soon. */
const unheardMs = 5_000;

const p95 = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor((values.length - 1) * 0.95)] ?? 0;

const makeCounts = () => ({ runs: 0, completed: 0, failed: 0, waits: [] as number[], times: [] as number[] });

/** Tells Redis once a minute that this process lives and what it did. While Redis is away it is silent. */
export const startHeartbeat = (parts: HeartbeatParts): Pulse => {
  const { client, queue, version, concurrency, state, active } = parts;
  const instance = randomUUID();
  const startedAt = new Date().toISOString();
  let lastActivityAt: string | null = null;
  let counts = makeCounts();
  let stopped = false;

  const takeMinute = (at: string): Minute | undefined => {
    const { runs, completed, failed, waits, times } = counts;
    if (runs === 0) return undefined;
    counts = makeCounts();
    return { at, completed, failed, again: runs - completed - failed, waitMs: p95(waits), runMs: p95(times) };
  };
  let timer: NodeJS.Timeout | undefined;
  const beat = async (): Promise<void> => {
    const seenAt = new Date().toISOString();
    const told = { instance, queue, version, concurrency, startedAt, seenAt, lastActivityAt };
    const isHeard = await client.beat({ ...told, state: state(), active: active() }, takeMinute(seenAt)).then(
      () => true,
      () => false,
    );
    if (stopped) return;
    timer = setTimeout(() => void beat(), isHeard ? parts.intervalMs : Math.min(parts.intervalMs, unheardMs));
    timer.unref();
  };

  void beat();
  return {
    record: ({ outcome, waitMs, ms }) => {
      lastActivityAt = new Date().toISOString();
      const place = counts.runs % sampleSize;
      counts.runs += 1;
      if (outcome.state === "completed") counts.completed += 1;
      else if (outcome.state === "permanent") counts.failed += 1;
      counts.waits[place] = waitMs;
      counts.times[place] = ms;
    },
    stop: async ({ sayLeave }) => {
      if (stopped) return;
      stopped = true;
      clearTimeout(timer);
      if (sayLeave) await client.leave(instance).catch(() => {});
    },
  };
};
