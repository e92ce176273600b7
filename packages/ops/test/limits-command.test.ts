import { randomUUID } from "node:crypto";
import { expect, inject, test } from "vitest";
import { jsonOf, runOps } from "./run-ops.ts";

const { SUPABASE_URL, SUPABASE_SERVICE_ROLE_KEY } = inject("stack");
const env = { SUPABASE_URL, SUPABASE_SERVICE_ROLE_KEY };

test("limits are set one by one, shown, and given back to the installation", async () => {
  const org = ["--org", randomUUID()];
  const unset = { maxFileBytes: null, maxPages: null, maxChunks: null, maxParseSeconds: null };
  expect(jsonOf(await runOps(["limits", ...org, "--json"], env))).toMatchObject(unset);
  await runOps(["limits", ...org, "--file-mb", "20", "--pages", "300"], env);
  const set = { ...unset, maxFileBytes: 20 * 1024 * 1024, maxPages: 300 };
  expect(jsonOf(await runOps(["limits", ...org, "--json"], env))).toMatchObject(set);
  const back = await runOps(["limits", ...org, "--pages", "none", "--json"], env);
  expect(jsonOf(back)).toMatchObject({ ...set, maxPages: null });
});

test.each([
  ["no organisation", ["limits"]],
  ["no number", ["limits", "--org", randomUUID(), "--pages", "many"]],
  ["nothing at all", ["limits", "--org", randomUUID(), "--file-mb", "0"]],
])("%s is a wrong command line", async (_, args) => {
  expect(await runOps(args, env)).toMatchObject({ exitCode: 2, stdout: "" });
});
