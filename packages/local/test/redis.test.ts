import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startRedis } from "@gpt-agent/local/redis/start-redis";
import { firstLine, isRunning, redisCommand, until } from "./outcomes.ts";

test("evicts nothing, saves nothing, listens on loopback only", async () => {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  expect(redis.url).toBe(`redis://127.0.0.1:${redis.port}`);
  expect(await redisCommand(redis.port, "CONFIG GET maxmemory-policy")).toContain("noeviction");
  expect(await redisCommand(redis.port, "CONFIG GET bind")).toContain("\r\n127.0.0.1\r\n");
  expect(await redisCommand(redis.port, "CONFIG GET save")).toContain("save\r\n$0\r\n");
});

test("several at once keep apart, and each takes its folder with it", async () => {
  const all = await Promise.all([startRedis(), startRedis(), startRedis()]);
  expect(new Set(all.map(({ port }) => port)).size).toBe(3);
  const folders = await Promise.all(
    all.map(async ({ port }) => /\r\n(\/.*)\r\n/.exec(await redisCommand(port, "CONFIG GET dir"))?.[1] ?? ""),
  );
  expect(folders.every((folder) => existsSync(folder))).toBe(true);
  await Promise.all(all.map((redis) => redis.stop()));
  expect(folders.some((folder) => existsSync(folder))).toBe(false);
  expect(await Promise.all(all.map(({ pid }) => isRunning(pid)))).toEqual([false, false, false]);
});

test("keeps its data for the next start where asked", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "gpt-agent-test-"));
  onTestFinished(() => rm(dataDir, { recursive: true }));
  const first = await startRedis({ dataDir, appendOnly: true });
  await redisCommand(first.port, "SET city Новосибирск");
  await first.stop();
  const second = await startRedis({ dataDir, appendOnly: true });
  onTestFinished(() => second.stop());
  expect(await redisCommand(second.port, "GET city")).toContain("Новосибирск");
});

test("ends, folder and all, when its parent is killed outright", async () => {
  const program = join(import.meta.dirname, "programs/start-redis.ts");
  const parent = spawn(process.execPath, ["--conditions=@gpt-agent/source", program]);
  const { pid, port } = JSON.parse(await firstLine(parent.stdout)) as { pid: number; port: number };
  const folder = /\r\n(\/.*)\r\n/.exec(await redisCommand(port, "CONFIG GET dir"))?.[1] ?? "";
  expect(existsSync(folder)).toBe(true);
  parent.kill("SIGKILL");
  await until(async () => !(await isRunning(pid)) && !existsSync(folder));
});

test("a port that is taken is refused with the reason", async () => {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  await expect(startRedis({ port: redis.port })).rejects.toThrow(/ended while starting[^]*in use/i);
});
