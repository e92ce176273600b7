import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { EventResult, NewInboundEvent } from "../src/inbound-events.ts";
import { inboundEvents, supabase, webhookSources } from "./fixture.ts";
import { arrivalOf, makeSource, sha256 } from "./webhooks-in.fixture.ts";

const leaseSeconds = 60;
const limit = 20;

/** The one lane that an arrival woke. */
const wokenBy = async (...arrivals: NewInboundEvent[]): Promise<string> => {
  const [woken] = (await inboundEvents.accept(arrivals)).wake;
  if (!woken) throw new Error("no lane was woken");
  return woken.laneId;
};
/** The lane's events as a worker takes them. */
const claim = async (orgId: string, laneId: string) => {
  const { lease = "", events } = await inboundEvents.claim({ orgId, laneId, leaseSeconds, limit });
  return { orgId, laneId, lease, leaseSeconds, limit, events };
};
const done = (eventId: string): EventResult => ({ eventId, effect: { kind: "none", handler: "test" } });
const failed = (eventId: string, permanent = false): EventResult => ({
  eventId,
  error: { code: "unexpected_error", message: "не вышло", permanent },
});
const bodyOf = (event: { raw: Buffer }) => event.raw.toString();
/** A parked lane whose waiting time is over. */
const passTime = (laneId: string) =>
  supabase
    .from("webhook_lanes")
    .update({ due_at: new Date(0).toISOString() })
    .eq("id", laneId);

test("stored once, whoever repeats it, alone or in one batch; the lane is woken once", async () => {
  const source = await makeSource();
  const [a, b] = [arrivalOf(source, "a"), arrivalOf(source, "b")];
  const first = await inboundEvents.accept([a, b, a]);
  expect(first).toMatchObject({ stored: 2, refused: [], wake: [{ orgId: source.orgId }] });
  expect(await inboundEvents.accept([b, a])).toMatchObject({ stored: 0, refused: [], wake: [] });
  // The lane has a job on its way.
  expect(await inboundEvents.accept([arrivalOf(source, "c")])).toMatchObject({ stored: 1, wake: [] });
  const { events } = await inboundEvents.list({ orgId: source.orgId, limit });
  expect(events.map(({ dedupeKey }) => dedupeKey)).toEqual(["c", "b", "a"]);
});

test("what no source may send is refused, and nobody else's with it", async () => {
  const [own, other, disabled] = [await makeSource(), await makeSource(), await makeSource()];
  await webhookSources.update({ ...disabled, state: "disabled" });
  const forged = { ...arrivalOf(own, "x"), orgId: other.orgId };
  const answer = await inboundEvents.accept([forged, arrivalOf(own, "a"), arrivalOf(disabled, "b")]);
  expect(answer).toMatchObject({ stored: 1, refused: [0, 2] });
  expect((await inboundEvents.list({ orgId: other.orgId, limit })).events).toEqual([]);
});

test("a lane gives its events in the order of arrival, bytes as they came", async () => {
  const source = await makeSource();
  const bodies = Array.from({ length: 25 }, (_, n) => `событие ${n}\u0000`);
  const laneId = await wokenBy(...bodies.map((body, n) => arrivalOf(source, `${n}`, { body })));
  const held = await claim(source.orgId, laneId);
  expect(held.events.map(bodyOf)).toEqual(bodies.slice(0, 20));
  const next = await inboundEvents.settle({ ...held, results: held.events.map(({ id }) => done(id)) });
  expect(next).toMatchObject({ done: 20, dead: 0 });
  expect(next.events.map(bodyOf)).toEqual(bodies.slice(20));
  const last = await inboundEvents.settle({ ...held, results: next.events.map(({ id }) => done(id)) });
  expect(last).toMatchObject({ done: 5, events: [], dueInMs: null });
  expect(await inboundEvents.claim(held)).toEqual({ events: [] });
  // Idle again: the next one wakes it.
  expect((await inboundEvents.accept([arrivalOf(source, "next")])).wake).toEqual([{ orgId: source.orgId, laneId }]);
});

test("whoever takes a lane over refuses the one before; what was settled is not settled again", async () => {
  const source = await makeSource();
  const laneId = await wokenBy(arrivalOf(source, "a"), arrivalOf(source, "b"));
  const old = await claim(source.orgId, laneId);
  const held = await claim(source.orgId, laneId);
  const results = old.events.map(({ id }) => done(id));
  await expect(inboundEvents.settle({ ...old, results })).rejects.toMatchObject({ code: "stale_lease" });
  expect(await inboundEvents.settle({ ...held, results })).toMatchObject({ done: 2 });
  expect(await inboundEvents.settle({ ...held, results })).toMatchObject({ done: 0 });
  const { data } = await supabase.from("inbound_effects").select("event_id").eq("org_id", source.orgId);
  expect(data).toHaveLength(2);
});

test("a poison event parks its lane alone, is tried five times, then the lane goes on", async () => {
  const source = await makeSource();
  const { wake } = await inboundEvents.accept([
    arrivalOf(source, "bad"),
    arrivalOf(source, "good"),
    arrivalOf(source, "elsewhere", { laneKey: "other" }),
  ]);
  const lanes = await Promise.all(wake.map(({ laneId }) => claim(source.orgId, laneId)));
  const poisoned = lanes.find(({ events }) => events.length === 2);
  const healthy = lanes.find(({ events }) => events.length === 1);
  if (!poisoned || !healthy) throw new Error("two lanes, of two events and of one");
  const [bad, good] = poisoned.events.map(({ id }) => id);
  if (bad === undefined || good === undefined) throw new Error("two events");

  for (let attempt = 1; attempt <= 4; attempt += 1) {
    const held = await claim(source.orgId, poisoned.laneId);
    const parked = await inboundEvents.settle({ ...held, results: [failed(bad), done(good)] });
    expect(parked).toMatchObject({ done: 0, dead: 0, events: [] });
    expect(parked.dueInMs).toBeGreaterThan(0);
    const waiting = await inboundEvents.claim(held);
    expect(waiting.lease).toBeUndefined();
    expect(waiting.dueInMs).toBeGreaterThan(0);
    await passTime(poisoned.laneId);
  }
  expect(await inboundEvents.settle({ ...healthy, results: healthy.events.map(({ id }) => done(id)) })).toMatchObject({
    done: 1,
  });
  const held = await claim(source.orgId, poisoned.laneId);
  expect(await inboundEvents.settle({ ...held, results: [failed(bad), done(good)] })).toMatchObject({
    done: 1,
    dead: 1,
  });
  expect(await inboundEvents.get({ orgId: source.orgId, eventId: bad })).toMatchObject({
    state: "dead",
    attempts: 5,
    errorCode: "unexpected_error",
    errorMessage: "не вышло",
  });
});

test("a source that blocks: the lane waits for a person, who retries or goes on", async () => {
  const source = await makeSource({ onPoison: "block" });
  const laneId = await wokenBy(arrivalOf(source, "bad"), arrivalOf(source, "next"));
  const block = async () => {
    const held = await claim(source.orgId, laneId);
    const [bad = { id: "" }] = held.events;
    await inboundEvents.settle({ ...held, results: [failed(bad.id, true)] });
    return bad.id;
  };
  const bad = await block();
  expect(await inboundEvents.claim({ orgId: source.orgId, laneId, leaseSeconds, limit })).toEqual({ events: [] });
  expect((await inboundEvents.accept([arrivalOf(source, "third")])).wake).toEqual([]);
  expect(await inboundEvents.blockedLanes({ orgId: source.orgId, limit })).toMatchObject([{ id: laneId }]);

  expect(await inboundEvents.retry({ orgId: source.orgId, eventId: bad })).toBe(laneId);
  expect(await inboundEvents.retry({ orgId: source.orgId, eventId: bad })).toBeUndefined();
  expect((await claim(source.orgId, laneId)).events.map(bodyOf)).toEqual(["bad", "next", "third"]);
  await block();
  expect(await inboundEvents.unblock({ orgId: source.orgId, laneId })).toBe(true);
  expect(await inboundEvents.unblock({ orgId: source.orgId, laneId })).toBe(false);
  expect((await claim(source.orgId, laneId)).events.map(bodyOf)).toEqual(["next", "third"]);
});

test("an effect that the database refuses is the event's failure, and leaves nothing behind", async () => {
  const source = await makeSource();
  const laneId = await wokenBy(arrivalOf(source, "a"), arrivalOf(source, "b", { body: "не JSON" }));
  const held = await claim(source.orgId, laneId);
  const message = { kind: "message", handler: "forward", eventType: "crm.lead" } as const;
  const refetch = { kind: "refetch", handler: "crm", connectionId: randomUUID(), changes: [] } as const;
  const [a = { id: "" }, b = { id: "" }] = held.events;
  const answer = await inboundEvents.settle({
    ...held,
    results: [
      { eventId: a.id, effect: refetch },
      { eventId: b.id, effect: message },
    ],
  });
  expect(answer).toMatchObject({ done: 0, dead: 2 });
  expect(await inboundEvents.get({ orgId: source.orgId, eventId: a.id })).toMatchObject({
    errorCode: "tenant_mismatch",
  });
  expect(await inboundEvents.get({ orgId: source.orgId, eventId: b.id })).toMatchObject({
    errorCode: "database_refused",
  });
  const { data } = await supabase.from("inbound_effects").select("event_id").eq("org_id", source.orgId);
  expect(data).toEqual([]);
});

test("an event becomes an outbound message in the same transaction: its own JSON, digit for digit", async () => {
  const source = await makeSource();
  const body = '{"id": 9007199254740993, "имя": "Анна"}';
  const laneId = await wokenBy(arrivalOf(source, "a", { body }));
  const held = await claim(source.orgId, laneId);
  const [event = { id: "" }] = held.events;
  const effect = { kind: "message", handler: "forward", eventType: "lead.added" } as const;
  await inboundEvents.settle({ ...held, results: [{ eventId: event.id, effect }] });
  const columns: string = "event_type, payload->>id, idempotency_key";
  const { data } = await supabase.from("webhook_messages").select(columns).eq("org_id", source.orgId);
  expect(data).toEqual([{ event_type: "lead.added", id: "9007199254740993", idempotency_key: `inbound-${event.id}` }]);
});

test("the sweep finds lanes that are due and held by nobody", async () => {
  const source = await makeSource();
  const { wake } = await inboundEvents.accept([arrivalOf(source, "a"), arrivalOf(source, "b", { laneKey: "two" })]);
  const mine = async () => {
    const due: string[] = [];
    for (let after: string | undefined; ;) {
      const page = await inboundEvents.dueLanes({ limit: 2, ...(after !== undefined && { afterLaneId: after }) });
      due.push(...page.filter(({ orgId }) => orgId === source.orgId).map(({ laneId }) => laneId));
      after = page.at(-1)?.laneId;
      if (after === undefined) return due;
    }
  };
  expect(await mine()).toEqual(wake.map(({ laneId }) => laneId).sort());
  const laneId = wake[0]?.laneId ?? "";
  await claim(source.orgId, laneId);
  expect(await mine()).toHaveLength(1);
  await supabase
    .from("webhook_lanes")
    .update({ lease_until: new Date(0).toISOString() })
    .eq("id", laneId);
  expect(await mine()).toHaveLength(2);
});

test("bodies go when their time is over, their keys stay; a deleted source goes with everything", async () => {
  const source = await makeSource();
  const { orgId } = source;
  const { wake } = await inboundEvents.accept([arrivalOf(source, "a"), arrivalOf(source, "b")]);
  const held = await claim(orgId, wake[0]?.laneId ?? "");
  const [a = { id: "" }, b = { id: "" }] = held.events;
  await inboundEvents.settle({ ...held, results: [done(a.id)] });
  await supabase
    .from("inbound_events")
    .update({ body_until: new Date(0).toISOString() })
    .eq("org_id", orgId);
  await inboundEvents.tidy({ limit: 100 });
  expect(await inboundEvents.body({ orgId, eventId: a.id })).toEqual({ headers: {}, raw: null });
  // Not yet handled: its body is still needed.
  expect((await inboundEvents.body({ orgId, eventId: b.id }))?.raw?.toString()).toBe("b");
  expect(await inboundEvents.accept([arrivalOf(source, "a")])).toMatchObject({ stored: 0, refused: [] });

  expect(await webhookSources.remove(source)).toBe(true);
  expect(await webhookSources.get(source)).toBeUndefined();
  await inboundEvents.tidy({ limit: 100 });
  expect((await supabase.from("webhook_sources").select("id").eq("org_id", orgId)).data).toEqual([]);
  expect((await supabase.from("inbound_events").select("id").eq("org_id", orgId)).data).toEqual([]);
});

test("sources: found by their token, rotated, changed, refused after that", async () => {
  const source = await makeSource({ name: "Kommo", laneBy: ["/id"] });
  const found = await webhookSources.find({ tokenHash: source.tokenHash });
  expect(found).toMatchObject({ id: source.sourceId, orgId: source.orgId, scheme: "hmac", laneBy: ["/id"] });
  expect(found?.secrets).toEqual([{ id: source.secretId, sealed: "v1.first" }]);

  const id = randomUUID();
  await webhookSources.addSecret({ ...source, id, sealed: "v1.second", overlapSeconds: 3_600 });
  const secrets = (await webhookSources.get(source))?.secrets;
  expect(secrets?.map((secret) => [secret.id, secret.expiresAt !== null])).toEqual([
    [source.secretId, true],
    [id, false],
  ]);
  expect(await webhookSources.removeSecret({ ...source, secretId: source.secretId })).toBe(true);
  expect((await webhookSources.find({ tokenHash: source.tokenHash }))?.secrets).toEqual([{ id, sealed: "v1.second" }]);
  for (let n = 1; n < 10; n += 1) await webhookSources.addSecret({ ...source, id: randomUUID(), sealed: "v1.more" });
  await expect(webhookSources.addSecret({ ...source, id: randomUUID(), sealed: "v1.x" })).rejects.toMatchObject({
    code: "database_refused",
  });

  const tokenHash = sha256(randomUUID());
  await webhookSources.update({ ...source, tokenHash });
  expect(await webhookSources.find({ tokenHash: source.tokenHash })).toBeUndefined();
  expect(await webhookSources.find({ tokenHash })).toMatchObject({ id: source.sourceId });
  expect(await webhookSources.update({ ...source, state: "disabled", name: "новое" })).toMatchObject({ name: "новое" });
  expect(await webhookSources.find({ tokenHash })).toBeUndefined();
  expect(await webhookSources.list(source)).toHaveLength(1);
});
