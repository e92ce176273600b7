import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { basename } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { endWithUs, hasEnded } from "@gpt-agent/local/process/tether";
import type { Buildah, ImageConfig } from "./buildah.ts";

export interface RunningContainer {
  /** Resolves once /health answers 200. @throws {Error} with what the process said, when it ends instead */
  healthy(url: string): Promise<void>;
  /** The uid that the app runs as. */
  uid(): Promise<number>;
  /** Sends SIGTERM as a platform does, to the process that the image starts. @returns the exit code */
  terminate(): Promise<number | null>;
  output(): string;
  kill(): void;
}

interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  /** By its command line: Node calls its process after its main thread. */
  readonly program: string;
}

/** Chroot isolation has no process namespace of its own: the container's processes are our descendants. */
const processes = async (): Promise<ProcessEntry[]> => {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const entries = pids.map(async (pid) => {
    const [stat, commandLine] = await Promise.all(
      ["stat", "cmdline"].map((file) => readFile(`/proc/${pid}/${file}`, "utf8").catch(() => "")),
    );
    const parent = /^\d+ \(.*\) \S (\d+)/s.exec(stat ?? "")?.[1];
    return { pid, parent: Number(parent ?? 0), program: basename(commandLine?.split("\0")[0] ?? "") };
  });
  return Promise.all(entries);
};

const descendant = async (ancestor: number, program: string): Promise<number> => {
  const all = await processes();
  const parents = new Map(all.map(({ pid, parent }) => [pid, parent]));
  const isBelow = (pid: number): boolean => {
    for (let at = parents.get(pid); at !== undefined && at > 1; at = parents.get(at)) if (at === ancestor) return true;
    return false;
  };
  const found = all.find((entry) => entry.program === program && isBelow(entry.pid));
  if (found === undefined) throw new Error(`the container has no process "${program}"`);
  return found.pid;
};

/** Starts what the image starts (entry point and command), with the host's network and these variables. */
export const runContainer = (
  buildah: Buildah,
  container: string,
  config: ImageConfig,
  env: Readonly<Record<string, string>>,
): RunningContainer => {
  // tini is no first process here, as it is in a container proper: without this it says so.
  const variables = Object.entries({ TINI_SUBREAPER: "", ...env }).flatMap(([name, value]) => [
    "--env",
    `${name}=${value}`,
  ]);
  const isolation = ["--isolation", "chroot", "--network", "host", "--user", config.User];
  const args = [
    ...buildah.options,
    "run",
    ...isolation,
    ...variables,
    container,
    "--",
    ...config.Entrypoint,
    ...config.Cmd,
  ];
  const child = spawn(buildah.program, args, { env: buildah.env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const { pid } = child;
  if (pid === undefined) throw new Error("buildah could not be started");
  endWithUs(pid, "TERM");
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-65_536);
    });
  }
  const exited = once(child, "close").then(([code]) => {
    hasEnded(pid);
    return code as number | null;
  });
  const ended: { code?: number | null } = {};
  void exited.then((code) => (ended.code = code));

  return {
    healthy: async (url) => {
      const deadline = Date.now() + 60_000;
      for (;;) {
        const response = await fetch(`${url}/health`).catch(() => undefined);
        if (response?.ok) return;
        if ("code" in ended) throw new Error(`it ended with ${ended.code} before it was healthy:\n${output}`);
        if (Date.now() > deadline) throw new Error(`it was not healthy within 60 s:\n${output}`);
        await delay(100);
      }
    },
    uid: async () => {
      const status = await readFile(`/proc/${await descendant(pid, "node")}/status`, "utf8");
      return Number(/^Uid:\s+(\d+)/m.exec(status)?.[1]);
    },
    terminate: async () => {
      process.kill(await descendant(pid, config.Entrypoint[0] ?? ""), "SIGTERM");
      return exited;
    },
    output: () => output,
    kill: () => {
      if (!("code" in ended)) process.kill(-pid, "SIGKILL");
    },
  };
};
