import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@supabase/supabase-js";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import type { LocalSupabase } from "../src/supabase/start-supabase.ts";
import { defaultSeedCacheDir } from "../src/supabase/seed-cache.ts";
import { startSupabase } from "../src/supabase/start-supabase.ts";

const client = ({ url }: LocalSupabase, key: string) => createClient(url, key, { auth: { persistSession: false } });

const things = { name: "things", sql: "create table public.things (id int primary key)" };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "start-supabase-test-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const start = async (name: string, sql = [things], seedCacheDir = defaultSeedCacheDir()): Promise<LocalSupabase> => {
  const supabase = await startSupabase({ dataDir: join(folder, name), seedCacheDir, sql });
  onTestFinished(() => supabase.stop());
  return supabase;
};

// Each start of a database is a second or two of computing, on a loaded machine ten.
describe("startSupabase", { timeout: 180_000 }, () => {
  test("data, files and keys outlive a restart; new SQL is applied, old SQL is not applied again", async () => {
    const first = await start("kept");
    const before = client(first, first.serviceRoleKey);
    expect((await before.from("things").insert({ id: 1 })).error).toBeNull();
    await before.storage.createBucket("b");
    expect((await before.storage.from("b").upload("a.txt", "текст")).error).toBeNull();
    await first.stop();

    const second = await start("kept", [
      things,
      { name: "more", sql: "alter table public.things add note text default 'n'" },
    ]);
    const after = client(second, second.serviceRoleKey);
    expect((await after.from("things").select()).data).toEqual([{ id: 1, note: "n" }]);
    expect(await (await after.storage.from("b").download("a.txt")).data?.text()).toBe("текст");
    expect((await client(second, first.serviceRoleKey).from("things").select("id")).data).toEqual([{ id: 1 }]);
  });

  test("SQL that changed after it was applied is refused with its name", async () => {
    await (await start("changed")).stop();
    await expect(start("changed", [{ name: "things", sql: "create table public.other ()" }])).rejects.toThrow(
      /things has changed/,
    );
  });

  test("SQL that fails says which and why, and leaves nothing running", async () => {
    await expect(start("broken", [{ name: "bad migration", sql: "create tabel x ()" }])).rejects.toThrow(
      /bad migration failed: syntax error at or near "tabel"/,
    );
  });

  test("the opaque keys open it as their JWT forms do", async () => {
    const supabase = await start("keys");
    expect((await client(supabase, supabase.secretKey).from("things").select()).data).toEqual([]);
    expect((await client(supabase, supabase.publishableKey).from("things").select()).error).toBeNull();
    expect((await client(supabase, `${supabase.secretKey}x`).from("things").select()).status).toBe(401);
  });

  test("a table made later is there after NOTIFY", async () => {
    const make = `create function public.make_later() returns void language plpgsql security definer as $$
      begin create table public.later (id int); notify pgrst, 'reload schema'; end $$`;
    const supabase = await start("notify", [{ name: "make", sql: make }]);
    const service = client(supabase, supabase.serviceRoleKey);
    expect((await service.from("later").select()).status).toBe(404);
    expect((await service.rpc("make_later")).error).toBeNull();
    await vi.waitFor(async () => expect((await service.from("later").select()).status).toBe(200), { timeout: 10_000 });
  });

  test("two started at once share the seed cache and nothing else", async () => {
    const sql = [{ name: "n", sql: "create table public.numbers (n int)" }];
    const seeds = join(folder, "seeds");
    const [one, two] = await Promise.all([start("one", sql, seeds), start("two", sql, seeds)]);
    expect((await client(one, one.serviceRoleKey).from("numbers").insert({ n: 1 })).error).toBeNull();
    expect((await client(two, two.serviceRoleKey).from("numbers").select()).data).toEqual([]);
    const left = await readdir(seeds);
    expect(left).toHaveLength(2);
    expect(left.every((name) => name.endsWith(".tar.gz"))).toBe(true);
    const third = await start("three", sql, seeds);
    expect((await client(third, third.serviceRoleKey).from("numbers").select()).data).toEqual([]);
  });

  test("the server ends with the process that started it, also when that is killed", async () => {
    const program = `
      import { startSupabase } from ${JSON.stringify(join(import.meta.dirname, "../src/supabase/start-supabase.ts"))};
      const { url } = await startSupabase({ sql: [] });
      process.stdout.write(url);
      setInterval(() => {}, 1_000);`;
    const parent = spawn(process.execPath, ["--input-type=module", "-e", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [url] = await once(parent.stdout, "data").then((data) => data.map(String));
    expect((await fetch(`${url}/auth/v1/health`)).status).toBe(200);
    parent.kill("SIGKILL");
    await vi.waitFor(() => expect(fetch(`${url}/auth/v1/health`)).rejects.toThrow(), {
      timeout: 20_000,
      interval: 100,
    });
  });
});
