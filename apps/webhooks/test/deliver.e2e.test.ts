import { randomBytes, randomUUID } from "node:crypto";
import { connectSeal } from "@gpt-agent/crypto/connect-seal";
import { webhooks } from "@gpt-agent/jobs/queues/webhooks";
import { type Behaviour, failing, gone, hanging, recovering, verifying } from "@gpt-agent/local/receivers/behaviour";
import { startReceiver } from "@gpt-agent/local/receivers/start-receiver";
import { startWorker } from "@gpt-agent/local/testing/start-worker";
import { connectSupabase } from "@gpt-agent/supabase/client";
import { makeDataKeys } from "@gpt-agent/supabase/data-keys";
import { makeWebhookDeliveries, type WebhookDeliveryState } from "@gpt-agent/supabase/webhook-deliveries";
import {
  makeWebhookEndpoints,
  sealedHeadersPlace,
  sealedSecretPlace,
  type WebhookEndpointSettings,
} from "@gpt-agent/supabase/webhook-endpoints";
import { makeWebhookMessages } from "@gpt-agent/supabase/webhook-messages";
import { expect, inject, onTestFinished, test } from "vitest";

const stack = inject("stack");
const supabase = connectSupabase({
  url: stack.SUPABASE_URL,
  serviceRoleKey: { reveal: () => stack.SUPABASE_SERVICE_ROLE_KEY },
});
const encryptionKey = `hex:${randomBytes(32).toString("hex")}`;
const seal = connectSeal({ activeKey: { reveal: () => encryptionKey }, previousKeys: [] }, makeDataKeys(supabase));
const endpoints = makeWebhookEndpoints(supabase);
const messages = makeWebhookMessages(supabase);
const deliveries = makeWebhookDeliveries(supabase);

const addEndpoint = async (orgId: string, url: string, more: Partial<WebhookEndpointSettings> = {}) => {
  const [endpointId, secretId] = [randomUUID(), randomUUID()];
  const secret = `whsec_${randomBytes(24).toString("base64")}`;
  const sealedHeaders = await seal.seal(
    sealedHeadersPlace(orgId, endpointId),
    JSON.stringify({ "x-tenant": "lyutik" }),
  );
  await endpoints.create({
    orgId,
    endpointId,
    settings: {
      url,
      description: "",
      eventTypes: ["*"],
      ordered: false,
      concurrency: 5,
      ratePerSecond: null,
      headerNames: ["x-tenant"],
      sealedHeaders,
      ...more,
    },
    secret: { id: secretId, sealed: await seal.seal(sealedSecretPlace(orgId, secretId), secret) },
  });
  return { endpointId, secret };
};

const send = async (orgId: string, count: number) => {
  const endpointIds = new Set<string>();
  for (let n = 0; n < count; n += 1) {
    const made = await messages.create({ orgId, eventType: "order.created", payload: { n, текст: "заказ" } });
    for (const id of made.endpointIds) endpointIds.add(id);
  }
  return endpointIds;
};

const states = async (orgId: string, endpointId: string): Promise<WebhookDeliveryState[]> =>
  (await deliveries.list({ orgId, endpointId, limit: 100 })).deliveries.map(({ state }) => state);

const settled = { timeout: 15_000, interval: 50 };
const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

const receive = async (behaviour: Behaviour) => {
  const receiver = await startReceiver(behaviour);
  onTestFinished(receiver.stop);
  return receiver;
};
type Receiving = Awaited<ReturnType<typeof receive>>;
const bodiesOf = ({ deliveries }: Receiving) =>
  deliveries.map(({ body }) => JSON.parse(body.toString("utf8")) as { type: string; data: { n?: number } });

const startWithWayTo = (receivers: readonly Receiving[], env: Readonly<Record<string, string>> = {}) => {
  const allow = receivers.map(({ port }) => `127.0.0.1:${port}`).join(",");
  const worker = startWorker("webhooks", { ENCRYPTION_KEY: encryptionKey, EGRESS_ALLOW: allow, ...env });
  const wake = (orgId: string, endpointId: string) =>
    worker.queue.enqueue(webhooks, { kind: "deliver", orgId, endpointId });
  return { ...worker, wake };
};

test(
  "signed, sent and logged; what failed comes again within seconds and in order; a private address is never reached",
  { timeout: 60_000 },
  async () => {
    const orgId = randomUUID();
    const accepting = await receive(failing(401));
    const shaky = await receive(recovering(1));
    const hidden = await receive(() => ({ status: 200, body: "secret" }));
    const worker = startWithWayTo([accepting, shaky]);
    const well = await addEndpoint(orgId, accepting.url);
    accepting.behave(verifying([well.secret]));
    const ordered = await addEndpoint(orgId, shaky.url, { ordered: true });
    const inside = await addEndpoint(orgId, hidden.url);
    for (const endpointId of await send(orgId, 3)) await worker.wake(orgId, endpointId);

    await Promise.all([accepting.arrived(3), shaky.arrived(4)]);
    expect(accepting.deliveries[0]?.headers).toMatchObject({
      "x-tenant": "lyutik",
      "content-type": "application/json",
    });
    expect(bodiesOf(accepting)[0]).toMatchObject({ type: "order.created", data: { текст: "заказ" } });
    // The head failed once and held the others.
    expect(bodiesOf(shaky).map(({ data }) => data.n)).toEqual([0, 0, 1, 2]);
    expect(new Set(shaky.deliveries.map(({ headers }) => headers["webhook-id"])).size).toBe(3);

    await expect.poll(() => states(orgId, well.endpointId), settled).toEqual(times(3, "delivered"));
    await expect.poll(() => states(orgId, ordered.endpointId), settled).toEqual(times(3, "delivered"));
    await expect.poll(() => states(orgId, inside.endpointId), settled).toEqual(times(3, "retry_wait"));
    expect(hidden.count()).toBe(0);
    const [refused] = (await deliveries.list({ orgId, endpointId: inside.endpointId, limit: 1 })).deliveries;
    expect(refused).toMatchObject({ lastErrorCode: "egress_refused", lastStatus: null });
    const [arrived] = (await deliveries.list({ orgId, endpointId: well.endpointId, limit: 1 })).deliveries;
    const attempts = await deliveries.attempts({ orgId, deliveryId: arrived?.id ?? "" });
    expect(attempts).toMatchObject([{ number: 1, status: 204, errorCode: null }]);
    expect(await worker.stop()).toBe(0);
  },
);

test(
  "an endpoint that hangs holds up nobody; 410 disables and tells the others; another organisation's id is refused",
  { timeout: 60_000 },
  async () => {
    const orgId = randomUUID();
    const [silent, fine, over] = [await receive(hanging), await receive(() => ({ status: 204 })), await receive(gone)];
    const worker = startWithWayTo([silent, fine, over], { JOB_CONCURRENCY: "2" });
    const stuck = await addEndpoint(orgId, silent.url, { eventTypes: ["order.*"] });
    const well = await addEndpoint(orgId, fine.url);
    const farewell = await addEndpoint(orgId, over.url);
    await send(orgId, 5);
    await worker.wake(orgId, stuck.endpointId);
    await silent.arrived(5);
    await worker.wake(orgId, farewell.endpointId);
    await worker.wake(orgId, well.endpointId);
    // Five orders, and the notice that another endpoint was disabled: all while the first endpoint hangs.
    await fine.arrived(6);
    expect(bodiesOf(fine).map(({ type }) => type)).toContain("endpoint.disabled");
    expect(await endpoints.get({ orgId, endpointId: farewell.endpointId })).toMatchObject({ disabledReason: "gone" });
    expect(await states(orgId, stuck.endpointId)).toEqual(times(5, "sending"));

    const foreign = await worker.wake(randomUUID(), well.endpointId);
    const outcome = async () => (await worker.queue.status(webhooks, foreign.jobId))?.state;
    await expect.poll(outcome, settled).toBe("failed");
  },
);
