import { randomUUID } from "node:crypto";
import type { QueueDefinition } from "@gpt-agent/jobs/define-queue";
import { crmSync } from "@gpt-agent/jobs/queues/crm-sync";
import { intake } from "@gpt-agent/jobs/queues/intake";
import { kbFiles } from "@gpt-agent/jobs/queues/kb-files";
import { knowledgeGraph } from "@gpt-agent/jobs/queues/knowledge-graph";
import { webhooks } from "@gpt-agent/jobs/queues/webhooks";
import { makeQueueClient } from "@gpt-agent/queue/client";
import { makeQueueInspector } from "@gpt-agent/queue/inspect";
import { makeApiKeys } from "@gpt-agent/supabase/api-keys";
import { connectSupabase } from "@gpt-agent/supabase/client";
import { makeDocuments } from "@gpt-agent/supabase/documents";
import { type JobsOptions, Queue as OldQueue } from "bullmq-5";
import { expect, inject, onTestFinished, test, vi } from "vitest";
import { makeEndpoints } from "../src/app.ts";
import { makeClient } from "../src/testing/client.ts";
import { makeFakes } from "../src/testing/fakes.ts";
import { publishDocument } from "./publish-document.ts";
import { startApi } from "./start-process.ts";

const { REDIS_URL, SUPABASE_URL, SUPABASE_SERVICE_ROLE_KEY } = inject("stack");
const supabase = connectSupabase({ url: SUPABASE_URL, serviceRoleKey: { reveal: () => SUPABASE_SERVICE_ROLE_KEY } });
const documents = makeDocuments(supabase);

test("a BullMQ 5 producer's jobs on the bare queue become rows and jobs; an unknown one is parked in sight", async () => {
  const prefix = `test-${randomUUID()}`;
  const settings = { url: { reveal: () => REDIS_URL }, baseName: "agent-jobs", prefix };
  const [queue, inspector] = [makeQueueClient(settings), makeQueueInspector(settings)];
  const { hostname: host, port } = new URL(REDIS_URL);
  const old = new OldQueue("agent-jobs", { connection: { host, port: Number(port) }, prefix });
  onTestFinished(async () => void (await Promise.all([queue.close(), inspector.close(), old.close()])));

  // Added before anybody takes them, as after a change-over.
  const orgId = randomUUID();
  const odd = await old.add("process-everything", { orgId }, { attempts: 3, removeOnFail: true });
  const api = await startApi({ REDIS_URL, SUPABASE_URL, SUPABASE_SERVICE_ROLE_KEY, JOB_QUEUE_PREFIX: prefix });
  const { key } = await makeApiKeys(supabase).create({ orgId, name: "test", scopes: ["*"] });
  const org = makeClient({ url: api.url, endpoints: makeEndpoints(makeFakes().ports), orgId, key });

  const waitingIn = async (definition: QueueDefinition): Promise<number> => {
    const { waiting, prioritized } = await queue.state(definition);
    return waiting + prioritized;
  };
  let taken = 0;
  const add = async (name: string, data: object, options: JobsOptions = {}): Promise<void> => {
    await old.add(name, data, options);
    taken += 1;
    await vi.waitFor(
      async () => expect(await queue.state(intake)).toMatchObject({ completed: taken, failed: 1 }),
      30_000,
    );
  };

  const { id } = (await org("POST", "/v1/documents", withFile("а.txt"))).body;
  await documents.fail({ orgId, documentId: id, state: "failed", code: "file_corrupt", message: "m" });
  await add("process-asset", { assetId: id, organizationId: orgId }, { jobId: `asset-${id}` });
  expect(await documents.get({ orgId, documentId: id })).toMatchObject({ state: "queued", generation: 2 });
  expect(await waitingIn(kbFiles)).toBe(1);

  await documents.fail({ orgId, documentId: id, state: "failed", code: "file_corrupt", message: "m" });
  await publishDocument(supabase, orgId, (await org("POST", "/v1/documents", withFile("б.txt"))).body.id);
  const [ready] = (await documents.list({ orgId, state: "ready", limit: 1 })).documents;
  await add("extract-knowledge-graph", { assetId: ready?.id, organizationId: orgId }, { priority: 5 });
  expect(await waitingIn(knowledgeGraph)).toBe(1);

  const provider = "kommo";
  const connectionId = (await org("POST", "/v1/crm/connections", { provider, name: "CRM" })).body.id;
  await add("kommo:sync-pipelines", { orgId });
  await add("kommo:send-message", { orgId, dealId: "7", channel: "chat", message: { body: "Здравствуйте" } });
  expect(await waitingIn(crmSync)).toBe(2);
  const { writes } = (await org("GET", `/v1/crm/connections/${connectionId}/dry-run`)).body;
  expect(writes).toMatchObject([{ kind: "message", entity: "note" }]);

  await add("kommo:webhook", { provider, orgId, payload: { leads: { update: { "0": { id: "5" } } } } }, { delay: 10 });
  expect((await org("GET", "/v1/webhooks/events")).body.events).toMatchObject([{ eventType: "leads.update" }]);
  expect(await waitingIn(webhooks)).toBe(1);

  const [parked] = await inspector.failed(intake, 10);
  expect(parked).toMatchObject({ jobId: odd.id, code: "job_unknown", attemptsMade: 1 });
  expect(parked?.message).toContain("kommo:send-message");
  const board = await fetch(`${api.url}/admin/queues/api/queues?activeQueue=agent-jobs&status=failed`);
  expect(await board.text()).toContain("process-everything");
  api.child.kill("SIGTERM");
  expect(await api.exited).toBe(0);
});

const withFile = (name: string): FormData => {
  const form = new FormData();
  form.set("file", new File(["Завод «Прогресс»"], name));
  return form;
};
