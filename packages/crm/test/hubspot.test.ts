import { startHubspotSandbox, type HubspotSandbox } from "@gpt-agent/local/sandboxes/hubspot/start-hubspot-sandbox";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { connectHubspot } from "../src/hubspot/connect.ts";
import { hubspotOAuth as oauth } from "../src/hubspot/oauth.ts";
import type { CrmProvider, WriteOperation } from "../src/provider.ts";
import { readEvents } from "../src/read-events.ts";
import { watchRequests } from "./oracles/watch-requests.ts";
import { connectionTo, options, readAll, sendTo } from "./test-connection.ts";

let sandbox: HubspotSandbox;
let hubspot: CrmProvider;
beforeEach(async () => {
  sandbox = await startHubspotSandbox({ requestsPerTenSeconds: 0, searchesPerSecond: 0 });
  const { accessToken } = sandbox.oauth.issue();
  hubspot = connectHubspot(connectionTo(sandbox.url, { token: () => accessToken }));
});
afterEach(() => sandbox.stop());

const operation = (own: Partial<WriteOperation> & Pick<WriteOperation, "entity" | "externalId">): WriteOperation => ({
  fields: {},
  customFields: {},
  ...own,
});
const writes = (): number => sandbox.journal.countPath(/batch\/(?:upsert|update|create)$/u);

describe("reading", () => {
  test("more rows with one time stamp than a search shows, some leaving meanwhile: each once, by 200", async () => {
    const atMs = Date.now() - 600_000;
    const all = Array.from(
      { length: 10_300 },
      (_, n) => sandbox.store.add("notes", { hs_note_body: `${n}` }, { atMs }).id,
    );
    const left = new Set<string>();
    const window = { fromMs: atMs, toMs: atMs };
    const { records, pages } = await readAll(hubspot, { entity: "note", window }, (page) => {
      const id = all[page * 190];
      if (id !== undefined && left.add(id)) sandbox.store.edit("notes", id, { hs_note_body: "später" });
    });
    const read = new Set(records.map(({ remoteId }) => remoteId));
    expect(read.size).toBe(records.length);
    expect(all.filter((id) => !read.has(id) && !left.has(id))).toEqual([]);
    expect(pages).toBe(52);
    // The search never goes beyond its first page, so its limit of 10,000 results is never met.
    expect(sandbox.journal.countStatus(400)).toBe(0);
  });

  test("everything, by id, with what it hangs together with; a window alone gives what changed in it", async () => {
    const company = sandbox.store.add("companies", { name: "ООО Ромашка" }, { atMs: Date.now() - 86_400_000 });
    const contacts = Array.from({ length: 130 }, (_, n) =>
      sandbox.store.add(
        "contacts",
        { firstname: "Анна", lastname: `№ ${n}`, email: `a${n}@example.test` },
        { atMs: Date.now() - 86_400_000 },
      ),
    );
    const [first] = contacts;
    sandbox.associations.add({ type: "contacts", id: first?.id ?? "" }, { type: "companies", id: company.id });
    const all = await readAll(hubspot, { entity: "contact" });
    expect([all.records.length, all.pages]).toEqual([130, 2]);
    expect(all.records[0]).toMatchObject({
      fields: { name: "Анна № 0", firstName: "Анна", email: ["a0@example.test"] },
      links: [{ entity: "company", remoteId: company.id }],
    });
    const fromMs = Date.now() - 1_000;
    sandbox.store.edit("contacts", first?.id ?? "", { jobtitle: "Директор" });
    const changed = await readAll(hubspot, { entity: "contact", window: { fromMs, toMs: Date.now() + 1_000 } });
    expect(changed.records).toMatchObject([
      { remoteId: first?.id, fields: { position: "Директор" }, links: [{ entity: "company", remoteId: company.id }] },
    ]);
    const gone = sandbox.store.remove("contacts", contacts[5]?.id ?? "");
    const window = { fromMs, toMs: Date.now() + 1_000 };
    expect(await hubspot.deleted({ entity: "contact", window }, options)).toEqual({ remoteIds: [gone.id] });
    const read = await hubspot.read({ entity: "contact", remoteIds: [gone.id, first?.id ?? ""] }, options);
    expect([read.records.map(({ remoteId }) => remoteId), read.missing]).toEqual([[first?.id], [gone.id]]);
  });

  test("settings: stages with their meaning, owners, fields with their key and choices", async () => {
    const [pipeline] = (await hubspot.list({ entity: "pipeline" }, options)).records;
    expect(new Set(pipeline?.stages?.map(({ kind }) => kind))).toEqual(new Set(["open", "won", "lost"]));
    expect((await hubspot.list({ entity: "user" }, options)).records.length).toBeGreaterThan(0);
    const fields = (await readAll(hubspot, { entity: "field" })).records;
    expect(fields.find(({ remoteId }) => remoteId === "contacts/firstname")?.fields).toMatchObject({
      key: "firstname",
      of: "contact",
      type: "text",
    });
    expect(await hubspot.account(options)).toMatchObject({ accountKey: String(sandbox.portal.portalId) });
  });
});

describe("writing", () => {
  test("the same create twice is one record; a bad one among good ones is refused alone", async () => {
    const good = operation({
      entity: "contact",
      externalId: "ours-1",
      fields: { name: "Иван Петров", email: ["i@example.test"] },
    });
    const bad = operation({ entity: "contact", externalId: "ours-2", fields: { email: ["nonsense"] } });
    const results = await hubspot.write([bad, good], options);
    expect(results).toMatchObject([{ state: "refused" }, { state: "written" }]);
    const [again] = await hubspot.write([good], options);
    expect(again).toMatchObject({
      state: "written",
      remoteId: results[1]?.state === "written" ? results[1].remoteId : "",
    });
    expect(sandbox.store.live("contacts")).toHaveLength(1);
    expect(sandbox.store.live("contacts")[0]?.data).toMatchObject({ firstname: "Иван", lastname: "Петров" });
  });

  test("a create whose answer is lost is unclear, is found under our id, and is not made again", async () => {
    await hubspot.prepare?.(options);
    const before = writes();
    const when = (request: { readonly path: string }): boolean => request.path.endsWith("/batch/upsert");
    sandbox.faults.plan({ name: "lost", fault: { kind: "dropAfterwards" }, when });
    const deal = operation({
      entity: "deal",
      externalId: "ours-3",
      fields: { name: "Поставка", amount: 12.5, stage: "appointmentscheduled", pipeline: "default" },
    });
    expect(await hubspot.write([deal], options)).toMatchObject([{ state: "unclear" }]);
    expect(await hubspot.findByExternalId({ entity: "deal", externalId: "ours-3" }, options)).toMatchObject([
      { fields: { name: "Поставка", amount: 12.5, status: "open" } },
    ]);
    expect(await hubspot.findByExternalId({ entity: "deal", externalId: "ours-4" }, options)).toEqual([]);
    expect(writes() - before).toBe(1);
  });

  test("tasks and notes hang on what they belong to; a message sent again is the same note", async () => {
    const deal = sandbox.store.add("deals", { dealname: "Сделка" });
    const links = [{ entity: "deal" as const, remoteId: deal.id }];
    const dueAt = "2026-12-01T09:30:00.000Z";
    const task = operation({
      entity: "task",
      externalId: "t-1",
      fields: { name: "Позвонить", text: "a < b\nc", dueAt, done: false },
      links,
    });
    await hubspot.write([task], options);
    const [read] = (await hubspot.list({ entity: "task" }, options)).records;
    expect(read).toMatchObject({ fields: { name: "Позвонить", text: "a < b\nc", dueAt, done: false }, links });
    const message = {
      dealId: deal.id,
      channel: "email" as const,
      subject: "Счёт",
      body: "Во вложении",
      externalId: "m-1",
    };
    for (let at = 0; at < 2; at += 1)
      expect(await hubspot.sendMessage?.(message, options)).toMatchObject({ state: "written" });
    const notes = (await hubspot.list({ entity: "note" }, options)).records;
    expect(notes).toMatchObject([{ fields: { text: "Email: Счёт\n\nВо вложении" }, links }]);
  });
});

test("OAuth: the code with its verifier, a refresh that keeps the token, and a refused one", async () => {
  const { clientId, clientSecret, redirectUrl } = sandbox.app;
  const send = sendTo(sandbox.url);
  const code = sandbox.oauth.authorize({ clientId });
  const callback = { code };
  const tokens = await oauth.exchange({
    send,
    clientId,
    clientSecret,
    redirectUrl,
    code,
    account: sandbox.url,
    callback,
  });
  expect(tokens).toMatchObject({ baseUrl: sandbox.url, accountKey: String(sandbox.portal.portalId) });
  const again = { send, clientId, clientSecret, redirectUrl, baseUrl: sandbox.url };
  expect((await oauth.refresh({ ...again, refreshToken: tokens.refreshToken ?? "" })).accessToken).not.toBe(
    tokens.accessToken,
  );
  await expect(oauth.refresh({ ...again, refreshToken: "wrong" })).rejects.toMatchObject({ code: "crm_unauthorized" });
  await expect(
    oauth.refresh({ ...again, baseUrl: "https://hubapi.com.evil.test", refreshToken: "x" }),
  ).rejects.toMatchObject({
    code: "crm_bad_response",
  });
});

test("webhooks: several properties of one record are one event, merges delete, several portals in one list are told apart", () => {
  const base = { portalId: 7, changeSource: "CRM_UI" };
  const body = [
    { ...base, subscriptionType: "contact.propertyChange", objectId: 1, propertyName: "email" },
    { ...base, subscriptionType: "contact.propertyChange", objectId: 1, propertyName: "phone" },
    { ...base, subscriptionType: "object.creation", objectTypeId: "0-27", objectId: 5, changeSource: "INTEGRATION" },
    { ...base, subscriptionType: "company.merge", primaryObjectId: 2, mergedObjectIds: [3, 2] },
    { ...base, portalId: 8, subscriptionType: "deal.deletion", objectId: 9 },
    { nonsense: true },
  ];
  expect(readEvents("hubspot", body)).toEqual([
    {
      accountKey: "7",
      events: [
        { entity: "contact", remoteId: "1", action: "updated", changedBy: "other" },
        { entity: "task", remoteId: "5", action: "added" },
        { entity: "company", remoteId: "2", action: "updated" },
        { entity: "company", remoteId: "3", action: "deleted" },
      ],
    },
    { accountKey: "8", events: [{ entity: "deal", remoteId: "9", action: "deleted", changedBy: "other" }] },
  ]);
});

test("what is sent and what comes back fits HubSpot's own description of its API", async () => {
  const watched = watchRequests("hubspot-objects-v3", sendTo(sandbox.url));
  const { accessToken } = sandbox.oauth.issue();
  const client = connectHubspot(connectionTo(sandbox.url, { token: () => accessToken, send: watched.send }));
  const contact = operation({
    entity: "contact",
    externalId: "o-1",
    fields: { name: "Иван Петров", phone: ["1", "2"] },
  });
  const [made] = await client.write(
    [contact, operation({ entity: "contact", externalId: "o-2", fields: { email: ["bad"] } })],
    options,
  );
  const remoteId = made?.state === "written" ? made.remoteId : "";
  await client.write([{ ...contact, remoteId, fields: { email: ["ivan@example.test"], phone: [] } }], options);
  await client.list({ entity: "contact" }, options);
  await client.list({ entity: "contact", window: { fromMs: 0, toMs: Date.now() + 1_000 } }, options);
  await client.read({ entity: "contact", remoteIds: [remoteId, "999999"] }, options);
  await client.findByExternalId({ entity: "contact", externalId: "o-1" }, options);
  await client.deleted({ entity: "contact", window: { fromMs: 0, toMs: Date.now() } }, options);
  const code = sandbox.oauth.authorize({ clientId: sandbox.app.clientId });
  await oauth.exchange({ send: watched.send, ...sandbox.app, code, account: sandbox.url, callback: { code } });
  expect(watched.seen).toEqual(watched.expected);
});
