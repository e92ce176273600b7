import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { WebhookAttempt } from "../src/webhook-deliveries.ts";
import { supabase, webhookDeliveries as deliveries, webhookEndpoints, webhookMessages } from "./fixture.ts";

const times = <T>(count: number, make: (n: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, n) => make(n)));

const addEndpoint = async (orgId: string, ordered: boolean): Promise<string> => {
  const endpointId = randomUUID();
  const settings = { url: "https://example.com/", description: "", eventTypes: ["*"], ordered, concurrency: 5 };
  await webhookEndpoints.create({
    orgId,
    endpointId,
    settings: { ...settings, ratePerSecond: null, headerNames: [], sealedHeaders: null },
    secret: { id: randomUUID(), sealed: "v1.sealed" },
  });
  return endpointId;
};

const delivered = (deliveryId: string): WebhookAttempt => ({
  deliveryId,
  state: "delivered",
  attempt: 1,
  startedAt: new Date().toISOString(),
  ms: 1,
  status: 200,
  errorCode: null,
  headers: null,
  body: null,
  truncated: false,
  address: null,
  ok: true,
  outage: false,
  gone: false,
});

test("of twenty claims at once one takes the endpoint, and each delivery is handed out once", async () => {
  const orgId = randomUUID();
  const endpointId = await addEndpoint(orgId, false);
  for (let n = 0; n < 10; n += 1) await webhookMessages.create({ orgId, eventType: "a", payload: { n } });
  const claims = await times(20, () => deliveries.claim({ orgId, endpointId, leaseSeconds: 60, limit: 3 }));
  expect(claims.filter(({ busy }) => !busy)).toHaveLength(1);
});

test("the same key from twenty callers at once is one message with one delivery for each endpoint", async () => {
  const orgId = randomUUID();
  await times(3, () => addEndpoint(orgId, false));
  const event = { orgId, eventType: "a", payload: { сумма: 1 }, idempotencyKey: "один раз" };
  const made = await times(20, () => webhookMessages.create(event));
  expect(new Set(made.map(({ message }) => message.id)).size).toBe(1);
  expect(made.filter(({ created }) => created)).toHaveLength(1);
  expect((await deliveries.list({ orgId, limit: 100 })).deliveries).toHaveLength(3);
});

test("an ordered endpoint keeps its order over eight workers that die at random and take each other's leases", async () => {
  const orgId = randomUUID();
  const endpointId = await addEndpoint(orgId, true);
  const count = 60;
  for (let n = 0; n < count; n += 1) await webhookMessages.create({ orgId, eventType: "a", payload: { n } });

  // What the receiver sees, in the order in which it sees it; a repetition shows up again.
  const received: number[] = [];
  const recorded: number[] = [];
  const numberOf = (body: string): number => (JSON.parse(body) as { data: { n: number } }).data.n;
  const worker = async (): Promise<void> => {
    while (recorded.length < count) {
      const work = await deliveries.claim({ orgId, endpointId, leaseSeconds: 60, limit: 4 });
      if (!("lease" in work)) continue;
      const sent = work.deliveries.slice(0, 1 + Math.floor(Math.random() * 4));
      for (const { body } of sent) received.push(numberOf(body));
      if (Math.random() < 0.3) {
        // Dies before it records; its lease runs out.
        await supabase.from("webhook_endpoints").update({ lease_until: "2020-01-01" }).eq("id", endpointId);
        continue;
      }
      const attempts = sent.map(({ id }) => delivered(id));
      await deliveries.record({ orgId, endpointId, lease: work.lease, attempts, leaseSeconds: 60, limit: 0 });
      recorded.push(...sent.map(({ body }) => numberOf(body)));
    }
  };
  await times(8, worker);
  expect(new Set(recorded).size).toBe(count);
  // Never a message before one that had not been sent yet.
  let highest = -1;
  for (const n of received) {
    expect(n).toBeLessThanOrEqual(highest + 1);
    highest = Math.max(highest, n);
  }
});

test("messages, redeliveries, cancellations and records at once end without a deadlock, and every delivery has an end", async () => {
  const orgId = randomUUID();
  const endpointIds = await times(4, () => addEndpoint(orgId, false));
  const send = (n: number) => webhookMessages.create({ orgId, eventType: "a", payload: { n } });
  const work = async (endpointId: string): Promise<void> => {
    const begun = await deliveries.claim({ orgId, endpointId, leaseSeconds: 60, limit: 5 });
    if (!("lease" in begun)) return;
    const attempts = begun.deliveries.map(({ id }) => delivered(id));
    await deliveries.record({ orgId, endpointId, lease: begun.lease, attempts, leaseSeconds: 60, limit: 0 });
  };
  await times(5, send);
  const meddle = async (n: number): Promise<void> => {
    const { deliveries: some } = await deliveries.list({ orgId, limit: 5 });
    const ids = some.map(({ id }) => id);
    await (n % 2 === 0
      ? deliveries.redeliver({ orgId, deliveryIds: ids, limit: 10 })
      : times(ids.length, (k) => deliveries.cancel({ orgId, deliveryId: ids[k] ?? "" })));
  };
  await times(60, async (n) => {
    if (n % 3 === 0) await send(n);
    else if (n % 3 === 1) await work(endpointIds[n % endpointIds.length] ?? "");
    else await meddle(n);
  });
  for (const endpointId of endpointIds) for (let round = 0; round < 12; round += 1) await work(endpointId);
  const ends = (await deliveries.list({ orgId, limit: 500 })).deliveries.map(({ state }) => state);
  expect(new Set(ends.filter((state) => state !== "delivered" && state !== "cancelled")).size).toBe(0);
});
