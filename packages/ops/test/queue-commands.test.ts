import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { localProfile } from "@gpt-agent/ai/profile";
import { kbFiles } from "@gpt-agent/jobs/queues/kb-files";
import { startWorker } from "@gpt-agent/local/testing/start-worker";
import { connect } from "@gpt-agent/local/testing/store-document";
import { makeDocuments } from "@gpt-agent/supabase/documents";
import { makeFiles } from "@gpt-agent/supabase/files";
import { makeKnowledgeBases } from "@gpt-agent/supabase/knowledge-bases";
import { makeProfiles } from "@gpt-agent/supabase/profiles";
import { expect, inject, test } from "vitest";
import { jsonOf, runOps } from "./run-ops.ts";

const stack = inject("stack");
const { SUPABASE_URL, SUPABASE_SERVICE_ROLE_KEY } = stack;
const environment = (JOB_QUEUE_PREFIX: string = randomUUID()) => {
  return { REDIS_URL: stack.REDIS_URL, JOB_QUEUE_PREFIX, SUPABASE_URL, SUPABASE_SERVICE_ROLE_KEY };
};
const patient = { timeout: 30_000, interval: 50 };
const payload = () => JSON.stringify({ kind: "process", orgId: randomUUID(), documentId: randomUUID() });

test("a job that was enqueued is counted, once per dedupe key", async () => {
  const env = environment();
  const same = payload();
  const first = await runOps(["enqueue", "kb-files", same, "--json"], env);
  expect(first).toMatchObject({ exitCode: 0 });
  expect(await runOps(["enqueue", "kb-files", same, "--json"], env)).toMatchObject({ stdout: first.stdout });
  await runOps(["enqueue", "kb-files", payload(), "--delay-ms", "60000"], env);

  expect(jsonOf(await runOps(["queues", "--json"], env))).toMatchObject({
    queues: [
      { queue: "crm-sync", waiting: 0 },
      { queue: "embeddings", waiting: 0 },
      { queue: "intake", waiting: 0 },
      { queue: "kb-files", prioritized: 1, delayed: 1, failed: 0 },
      { queue: "knowledge-graph", waiting: 0 },
      { queue: "webhooks", waiting: 0 },
    ],
  });
  const { stdout } = await runOps(["queues"], env);
  expect(stdout).toMatch(/^kb-files +0 +1 +0 +1 +0 +0 +0 +\d/m);
});

test("a payload that does not fit is refused and nothing is stored", async () => {
  const env = environment();
  const wrong = await runOps(["enqueue", "kb-files", '{"kind":"process"}', "--json"], env);
  expect(wrong.exitCode).toBe(1);
  expect(jsonOf(wrong)).toMatchObject({ error: { code: "invalid_payload" } });
  expect(await runOps(["enqueue", "kb-files", "{"], env)).toMatchObject({ exitCode: 2, stdout: "" });
  const { queues } = jsonOf(await runOps(["queues", "--json"], env)) as { queues: readonly object[] };
  expect(queues).toContainEqual(expect.objectContaining({ queue: "kb-files", waiting: 0 }));
});

test("an empty dead-letter list, an unknown job, and a queue that does not exist", async () => {
  const env = environment();
  expect(await runOps(["failed", "kb-files"], env)).toMatchObject({
    exitCode: 0,
    stdout: "Nothing failed in kb-files.\n",
  });
  expect(await runOps(["retry-failed", "kb-files", "--all", "--json"], env)).toMatchObject({
    exitCode: 0,
    stdout: '{"queue":"kb-files","retried":0,"reprocessed":0}\n',
  });
  const unknown = await runOps(["retry-failed", "kb-files", "--id", "nobody"], env);
  expect(unknown.exitCode).toBe(1);
  expect(unknown.stderr).toContain("No failed job of kb-files has the id nobody.");
  const queue = await runOps(["failed", "kb-file"], env);
  expect(queue.exitCode).toBe(2);
  expect(queue.stderr).toContain("Known: crm-sync, embeddings, intake, kb-files, knowledge-graph, webhooks.");
});

test("a document whose file was gone is run again once the file is back", async () => {
  const supabase = connect();
  const documents = makeDocuments(supabase);
  const [orgId, documentId] = [randomUUID(), randomUUID()];
  const { id: profileId } = await makeProfiles(supabase).ensure({ ...localProfile });
  const { id: knowledgeBaseId } = await makeKnowledgeBases(supabase).ensureDefault({ orgId, profileId });
  const objectPath = `${orgId}/documents/${documentId}/original.txt`;
  const file = { name: "Устав.txt", mime: "text/plain", byteSize: 10, objectPath };
  await documents.create({ orgId, id: documentId, knowledgeBaseId, ...file });
  const state = async () => (await documents.get({ orgId, documentId }))?.state;
  const { queue, prefix } = startWorker("kb-files");
  const { jobId } = await queue.enqueue(kbFiles, { kind: "process", orgId, documentId });
  await expect.poll(async () => (await queue.status(kbFiles, jobId))?.state, patient).toBe("failed");
  expect(await state()).toBe("failed");

  const body = new Blob(["Общество действует по уставу."]);
  await makeFiles(supabase).upload({ orgId, path: objectPath, body, contentType: "text/plain" });
  const retried = await runOps(["retry-failed", "kb-files", "--id", jobId, "--json"], environment(prefix));
  expect(jsonOf(retried)).toMatchObject({ retried: 1, reprocessed: 1, missing: [] });
  await expect.poll(state, patient).toBe("embedding");
});

test("what writes refuses another machine unless --remote says so; what looks does not", async () => {
  const env = { ...environment(), REDIS_URL: "redis://redis.invalid:6379" };
  for (const args of [
    ["enqueue", "kb-files", payload()],
    ["retry-failed", "kb-files", "--all"],
  ]) {
    const { exitCode, stderr } = await runOps(args, env);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("Add --remote if you mean it");
  }
  const meant = await runOps(["retry-failed", "kb-files", "--all", "--remote", "--json"], env);
  expect(jsonOf(meant)).toMatchObject({ error: { code: "queue_unavailable" } });
  expect(jsonOf(await runOps(["queues", "--json"], env))).toMatchObject({ error: { code: "queue_unavailable" } });
});

test("a wrong environment ends with 78 and shows no value", async () => {
  const main = join(import.meta.dirname, "../src/main.ts");
  const env = { REDIS_URL: "ftp://user:hunter2secret@h", JOB_QUEUE_NAME: "a:b" };
  const { status, stderr, stdout } = spawnSync(process.execPath, ["--conditions=@gpt-agent/source", main, "queues"], {
    env,
    encoding: "utf8",
  });
  expect({ status, stdout }).toEqual({ status: 78, stdout: "" });
  expect(stderr).toContain("REDIS_URL does not begin with");
  expect(stderr).toContain("JOB_QUEUE_NAME holds");
  expect(stderr).not.toContain("hunter2secret");
});
