import { randomUUID } from "node:crypto";
import type { InputOf, QueueDefinition } from "@gpt-agent/jobs/define-queue";
import type { Handler } from "@gpt-agent/jobs/handler";
import { type JobStatus, makeQueueClient, type QueueClient } from "@gpt-agent/queue/client";
import type { RedisSettings } from "@gpt-agent/queue/connection";
import { expect, inject, onTestFinished } from "vitest";
import type { JobFailure } from "../src/process-job.ts";
import { type RunningWorker, runWorker, type WorkerOptions } from "../src/run-worker.ts";
import { recordRuns, type RecordedRuns, silent } from "../src/testing.ts";
import { notes, quick } from "./notes-queue.ts";

export { notes } from "./notes-queue.ts";

export const settingsFor = (url: string = inject("stack").REDIS_URL, prefix: string = randomUUID()): RedisSettings => {
  return { url: { reveal: () => url }, baseName: "agent-jobs", prefix };
};

export const payload = (note = ""): InputOf<typeof notes> => ({ orgId: randomUUID(), key: randomUUID(), note });

export const clientFor = (settings: RedisSettings): QueueClient => {
  const client = makeQueueClient(settings);
  onTestFinished(() => client.close());
  return client;
};

export interface StartedWorker {
  readonly worker: RunningWorker;
  readonly runs: RecordedRuns;
  readonly failures: (JobFailure & { readonly payload: unknown })[];
}

export const startWorker = async <Q extends QueueDefinition>(
  queue: Q,
  settings: RedisSettings,
  handle: Handler<Q>,
  more: Partial<WorkerOptions<Q>> = {},
): Promise<StartedWorker> => {
  const runs = recordRuns();
  const failures: StartedWorker["failures"] = [];
  const worker = await runWorker<Q>({
    queue,
    redis: settings,
    port: 0,
    concurrency: 2,
    shutdownTimeoutMs: 3_000,
    logLevel: "error",
    handle,
    onFailed: async (failed, failure) => void failures.push({ ...failure, payload: failed }),
    ...more,
    tuning: { ...quick, log: silent, onRecord: runs.onRecord, ...more.tuning },
  });
  onTestFinished(() => worker.stop());
  return { worker, runs, failures };
};

/** Waits until a job is in a state, and returns all that is known of it. */
export const reaches = async (
  client: QueueClient,
  jobId: string,
  state: JobStatus["state"],
  queue: QueueDefinition = notes,
): Promise<JobStatus> => {
  let last: JobStatus | undefined;
  const look = async (): Promise<string | undefined> => {
    last = await client.status(queue, jobId).catch(() => undefined);
    return last?.state;
  };
  await expect.poll(look, { timeout: 30_000, interval: 20 }).toBe(state);
  if (last === undefined) throw new Error("unreachable: the state was just read");
  return last;
};

/** What a handler does that works until it is told to stop. */
export const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
