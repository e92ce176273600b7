import { execFile } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const run = (command: string, args: readonly string[]) =>
  new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    const file = join(import.meta.dirname, `../src/cli/${command}.ts`);
    execFile(process.execPath, ["--conditions=@gpt-agent/source", file, ...args], (error, stdout, stderr) =>
      resolve({ code: error?.code, stdout, stderr }),
    );
  });

test.each(["demo", "dev", "stack"])("%s: an option that does not exist is told in two lines", async (command) => {
  expect(await run(command, ["--jsn"])).toEqual({
    code: 1,
    stdout: "",
    stderr: "Unknown option '--jsn'\n--help lists the options.\n",
  });
});
