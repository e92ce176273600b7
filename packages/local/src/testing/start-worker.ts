import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { makeQueueClient, type QueueClient } from "@gpt-agent/queue/client";
import { inject, onTestFailed, onTestFinished } from "vitest";
import { appsFolder } from "../cli/repository.ts";
import "./provided-context.ts";

/** A worker that runs for one test. */
export interface StartedWorker {
  /** Of the queues that this worker takes jobs from, and nobody else. */
  readonly queue: QueueClient;
  /** Their `JOB_QUEUE_PREFIX`. */
  readonly prefix: string;
  /** Sends SIGTERM. @returns the exit code; null where a signal ended the process */
  stop(): Promise<number | null>;
}

/**
 * Runs an app's `src/main.ts` as in production, a process of its own, on the run's stack and on queues of its own.
 * When the test ends the process is killed; when it fails, what the process said is shown.
 * @param app the app's folder below `apps`
 */
export const startWorker = (app: string, env: Readonly<Record<string, string>> = {}): StartedWorker => {
  const stack = inject("stack");
  const prefix = `test-${randomUUID()}`;
  const child = spawn(process.execPath, ["--conditions=@gpt-agent/source", "src/main.ts"], {
    cwd: join(appsFolder, app),
    env: { PORT: "0", AI_PROVIDER: "local", ...stack, JOB_QUEUE_PREFIX: prefix, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => output.push(text));
  onTestFailed(() => void process.stderr.write(output.join("")));
  const exited = once(child, "close").then(([code]) => code as number | null);
  const queue = makeQueueClient({ url: { reveal: () => stack.REDIS_URL }, baseName: "agent-jobs", prefix });
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await Promise.all([exited, queue.close()]);
  });
  return {
    queue,
    prefix,
    stop: () => {
      child.kill("SIGTERM");
      return exited;
    },
  };
};
