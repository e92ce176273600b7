import { spawn } from "node:child_process";
import { Socket } from "node:net";
import { environment } from "./environment.ts";
import { endWithUs, hasEnded } from "./tether.ts";

export interface ChildCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** Beside this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** In place of this process's environment and `env`. */
  readonly onlyEnv?: Readonly<NodeJS.ProcessEnv>;
  readonly cwd?: string;
  readonly uid?: number;
  readonly gid?: number;
}

export interface ChildOptions {
  /** What people call it, for messages. */
  readonly name: string;
  readonly stopSignal: "TERM" | "INT";
  /** How long it may take to stop before SIGKILL. */
  readonly graceMs: number;
  /** Called with each piece of its output, both streams. Default: only the last lines are kept. */
  onOutput?(text: string): void;
}

export interface Child {
  readonly pid: number;
  /** Settles when the process is gone, with how it went: `exit code 1`, `SIGKILL`. */
  readonly ended: Promise<string>;
  /** The last lines of its output, to explain what went wrong. */
  lastLines(): string;
  /** Ends it with the stop signal, after the grace time with SIGKILL; resolves when it is gone. */
  stop(): Promise<void>;
}

/**
 * Starts a process that cannot outlive this one, in a process group of its own so that Ctrl-C in a terminal reaches
 * only us and we decide the order of things.
 * @throws {Error} when there is no such program.
 */
export const startChild = async (command: ChildCommand, options: ChildOptions): Promise<Child> => {
  const { uid, gid, cwd } = command;
  const child = spawn(command.command, [...command.args], {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: command.onlyEnv ?? { ...environment, ...command.env },
    ...(cwd === undefined ? {} : { cwd }),
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
  });
  const { pid } = child;
  if (pid === undefined) {
    const error = await new Promise<Error>((resolve) => child.once("error", resolve));
    throw new Error(`${options.name} could not be started: ${error.message}`, { cause: error });
  }
  endWithUs(pid, options.stopSignal);

  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-16_384);
      options.onOutput?.(text);
    });
    // It must not hold the event loop open: whoever started it decides how long to stay.
    if (stream instanceof Socket) stream.unref();
  }
  child.unref();

  const ended = new Promise<string>((resolve) => {
    child.once("exit", (code, signal) => {
      hasEnded(pid);
      resolve(signal ?? `exit code ${code}`);
    });
  });
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const timer = setTimeout(() => child.kill("SIGKILL"), options.graceMs);
    child.kill(`SIG${options.stopSignal}`);
    await ended;
    clearTimeout(timer);
  };
  return { pid, ended, lastLines: () => output.trim().split("\n").slice(-8).join("\n"), stop };
};
