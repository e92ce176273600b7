import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { StackEnv } from "@gpt-agent/local/stack";
import { firstLine, redisCommand } from "./outcomes.ts";

const command = join(import.meta.dirname, "../src/cli/stack.ts");

test("pnpm stack serves anybody's schema, without ours, until it is told to end", async () => {
  const folder = await mkdtemp(join(tmpdir(), "gpt-agent-test-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const sqlFile = join(folder, "shop.sql");
  await writeFile(
    sqlFile,
    "create table public.goods (id int primary key, name text); insert into public.goods values (1, 'чай');",
  );

  const args = ["--conditions=@gpt-agent/source", command, "--json", "--no-migrations", "--sql", sqlFile];
  const child = spawn(process.execPath, args);
  onTestFinished(() => void child.kill("SIGKILL"));
  const env = JSON.parse(await firstLine(child.stdout)) as StackEnv;

  const headers = { apikey: env.SUPABASE_SERVICE_ROLE_KEY, authorization: `Bearer ${env.SUPABASE_SERVICE_ROLE_KEY}` };
  const goods = await fetch(`${env.SUPABASE_URL}/rest/v1/goods?select=name`, { headers });
  expect(await goods.json()).toEqual([{ name: "чай" }]);
  const ours = await fetch(`${env.SUPABASE_URL}/rest/v1/documents`, {
    headers: { ...headers, "accept-profile": "agent_jobs" },
  });
  expect(ours.ok).toBe(false);
  expect(await redisCommand(Number(new URL(env.REDIS_URL).port), "PING")).toContain("PONG");

  child.kill("SIGTERM");
  const [code] = (await once(child, "exit")) as [number | null];
  expect(code).toBe(0);
  await expect(fetch(env.SUPABASE_URL)).rejects.toThrow();
});
