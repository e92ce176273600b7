import { execFile } from "node:child_process";
import { join } from "node:path";

const main = join(import.meta.dirname, "../src/main.ts");

export interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** `pnpm ops …` as a process of its own, with this environment and no other. */
export const runOps = (args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(process.execPath, ["--conditions=@gpt-agent/source", main, ...args], { env }, (error, stdout, stderr) => {
      resolve({ stdout, stderr, exitCode: typeof error?.code === "number" ? error.code : error === null ? 0 : -1 });
    });
  });

/** The object that `--json` prints. */
export const jsonOf = (ended: Ended): unknown => JSON.parse(ended.stdout);
