import type { Log } from "@gpt-agent/jobs/handler";
import { webhooks } from "@gpt-agent/jobs/queues/webhooks";
import type { LaneId } from "@gpt-agent/supabase/inbound-events";
import type { EnqueueMany } from "../ports.ts";

const maxWaiting = 10_000;
const batchSize = 200;
const pauseMs = 1_000;
/** Lanes of a busy moment share a batch: each costs about as much as twenty jobs in it. */
const gatherMs = 10;
const logEveryMs = 60_000;

/**
 * Enqueues a job for each lane, one batch at a time, on nobody's time: without Redis messages are accepted all the same,
 * and the worker's sweep finds their lanes.
 */
export const makeWaker = (enqueueMany: EnqueueMany, log: Log, now: () => number = Date.now) => {
  const waiting = new Map<string, LaneId>();
  let isRunning = false;
  let loggedAtMs = Number.NEGATIVE_INFINITY;

  const run = async (): Promise<void> => {
    while (waiting.size > 0) {
      const batch = [...waiting.values()].slice(0, batchSize);
      for (const { laneId } of batch) waiting.delete(laneId);
      try {
        await enqueueMany(
          webhooks,
          batch.map(({ orgId, laneId }) => ({ kind: "inbound", orgId, laneId })),
        );
        await new Promise((resolve) => setTimeout(resolve, gatherMs).unref());
      } catch (error) {
        if (now() - loggedAtMs >= logEveryMs) {
          loggedAtMs = now();
          log.warn("webhooks are stored, but Redis takes no jobs for them; the sweep will", { error });
        }
        await new Promise((resolve) => setTimeout(resolve, pauseMs).unref());
      }
    }
  };

  return (lanes: readonly LaneId[]): void => {
    for (const lane of lanes) if (waiting.size < maxWaiting) waiting.set(lane.laneId, lane);
    if (isRunning) return;
    isRunning = true;
    void run().finally(() => {
      isRunning = false;
    });
  };
};
