import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

/** Runs src/main.ts as it runs in production: a process of its own, with this environment and no other. */
export const startProcess = (env: Readonly<Record<string, string>>) => {
  const temporary = mkdtempSync(join(tmpdir(), "gpt-agent-api-e2e-"));
  const child = spawn(process.execPath, ["--conditions=@gpt-agent/source", "src/main.ts"], {
    cwd: fileURLToPath(new URL("..", import.meta.url)),
    env: { TMPDIR: temporary, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
    rmSync(temporary, { recursive: true });
  });
  let output = "";
  const collect = (text: string): void => {
    output += text;
  };
  child.stdout.setEncoding("utf8").on("data", collect);
  child.stderr.setEncoding("utf8").on("data", collect);
  const exited = once(child, "close").then(([code]) => code as number | null);
  return { child, exited, temporary, output: () => output };
};

/** The process once it listens. @throws {Error} with its output when it ends instead. */
export const startApi = async (env: Readonly<Record<string, string>>) => {
  const api = startProcess({ PORT: "0", AI_PROVIDER: "local", ...env });
  const port = await portOf(api.child, api.output, api.exited);
  return { ...api, url: `http://127.0.0.1:${port}` };
};

const portOf = async (child: ChildProcess, output: () => string, exited: Promise<number | null>): Promise<string> => {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const look = (): void => {
    const port = /"listening".*?"port":(\d+)/.exec(output())?.[1];
    if (port !== undefined) resolve(port);
  };
  child.stdout?.on("data", look);
  void exited.then((code) => {
    reject(new Error(`the API ended with ${code} before it listened:\n${output()}`));
  });
  return promise;
};
