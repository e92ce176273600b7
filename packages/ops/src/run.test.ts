import { expect, test } from "vitest";
import { OpsError, UsageError } from "./command.ts";
import type { Command } from "./command.ts";
import { runCommand } from "./run.ts";

const make = (run: Command["run"]): Command => ({
  summary: "Says what it was given.",
  usage: "pnpm ops echo [--loud]",
  options: { loud: { type: "boolean" } },
  run,
});

const commands = {
  echo: async () =>
    make(async ({ values, positionals }) => ({
      text: positionals.join(),
      data: { positionals, loud: values["loud"] },
    })),
  unwell: async () => make(async () => ({ text: "WRONG", data: { ok: false }, failed: true })),
  breaks: async () => make(() => Promise.reject(new OpsError("remote_refused", "Not there."))),
  misused: async () => make(() => Promise.reject(new UsageError("Name a queue."))),
};
const run = (...args: string[]) => runCommand(commands, args);

test("text by default, one JSON object with --json, in any place", async () => {
  expect(await run("echo", "a", "b")).toEqual({ stdout: "a,b\n", stderr: "", exitCode: 0 });
  expect(await run("echo", "--json", "a", "--loud")).toEqual({
    stdout: '{"positionals":["a"],"loud":true}\n',
    stderr: "",
    exitCode: 0,
  });
});

test("what is found not to be in order is exit 1, with its report", async () => {
  expect(await run("unwell", "--json")).toEqual({ stdout: '{"ok":false}\n', stderr: "", exitCode: 1 });
});

test("a failure is on stderr, and on stdout too where a program reads it", async () => {
  expect(await run("breaks")).toEqual({ stdout: "", stderr: "Not there.\n", exitCode: 1 });
  expect(await run("breaks", "--json")).toMatchObject({
    stdout: '{"error":{"code":"remote_refused","message":"Not there."}}\n',
    exitCode: 1,
  });
});

test("help lists the commands, and each command has its own", async () => {
  for (const args of [["--help"], ["help"]]) {
    const { stdout, exitCode } = await run(...args);
    expect(exitCode).toBe(0);
    for (const name of Object.keys(commands)) expect(stdout).toContain(`  ${name}`);
  }
  const { stdout, exitCode } = await run("echo", "--help");
  expect(exitCode).toBe(0);
  expect(stdout).toContain("Usage: pnpm ops echo [--loud]");
});

test.each([[[]], [["ecko"]], [["__proto__"]], [["echo", "--quiet"]], [["misused"]]])(
  "%j is a wrong command line",
  async (args) => {
    expect(await run(...args)).toMatchObject({ exitCode: 2 });
  },
);
