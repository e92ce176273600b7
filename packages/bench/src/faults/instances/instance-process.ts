import { setTimeout as delay } from "node:timers/promises";
import { runWorker } from "@gpt-agent/worker/run-worker";
import { concurrency, sharedWork } from "./shared-work.ts";

/** One instance; see three-instances.ts. Its first argument is `Settings`. */
export interface Settings {
  readonly url: string;
  readonly prefix: string;
  /** Production's 30 s, or less to be done sooner. */
  readonly lockDurationMs: number;
}

const { url, prefix, lockDurationMs } = JSON.parse(process.argv[2] ?? "") as Settings;

await runWorker({
  queue: sharedWork,
  redis: { url: { reveal: () => url }, baseName: "agent-jobs", prefix },
  port: 0,
  host: "127.0.0.1",
  concurrency,
  shutdownTimeoutMs: 20_000,
  logLevel: "error",
  handle: async ({ key }) => {
    await delay(25);
    process.stdout.write(`${key}\n`);
  },
  tuning: { lockDurationMs, stalledIntervalMs: lockDurationMs / 1.5 },
});
process.stdout.write("started\n");
