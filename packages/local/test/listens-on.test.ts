import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { freePorts } from "@gpt-agent/local/process/free-port";
import { listensOn } from "@gpt-agent/local/process/listens-on";
import { firstLine } from "./outcomes.ts";

test.skipIf(!existsSync("/proc/net/tcp"))("tells whose a port is", async () => {
  const program = 'const s = require("net").createServer().listen(0, () => console.log(s.address().port))';
  const owner = spawn(process.execPath, ["-e", program]);
  onTestFinished(() => void owner.kill());
  const port = Number(await firstLine(owner.stdout));
  expect(await listensOn(owner.pid ?? 0, port)).toBe(true);
  expect(await listensOn(process.pid, port)).toBe(false);
});

test("ports for a set are different, though some in the range are taken", async () => {
  const [taken = 0] = await freePorts(1, 20_000);
  const owner = spawn(process.execPath, [
    "-e",
    `require("net").createServer().listen(${taken}, () => console.log("up"))`,
  ]);
  onTestFinished(() => void owner.kill());
  await firstLine(owner.stdout);
  const ports = await freePorts(4, taken);
  expect(new Set(ports).size).toBe(4);
  expect(ports).not.toContain(taken);
});
