import type { QueueDefinition } from "@gpt-agent/jobs/define-queue";
import type { Handler } from "@gpt-agent/jobs/handler";
import type { LogLevel } from "@gpt-agent/jobs/log-line";
import { makeQueueClient } from "@gpt-agent/queue/client";
import { connectConsumer, queueName, type RedisSettings } from "@gpt-agent/queue/connection";
import { Worker } from "bullmq";
import { makeActiveRuns } from "./active-runs.ts";
import { type Check, findProblems, type Lifecycle } from "./health.ts";
import { startHttpServer } from "./http-server.ts";
import { makeJobStore } from "./job-store.ts";
import { logOccasionally, makeLogger } from "./logger.ts";
import { makeMetrics } from "./metrics.ts";
import { makeProcessor, type OnFailed } from "./process-job.ts";
import { type JobRecord, logRecord } from "./record.ts";
import { closeInTime, ownProcess, planShutdown, type StopOptions } from "./shutdown.ts";
import { startSweep, type Sweep } from "./sweep.ts";
import { defaultTuning, type Tuning } from "./tuning.ts";
import { startWatchdog } from "./watchdog.ts";

export interface WorkerOptions<Q extends QueueDefinition> {
  readonly queue: Q;
  readonly redis: RedisSettings;
  /** For /health, /ready and /metrics; 0 takes a free one. */
  readonly port: number;
  /** Address to open it on; default all of the machine's. */
  readonly host?: string | undefined;
  /** Jobs at once in this process. */
  readonly concurrency: number;
  /** The platform's grace period between SIGTERM and SIGKILL. */
  readonly shutdownTimeoutMs: number;
  readonly logLevel: LogLevel;
  readonly handle: Handler<Q>;
  readonly onFailed?: OnFailed<Q>;
  readonly sweep?: Sweep<Q>;
  /** What /ready asks besides Redis. */
  readonly checks?: Readonly<Record<string, Check>>;
  readonly tuning?: Partial<Tuning>;
}

export interface RunningWorker {
  readonly port: number;
  lifecycle(): Lifecycle;
  /** Drains, hands back what does not finish, closes everything; always within the shutdown timeout. */
  stop(options?: StopOptions): Promise<void>;
}

/** Finished jobs are kept for people to look at, within bounds; rows are the record. */
const keepCompleted = { age: 24 * 3_600, count: 1_000 };
const keepFailed = { age: 30 * 24 * 3_600, count: 10_000 };

/**
 * Takes jobs of one queue until it is stopped. It starts without Redis and waits for it.
 * @throws {Error} when the port is taken.
 */
export const runWorker = async <Q extends QueueDefinition>(options: WorkerOptions<Q>): Promise<RunningWorker> => {
  const { queue, redis, concurrency } = options;
  const tuning: Tuning = { ...defaultTuning, ...options.tuning };
  const log = tuning.log ?? makeLogger(options.logLevel, { service: queue.name });
  let lifecycle: Lifecycle = "starting";

  // To look and to enqueue: fails fast. To take jobs: waits as long as an outage lasts.
  const client = makeQueueClient(redis);
  const noteTrouble = logOccasionally(log, "trouble with Redis");
  const connection = connectConsumer(redis, tuning.socketTimeoutMs, noteTrouble);

  const runs = makeActiveRuns(tuning.lockDurationMs);
  const readState = () => client.state(queue);
  const metrics = makeMetrics({ queue: queue.name, concurrency, active: runs.size, readState });
  const onRecord = (record: JobRecord): void => {
    logRecord(log, record);
    metrics.record(record);
    tuning.onRecord?.(record);
  };

  const server = await startHttpServer({
    port: options.port,
    host: options.host,
    lifecycle: () => lifecycle,
    problems: () => findProblems(lifecycle, client, options.checks ?? {}),
    metrics,
  });

  const { handle, onFailed } = options;
  const { limits } = tuning;
  const plan = planShutdown(options.shutdownTimeoutMs);
  // A handler that does not heed a stop must be given up early enough for its job to be handed back.
  const abortGraceMs = Math.min(tuning.abortGraceMs, (plan.deadlineMs - plan.drainMs) / 2);
  const store = makeJobStore(connection, () => worker, queue.fair ?? false);
  const { enqueue } = client;
  const worker: Worker = new Worker(
    queueName(redis.baseName, queue),
    makeProcessor({ queue, handle, onFailed, enqueue, store, runs, log, limits, abortGraceMs, onRecord }),
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

  const { sweep } = options;
  const sweeping =
    sweep &&
    startSweep({
      queue,
      sweep,
      enqueueMany: client.enqueueMany,
      log,
      intervalMs: tuning.sweepIntervalMs,
      firstWithinMs: tuning.firstSweepWithinMs,
    });

  const watchdog = startWatchdog({
    intervalMs: tuning.watchdogIntervalMs,
    wedgedAfterMs: tuning.wedgedAfterMs,
    readState,
    slotsFree: () => runs.size() < concurrency,
    lastTakenAtMs: runs.lastTakenAtMs,
    onWedged: (stuckForMs) => {
      lifecycle = "wedged";
      log.error("jobs wait and none is taken; this process ends so that another takes over", { stuckForMs });
      if (tuning.ownsProcess) process.exit(1);
    },
  });

  const close = async ({ drain }: StopOptions): Promise<void> => {
    lifecycle = "draining";
    sweeping?.stop();
    watchdog.stop();
    runs.refuse();
    // Without a connection there is nothing to wait for, and BullMQ would wait for ever.
    const closed = worker.close(runs.size() === 0 && connection.status !== "ready");
    const ending = await closeInTime(drain ? plan : { ...plan, drainMs: 0 }, closed, () => runs.abort("shutdown"));
    if (ending === "gaveUp") log.warn("stopped without Redis; unfinished jobs come back when their locks run out");
    clearInterval(lockCheck);
    connection.disconnect();
    await client.close();
    server.close();
    log.info("stopped");
  };
  let stopping: Promise<void> | undefined;
  const stop = (stopOptions: StopOptions = { drain: true }): Promise<void> => (stopping ??= close(stopOptions));
  if (tuning.ownsProcess) ownProcess(stop, log);

  lifecycle = "ok";
  log.info("started", { port: server.port, concurrency });
  return { port: server.port, lifecycle: () => lifecycle, stop };
};
