import { randomBytes, randomUUID } from "node:crypto";
import { makeApiKeys } from "@gpt-agent/supabase/api-keys";
import { makeCrmConnections } from "@gpt-agent/supabase/crm-connections";
import { makeCrmRecords } from "@gpt-agent/supabase/crm-records";
import { makeCrmTokens } from "@gpt-agent/supabase/crm-tokens";
import { inject } from "vitest";
import { appsFolder, compileCacheFolder, dashboardFolder } from "../../src/cli/repository.ts";
import { privateEnvironment } from "../../src/platform/app-environment.ts";
import { buildDashboard } from "../../src/platform/build-dashboard.ts";
import { findApps } from "../../src/platform/find-apps.ts";
import { startApps } from "../../src/platform/start-apps.ts";
import { environment } from "../../src/process/environment.ts";
import { failing } from "../../src/receivers/behaviour.ts";
import { startReceiver } from "../../src/receivers/start-receiver.ts";
import { connect } from "../../src/testing/store-document.ts";

const needed: ReadonlySet<string> = new Set(["api", "kb-files", "embeddings", "knowledge-graph", "webhooks"]);

/** An account in which both sides renamed a contact. */
const addConflict = async (orgId: string): Promise<void> => {
  const supabase = connect();
  const place = { orgId, connectionId: randomUUID() };
  await makeCrmConnections(supabase).create({ orgId, id: place.connectionId, provider: "kommo", name: "Продажи" });
  await makeCrmTokens(supabase).authorize({ ...place, sealed: "v1.sealed", refreshable: true, expiresAtMs: undefined });
  const both = { field: "name", ours: "Анна Орлова", crm: "Анна Соколова", base: "Анна", resolution: null };
  await makeCrmRecords(supabase).apply({
    ...place,
    entity: "contact",
    rows: [
      {
        remoteId: "1",
        version: 0,
        fields: { name: both.ours },
        base: { name: both.base },
        remote: { fields: { name: both.crm }, customFields: {} },
        raw: null,
        links: [],
        remoteUpdatedAtMs: undefined,
        pulled: [],
        closes: [],
        push: true,
        conflicts: [both],
      },
    ],
    errors: [],
  });
};

/** The API with its dashboard and the workers, an organisation with a conflict, and an endpoint that fails for now. */
export const startScene = async () => {
  const stack = inject("stack");
  const orgId = randomUUID();
  const [receiver, { key }] = await Promise.all([
    startReceiver(failing(500)),
    makeApiKeys(connect()).create({ orgId, name: "dashboard", scopes: ["*"] }),
    buildDashboard(dashboardFolder),
    addConflict(orgId),
  ]);
  const env = {
    ...privateEnvironment(environment, stack, `hex:${randomBytes(32).toString("hex")}`),
    AI_PROVIDER: "local",
    JOB_QUEUE_PREFIX: `test-${randomUUID()}`,
    EGRESS_ALLOW: `127.0.0.1:${receiver.port}`,
    NODE_COMPILE_CACHE: compileCacheFolder,
  };
  const apps = (await findApps(appsFolder)).filter(({ name }) => needed.has(name));
  const running = await startApps(apps, { env, fromPort: 24_000 });
  const api = running.apps.find(({ app }) => !app.isWorker)?.url ?? "";

  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const post = async (path: string, body: unknown): Promise<void> => {
    const response = await fetch(`${api}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  };
  await post("/v1/webhooks/endpoints", { url: receiver.url, eventTypes: ["*"] });
  await post("/v1/webhooks/messages", { eventType: "order.created", payload: { number: 17 } });
  return {
    api,
    key,
    receiver,
    stop: async () => void (await Promise.all([running.stop(), receiver.stop()])),
  };
};
