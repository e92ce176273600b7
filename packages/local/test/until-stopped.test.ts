import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { firstLine, until } from "./outcomes.ts";

const program = join(import.meta.dirname, "programs/until-stopped.ts");
const conditions = "--conditions=@gpt-agent/source";

const temporaryFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "gpt-agent-test-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
};

test.each(["SIGINT", "SIGTERM"] as const)("%s ends it in order", async (signal) => {
  const file = join(await temporaryFolder(), "stopped");
  const child = spawn(process.execPath, [conditions, program, file]);
  await firstLine(child.stdout);
  child.kill(signal);
  await once(child, "exit");
  expect(existsSync(file)).toBe(true);
});

test.skipIf(!existsSync("/proc/self/stat"))("a package manager that is killed takes it along", async () => {
  const folder = await temporaryFolder();
  const file = join(folder, "stopped");
  // A shell script by the name of a package manager that, like some, passes no signal on.
  await writeFile(join(folder, "pnpm"), `"${process.execPath}" ${conditions} "${program}" "${file}"\nexit\n`);
  const launcher = spawn("/bin/sh", [join(folder, "pnpm")]);
  await firstLine(launcher.stdout);
  launcher.kill("SIGKILL");
  await until(() => existsSync(file));
});
