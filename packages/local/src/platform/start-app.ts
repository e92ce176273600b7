import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "../process/free-port.ts";
import { listensOn } from "../process/listens-on.ts";
import { type Child, startChild } from "../process/start-child.ts";
import type { App } from "./find-apps.ts";

export interface StartAppOptions {
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly port: number;
  readonly readyTimeoutMs: number;
  /** Ends the waiting: the rest of the set has failed. */
  readonly signal: AbortSignal;
}

export interface RunningApp {
  readonly app: App;
  readonly url: string;
  readonly process: Child;
}

const isHealthy = async (url: string, signal: AbortSignal): Promise<boolean> => {
  try {
    const response = await fetch(`${url}/health`, { signal: AbortSignal.any([signal, AbortSignal.timeout(2_000)]) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false; // Not listening yet.
  }
};

const untilHealthy = async (name: string, child: Child, url: string, options: StartAppOptions): Promise<void> => {
  // Somebody else's app may answer on a port that was free when we chose it.
  const isOurs = (): Promise<boolean> => listensOn(child.pid, options.port);
  const state: { ended?: string } = {};
  void child.ended.then((how) => (state.ended = how));
  const deadline = Date.now() + options.readyTimeoutMs;
  while (!((await isHealthy(url, options.signal)) && (await isOurs()))) {
    options.signal.throwIfAborted();
    if (state.ended !== undefined)
      throw new Error(`${name} ended while starting (${state.ended}):\n${child.lastLines()}`);
    if (Date.now() > deadline) {
      throw new Error(`${name} was not healthy within ${options.readyTimeoutMs / 1_000} s:\n${child.lastLines()}`);
    }
    await delay(50, undefined, { signal: options.signal });
  }
};

/**
 * Starts one app from its sources as a process that cannot outlive this one, and waits until it is healthy.
 * @throws {Error} with its last lines of output when it is not.
 */
export const startApp = async (app: App, options: StartAppOptions): Promise<RunningApp> => {
  const { port } = options;
  const url = `http://127.0.0.1:${port}`;
  const main = join(app.folder, "src", "main.ts");
  const child = await startChild(
    {
      command: process.execPath,
      args: ["--conditions=@gpt-agent/source", "--enable-source-maps", main],
      onlyEnv: { ...options.env, PORT: String(port) },
      cwd: app.folder,
    },
    { name: app.name, stopSignal: "TERM", graceMs: 10_000 },
  );
  try {
    await untilHealthy(app.name, child, url, options);
    return { app, url, process: child };
  } catch (error) {
    await child.stop();
    // Somebody took the port in between: take another.
    if (!options.signal.aborted && /EADDRINUSE/.test(child.lastLines())) {
      return startApp(app, { ...options, port: await freePort(port + 1) });
    }
    throw error;
  }
};
