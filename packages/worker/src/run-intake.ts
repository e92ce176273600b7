import type { Enqueue, Handler, Log } from "@gpt-agent/jobs/handler";
import { intake } from "@gpt-agent/jobs/queues/intake";
import type { RedisSettings } from "@gpt-agent/queue/connection";
import type { Job } from "bullmq";
import { logRecord } from "./record.ts";
import { keepFailed, takeJobs } from "./take-jobs.ts";
import { defaultTuning, type Tuning } from "./tuning.ts";

export interface IntakeOptions {
  readonly redis: RedisSettings;
  readonly concurrency: number;
  readonly shutdownTimeoutMs: number;
  readonly log: Log;
  readonly enqueue: Enqueue;
  readonly handle: Handler<typeof intake>;
  readonly tuning?: Partial<Tuning>;
}

/** What the job is stands in its name, which our own queues do not use. */
const payloadOf = (job: Job<unknown>): unknown => {
  // A producer that wants its failed jobs forgotten does not know that this one was never done.
  job.opts.removeOnFail = keepFailed;
  // Put there by our own producer, to be retried for instance.
  return job.name === intake.name ? job.data : { name: job.name, data: job.data, addedAtMs: job.timestamp };
};

/** Takes the jobs of producers from before this repository, also BullMQ 5's, inside a process that does other things. */
export const runIntake = ({ tuning, log, ...options }: IntakeOptions): { stop(): Promise<unknown> } => {
  const { stop } = takeJobs({
    ...options,
    queue: intake,
    log,
    payloadOf,
    onRecord: (record) => logRecord(log, record),
    tuning: { ...defaultTuning, ...tuning },
  });
  return { stop: async () => void (await stop({ drain: true })) };
};
