import { once } from "node:events";
import type { QueueDefinition } from "@gpt-agent/jobs/define-queue";
import type { Job, Queue } from "bullmq";
import type { RedisSettings } from "./connection.ts";
import { QueueUnavailableError } from "./errors.ts";
import { openQueues } from "./open-queues.ts";
import { type QueueState, readQueueState } from "./queue-state.ts";

/** A dead letter: a job that failed for good and is kept. */
export interface FailedJob {
  readonly jobId: string;
  readonly orgId: string | undefined;
  /** Ids only, see the queue's contract. */
  readonly payload: unknown;
  /** One of packages/jobs' error codes; `unexpected_error` where the reason names none. */
  readonly code: string;
  readonly message: string;
  readonly attemptsMade: number;
  /** ISO 8601, UTC. */
  readonly failedAt: string | undefined;
}

/** What an operator sees and does. Every call throws {@link QueueUnavailableError} where Redis does not answer. */
export interface QueueInspector {
  /** Round trip in milliseconds. */
  ping(): Promise<number>;
  /** Redis' `maxmemory-policy`, undefined where the host does not tell. All but `noeviction` lose jobs. */
  evictionPolicy(): Promise<string | undefined>;
  /** Counts, and how long the longest waiting job has been due. */
  state(queue: QueueDefinition): Promise<QueueState>;
  /** Newest first. */
  failed(queue: QueueDefinition, limit: number): Promise<FailedJob[]>;
  /** Gives one failed job all its attempts again. False where no failed job has this id. */
  retry(queue: QueueDefinition, jobId: string): Promise<boolean>;
  close(): Promise<void>;
}

const connectWithinMs = 5_000;

// The runtime writes `code: message`; a job that was failed by BullMQ itself carries BullMQ's own words.
const describe = (job: Job): FailedJob => {
  const [, code = "unexpected_error", message = job.failedReason ?? ""] =
    /^([a-z][a-z_]+): (.*)$/s.exec(job.failedReason ?? "") ?? [];
  const payload: unknown = job.data;
  const orgId: unknown =
    typeof payload === "object" && payload !== null && "orgId" in payload ? payload.orgId : undefined;
  return {
    jobId: job.id ?? "",
    orgId: typeof orgId === "string" ? orgId : undefined,
    payload,
    code,
    message,
    attemptsMade: job.attemptsMade,
    failedAt: job.finishedOn === undefined ? undefined : new Date(job.finishedOn).toISOString(),
  };
};

export const makeQueueInspector = (settings: RedisSettings): QueueInspector => {
  let lastError: Error | undefined;
  const noteError = (error: Error): void => {
    lastError = error;
  };
  const queues = openQueues(settings, { onError: noteError, writesMeta: false });
  const { connection } = queues;

  const answer = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      if (connection.status !== "ready")
        await once(connection, "ready", { signal: AbortSignal.timeout(connectWithinMs) });
      return await work();
    } catch (error) {
      const reason = lastError ?? error;
      throw new QueueUnavailableError(
        `Redis does not answer: ${reason instanceof Error ? reason.message : String(reason)}`,
        {
          cause: error,
        },
      );
    }
  };

  const retry = async (queue: Queue, jobId: string): Promise<boolean> => {
    const job = await queue.getJob(jobId);
    if (job === undefined || !(await job.isFailed())) return false;
    await job.retry("failed", { resetAttemptsMade: true, resetAttemptsStarted: true });
    return true;
  };

  return {
    ping: () =>
      answer(async () => {
        const startedMs = performance.now();
        await connection.ping();
        return performance.now() - startedMs;
      }),
    evictionPolicy: () => answer(async () => /^maxmemory_policy:(\S+)/m.exec(await connection.info("memory"))?.[1]),
    state: (definition) => answer(() => readQueueState(connection, queues.of(definition).toKey(""))),
    failed: (definition, limit) =>
      answer(async () => (await queues.of(definition).getFailed(0, limit - 1)).map(describe)),
    retry: (definition, jobId) => answer(() => retry(queues.of(definition), jobId)),
    close: queues.close,
  };
};
