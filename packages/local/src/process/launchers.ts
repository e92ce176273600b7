import { readFileSync } from "node:fs";

/** A process and the parent it had. */
interface Link {
  readonly pid: number;
  readonly parent: number;
}

const parentOf = (pid: number): number | undefined => {
  if (pid === process.pid) return process.ppid;
  try {
    // "pid (name) state parent …": a name may hold spaces and brackets, so from the last bracket on.
    const [, parent] = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return parent === undefined ? undefined : Number(parent);
  } catch {
    return undefined; // Gone, or a system without /proc.
  }
};

const isPackageManager = (pid: number): boolean => {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split(/[\0\s]+/);
    return words.some((word) => /(^|\/)(npm|npx|pnpm)(-cli\.js)?(@[\d.]+)?$/.test(word));
  } catch {
    return false;
  }
};

/**
 * The processes between this one and the outermost package manager that launched it: `npx` starts a shell that starts
 * pnpm that starts a shell that starts us. Not all of them pass a signal on when they are ended, so a broken chain is
 * the sign that somebody ended this program.
 * @returns whether the chain still stands; always true where no package manager is in it
 */
export const watchLaunchers = (): (() => boolean) => {
  const chain: Link[] = [];
  let length = 0;
  for (let pid = process.pid; pid > 1;) {
    const parent = parentOf(pid);
    if (parent === undefined) break;
    chain.push({ pid, parent });
    if (isPackageManager(parent)) length = chain.length;
    pid = parent;
  }
  const launchers = chain.slice(0, length);
  return () => launchers.every(({ pid, parent }) => parentOf(pid) === parent);
};
