import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { startRedis } from "@gpt-agent/local/redis/start-redis";
import type { Case } from "../measure.ts";

/** One round, asked of the process that runs it; it answers with jobs per second. */
export interface Ask {
  readonly run: "ours" | "baseline";
  readonly redisUrl: string;
  readonly count: number;
}

/** The whole runtime (schema, context, log line, metrics) around a job that does nothing, beside bare BullMQ. */
export const wrapper: Case = {
  name: "wrapper",
  unit: "no-op jobs/s at concurrency 50",
  baselineName: "bare BullMQ",
  goal: { text: "≥ 0.90 of bare BullMQ", holds: ({ ratio }) => ratio >= 0.9 },
  prepare: async ({ smoke }) => {
    const redis = await startRedis();
    const child = fork(fileURLToPath(new URL("wrapper-process.ts", import.meta.url)), {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    const round = async (run: Ask["run"]): Promise<number> => {
      child.send({ run, redisUrl: redis.url, count: smoke ? 500 : 20_000 } satisfies Ask);
      const answered = new AbortController();
      const { signal } = answered;
      const ended = once(child, "exit", { signal }).then(() => Promise.reject(new Error("the measured process ended")));
      try {
        const [rate] = (await Promise.race([once(child, "message", { signal }), ended])) as [number];
        return rate;
      } finally {
        ended.catch(() => {});
        answered.abort();
      }
    };
    return {
      ours: () => round("ours"),
      baseline: () => round("baseline"),
      close: async () => {
        child.kill();
        await redis.stop();
      },
    };
  },
};
