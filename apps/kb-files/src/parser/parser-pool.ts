import { spawn, type ChildProcess } from "node:child_process";
import { getCompileCacheDir } from "node:module";
import type { Socket } from "node:net";
import type { ParserSettings } from "./protocol.ts";

const isSource = import.meta.filename.endsWith(".ts");
const childPath = new URL(`./child${isSource ? ".ts" : ".js"}`, import.meta.url).pathname;

/** A process that waits for a file longer than this ends. */
const idleMs = 30_000;
const mostIdle = 8;

/** A running parser process. */
export interface ParserChild {
  readonly process: ChildProcess;
  /** Its last words, up to 4,000 characters. */
  readonly stderr: () => string;
}

/**
 * Processes that have read one organisation's files and wait for its next: starting one costs more than most files do.
 * None ever reads the files of two. They do not keep the worker alive.
 */
export const makeParserPool = (settings: ParserSettings, maxHeapMb: number) => {
  const idle: { readonly orgId: string; readonly child: ParserChild; readonly timer: NodeJS.Timeout }[] = [];
  const leave = (child: ParserChild): boolean => {
    const index = idle.findIndex((entry) => entry.child === child);
    if (index === -1) return false;
    clearTimeout(idle[index]?.timer);
    idle.splice(index, 1);
    return true;
  };
  const end = (child: ParserChild): void => {
    leave(child);
    child.process.kill("SIGKILL");
  };
  return {
    take(orgId: string): ParserChild {
      const waiting = idle.findLast((entry) => entry.orgId === orgId)?.child;
      if (waiting !== undefined && leave(waiting)) {
        hold(waiting, "ref");
        return waiting;
      }
      const child = start(settings, maxHeapMb);
      child.process.once("close", () => leave(child));
      return child;
    },
    /** For the next file of the same organisation. */
    giveBack(orgId: string, child: ParserChild): void {
      const timer = setTimeout(() => end(child), idleMs).unref();
      idle.push({ orgId, child, timer });
      hold(child, "unref");
      const [oldest] = idle;
      if (idle.length > mostIdle && oldest !== undefined) end(oldest.child);
    },
    end,
  };
};

const hold = ({ process: child }: ParserChild, change: "ref" | "unref"): void => {
  child[change]();
  child.channel?.[change]();
  for (const stream of [child.stderr, child.stdio[3]]) (stream as Socket | null)?.[change]();
};

const start = (settings: ParserSettings, maxHeapMb: number): ParserChild => {
  const compileCache = getCompileCacheDir();
  const child = spawn(
    process.execPath,
    [
      ...(isSource ? ["--conditions=@gpt-agent/source"] : []),
      `--max-old-space-size=${maxHeapMb}`,
      "--max-semi-space-size=16",
      childPath,
      JSON.stringify(settings),
    ],
    {
      env: compileCache === undefined ? {} : { NODE_COMPILE_CACHE: compileCache },
      // stdin, stdout, stderr, the lifeline (see watchdog.ts), questions and answers.
      stdio: ["ignore", "ignore", "pipe", "pipe", "ipc"],
    },
  );
  let words = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    words = (words + text).slice(-4_000);
  });
  return { process: child, stderr: () => words };
};
