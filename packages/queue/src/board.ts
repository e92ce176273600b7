import type { QueueDefinition } from "@gpt-agent/jobs/define-queue";
import type { Queue } from "bullmq";
import type { RedisSettings } from "./connection.ts";
import { type OpenQueues, openQueues } from "./open-queues.ts";

export interface QueueBoard {
  /** BullMQ's own queue objects, for Bull Board and nothing else: everybody else goes through the queue client. */
  open(): readonly Queue[];
  close(): Promise<void>;
}

/** Connects when somebody first looks, so that a board nobody opens costs no connection. */
export const makeQueueBoard = (settings: RedisSettings, definitions: readonly QueueDefinition[]): QueueBoard => {
  let queues: OpenQueues | undefined;
  return {
    open: () => {
      // The client reports what is wrong.
      queues ??= openQueues(settings, { onError: () => {}, writesMeta: false });
      return definitions.map(queues.of);
    },
    close: async () => queues?.close(),
  };
};
