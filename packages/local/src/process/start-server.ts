import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { Socket } from "node:net";
import { environment } from "./environment.ts";
import { endWithUs, hasEnded } from "./tether.ts";

export interface ServerCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly uid?: number;
  readonly gid?: number;
}

export interface StartedServer {
  readonly pid: number;
  /** Settles when the process has ended, for whatever reason. */
  readonly ended: Promise<void>;
  /** Ends it with the stop signal, after `graceMs` with SIGKILL; resolves when it is gone. */
  stop(): Promise<void>;
}

export interface StartServerOptions {
  /** What people call it, for messages. */
  readonly name: string;
  /** The line of its output that says it serves. A port that answers proves nothing: it may be somebody else's. */
  readonly ready: RegExp;
  readonly readyTimeoutMs: number;
  readonly stopSignal: "TERM" | "INT" | "QUIT";
  readonly graceMs: number;
}

const lastLines = (output: string): string => output.trim().split("\n").slice(-8).join("\n");

const waitUntilReady = (child: ChildProcess, { name, ready, readyTimeoutMs }: StartServerOptions): Promise<void> =>
  new Promise((resolve, reject) => {
    let output = "";
    const settle = (error?: Error): void => {
      clearTimeout(timer);
      child.off("error", onError).off("exit", onExit);
      // Keep reading: a full pipe would block the server at its next log line.
      for (const stream of [child.stdout, child.stderr]) stream?.removeAllListeners("data").resume();
      if (error === undefined) resolve();
      else reject(error);
    };
    const onData = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-16_384);
      if (ready.test(output)) settle();
    };
    const onError = (error: Error): void => settle(new Error(`${name} could not be started: ${error.message}`));
    const onExit = (code: number | null, signal: string | null): void =>
      settle(new Error(`${name} ended while starting (${signal ?? `exit code ${code}`}):\n${lastLines(output)}`));
    const timer = setTimeout(
      () => settle(new Error(`${name} was not ready within ${readyTimeoutMs / 1_000} s:\n${lastLines(output)}`)),
      readyTimeoutMs,
    );
    child.on("error", onError).on("exit", onExit);
    child.stdout?.on("data", onData);
    child.stderr?.on("data", onData);
  });

/**
 * Starts a server as a child that cannot outlive this process, in its own process group so that Ctrl-C in a terminal
 * reaches only us, and waits until it says that it is ready.
 * @throws {Error} with the server's last lines when it ends first or is not ready in time.
 */
export const startServer = async (command: ServerCommand, options: StartServerOptions): Promise<StartedServer> => {
  const { uid, gid, cwd } = command;
  const child = spawn(command.command, [...command.args], {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...environment, ...command.env },
    ...(cwd === undefined ? {} : { cwd }),
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
  });
  const { pid } = child;
  if (pid !== undefined) endWithUs(pid, options.stopSignal);
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => {
      if (pid !== undefined) hasEnded(pid);
      resolve();
    });
    child.once("error", () => {
      if (pid === undefined) resolve();
    });
  });
  const stop = async (): Promise<void> => {
    if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const timer = setTimeout(() => child.kill("SIGKILL"), options.graceMs);
    child.kill(`SIG${options.stopSignal}`);
    await once(child, "exit").finally(() => clearTimeout(timer));
  };
  try {
    await waitUntilReady(child, options);
  } catch (error) {
    await stop();
    throw error;
  }
  if (pid === undefined) throw new Error(`${options.name} has no process id`);
  // A ready server must not hold the event loop open: whoever started it decides how long to stay.
  child.unref();
  for (const stream of [child.stdout, child.stderr]) if (stream instanceof Socket) stream.unref();
  return { pid, ended, stop };
};
