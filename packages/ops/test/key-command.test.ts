import { randomUUID } from "node:crypto";
import { connect } from "@gpt-agent/local/testing/store-document";
import { makeApiKeys } from "@gpt-agent/supabase/api-keys";
import { expect, inject, test } from "vitest";
import { jsonOf, runOps } from "./run-ops.ts";

const { SUPABASE_URL, SUPABASE_SERVICE_ROLE_KEY } = inject("stack");
const env = { SUPABASE_URL, SUPABASE_SERVICE_ROLE_KEY };

test("a key is made, works, is listed without itself, and is revoked by its own organisation alone", async () => {
  const orgId = randomUUID();
  const made = jsonOf(await runOps(["key", "create", "--org", orgId, "--name", "backend", "--json"], env));
  const { id, key } = made as { id: string; key: string };
  const find = () => makeApiKeys(connect()).find({ presentedKey: key });
  expect(await find()).toMatchObject({ id, orgId });

  const { stdout } = await runOps(["key", "list", "--org", orgId], env);
  expect(stdout).toContain("backend");
  expect(stdout).not.toContain(key);

  const stranger = await runOps(["key", "revoke", id, "--org", randomUUID(), "--json"], env);
  expect(jsonOf(stranger)).toMatchObject({ error: { code: "not_found" } });
  expect(await find()).toBeDefined();

  expect(await runOps(["key", "revoke", id, "--org", orgId], env)).toMatchObject({ exitCode: 0 });
  expect(await find()).toBeUndefined();
});

test.each([
  ["no action", ["key"]],
  ["no organisation", ["key", "create", "--name", "backend"]],
  ["no name", ["key", "create", "--org", randomUUID()]],
  ["an organisation that is no uuid", ["key", "list", "--org", "ours"]],
  ["no key to revoke", ["key", "revoke", "--org", randomUUID()]],
])("%s is a wrong command line", async (_, args) => {
  expect(await runOps(args, env)).toMatchObject({ exitCode: 2, stdout: "" });
});

test("another machine's project is not written to without --remote", async () => {
  const args = ["key", "create", "--org", randomUUID(), "--name", "backend"];
  const { exitCode, stderr } = await runOps(args, { ...env, SUPABASE_URL: "https://supabase.invalid" });
  expect(exitCode).toBe(1);
  expect(stderr).toContain("Add --remote if you mean it");
});
