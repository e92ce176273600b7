import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { makeCrmConnections } from "../src/crm-connections.ts";
import { makeCrmConflicts } from "../src/crm-conflicts.ts";
import { makeCrmCursors } from "../src/crm-cursors.ts";
import { makeCrmOutbox } from "../src/crm-outbox.ts";
import { makeCrmRecords, type MergedCrmRecord } from "../src/crm-records.ts";
import { makeCrmRefetches } from "../src/crm-refetches.ts";
import { makeCrmTokens } from "../src/crm-tokens.ts";
import { hashToken, makeWebhookSources } from "../src/webhook-sources.ts";
import { supabase, userClient } from "./fixture.ts";

const connections = makeCrmConnections(supabase);
const tokens = makeCrmTokens(supabase);
const records = makeCrmRecords(supabase);
const cursors = makeCrmCursors(supabase);
const refetches = makeCrmRefetches(supabase);
const outbox = makeCrmOutbox(supabase);
const conflicts = makeCrmConflicts(supabase);
const sources = makeWebhookSources(supabase);

const connect = async () => {
  const [orgId, connectionId] = [randomUUID(), randomUUID()];
  await connections.create({ orgId, id: connectionId, provider: "kommo", name: "Продажи" });
  await tokens.authorize({ orgId, connectionId, sealed: "v1.sealed", refreshable: true, expiresAtMs: Date.now() });
  return { orgId, connectionId, entity: "contact" };
};

const row = (remoteId: string, more: Partial<MergedCrmRecord> = {}): MergedCrmRecord => ({
  remoteId,
  version: 0,
  fields: { name: `Имя ${remoteId}` },
  base: { name: `Имя ${remoteId}` },
  remote: { fields: { name: `Имя ${remoteId}` }, customFields: {} },
  raw: { id: remoteId },
  links: [],
  remoteUpdatedAtMs: 1_000,
  pulled: [],
  closes: [],
  push: false,
  conflicts: [],
  ...more,
});

test("a page and the step it makes are stored together; the same step a second time is refused and stores nothing", async () => {
  const place = await connect();
  const cursor = await cursors.open({ ...place, kind: "backfill" });
  expect(await cursors.open({ ...place, kind: "backfill" })).toEqual(cursor);
  const step = {
    entity: "contact",
    kind: "backfill",
    version: cursor.version,
    page: { after: "2" },
    records: 2,
  } as const;
  expect(await records.apply({ ...place, rows: [row("1"), row("2")], step })).toEqual({ stored: 2, again: 0 });
  await expect(records.apply({ ...place, rows: [row("3")], step })).rejects.toMatchObject({ code: "stale_lease" });
  expect((await records.list({ ...place, limit: 10 })).records).toHaveLength(2);
  expect(await cursors.list(place)).toMatchObject([
    { page: { after: "2" }, recordsRead: 2, version: cursor.version + 1 },
  ]);
});

test("a record that changed since it was read is left alone, and read again", async () => {
  const place = await connect();
  await records.apply({ ...place, rows: [row("1")] });
  const [before] = await records.toMerge({ ...place, remoteIds: ["1", "2"] });
  expect(before).toMatchObject({ remoteId: "1", version: 1, held: [] });
  await records.edit({ ...place, recordId: before?.id ?? "", changes: { name: "Наше" }, idempotencyKey: "a" });
  expect(await records.apply({ ...place, rows: [row("1", { version: 1, fields: { name: "Их" } })] })).toEqual({
    stored: 0,
    again: 1,
  });
  // A row that another page made meanwhile is not made twice.
  expect(await records.apply({ ...place, rows: [row("1")] })).toEqual({ stored: 0, again: 1 });
  expect((await records.list({ ...place, limit: 10 })).records).toMatchObject([{ fields: { name: "Наше" } }]);
  expect(await refetches.request({ ...place, changes: [{ entity: "contact", remoteId: "1" }] })).toBe(1);
  const due = await refetches.due({ ...place, limit: 10 });
  expect(due).toMatchObject([{ entity: "contact", remoteId: "1" }]);
  // Asked again while it was read: what was read is too old, the request stays.
  await refetches.request({ ...place, changes: [{ entity: "contact", remoteId: "1" }] });
  await records.apply({ ...place, rows: [], settled: due });
  const later = await refetches.due({ ...place, limit: 10 });
  expect(later).toHaveLength(1);
  await records.apply({ ...place, rows: [], settled: later, missing: ["1"] });
  expect(await refetches.due({ ...place, limit: 10 })).toEqual([]);
  const [record] = (await records.list({ ...place, limit: 10 })).records;
  expect(record?.deletedAt).not.toBeNull();
  expect(await outbox.list({ ...place, recordId: record?.id, limit: 10 })).toMatchObject([
    { state: "refused", code: "crm_record_refused" },
  ]);
});

test("edits coalesce into one write; while it is sent, reading leaves the record alone and a new edit waits", async () => {
  const place = await connect();
  await records.apply({ ...place, rows: [row("1")] });
  const [record] = (await records.list({ ...place, limit: 1 })).records;
  const recordId = record?.id ?? "";
  await records.edit({ ...place, recordId, changes: { name: "А" }, idempotencyKey: "1" });
  await records.edit({ ...place, recordId, changes: { phone: "+7" }, idempotencyKey: "2" });
  const [write, ...none] = await outbox.claim({ ...place, limit: 10, leaseSeconds: 60 });
  expect(none).toEqual([]);
  expect(write).toMatchObject({ unclear: false, fields: { name: "А", phone: "+7" }, base: { name: "Имя 1" } });
  expect(await outbox.claim({ ...place, limit: 10, leaseSeconds: 60 })).toEqual([]);
  expect(await records.apply({ ...place, rows: [row("1", { version: 3 })] })).toEqual({ stored: 0, again: 1 });
  await records.edit({ ...place, recordId, changes: { name: "Б" }, idempotencyKey: "3" });
  expect(await outbox.claim({ ...place, limit: 10, leaseSeconds: 60 })).toEqual([]);
  const { id = "", lease = "" } = write ?? {};
  const results = [{ id, state: "done", remoteId: "1", agreed: { name: "А", phone: "+7" }, pushed: ["name"] }] as const;
  expect(await outbox.settle({ ...place, lease: randomUUID(), results })).toBe(0);
  expect(await outbox.settle({ ...place, lease, results })).toBe(1);
  expect(await outbox.settle({ ...place, lease, results })).toBe(0);
  expect(await outbox.claim({ ...place, limit: 10, leaseSeconds: 60 })).toMatchObject([
    { fields: { name: "Б", phone: "+7" }, base: { name: "А", phone: "+7" } },
  ]);
});

test("a write whose holder died is unclear, and goes on in the row that waits by then", async () => {
  const place = await connect();
  const record = await records.create({ ...place, fields: { name: "Новый" }, idempotencyKey: "k" });
  expect(await records.create({ ...place, fields: { name: "Другой" }, idempotencyKey: "k" })).toEqual(record);
  await outbox.claim({ ...place, limit: 10, leaseSeconds: -1 });
  await records.edit({ ...place, recordId: record.id, changes: { name: "Новее" }, idempotencyKey: "l" });
  const [write] = await outbox.claim({ ...place, limit: 10, leaseSeconds: 60 });
  expect(write).toMatchObject({ unclear: true, remoteId: null, fields: { name: "Новее" } });
  expect((await outbox.list({ ...place, recordId: record.id, limit: 9 })).map(({ state }) => state).sort()).toEqual([
    "cancelled",
    "sending",
  ]);
  // Its own creation came in by an event before we learned its id: it stays one record.
  await records.apply({ ...place, rows: [row("77")] });
  await outbox.settle({
    ...place,
    lease: write?.lease ?? "",
    results: [{ id: write?.id ?? "", state: "done", remoteId: "77", agreed: { name: "Новее" } }],
  });
  expect((await records.list({ ...place, limit: 10 })).records).toMatchObject([
    { id: record.id, remoteId: "77", base: { name: "Новее" } },
  ]);
});

test("a conflict holds its field until a person decides; the decision is written", async () => {
  const place = await connect();
  await records.apply({ ...place, rows: [row("1")] });
  const both = { field: "name", ours: "Наше", crm: "Их", base: "Имя 1" };
  await records.apply({
    ...place,
    rows: [row("1", { version: 1, fields: { name: "Наше" }, conflicts: [{ ...both, resolution: null }] })],
  });
  expect(await records.toMerge({ ...place, remoteIds: ["1"] })).toMatchObject([{ held: ["name"] }]);
  const { conflicts: open } = await conflicts.list({ ...place, state: "open", limit: 10 });
  expect(open).toMatchObject([{ ...both, reason: "both_changed" }]);
  const conflictId = open[0]?.id ?? "";
  expect(await conflicts.resolve({ ...place, conflictId, resolution: "ours" })).toMatchObject({
    state: "resolved",
    resolution: "ours",
    resolvedBy: "person",
  });
  expect(await outbox.claim({ ...place, limit: 10, leaseSeconds: 60 })).toMatchObject([
    { fields: { name: "Наше" }, base: { name: "Их" }, held: [] },
  ]);
});

test("a field that two sides keep turning is frozen", async () => {
  const place = await connect();
  await records.apply({ ...place, rows: [row("1")] });
  const [record] = (await records.list({ ...place, limit: 1 })).records;
  for (let turn = 0; turn < 4; turn += 1) {
    await records.edit({
      ...place,
      recordId: record?.id ?? "",
      changes: { name: "Робот" },
      idempotencyKey: `turn-${turn}`,
    });
    const [write] = await outbox.claim({ ...place, limit: 1, leaseSeconds: 60 });
    await outbox.settle({
      ...place,
      lease: write?.lease ?? "",
      results: [{ id: write?.id ?? "", state: "done", remoteId: "1", agreed: { name: "Робот" }, pushed: ["name"] }],
    });
    const [known] = await records.toMerge({ ...place, remoteIds: ["1"] });
    await records.apply({ ...place, rows: [row("1", { version: known?.version ?? 0, pulled: ["name"] })] });
  }
  expect((await conflicts.list({ ...place, limit: 10 })).conflicts).toMatchObject([
    { field: "name", reason: "flipping", state: "open" },
  ]);
});

test("a sweep asks again for what it did not meet", async () => {
  const place = await connect();
  await records.apply({ ...place, rows: [row("1"), row("2"), row("3")] });
  const cursor = await cursors.open({ ...place, kind: "sweep" });
  const startedAt = new Date(Date.now() + 1_000).toISOString();
  await records.apply({ ...place, rows: [], seen: { pass: 1, remoteIds: ["1", "3"] } });
  const step = { entity: "contact", kind: "sweep", version: cursor.version, pass: 1 } as const;
  expect(await records.finishSweep({ ...place, pass: 1, startedAt, step })).toBe(1);
  expect(await refetches.due({ ...place, limit: 10 })).toMatchObject([{ remoteId: "2" }]);
});

test("a member reads its organisation's connections and records, nobody's tokens, and writes nothing", async () => {
  const [own, foreign] = [await connect(), await connect()];
  await records.apply({ ...own, rows: [row("1")] });
  await records.apply({ ...foreign, rows: [row("1")] });
  const member = userClient({ app_metadata: { org_id: own.orgId } });
  for (const table of ["crm_connections", "crm_records"]) {
    expect((await member.from(table).select("org_id")).data).toEqual([{ org_id: own.orgId }]);
  }
  for (const table of ["crm_tokens", "crm_token_rescue", "crm_oauth_states", "crm_refetches", "crm_cursors"]) {
    expect((await member.from(table).select("org_id")).error?.code).toBe("42501");
  }
  const change = await member.from("crm_connections").update({ name: "Моё" }).eq("org_id", own.orgId);
  expect(change.error?.code).toBe("42501");
});

test("disconnected: gone for people at once, its address void, its account free; removed with everything by the job", async () => {
  const place = await connect();
  const account = { accountKey: "7", accountName: "Продажи", baseUrl: "https://a.example" };
  await connections.setAccount({ ...place, ...account });
  await records.apply({ ...place, rows: [row("1"), row("2")] });
  const { orgId, connectionId } = place;
  const source = { orgId, id: randomUUID(), name: "x", scheme: "kommo", options: {}, secrets: [], connectionId };
  const settings = { forwardEventType: null, laneBy: null, onPoison: "skip", retentionDays: 7 } as const;
  await sources.create({ ...source, ...settings, tokenHash: hashToken(source.id) });
  await connections.watch({ ...place, webhooks: "subscribed", message: null, sourceId: source.id });

  expect(await connections.disconnect(place)).toBe(true);
  expect(await connections.disconnect(place)).toBe(false);
  expect(await connections.list(place)).toEqual([]);
  expect(await sources.find({ tokenHash: hashToken(source.id) })).toBeUndefined();
  // What still fails of it is nobody's business any more.
  expect(await connections.stop({ ...place, state: "suspended", code: "crm_forbidden", message: "!" })).toBe(false);
  const due = [];
  for await (const one of connections.due({ keepAliveSeconds: {} })) if (one.orgId === orgId) due.push(one);
  expect(due).toEqual([{ orgId, connectionId, kind: "disconnect" }]);
  const anew = { orgId, connectionId: randomUUID() };
  await connections.create({ orgId, id: anew.connectionId, provider: "kommo", name: "Снова" });
  expect(await connections.setAccount({ ...anew, ...account })).toMatchObject({ accountKey: "7" });

  expect(await connections.remove(place)).toBe(true);
  expect(await connections.remove(place)).toBe(false);
  expect((await records.list({ ...place, limit: 9 })).records).toEqual([]);
});

test("an app's webhook finds every connection that signed in to it, and no other", async () => {
  const accountKey = randomUUID();
  const connectTo = async (auth: "oauth" | "token", own: { readonly clientId?: string } = {}) => {
    const place = { orgId: randomUUID(), connectionId: randomUUID() };
    await connections.create({ ...place, id: place.connectionId, provider: "hubspot", name: "x", ...own });
    await tokens.authorize({ ...place, sealed: "v1.x", refreshable: auth === "oauth", expiresAtMs: undefined });
    await connections.setAccount({ ...place, accountKey, accountName: "x", baseUrl: "https://a.example" });
    return place;
  };
  const [one, other, ownApp, byToken] = [
    await connectTo("oauth"),
    await connectTo("oauth"),
    await connectTo("oauth", { clientId: "their own" }),
    await connectTo("token"),
  ];
  const changes = [{ entity: "contact", remoteId: "5" }];
  const told = await refetches.requestOfAccount({ provider: "hubspot", accountKey, changes });
  expect(new Set(told.map(({ orgId }) => orgId))).toEqual(new Set([one.orgId, other.orgId]));
  expect(await refetches.due({ ...one, limit: 9 })).toMatchObject([{ entity: "contact", remoteId: "5" }]);
  for (const place of [ownApp, byToken]) expect(await refetches.due({ ...place, limit: 9 })).toEqual([]);
});
