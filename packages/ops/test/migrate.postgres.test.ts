import { randomUUID } from "node:crypto";
import { readMigrations } from "@gpt-agent/supabase/migrations";
import { Client } from "pg";
import { afterEach, expect, inject, test } from "vitest";
import { applyMigration, appliedVersions, lockHistory, withDatabase } from "../src/migrate/apply.ts";
import { jsonOf, runOps } from "./run-ops.ts";

const serverUrl = inject("stack").SUPABASE_DB_URL ?? "";
const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

const query = async (url: string, sql: string): Promise<Record<string, unknown>[]> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
};

/** An empty database of its own on the run's server, where the roles of a Supabase project exist. */
const createDatabase = async (): Promise<string> => {
  const name = `ops_${randomUUID().replaceAll("-", "")}`;
  await query(serverUrl, `create database ${name}`);
  cleanups.push(async () => void (await query(serverUrl, `drop database ${name} with (force)`)));
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
};

const history = "select version, name, statements from supabase_migrations.schema_migrations order by version";

test("applies everything once, in order, and notes it as supabase db push does", async () => {
  const SUPABASE_DB_URL = await createDatabase();
  const names = (await readMigrations()).map(({ name }) => name.replace(/\.sql$/, ""));
  expect(names.length).toBeGreaterThan(0);

  const dry = await runOps(["migrate", "--dry-run", "--json"], { SUPABASE_DB_URL });
  expect(jsonOf(dry)).toEqual({ dryRun: true, applied: [], pending: names });
  expect(await query(SUPABASE_DB_URL, "select to_regnamespace('agent_jobs') as found")).toEqual([{ found: null }]);

  const applied = await runOps(["migrate", "--json"], { SUPABASE_DB_URL });
  expect(applied.stderr).toBe("");
  expect(jsonOf(applied)).toEqual({ dryRun: false, applied: names, pending: [] });
  const rows = await query(SUPABASE_DB_URL, history);
  expect(rows.map(({ version, name }) => `${String(version)}_${String(name)}`)).toEqual(names);
  expect(rows[0]?.["statements"]).toEqual([(await readMigrations())[0]?.sql]);

  const again = await runOps(["migrate"], { SUPABASE_DB_URL });
  expect(again).toMatchObject({ exitCode: 0, stdout: "The database is up to date.\n" });
});

test("two at once apply everything once", async () => {
  const SUPABASE_DB_URL = await createDatabase();
  const both = await Promise.all([1, 2].map(() => runOps(["migrate", "--json"], { SUPABASE_DB_URL })));
  expect(both.map(({ exitCode, stderr }) => ({ exitCode, stderr }))).toEqual(
    both.map(() => ({ exitCode: 0, stderr: "" })),
  );
  const counts = both.map((one) => (jsonOf(one) as { applied: string[] }).applied.length).toSorted((a, b) => a - b);
  expect(counts).toEqual([0, (await readMigrations()).length]);
});

test("what another tool noted is not applied again, and its own migrations are left alone", async () => {
  const SUPABASE_DB_URL = await createDatabase();
  await runOps(["migrate"], { SUPABASE_DB_URL });
  const [last] = (await readMigrations()).slice(-1);
  await query(
    SUPABASE_DB_URL,
    `insert into supabase_migrations.schema_migrations (version, name) values ('20200101000000', 'platform');
     delete from supabase_migrations.schema_migrations where version = '${last?.name.split("_")[0] ?? ""}'`,
  );
  const dry = await runOps(["migrate", "--dry-run", "--json"], { SUPABASE_DB_URL });
  expect(jsonOf(dry)).toMatchObject({ pending: [last?.name.replace(/\.sql$/, "")] });
});

test("a migration that fails leaves nothing behind", async () => {
  const url = await createDatabase();
  const broken = { version: "1", name: "broken", sql: "create table half (id int); select no_such_function()" };
  await withDatabase({ url: { reveal: () => url }, host: new URL(url).hostname }, async (client) => {
    await lockHistory(client);
    await expect(applyMigration(client, broken)).rejects.toMatchObject({
      code: "migration_failed",
      message: expect.stringMatching(/^Migration 1_broken failed and was rolled back: .*no_such_function/),
    });
    expect(await appliedVersions(client)).toEqual(new Set());
    expect((await client.query("select to_regclass('half') as found")).rows).toEqual([{ found: null }]);
  });
});

test("another machine needs --remote; one that does not answer is named without its password", async () => {
  const url = "postgres://postgres:hunter2secret@db.invalid:5432/postgres";
  const refused = await runOps(["migrate"], { SUPABASE_DB_URL: url });
  expect(refused.stderr).toContain("Add --remote if you mean it");
  const meant = await runOps(["migrate", "--remote", "--json"], { SUPABASE_DB_URL: url });
  expect(jsonOf(meant)).toMatchObject({ error: { code: "database_unavailable" } });
  expect(meant.stdout + meant.stderr).not.toContain("hunter2secret");
});
