// One of the instances that share a limit: it sends as fast as the limiter lets it until its parent ends it.
import { Agent, request } from "node:http";
import { randomUUID } from "node:crypto";
import type { LimitRule } from "@gpt-agent/limits/limiter";
import { makeLimiter } from "@gpt-agent/limits/make-limiter";

export interface ClientTask {
  readonly redisUrl: string;
  readonly prefix: string;
  readonly serverUrl: string;
  readonly rule: LimitRule;
  /** Requests that wait or are under way at any time. */
  readonly concurrency: number;
}

const get = (url: string, agent: Agent): Promise<void> =>
  new Promise((resolve, reject) => {
    const headers = { "x-sent-at": performance.timeOrigin + performance.now() };
    const sent = request(url, { agent, headers }, (response) => response.resume().on("end", resolve));
    sent.on("error", reject).end();
  });

const run = async ({ redisUrl, prefix, serverUrl, rule, concurrency }: ClientTask): Promise<void> => {
  const limiter = makeLimiter({ url: { reveal: () => redisUrl }, baseName: "bench", prefix });
  const agent = new Agent({ keepAlive: true });
  const tenant = randomUUID();
  const { signal } = new AbortController();
  const loop = async (): Promise<never> => {
    for (;;) {
      const permit = await limiter.acquire({
        limits: [{ key: "account", rule }],
        cost: 1,
        lane: "backfill",
        tenant,
        signal,
        maxWaitMs: 600_000,
      });
      await get(serverUrl, agent);
      await permit.done({});
    }
  };
  await Promise.all(Array.from({ length: concurrency }, loop));
};

process.on("message", (task: ClientTask) => void run(task));
