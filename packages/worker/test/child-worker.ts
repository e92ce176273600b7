import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { RedisSettings } from "@gpt-agent/queue/connection";
import { onTestFinished } from "vitest";

export interface ChildWorker {
  kill(signal: NodeJS.Signals): void;
  /** The first line, past or future, that holds `text`. */
  says(text: string): Promise<string>;
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>;
}

const fixture = fileURLToPath(new URL("fixtures/worker-process.ts", import.meta.url));

/** Starts a worker process and waits until it is up; it never outlives its test. */
export const startChild = async (
  settings: RedisSettings,
  more: { readonly shutdownTimeoutMs?: number; readonly watchdog?: boolean } = {},
): Promise<ChildWorker> => {
  const options = { url: settings.url.reveal(), prefix: settings.prefix, shutdownTimeoutMs: 3_000, ...more };
  const args = ["--conditions=@gpt-agent/source", fixture, JSON.stringify(options)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines: string[] = [];
  const listeners = new Set<(line: string) => void>();
  createInterface(child.stdout).on("line", (line) => {
    lines.push(line);
    for (const listener of listeners) listener(line);
  });
  const says = (text: string): Promise<string> =>
    new Promise((resolve) => {
      const past = lines.find((line) => line.includes(text));
      if (past !== undefined) return resolve(past);
      listeners.add((line) => {
        if (line.includes(text)) resolve(line);
      });
    });
  const exited = once(child, "exit").then(([code, signal]) => ({ code, signal }));
  await Promise.race([says('"started"'), exited]);
  return { kill: (signal) => void child.kill(signal), says, exited };
};
