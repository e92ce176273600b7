import { expect, test } from "vitest";
import { readMigrations } from "./migrations.ts";

const migrations = await readMigrations();
const functions = migrations.flatMap(({ name, sql }) =>
  [...sql.matchAll(/create (?:or replace )?function agent_jobs\.(\w+)\([\s\S]*?as \$\$/g)].map(
    ([head, title]) => [name, title, head] as const,
  ),
);

test("file names are what the Supabase CLI takes, in the order of application", () => {
  expect(migrations.length).toBeGreaterThan(0);
  for (const { name } of migrations) expect(name).toMatch(/^\d{14}_[a-z_]+\.sql$/);
  expect(migrations.map(({ name }) => name)).toEqual(migrations.map(({ name }) => name).sort());
});

test.each(functions)("%s: %s runs with its caller's rights and a pinned search path", (_, __, head) => {
  expect(head).toContain("set search_path = ''");
  expect(head).not.toContain("security definer");
});

test("no function is left open to everyone: a file that makes one is followed by the revoke, or holds it", () => {
  const closes = ({ sql }: { readonly sql: string }) =>
    sql.includes("revoke execute on all functions in schema agent_jobs from public, anon, authenticated");
  const lastClose = migrations.findLastIndex(closes);
  const lastFunction = migrations.findLastIndex(({ name }) => functions.some(([file]) => file === name));
  expect(lastClose).toBeGreaterThanOrEqual(lastFunction);
});

test("every table has row-level security: the file that opens tables comes after the last that makes one", () => {
  const lastTable = migrations.findLastIndex(({ sql }) => /create table agent_jobs\./.test(sql));
  const lastGuard = migrations.findLastIndex(({ sql }) => sql.includes("enable row level security"));
  expect(lastGuard).toBeGreaterThanOrEqual(lastTable);
});
