import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createConnection } from "node:net";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";

/** Resolves as soon as `isTrue` says so; the test's own time limit ends the waiting. */
export const until = async (isTrue: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await isTrue())) await delay(20);
};

export const firstLine = async (stream: Readable): Promise<string> => {
  const lines = createInterface({ input: stream });
  const [line] = (await once(lines, "line")) as [string];
  return line;
};

/** Running: a process that has ended and was not collected by its new parent yet does not count. */
export const isRunning = async (pid: number): Promise<boolean> => {
  try {
    process.kill(pid, 0);
    return !/\) Z /.test(await readFile(`/proc/${pid}/stat`, "utf8").catch(() => ""));
  } catch {
    return false;
  }
};

/** One inline command to a Redis, and all that it answers. */
export const redisCommand = async (port: number, command: string): Promise<string> => {
  const socket = createConnection({ host: "127.0.0.1", port });
  let answer = "";
  socket.setEncoding("utf8").on("data", (text: string) => (answer += text));
  socket.end(`${command}\r\nQUIT\r\n`);
  await once(socket, "close");
  return answer;
};
