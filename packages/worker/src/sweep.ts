import { randomUUID } from "node:crypto";
import type { InputOf, QueueDefinition } from "@gpt-agent/jobs/define-queue";
import type { Log } from "@gpt-agent/jobs/handler";
import type { QueueClient } from "@gpt-agent/queue/client";

/** The rows are the truth: those whose job is gone (a lost enqueue, an empty Redis) are enqueued again. */
export interface Sweep<Q extends QueueDefinition> {
  /** True for one holder at a time; a row in the database, so that a Redis that starts over changes nothing. */
  lease(name: string, holderId: string, ttlSeconds: number): Promise<boolean>;
  /** Payloads of rows that should have a job by now. Enqueuing one whose job still waits changes nothing. */
  due(): AsyncIterable<InputOf<Q>>;
}

export interface SweepParts<Q extends QueueDefinition> {
  readonly queue: Q;
  readonly sweep: Sweep<Q>;
  readonly enqueueMany: QueueClient["enqueueMany"];
  readonly log: Log;
  readonly intervalMs: number;
  readonly firstWithinMs: number;
}

const batchSize = 200;

/**
 * One sweep; returns how many payloads were enqueued. `stopped` is asked between batches. Which lane a lost job was in
 * is not known: nobody may go past those who wait by being lost.
 */
export const sweepOnce = async <Q extends QueueDefinition>(
  { queue, sweep, enqueueMany }: Pick<SweepParts<Q>, "queue" | "sweep" | "enqueueMany">,
  lease: { readonly holderId: string; readonly ttlSeconds: number },
  stopped: () => boolean,
): Promise<number> => {
  if (!(await sweep.lease(`sweep-${queue.name}`, lease.holderId, lease.ttlSeconds))) return 0;
  let enqueued = 0;
  let batch: InputOf<Q>[] = [];
  for await (const payload of sweep.due()) {
    if (stopped()) return enqueued;
    batch.push(payload);
    if (batch.length < batchSize) continue;
    enqueued += await enqueueMany(queue, batch, { lane: "backfill" });
    batch = [];
  }
  return batch.length === 0 || stopped()
    ? enqueued
    : enqueued + (await enqueueMany(queue, batch, { lane: "backfill" }));
};

/**
 * Sweeps soon after the start and then every `intervalMs` (± a tenth, so that instances drift apart), whatever the
 * one before came to. A sweep that hangs is given up after five intervals.
 */
export const startSweep = <Q extends QueueDefinition>(parts: SweepParts<Q>): { stop(): void } => {
  const holderId = randomUUID();
  // Shorter than the interval: when the holder dies, another sweeps within two intervals.
  const ttlSeconds = Math.max(1, Math.floor((parts.intervalMs * 0.85) / 1_000));
  let stopped = false;
  let timer: NodeJS.Timeout;

  const run = async (): Promise<void> => {
    let givenUp = false;
    let deadline: NodeJS.Timeout | undefined;
    const tooLong = new Promise<never>((_, reject) => {
      deadline = setTimeout(() => reject(new Error("the sweep took too long")), parts.intervalMs * 5);
      deadline.unref();
    });
    try {
      const work = sweepOnce(parts, { holderId, ttlSeconds }, () => stopped || givenUp);
      const enqueued = await Promise.race([work, tooLong]);
      if (enqueued > 0) parts.log.info("sweep", { queue: parts.queue.name, enqueued });
    } catch (error) {
      if (!stopped) parts.log.warn("sweep failed; the next one tries again", { queue: parts.queue.name, error });
    } finally {
      givenUp = true;
      clearTimeout(deadline);
    }
    if (!stopped) schedule(parts.intervalMs * (0.9 + Math.random() * 0.2));
  };
  const schedule = (delayMs: number): void => {
    timer = setTimeout(() => void run(), delayMs);
    timer.unref();
  };

  schedule(Math.random() * parts.firstWithinMs);
  return {
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
};
