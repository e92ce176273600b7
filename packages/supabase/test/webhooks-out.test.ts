import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { WebhookEndpointSettings } from "../src/webhook-endpoints.ts";
import { makeWebhookEndpoints } from "../src/webhook-endpoints.ts";
import { makeWebhookMessages } from "../src/webhook-messages.ts";
import { makeWebhookDeliveries, type ClaimedWebhooks, type WebhookAttempt } from "../src/webhook-deliveries.ts";
import { supabase } from "./fixture.ts";

const endpoints = makeWebhookEndpoints(supabase);
const messages = makeWebhookMessages(supabase);
const deliveries = makeWebhookDeliveries(supabase);

const settings: WebhookEndpointSettings = {
  url: "https://example.com/hook",
  description: "",
  eventTypes: ["*"],
  ordered: false,
  concurrency: 10,
  ratePerSecond: null,
  headerNames: [],
  sealedHeaders: null,
};

const addEndpoint = async (orgId: string, more: Partial<WebhookEndpointSettings> = {}): Promise<string> => {
  const endpointId = randomUUID();
  const secret = { id: randomUUID(), sealed: "v1.sealed" };
  await endpoints.create({ orgId, endpointId, settings: { ...settings, ...more }, secret });
  return endpointId;
};

const send = async (orgId: string, count: number, eventType = "order.created"): Promise<string[]> => {
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1) ids.push((await messages.create({ orgId, eventType, payload: { n } })).message.id);
  return ids;
};

type Work = Extract<ClaimedWebhooks, { readonly lease: string }>;
const claim = (orgId: string, endpointId: string, limit = 100) =>
  deliveries.claim({ orgId, endpointId, leaseSeconds: 45, limit });
const asWork = (answer: ClaimedWebhooks): Work => {
  if (!("lease" in answer)) throw new Error(`nothing to send: ${JSON.stringify(answer)}`);
  return answer;
};
const work = async (orgId: string, endpointId: string, limit?: number): Promise<Work> =>
  asWork(await claim(orgId, endpointId, limit));
/** And gives the endpoint back, unless more is asked for. */
const record = (orgId: string, endpointId: string, lease: string, attempts: readonly WebhookAttempt[], limit = 0) =>
  deliveries.record({ orgId, endpointId, lease, attempts, leaseSeconds: 45, limit });

const attempt = (deliveryId: string, more: Partial<WebhookAttempt> = {}): WebhookAttempt => ({
  deliveryId,
  state: "delivered",
  attempt: 1,
  startedAt: new Date().toISOString(),
  ms: 5,
  status: 200,
  errorCode: null,
  headers: { "content-type": "text/plain" },
  body: "принято",
  truncated: false,
  address: "203.0.113.7",
  ok: true,
  outage: false,
  gone: false,
  ...more,
});
const failed: Partial<WebhookAttempt> = {
  state: "retry_wait",
  nextInMs: 60_000,
  status: 503,
  errorCode: "endpoint_failed",
  ok: false,
  outage: true,
};
/** As if time had gone by: what waits is due, what holds the endpoint is over. */
const letTimePass = async (endpointId: string): Promise<void> => {
  const past = new Date(Date.now() - 1_000).toISOString();
  await supabase.from("webhook_deliveries").update({ next_at: past }).eq("endpoint_id", endpointId);
  await supabase.from("webhook_endpoints").update({ held_until: past }).eq("id", endpointId);
};

test("a message goes to every endpoint whose globs match, once per idempotency key", async () => {
  const orgId = randomUUID();
  const [all, orders, underscore] = [
    await addEndpoint(orgId),
    await addEndpoint(orgId, { eventTypes: ["invoice.paid", "order.*"] }),
    await addEndpoint(orgId, { eventTypes: ["order_created"] }),
  ];
  const event = { orgId, eventType: "order.created", payload: { сумма: 12.5 }, idempotencyKey: "ключ-1" };
  const first = await messages.create(event);
  expect(first).toMatchObject({ created: true, message: { payload: { сумма: 12.5 } } });
  expect(first.endpointIds.toSorted()).toEqual([all, orders].toSorted());
  const again = await messages.create(event);
  expect(again).toMatchObject({ created: false, message: { id: first.message.id } });
  await expect(messages.create({ ...event, payload: {} })).rejects.toMatchObject({ code: "conflict" });
  await expect(messages.create({ ...event, eventType: "order.gone" })).rejects.toMatchObject({ code: "conflict" });
  expect((await deliveries.list({ orgId, limit: 10 })).deliveries).toHaveLength(2);
  expect((await messages.create({ ...event, idempotencyKey: "ключ-2", endpointId: underscore })).endpointIds).toEqual([
    underscore,
  ]);
});

test("one holds an endpoint; what it takes is recorded with its attempt, and the body is the same every time", async () => {
  const orgId = randomUUID();
  const endpointId = await addEndpoint(orgId);
  const [messageId = ""] = await send(orgId, 2);
  const held = await work(orgId, endpointId);
  expect(held.deliveries).toHaveLength(2);
  expect(held).toMatchObject({ url: settings.url, probing: false, secrets: [{ sealed: "v1.sealed" }] });
  expect(JSON.parse(held.deliveries[0]?.body ?? "")).toMatchObject({ type: "order.created", data: { n: 0 } });
  expect(await claim(orgId, endpointId)).toMatchObject({ busy: true });

  const [one, two] = held.deliveries;
  if (!one || !two) throw new Error("two were claimed");
  const attempts = [attempt(one.id), attempt(two.id, { ...failed, nextInMs: 5_000 })];
  const { next, disabled } = await record(orgId, endpointId, held.lease, attempts, 10);
  expect(disabled).toBeNull();
  expect(await deliveries.get({ orgId, deliveryId: one.id })).toMatchObject({ state: "delivered", messageId });
  expect(await deliveries.get({ orgId, deliveryId: two.id })).toMatchObject({
    state: "retry_wait",
    attemptsMade: 1,
    lastErrorCode: "endpoint_failed",
  });
  const [logged] = await deliveries.attempts({ orgId, deliveryId: one.id });
  expect(logged).toMatchObject({ number: 1, status: 200, responseBody: "принято" });
  expect(logged).not.toHaveProperty("address");

  expect(next).toMatchObject({ busy: false, deliveries: [] });
  expect("nextMs" in next && next.nextMs).toBeGreaterThan(3_000);
  await expect(record(orgId, endpointId, held.lease, [attempt(two.id)])).rejects.toMatchObject({ code: "stale_lease" });
  await letTimePass(endpointId);
  expect((await work(orgId, endpointId)).deliveries).toEqual([{ ...two, attempt: 1 }]);
});

test("what a holder took and did not record is handed out again, after a release or once its lease is over", async () => {
  const orgId = randomUUID();
  const endpointId = await addEndpoint(orgId);
  await send(orgId, 3);
  const first = await work(orgId, endpointId);
  await deliveries.release({ orgId, endpointId, lease: first.lease });
  const second = await work(orgId, endpointId);
  expect(second.deliveries).toEqual(first.deliveries);
  await supabase.from("webhook_endpoints").update({ lease_until: "2020-01-01" }).eq("id", endpointId);
  expect((await due()).has(endpointId)).toBe(true);
  const third = await work(orgId, endpointId);
  expect(third.deliveries).toEqual(first.deliveries);
  expect((await due()).has(endpointId)).toBe(false);
  for (const lease of [first.lease, second.lease]) {
    await deliveries.release({ orgId, endpointId, lease });
    await expect(record(orgId, endpointId, lease, [])).rejects.toMatchObject({ code: "stale_lease" });
  }
  expect(await claim(orgId, endpointId)).toMatchObject({ busy: true });
});

const due = async (): Promise<Set<string>> => {
  const found = new Set<string>();
  for await (const { endpointId } of deliveries.allDue()) found.add(endpointId);
  return found;
};

test("an ordered endpoint goes by creation: a waiting head holds everything behind it", async () => {
  const orgId = randomUUID();
  const endpointId = await addEndpoint(orgId, { ordered: true });
  const ids = await send(orgId, 6);
  const begun = await work(orgId, endpointId, 1);
  const firsts = begun.deliveries.map(({ id }) => attempt(id));
  const held = asWork((await record(orgId, endpointId, begun.lease, firsts, 3)).next);
  expect(held.lease).toBe(begun.lease);
  expect(held.deliveries.map(({ messageId }) => messageId)).toEqual(ids.slice(1, 4));
  const [head, next] = held.deliveries;
  if (!head || !next) throw new Error("three were claimed");
  const attempts = [attempt(head.id), attempt(next.id, { ...failed, nextInMs: 60_000 })];
  await record(orgId, endpointId, held.lease, attempts);
  expect(await claim(orgId, endpointId)).toMatchObject({ deliveries: [] });
  await letTimePass(endpointId);
  expect((await work(orgId, endpointId)).deliveries.map(({ messageId }) => messageId)).toEqual(ids.slice(2));
});

test("a rate is kept over claims; a large message does not travel with too many others", async () => {
  const orgId = randomUUID();
  const limited = await addEndpoint(orgId, { ratePerSecond: 3, eventTypes: ["small"] });
  const large = await addEndpoint(orgId, { eventTypes: ["large"] });
  await send(orgId, 10, "small");
  const held = await work(orgId, limited);
  expect(held.deliveries).toHaveLength(3);
  await record(
    orgId,
    limited,
    held.lease,
    held.deliveries.map(({ id }) => attempt(id)),
  );
  expect(await claim(orgId, limited)).toMatchObject({ deliveries: [], nextMs: 1_000 });

  for (let n = 0; n < 8; n += 1)
    await messages.create({ orgId, eventType: "large", payload: { text: "я".repeat(100_000) } });
  expect((await work(orgId, large)).deliveries.length).toBeLessThan(8);
});

test("ten outages in a row open the breaker, then one delivery shows whether the endpoint is back", async () => {
  const orgId = randomUUID();
  const endpointId = await addEndpoint(orgId);
  await send(orgId, 12);
  const held = await work(orgId, endpointId);
  const attempts = held.deliveries.slice(0, 10).map(({ id }) => attempt(id, failed));
  await record(orgId, endpointId, held.lease, attempts);
  const refused = await claim(orgId, endpointId);
  expect("nextMs" in refused && refused.nextMs).toBeGreaterThan(20_000);
  expect((await due()).has(endpointId)).toBe(false);

  await letTimePass(endpointId);
  const halfOpen = await work(orgId, endpointId);
  expect(halfOpen.deliveries).toHaveLength(1);
  const [probe] = halfOpen.deliveries;
  await record(orgId, endpointId, halfOpen.lease, [attempt(probe?.id ?? "")]);
  expect((await work(orgId, endpointId)).deliveries).toHaveLength(11);
});

test("an endpoint that asks for time gets it; a refusal of one message says nothing about the others", async () => {
  const orgId = randomUUID();
  const endpointId = await addEndpoint(orgId);
  await send(orgId, 30);
  const first = await work(orgId, endpointId, 15);
  const refused = first.deliveries.map(({ id }) => attempt(id, { ...failed, status: 422, outage: false }));
  await record(orgId, endpointId, first.lease, refused);
  const second = await work(orgId, endpointId, 1);
  const [one] = second.deliveries;
  const throttled = attempt(one?.id ?? "", { ...failed, status: 429, holdMs: 3_600_000 });
  await record(orgId, endpointId, second.lease, [throttled]);
  const answer = await claim(orgId, endpointId);
  expect("nextMs" in answer && answer.nextMs).toBeGreaterThan(3_500_000);
});

test("410 disables at once; the others hear of it; what waits is paused and goes out once a person enables", async () => {
  const orgId = randomUUID();
  const [endpointId, watcher] = [await addEndpoint(orgId), await addEndpoint(orgId, { eventTypes: ["endpoint.*"] })];
  await send(orgId, 2);
  const held = await work(orgId, endpointId);
  const [one] = held.deliveries;
  const gone = attempt(one?.id ?? "", { ...failed, status: 410, gone: true, outage: false });
  expect(await record(orgId, endpointId, held.lease, [gone])).toEqual({
    disabled: "gone",
    enabled: false,
    endpointIds: [watcher],
    next: { busy: false, deliveries: [], nextMs: null },
  });
  await send(orgId, 1);
  expect(await claim(orgId, endpointId)).toMatchObject({ deliveries: [], nextMs: null });
  expect((await deliveries.list({ orgId, endpointId, state: "paused", limit: 10 })).deliveries).toHaveLength(3);
  const notice = (await deliveries.list({ orgId, endpointId: watcher, limit: 10 })).deliveries;
  expect(notice).toMatchObject([{ eventType: "endpoint.disabled", state: "pending" }]);

  expect(await endpoints.enable({ orgId, endpointId, cancelWaiting: false })).toMatchObject({ state: "enabled" });
  const again = await work(orgId, endpointId);
  expect(again.deliveries).toHaveLength(3);
  await deliveries.release({ orgId, endpointId, lease: again.lease });
  expect(await endpoints.disable({ orgId, endpointId })).toMatchObject({ disabledReason: "manual" });
  await endpoints.enable({ orgId, endpointId, cancelWaiting: true });
  expect(await claim(orgId, endpointId)).toMatchObject({ deliveries: [] });
});

test("five days without a success disable; a probe that arrives enables again", async () => {
  const orgId = randomUUID();
  const endpointId = await addEndpoint(orgId);
  await send(orgId, 2);
  const held = await work(orgId, endpointId);
  const [one] = held.deliveries;
  const attempts = [attempt(one?.id ?? "", failed)];
  await record(orgId, endpointId, held.lease, attempts);
  expect(await endpoints.get({ orgId, endpointId })).toMatchObject({ state: "enabled" });
  const sixDaysAgo = new Date(Date.now() - 6 * 86_400_000).toISOString();
  await supabase.from("webhook_endpoints").update({ failing_since: sixDaysAgo }).eq("id", endpointId);
  const second = await work(orgId, endpointId);
  const [two] = second.deliveries;
  const answer = await record(orgId, endpointId, second.lease, [attempt(two?.id ?? "", failed)]);
  expect(answer).toMatchObject({ disabled: "failing" });
  expect(await claim(orgId, endpointId)).toMatchObject({ deliveries: [] });
  expect((await due()).has(endpointId)).toBe(false);

  const openProbe = () => supabase.from("webhook_endpoints").update({ probe_at: sixDaysAgo }).eq("id", endpointId);
  await openProbe();
  expect((await due()).has(endpointId)).toBe(true);
  const probe = await work(orgId, endpointId);
  expect(probe).toMatchObject({ probing: true, deliveries: [{ attempt: 1 }] });
  const [tried] = probe.deliveries;
  await record(orgId, endpointId, probe.lease, [attempt(tried?.id ?? "", failed)]);
  expect(await claim(orgId, endpointId)).toMatchObject({ deliveries: [] });
  await openProbe();
  const back = await work(orgId, endpointId);
  const [arrived] = back.deliveries;
  expect(await record(orgId, endpointId, back.lease, [attempt(arrived?.id ?? "")])).toMatchObject({ enabled: true });
  expect(await endpoints.get({ orgId, endpointId })).toMatchObject({ state: "enabled", failingSince: null });
});

test("cancelled stays cancelled unless it arrived; redelivery by id and by time starts the schedule again", async () => {
  const orgId = randomUUID();
  const endpointId = await addEndpoint(orgId);
  await send(orgId, 4);
  const held = await work(orgId, endpointId, 3);
  const [a, b, c] = held.deliveries.map(({ id }) => id);
  if (!a || !b || !c) throw new Error("three were claimed");
  expect(await deliveries.cancel({ orgId, deliveryId: a })).toBe(true);
  expect(await deliveries.cancel({ orgId, deliveryId: b })).toBe(true);
  const attempts = [attempt(a), attempt(b, failed), attempt(c, { ...failed, state: "exhausted", attempt: 10 })];
  await record(orgId, endpointId, held.lease, attempts);
  const stateOf = async (deliveryId: string) => (await deliveries.get({ orgId, deliveryId }))?.state;
  expect([await stateOf(a), await stateOf(b), await stateOf(c)]).toEqual(["delivered", "cancelled", "exhausted"]);
  expect(await deliveries.cancel({ orgId, deliveryId: c })).toBe(false);

  const span = { from: new Date(Date.now() - 60_000).toISOString(), to: new Date(Date.now() + 60_000).toISOString() };
  expect(
    await deliveries.redeliver({ orgId, endpointId, ...span, states: ["exhausted", "cancelled"], limit: 1 }),
  ).toMatchObject({ redelivered: 1, more: true, endpointIds: [endpointId] });
  expect(await deliveries.redeliver({ orgId, deliveryIds: [a, c], limit: 10 })).toMatchObject({ redelivered: 2 });
  expect(await stateOf(a)).toBe("pending");
  const again = await work(orgId, endpointId);
  expect(again.deliveries.every(({ attempt }) => attempt === 0)).toBe(true);
  expect(again.deliveries).toHaveLength(4);
});

test("a rotated secret signs beside the new one until its time is over; five at most", async () => {
  const orgId = randomUUID();
  const endpointId = await addEndpoint(orgId);
  const rotate = (sealed: string, overlapSeconds = 3_600) =>
    endpoints.rotateSecret({ orgId, endpointId, secret: { id: randomUUID(), sealed }, overlapSeconds });
  await rotate("v1.second");
  await send(orgId, 1);
  const held = await work(orgId, endpointId);
  expect(held.secrets.map(({ sealed }) => sealed)).toEqual(["v1.second", "v1.sealed"]);
  await deliveries.release({ orgId, endpointId, lease: held.lease });
  await rotate("v1.third", 0);
  expect((await work(orgId, endpointId)).secrets.map(({ sealed }) => sealed)).toEqual(["v1.third"]);
  for (const sealed of ["4", "5", "6", "7"]) await rotate(sealed);
  await expect(rotate("8")).rejects.toMatchObject({ code: "conflict" });
});

test("lists are paged; what is too old goes, with all that hangs on it", async () => {
  const orgId = randomUUID();
  const endpointId = await addEndpoint(orgId);
  const ids = await send(orgId, 3);
  const first = await messages.list({ orgId, limit: 2 });
  const second = await messages.list({ orgId, limit: 2, cursor: first.nextCursor });
  expect([...first.messages, ...second.messages].map(({ id }) => id)).toEqual(ids.toReversed());
  const page = await deliveries.list({ orgId, endpointId, eventType: "order.created", limit: 2 });
  const rest = await deliveries.list({
    orgId,
    endpointId,
    eventType: "order.created",
    limit: 2,
    cursor: page.nextCursor,
  });
  expect(new Set([...page.deliveries, ...rest.deliveries].map(({ id }) => id)).size).toBe(3);

  const held = await work(orgId, endpointId);
  await record(
    orgId,
    endpointId,
    held.lease,
    held.deliveries.map(({ id }) => attempt(id)),
  );
  const [oldest = "", middle = ""] = ids;
  const deliveryOf = async (messageId: string) => (await deliveries.list({ orgId, messageId, limit: 1 })).deliveries[0];
  const old = await deliveryOf(middle);
  await supabase
    .from("webhook_attempts")
    .update({ created_at: "2020-01-01" })
    .eq("delivery_id", old?.id ?? "");
  await supabase.from("webhook_messages").update({ created_at: "2020-01-01" }).eq("id", oldest);
  await deliveries.purge({ attemptDays: 30, messageDays: 90 });
  expect(await messages.get({ orgId, messageId: oldest })).toBeUndefined();
  expect(await deliveryOf(oldest)).toBeUndefined();
  expect(await deliveries.attempts({ orgId, deliveryId: old?.id ?? "" })).toEqual([]);
  expect(await endpoints.remove({ orgId, endpointId })).toBe(true);
  expect((await deliveries.list({ orgId, limit: 10 })).deliveries).toEqual([]);
});
