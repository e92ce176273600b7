import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { makeQueueClient, type QueueClient } from "@gpt-agent/queue/client";
import { inject, onTestFailed, onTestFinished } from "vitest";

/** Runs src/main.ts as in production, a process of its own, on the run's stack and on queues of its own. */
export const startWorker = (env: Readonly<Record<string, string>> = {}) => {
  const stack = inject("stack");
  const prefix = `test-${randomUUID()}`;
  const child = spawn(process.execPath, ["--conditions=@gpt-agent/source", "src/main.ts"], {
    cwd: fileURLToPath(new URL("..", import.meta.url)),
    env: { PORT: "0", AI_PROVIDER: "local", ...stack, JOB_QUEUE_PREFIX: prefix, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => output.push(text));
  onTestFailed(() => void process.stderr.write(output.join("")));
  const exited = once(child, "close").then(([code]) => code as number | null);
  const queue: QueueClient = makeQueueClient({
    url: { reveal: () => stack.REDIS_URL },
    baseName: "agent-jobs",
    prefix,
  });
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await Promise.all([exited, queue.close()]);
  });
  const stop = (): Promise<number | null> => {
    child.kill("SIGTERM");
    return exited;
  };
  return { queue, stop };
};
