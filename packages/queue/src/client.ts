import { randomUUID } from "node:crypto";
import { once } from "node:events";
import type { InputOf, PayloadOf, QueueDefinition } from "@gpt-agent/jobs/define-queue";
import type { Enqueue, EnqueueOptions } from "@gpt-agent/jobs/handler";
import type { JobsOptions, Queue } from "bullmq";
import type { RedisSettings } from "./connection.ts";
import { QueueUnavailableError } from "./errors.ts";
import { type FleetMember, type Heartbeat, makeFleet, type Minute } from "./fleet.ts";
import { keepLatest } from "./keep-latest.ts";
import { openQueues } from "./open-queues.ts";
import { checkPayload, dedupeKey, orgIdOf } from "./payload.ts";
import { type QueueState, readQueueState } from "./queue-state.ts";
import { currentTrace, packTrace } from "./trace.ts";
import { takeTurns, weightsKey } from "./turns.ts";

export interface JobStatus {
  readonly jobId: string;
  readonly state: "waiting" | "active" | "delayed" | "completed" | "failed";
  /** Whose job it is; compare before showing it to anybody. */
  readonly orgId: string | undefined;
  /** Attempts that ended in an error. */
  readonly attemptsMade: number;
  readonly progress: unknown;
  readonly failedReason: string | undefined;
}

export interface QueueClient {
  /**
   * Stores a job and returns its id; the id of the job it collapsed into, where the queue dedupes.
   * @throws {QueueUnavailableError} within two seconds, whatever kind of outage it is.
   * @throws {PermanentError} `invalid_payload` for a payload that does not parse or is above 8 KB.
   */
  readonly enqueue: Enqueue;
  /** The same for many payloads; returns their number. Batches of 200, each with its own two seconds. */
  readonly enqueueMany: <Q extends QueueDefinition>(
    queue: Q,
    payloads: Iterable<InputOf<Q>>,
    options?: EnqueueOptions,
  ) => Promise<number>;
  /** How many turns organisations have in fair queues, 1 each where nothing is said; for jobs enqueued from now on. */
  setWeights(weights: ReadonlyMap<string, number>): Promise<void>;
  /** Where a job stands; undefined once it is forgotten (see the worker's retention). */
  status(queue: QueueDefinition, jobId: string): Promise<JobStatus | undefined>;
  state(queue: QueueDefinition): Promise<QueueState>;
  ping(): Promise<void>;
  /** A worker says that it lives, and what it did since it last said so. */
  beat(heartbeat: Heartbeat, minute: Minute | undefined): Promise<void>;
  /** It ends; nobody need miss it. */
  leave(instance: string): Promise<void>;
  /** All workers that were heard of in the last hour. */
  workers(): Promise<readonly FleetMember[]>;
  /** What a queue's workers did, minute by minute and process by process, newest first. */
  minutes(queue: QueueDefinition): Promise<readonly Minute[]>;
  /** Redis' `maxmemory-policy`, undefined where the host does not tell. All but `noeviction` lose jobs. */
  evictionPolicy(): Promise<string | undefined>;
  close(): Promise<void>;
}

/** An answer within 2 s, with a margin for a busy event loop. */
const answerWithinMs = 1_800;
const batchSize = 200;

const states: Readonly<Record<string, JobStatus["state"]>> = {
  waiting: "waiting",
  prioritized: "waiting",
  active: "active",
  delayed: "delayed",
  completed: "completed",
  failed: "failed",
};

/** The producer's side of every queue over one connection. It connects in the background and never blocks a start. */
export const makeQueueClient = (settings: RedisSettings): QueueClient => {
  let lastError: Error | undefined;
  const noteError = (error: Error): void => {
    lastError = error;
  };
  const queues = openQueues(settings, { onError: noteError, writesMeta: true });
  const { connection } = queues;
  const fleet = makeFleet(connection, settings);
  connection.on("ready", () => (lastError = undefined));

  /** Commands time out by themselves; waiting for a connection that was never there does not. */
  const answer = async <T>(what: string, work: Promise<T>): Promise<T> => {
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${answerWithinMs} ms`)), answerWithinMs);
    });
    try {
      return await Promise.race([work, deadline]);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const seen = lastError === undefined || lastError.message === reason ? "" : ` (last seen: ${lastError.message})`;
      throw new QueueUnavailableError(`Redis could not ${what}: ${reason}${seen}`, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  };

  const ready = async (): Promise<void> => {
    if (connection.status !== "ready") await once(connection, "ready");
  };

  const prepare = <Q extends QueueDefinition>(queue: Q, input: InputOf<Q>, options: EnqueueOptions = {}) => {
    const payload: PayloadOf<Q> = checkPayload(queue, input);
    const key = dedupeKey(queue, payload);
    const trace = currentTrace();
    const jobOptions: JobsOptions = {
      // Random, so it dedupes nothing: it survives a Redis that starts over, cannot be guessed, and tells whether
      // the job is new or collapsed into another. Dedupe by jobId would block until the finished job is forgotten.
      jobId: randomUUID(),
      attempts: queue.attempts,
      ...(key === undefined ? {} : { deduplication: { id: key, keepLastIfActive: true } }),
      ...(options.delayMs === undefined ? {} : { delay: options.delayMs }),
      ...(options.priority === undefined ? {} : { priority: options.priority }),
      ...(trace === undefined ? {} : { telemetry: { metadata: packTrace(trace) } }),
    };
    return { name: queue.name, data: payload, opts: jobOptions, key };
  };
  type Prepared = ReturnType<typeof prepare>;

  /** In a fair queue a job's turn is its priority. */
  const inTurn = async (
    { fair = false }: QueueDefinition,
    queue: Queue,
    jobs: readonly Prepared[],
    { lane = "interactive" }: EnqueueOptions = {},
  ): Promise<readonly Prepared[]> => {
    if (!fair) return jobs;
    await queue.waitUntilReady();
    const turns = jobs.map(({ data, key }) => ({ orgId: orgIdOf(data) ?? "", lane, dedupeKey: key }));
    const priorities = await takeTurns(connection, queue.toKey(""), weightsKey(settings), turns);
    return jobs.map((job, index) => ({ ...job, opts: { ...job.opts, priority: priorities[index] ?? 0 } }));
  };

  const settle = async (queue: Queue, job: Prepared, storedId: string | undefined) => {
    const collapsed = storedId !== undefined && storedId !== job.opts.jobId;
    if (collapsed && job.key !== undefined) {
      await keepLatest(connection, queue.toKey(""), job.key, storedId, JSON.stringify(job.data));
    }
    return { jobId: storedId ?? String(job.opts.jobId) };
  };

  return {
    enqueue: async (definition, payload, options) => {
      const prepared = prepare(definition, payload, options);
      const queue = queues.of(definition);
      const add = async () => {
        const [job = prepared] = await inTurn(definition, queue, [prepared], options);
        return settle(queue, job, (await queue.add(job.name, job.data, job.opts)).id);
      };
      return answer(`take a job for ${queue.name}`, add());
    },
    enqueueMany: async (definition, payloads, options) => {
      const jobs = Array.from(payloads, (payload) => prepare(definition, payload, options));
      const queue = queues.of(definition);
      for (let start = 0; start < jobs.length; start += batchSize) {
        const add = async () => {
          const batch = await inTurn(definition, queue, jobs.slice(start, start + batchSize), options);
          const stored = await queue.addBulk([...batch]);
          await Promise.all(batch.map((job, index) => settle(queue, job, stored[index]?.id)));
        };
        await answer(`take jobs for ${queue.name}`, add());
      }
      return jobs.length;
    },
    setWeights: async (weights) => {
      const write = async () => {
        await ready();
        await connection.hset(weightsKey(settings), new Map(weights));
      };
      if (weights.size > 0) await answer("take weights", write());
    },
    status: async (definition, jobId) => {
      const queue = queues.of(definition);
      const read = async (): Promise<JobStatus | undefined> => {
        const [job, found] = await Promise.all([queue.getJob(jobId), queue.getJobState(jobId)]);
        const state = states[found];
        if (job === undefined || state === undefined) return undefined;
        return {
          jobId,
          state,
          orgId: orgIdOf(job.data),
          attemptsMade: job.attemptsMade,
          progress: job.progress,
          failedReason: job.failedReason,
        };
      };
      return answer(`look up a job of ${queue.name}`, read());
    },
    state: (definition) => {
      const queue = queues.of(definition);
      return answer(`count the jobs of ${queue.name}`, readQueueState(connection, queue.toKey("")));
    },
    beat: (heartbeat, minute) =>
      answer(
        "note a heartbeat",
        ready().then(() => fleet.beat(heartbeat, minute)),
      ),
    leave: (instance) => answer("forget a worker", fleet.leave(instance)),
    workers: () =>
      answer(
        "list the workers",
        ready().then(() => fleet.members(Date.now())),
      ),
    minutes: ({ name }) =>
      answer(
        `tell what was done in ${name}`,
        ready().then(() => fleet.minutes(name)),
      ),
    ping: async () => void (await answer("answer a ping", connection.ping())),
    evictionPolicy: async () => {
      const info = await answer("tell its memory policy", connection.info("memory"));
      return /^maxmemory_policy:(\S+)/m.exec(info)?.[1];
    },
    close: queues.close,
  };
};
