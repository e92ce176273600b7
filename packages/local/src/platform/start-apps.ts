import { freePort, freePorts } from "../process/free-port.ts";
import { temporaryFolder } from "../process/temporary-folder.ts";
import type { App } from "./find-apps.ts";
import { type RunningApp, startApp } from "./start-app.ts";

export interface StartAppsOptions {
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** The API takes the first free port from here, the workers those after it. */
  readonly fromPort: number;
}

export interface RunningApps {
  readonly apps: readonly RunningApp[];
  /** Rejects, saying which and why, when one of them ends by itself. */
  readonly failure: Promise<never>;
  stop(): Promise<void>;
}

const stopAll = async (apps: readonly RunningApp[]): Promise<void> => {
  await Promise.all(apps.map(({ process }) => process.stop()));
};

/**
 * Starts all of them or none. They share a temporary folder of their own: whatever they leave in it, however they end,
 * goes with them.
 * @throws {Error} of the one that failed first.
 */
export const startApps = async (apps: readonly App[], { env, fromPort }: StartAppsOptions): Promise<RunningApps> => {
  const ports = await freePorts(apps.length, fromPort);
  const temporary = await temporaryFolder("apps");
  const failed = new AbortController();
  const starting = apps.map(async (app, index) => {
    try {
      return await startApp(app, {
        env: { ...env, TMPDIR: temporary.path },
        port: ports[index] ?? (await freePort()),
        readyTimeoutMs: 60_000,
        signal: failed.signal,
      });
    } catch (error) {
      failed.abort(error);
      throw error;
    }
  });
  const settled = await Promise.allSettled(starting);
  const running = settled.filter((one) => one.status === "fulfilled").map(({ value }) => value);
  if (failed.signal.aborted) {
    await stopAll(running);
    await temporary.remove();
    throw failed.signal.reason;
  }
  let stopping = false;
  const failure = new Promise<never>((_, reject) => {
    for (const { app, process } of running) {
      void process.ended.then((how) => {
        if (!stopping) reject(new Error(`${app.name} ended (${how}):\n${process.lastLines()}`));
      });
    }
  });
  failure.catch(() => {}); // Whoever waits for it hears of it; nobody has to.
  const stop = async (): Promise<void> => {
    stopping = true;
    await stopAll(running);
    await temporary.remove();
  };
  return { apps: running, failure, stop };
};
