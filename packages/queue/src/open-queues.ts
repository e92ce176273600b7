import type { QueueDefinition } from "@gpt-agent/jobs/define-queue";
import { Queue } from "bullmq";
import type { Redis } from "ioredis";
import { connectProducer, queueName, type RedisSettings } from "./connection.ts";

export interface OpenQueues {
  readonly connection: Redis;
  /** BullMQ's own object for a queue, the same for every call. */
  of(definition: QueueDefinition): Queue;
  /** Needs no answer from Redis. */
  close(): Promise<void>;
}

interface OpenOptions {
  /** Told of every error of the connection and the queues; without a listener it would end the process. */
  readonly onError: (error: Error) => void;
  /** False for who only looks, and leaves no trace in Redis. */
  readonly writesMeta: boolean;
}

/** Queues over one connection, each opened when it is first asked for. */
export const openQueues = (settings: RedisSettings, { onError, writesMeta }: OpenOptions): OpenQueues => {
  const connection = connectProducer(settings, onError);
  const queues = new Map<string, Queue>();
  return {
    connection,
    of: (definition) => {
      const name = queueName(settings.baseName, definition);
      const known = queues.get(name);
      if (known !== undefined) return known;
      const queue = new Queue(name, {
        connection,
        prefix: settings.prefix,
        skipVersionCheck: true,
        skipMetasUpdate: !writesMeta,
        // Nobody reads the event stream for long; the default of 10 000 is a megabyte per queue.
        streams: { events: { maxLen: 1_000 } },
      });
      queue.on("error", onError);
      queues.set(name, queue);
      return queue;
    },
    close: async () => {
      await Promise.all(Array.from(queues.values(), (queue) => queue.close().catch(onError)));
      // Unlike quit() it waits for nothing.
      connection.disconnect();
    },
  };
};
