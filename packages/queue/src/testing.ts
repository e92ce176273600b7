import { randomUUID } from "node:crypto";
import type { QueueDefinition } from "@gpt-agent/jobs/define-queue";
import type { Enqueue, EnqueueOptions } from "@gpt-agent/jobs/handler";
import { checkPayload } from "./payload.ts";

export interface RecordedJob {
  readonly queue: QueueDefinition;
  readonly payload: unknown;
  readonly options: EnqueueOptions | undefined;
}

/** A queue client that remembers instead of sending; payloads are checked as the real one checks them. */
export const makeRecordingQueue = (): { readonly enqueue: Enqueue; readonly enqueued: RecordedJob[] } => {
  const enqueued: RecordedJob[] = [];
  return {
    enqueued,
    enqueue: async (queue, payload, options) => {
      const checked = checkPayload(queue, payload);
      // What a worker receives went through JSON.
      enqueued.push({ queue, payload: JSON.parse(JSON.stringify(checked)), options });
      return { jobId: randomUUID() };
    },
  };
};
