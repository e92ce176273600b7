import { loadEnv } from "@gpt-agent/config/load-env";
import type { EnvSource } from "@gpt-agent/config/read-env";
import { makeQueueClient } from "@gpt-agent/queue/client";
import type { QueueClient } from "@gpt-agent/queue/client";
import { makeQueueInspector } from "@gpt-agent/queue/inspect";
import type { QueueInspector } from "@gpt-agent/queue/inspect";
import { redisOnly } from "./env.ts";
import { guardRemote } from "./remote-guard.ts";

const hostOf = (url: { reveal(): string }): string => new URL(url.reveal()).hostname;

/** Looks at the queues of REDIS_URL and closes the connection afterwards. */
export const inspectQueues = async <T>(
  source: EnvSource | undefined,
  work: (inspector: QueueInspector) => Promise<T>,
): Promise<T> => {
  const { redis } = loadEnv(redisOnly, source);
  const inspector = makeQueueInspector(redis);
  try {
    return await work(inspector);
  } finally {
    await inspector.close();
  }
};

/** Changes something there. @throws {OpsError} for another machine's Redis without `remote` */
export const changeQueues = async <T>(
  source: EnvSource | undefined,
  remote: boolean,
  work: (queues: { readonly inspector: QueueInspector; readonly client: QueueClient }) => Promise<T>,
): Promise<T> => {
  const { redis } = loadEnv(redisOnly, source);
  guardRemote("REDIS_URL", hostOf(redis.url), remote);
  const [inspector, client] = [makeQueueInspector(redis), makeQueueClient(redis)];
  try {
    return await work({ inspector, client });
  } finally {
    await Promise.all([inspector.close(), client.close()]);
  }
};
