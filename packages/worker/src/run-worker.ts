import type { QueueDefinition } from "@gpt-agent/jobs/define-queue";
import type { Handler } from "@gpt-agent/jobs/handler";
import type { LogLevel } from "@gpt-agent/jobs/log-line";
import { makeQueueClient } from "@gpt-agent/queue/client";
import type { RedisSettings } from "@gpt-agent/queue/connection";
import { type Check, findProblems, type Lifecycle } from "./health.ts";
import { startHeartbeat } from "./heartbeat.ts";
import { startHttpServer } from "./http-server.ts";
import { makeLogger } from "./logger.ts";
import { makeMetrics } from "./metrics.ts";
import type { OnFailed } from "./process-job.ts";
import { type JobRecord, logRecord } from "./record.ts";
import { ownProcess, type StopOptions } from "./shutdown.ts";
import { startSweep, type Sweep } from "./sweep.ts";
import { takeJobs } from "./take-jobs.ts";
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
  /** Of the release that runs, for people who look at the fleet. */
  readonly version?: string | undefined;
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

/**
 * Takes jobs of one queue until it is stopped. It starts without Redis and waits for it.
 * @throws {Error} when the port is taken.
 */
export const runWorker = async <Q extends QueueDefinition>(options: WorkerOptions<Q>): Promise<RunningWorker> => {
  const { queue, redis, concurrency } = options;
  const tuning: Tuning = { ...defaultTuning, ...options.tuning };
  const log = tuning.log ?? makeLogger(options.logLevel, { service: queue.name });
  let lifecycle: Lifecycle = "starting";

  // To look and to enqueue: fails fast.
  const client = makeQueueClient(redis);
  const readState = () => client.state(queue);
  const metrics = makeMetrics({ queue: queue.name, concurrency, active: () => taking.runs.size(), readState });
  const onRecord = (record: JobRecord): void => {
    logRecord(log, record);
    metrics.record(record);
    pulse.record(record);
    tuning.onRecord?.(record);
  };

  const server = await startHttpServer({
    port: options.port,
    host: options.host,
    lifecycle: () => lifecycle,
    problems: () => findProblems(lifecycle, client, options.checks ?? {}),
    metrics,
  });

  const { handle, onFailed, shutdownTimeoutMs } = options;
  const { enqueue } = client;
  const taking = takeJobs({
    queue,
    redis,
    concurrency,
    shutdownTimeoutMs,
    handle,
    onFailed,
    enqueue,
    log,
    onRecord,
    tuning,
  });
  const { runs } = taking;

  const pulse = startHeartbeat({
    client,
    queue: queue.name,
    version: options.version ?? "unknown",
    concurrency,
    state: () => lifecycle,
    active: runs.size,
    intervalMs: tuning.heartbeatIntervalMs,
  });

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
    const ending = await taking.stop({ drain });
    // Of a Redis that does not answer nobody takes leave: the grace period is over.
    await pulse.stop({ sayLeave: ending === "closed" });
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
