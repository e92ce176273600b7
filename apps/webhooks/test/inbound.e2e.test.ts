import { createHash, randomBytes, randomUUID } from "node:crypto";
import { webhooks } from "@gpt-agent/jobs/queues/webhooks";
import { startWorker } from "@gpt-agent/local/testing/start-worker";
import { connectSupabase } from "@gpt-agent/supabase/client";
import { makeCrmConnections } from "@gpt-agent/supabase/crm-connections";
import { makeInboundEvents } from "@gpt-agent/supabase/inbound-events";
import { makeWebhookSources, type SourceSettings } from "@gpt-agent/supabase/webhook-sources";
import { expect, inject, test } from "vitest";

const stack = inject("stack");
const supabase = connectSupabase({
  url: stack.SUPABASE_URL,
  serviceRoleKey: { reveal: () => stack.SUPABASE_SERVICE_ROLE_KEY },
});
const inboundEvents = makeInboundEvents(supabase);

const addSource = async (orgId: string, settings: Partial<SourceSettings>) => {
  const id = randomUUID();
  await makeWebhookSources(supabase).create({
    orgId,
    id,
    scheme: "hmac",
    tokenHash: createHash("sha256").update(id).digest("hex"),
    secrets: [],
    name: "источник",
    options: {},
    connectionId: null,
    forwardEventType: null,
    laneBy: null,
    onPoison: "skip",
    retentionDays: 30,
    ...settings,
  });
  return id;
};

test("a CRM's event asks for its record, another becomes a message, one that cannot be read is dead: each lane by itself", async () => {
  const worker = startWorker("webhooks", { ENCRYPTION_KEY: `hex:${randomBytes(32).toString("hex")}` });
  const orgId = randomUUID();
  const connectionId = randomUUID();
  await makeCrmConnections(supabase).create({ orgId, id: connectionId, provider: "kommo", name: "Продажи" });
  const [crm, forwarded] = [
    await addSource(orgId, { connectionId }),
    await addSource(orgId, { forwardEventType: "shop.{type}" }),
  ];
  const eventOf = (sourceId: string, laneKey: string, contentType: string, body: string) => ({
    orgId,
    sourceId,
    laneKey,
    dedupeKey: randomUUID(),
    eventType: "order.paid",
    trust: "signed" as const,
    contentType,
    headers: {},
    raw: Buffer.from(body).toString("base64"),
  });
  const kommo = new URLSearchParams({ "leads[update][0][id]": "42", "account[id]": "1" }).toString();
  const { wake } = await inboundEvents.accept([
    eventOf(crm, "leads:42", "application/x-www-form-urlencoded", kommo),
    eventOf(forwarded, "1", "application/json", '{"сумма": 100}'),
    eventOf(forwarded, "2", "application/json", "не JSON"),
    eventOf(forwarded, "2", "application/json", "{}"),
  ]);
  expect(wake).toHaveLength(3);
  await worker.queue.enqueueMany(
    webhooks,
    wake.map(({ laneId }) => ({ kind: "inbound", orgId, laneId })),
  );

  const states = async () => {
    const { events } = await inboundEvents.list({ orgId, limit: 10 });
    return events.toReversed().map(({ state, outcome, errorCode }) => [state, outcome, errorCode]);
  };
  await expect.poll(states, { timeout: 30_000 }).toEqual([
    ["done", "refetch", null],
    ["done", "message", null],
    ["dead", null, "database_refused"],
    ["done", "message", null],
  ]);
  const { data: refetches } = await supabase.from("crm_refetches").select("entity, remote_id").eq("org_id", orgId);
  expect(refetches).toEqual([{ entity: "deal", remote_id: "42" }]);
  const { data: messages } = await supabase.from("webhook_messages").select("event_type, payload").eq("org_id", orgId);
  expect(messages).toHaveLength(2);
  expect(messages).toContainEqual({ event_type: "shop.order.paid", payload: { сумма: 100 } });
  expect(await worker.stop()).toBe(0);
});
