import { readFile, readdir, readlink } from "node:fs/promises";

const listening = "0A";

/** Inodes of the sockets that listen on `port`, from the table of the kernel's network connections. */
const listenersOn = (table: string, port: number): string[] => {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return table
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => local?.endsWith(suffix) === true && state === listening)
    .flatMap(([, , , , , , , , , inode]) => (inode === undefined ? [] : [inode]));
};

/**
 * Whether it is this process that listens on the port, and not a stranger who was quicker.
 * Where the system does not tell (no /proc), an answer has to be trusted: true.
 */
export const listensOn = async (pid: number, port: number): Promise<boolean> => {
  const tables = await Promise.all(
    ["/proc/net/tcp", "/proc/net/tcp6"].map((file) => readFile(file, "utf8").catch(() => undefined)),
  );
  if (tables.every((table) => table === undefined)) return true;
  const sockets = new Set(
    tables.flatMap((table) => listenersOn(table ?? "", port)).map((inode) => `socket:[${inode}]`),
  );
  const folder = `/proc/${pid}/fd`;
  const open = await readdir(folder).catch(() => []);
  const targets = await Promise.all(open.map((name) => readlink(`${folder}/${name}`).catch(() => "")));
  return targets.some((target) => sockets.has(target));
};
