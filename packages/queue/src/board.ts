import type { QueueDefinition } from "@gpt-agent/jobs/define-queue";
import { Queue } from "bullmq";
import { connectProducer, queueName, type RedisSettings } from "./connection.ts";

export interface QueueBoard {
  /** BullMQ's own queue objects, for Bull Board and nothing else: everybody else goes through the queue client. */
  open(): readonly Queue[];
  close(): Promise<void>;
}

/** Connects when somebody first looks, so that a board nobody opens costs no connection. */
export const makeQueueBoard = (settings: RedisSettings, definitions: readonly QueueDefinition[]): QueueBoard => {
  // The client reports what is wrong; here an error event without a listener would end the process.
  const ignore = (): void => {};
  const connect = () => {
    const connection = connectProducer(settings, ignore);
    const queues = definitions.map((definition) => {
      const name = queueName(settings.baseName, definition);
      const queue = new Queue(name, {
        connection,
        prefix: settings.prefix,
        skipVersionCheck: true,
        skipMetasUpdate: true,
      });
      queue.on("error", ignore);
      return queue;
    });
    return { connection, queues };
  };

  let board: ReturnType<typeof connect> | undefined;
  return {
    open: () => (board ??= connect()).queues,
    close: async () => {
      if (!board) return;
      await Promise.all(board.queues.map((queue) => queue.close().catch(ignore)));
      board.connection.disconnect();
    },
  };
};
