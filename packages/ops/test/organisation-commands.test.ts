import { randomBytes, randomUUID } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectSeal } from "@gpt-agent/crypto/connect-seal";
import { kbFiles } from "@gpt-agent/jobs/queues/kb-files";
import { connect } from "@gpt-agent/local/testing/store-document";
import { makeQueueClient } from "@gpt-agent/queue/client";
import { makeDataKeys } from "@gpt-agent/supabase/data-keys";
import { makeFiles } from "@gpt-agent/supabase/files";
import { makeOrganisations } from "@gpt-agent/supabase/organisations";
import { expect, inject, onTestFinished, test } from "vitest";
import { jsonOf, runOps } from "./run-ops.ts";

const { REDIS_URL, SUPABASE_URL, SUPABASE_SERVICE_ROLE_KEY } = inject("stack");
const supabase = connect();

const setUp = async () => {
  const env = { REDIS_URL, SUPABASE_URL, SUPABASE_SERVICE_ROLE_KEY, JOB_QUEUE_PREFIX: `test-${randomUUID()}` };
  const made = jsonOf(await runOps(["org", "create", "--json"], env)) as { orgId: string; key: { key: string } };
  return { env, ...made };
};

test("an organisation is made with a key, listed, exported, erased from tables, bucket and queues, and proven gone", async () => {
  const { env, orgId, key } = await setUp();
  expect(key.key).toMatch(/^gak_/);
  expect(jsonOf(await runOps(["org", "list", "--json"], env))).toMatchObject({
    organisations: expect.arrayContaining([expect.objectContaining({ orgId, apiKeys: 1 })]),
  });
  const path = `${orgId}/documents/a/original.txt`;
  await makeFiles(supabase).upload({ orgId, path, body: "текст", contentType: "text/plain" });
  const settings = { url: { reveal: () => REDIS_URL }, baseName: "agent-jobs", prefix: env.JOB_QUEUE_PREFIX };
  const queue = makeQueueClient(settings);
  onTestFinished(() => queue.close());
  await queue.enqueue(kbFiles, { kind: "process", orgId, documentId: randomUUID() });
  const usage = {
    org_id: orgId,
    request_id: "r",
    purpose: "query",
    provider: "local",
    model: "m",
    tokens: 1,
    cost_usd: 0,
  };
  await supabase.from("usage_events").insert(usage);

  const folder = await mkdtemp(join(tmpdir(), "ops-export-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  expect(jsonOf(await runOps(["export", "--org", orgId, "--to", folder, "--json"], env))).toMatchObject({
    tables: { usage_events: 1 },
    files: 1,
  });
  expect(await readFile(join(folder, "files/documents/a/original.txt"), "utf8")).toBe("текст");
  expect(await readFile(join(folder, "tables/usage_events.jsonl"), "utf8")).toContain('"request_id":"r"');

  const look = jsonOf(await runOps(["erase-org", "--org", orgId, "--dry-run", "--json"], env));
  expect(look).toMatchObject({ found: { rows: { api_keys: 1, usage_events: 1 }, files: 1, jobs: 1 } });
  expect(await runOps(["erase-org", "--org", orgId, "--confirm", randomUUID()], env)).toMatchObject({ exitCode: 2 });
  const erased = await runOps(["erase-org", "--org", orgId, "--confirm", orgId, "--json"], env);
  expect(erased.exitCode).toBe(0);
  expect(jsonOf(erased)).toMatchObject({ clean: true, left: { rows: {}, files: 0, jobs: 0, keys: 0 } });
  expect(await makeOrganisations(supabase).countRows({ orgId })).toEqual({});
});

test("data keys move under a new ENCRYPTION_KEY; what was sealed is read as before; again there is nothing to do", async () => {
  const orgId = randomUUID();
  const [oldKey, newKey] = [randomBytes(32).toString("hex"), randomBytes(32).toString("hex")];
  const reveal = (key: string) => ({ reveal: () => `hex:${key}` });
  const dataKeys = makeDataKeys(supabase);
  const place = { orgId, table: "t", rowId: "r", column: "c" };
  const sealed = await connectSeal({ activeKey: reveal(oldKey), previousKeys: [] }, dataKeys).seal(place, "тайна");

  const env = { SUPABASE_URL, SUPABASE_SERVICE_ROLE_KEY };
  const rotating = { ...env, ENCRYPTION_KEY: `hex:${newKey}`, ENCRYPTION_KEYS_PREVIOUS: `hex:${oldKey}` };
  const before = await dataKeys.get({ orgId });
  await runOps(["rotate-keys", "--dry-run", "--json"], rotating);
  expect(await dataKeys.get({ orgId })).toBe(before);
  // Organisations of other tests have keys of their own, which these do not open: they are named, and left alone.
  const first = jsonOf(await runOps(["rotate-keys", "--json"], rotating)) as { unreadable: string[] };
  expect(first.unreadable).not.toContain(orgId);
  expect(await dataKeys.get({ orgId })).not.toBe(before);
  const onlyNew = connectSeal({ activeKey: reveal(newKey), previousKeys: [] }, dataKeys);
  expect(await onlyNew.open(place, sealed)).toBe("тайна");
  const after = await dataKeys.get({ orgId });
  await runOps(["rotate-keys", "--json"], rotating);
  expect(await dataKeys.get({ orgId })).toBe(after);
});
