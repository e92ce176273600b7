import type { QueueDefinition } from "@gpt-agent/jobs/define-queue";
import type { Enqueue, Handler } from "@gpt-agent/jobs/handler";
import { connectConsumer, queueName, type RedisSettings } from "@gpt-agent/queue/connection";
import { type Job, Worker } from "bullmq";
import { makeActiveRuns } from "./active-runs.ts";
import { makeJobStore } from "./job-store.ts";
import { logOccasionally, type ProcessLog } from "./logger.ts";
import { makeProcessor, type OnFailed } from "./process-job.ts";
import type { JobRecord } from "./record.ts";
import { closeInTime, planShutdown, type StopOptions } from "./shutdown.ts";
import type { Tuning } from "./tuning.ts";

interface TakeParts<Q extends QueueDefinition> {
  readonly queue: Q;
  readonly redis: RedisSettings;
  readonly concurrency: number;
  readonly shutdownTimeoutMs: number;
  readonly handle: Handler<Q>;
  readonly onFailed?: OnFailed<Q> | undefined;
  readonly enqueue: Enqueue;
  readonly log: ProcessLog;
  readonly onRecord: (record: JobRecord) => void;
  /** Where a job's payload is; default its data. */
  readonly payloadOf?: (job: Job<unknown>) => unknown;
  readonly tuning: Tuning;
}

/** Finished jobs are kept for people to look at, within bounds; rows are the record. */
const keepCompleted = { age: 24 * 3_600, count: 1_000 };
export const keepFailed = { age: 30 * 24 * 3_600, count: 10_000 };

/** Takes jobs of one queue until it is stopped. It starts without Redis and waits for it. */
export const takeJobs = <Q extends QueueDefinition>(parts: TakeParts<Q>) => {
  const { queue, redis, concurrency, log, tuning } = parts;
  const noteTrouble = logOccasionally(log, "trouble with Redis");
  // To take jobs: waits as long as an outage lasts.
  const connection = connectConsumer(redis, tuning.socketTimeoutMs, noteTrouble);
  const runs = makeActiveRuns(tuning.lockDurationMs);
  const plan = planShutdown(parts.shutdownTimeoutMs);
  // A handler that does not heed a stop must be given up early enough for its job to be handed back.
  const abortGraceMs = Math.min(tuning.abortGraceMs, (plan.deadlineMs - plan.drainMs) / 2);
  const store = makeJobStore(connection, () => worker, queue.fair ?? false);
  const { handle, onFailed, enqueue, onRecord, payloadOf } = parts;
  const { limits } = tuning;
  const worker: Worker = new Worker(
    queueName(redis.baseName, queue),
    makeProcessor({
      queue,
      handle,
      onFailed,
      enqueue,
      store,
      runs,
      log,
      limits,
      abortGraceMs,
      onRecord,
      ...(payloadOf && { payloadOf }),
    }),
    {
      // Leave the version check on: without it BullMQ takes the server for an old one and rounds waits up to seconds.
      connection,
      prefix: redis.prefix,
      concurrency,
      lockDuration: tuning.lockDurationMs,
      stalledInterval: tuning.stalledIntervalMs,
      drainDelay: tuning.drainDelaySeconds,
      // BullMQ would fail such jobs behind our back; the count of kills is judged where the row can be told.
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      removeOnComplete: keepCompleted,
      removeOnFail: keepFailed,
    },
  );
  worker.on("error", noteTrouble);
  worker.on("stalled", (jobId) => log.warn("a job's worker died; the job runs again", { jobId }));
  worker.on("lockRenewalFailed", (jobIds) => runs.abort("lockLost", jobIds));
  worker.on("locksRenewed", ({ jobIds }) => runs.renewed(jobIds));
  const lockCheck = setInterval(runs.abortExpired, tuning.lockDurationMs / 4);

  return {
    runs,
    /** Drains, hands back what does not finish, and lets go of Redis; always within the shutdown timeout. */
    stop: async ({ drain }: StopOptions): Promise<"closed" | "gaveUp"> => {
      runs.refuse();
      // Without a connection there is nothing to wait for, and BullMQ would wait for ever.
      const closed = worker.close(runs.size() === 0 && connection.status !== "ready");
      const ending = await closeInTime(drain ? plan : { ...plan, drainMs: 0 }, closed, () => runs.abort("shutdown"));
      if (ending === "gaveUp") log.warn("stopped without Redis; unfinished jobs come back when their locks run out");
      clearInterval(lockCheck);
      connection.disconnect();
      return ending;
    },
  };
};
