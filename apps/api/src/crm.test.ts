import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { makeConflictRow, makeConnectionRow, makeRecordRow } from "./testing/crm-fakes.ts";
import { startApp } from "./testing/start-app.ts";

const path = "/v1/crm/connections";

const startConnected = async () => {
  const app = await startApp();
  const owner = app.signUp();
  const { body } = await owner("POST", path, {
    provider: "kommo",
    name: "Продажи",
    app: { clientId: "own-id", clientSecret: "own-secret" },
  });
  return { app, owner, id: body.id as string, at: `${path}/${body.id}` };
};

test("secrets go in and never come out", async () => {
  const { app, owner, at } = await startConnected();
  const token = { accessToken: "long-lived", baseUrl: "https://example.kommo.com/leads" };
  const connected = await owner("POST", `${at}/token`, token);
  expect(connected.status).toBe(202);
  const told = JSON.stringify([connected.body, (await owner("GET", at)).body, (await owner("GET", path)).body]);
  expect(told).not.toContain("own-secret");
  expect(told).not.toContain("long-lived");
  expect(app.crm.authorized).toMatchObject([{ baseUrl: "https://example.kommo.com", refreshable: false }]);
  expect(app.enqueued.map(({ payload }) => payload)).toMatchObject([{ kind: "sync" }]);
});

test.each([
  "https://kommo.com.evil.test",
  "https://evilkommo.com",
  "http://example.kommo.com",
  "https://example.kommo.com:8443",
])("a token never goes to %s", async (baseUrl) => {
  const { app, owner, at } = await startConnected();
  expect((await owner("POST", `${at}/token`, { accessToken: "x", baseUrl })).status).toBe(400);
  expect(app.crm.authorized).toEqual([]);
});

test("signing in: the state works once, for its connection, and the account's host must be the CRM's", async () => {
  const { app, owner, id } = await startConnected();
  const begin = async () => new URL((await owner("POST", "/v1/crm/oauth/start", { connectionId: id })).body.url);
  const url = await begin();
  expect(url.searchParams.get("client_id")).toBe("own-id");
  const state = url.searchParams.get("state") ?? "";
  const callback = (query: Record<string, string>) =>
    fetch(`${app.url}/v1/crm/oauth/callback?${new URLSearchParams(query).toString()}`);

  expect((await callback({ code: "c", referer: "example.kommo.com" })).status).toBe(400);
  expect((await callback({ code: "c", state: "guessed", referer: "example.kommo.com" })).status).toBe(400);
  const done = await callback({ code: "c", state, referer: "example.kommo.com" });
  expect([done.status, await done.text()]).toMatchObject([200, expect.stringContaining("connected")]);
  expect(app.crm.asked).toMatchObject([expect.stringContaining("https://example.kommo.com/oauth2/access_token")]);
  expect(app.crm.asked[0]).toContain("own-secret");
  expect(app.crm.authorized).toMatchObject([
    { connectionId: id, refreshable: true, redirectUrl: "https://api.example.test/v1/crm/oauth/callback" },
  ]);
  expect((await callback({ code: "c", state, referer: "example.kommo.com" })).status).toBe(400);

  const second = (await begin()).searchParams.get("state") ?? "";
  expect((await callback({ code: "c", state: second, referer: "evil.test" })).status).toBe(409);
  expect(app.crm.asked).toHaveLength(1);
  expect(app.crm.authorized).toHaveLength(1);
});

test("signing in where the account lies: Bitrix24 needs the portal, Salesforce may have a host of its own", async () => {
  const app = await startApp();
  const owner = app.signUp();
  const begin = async (provider: string, account?: string) => {
    const own = { clientId: "own-id", clientSecret: "own-secret" };
    const { body } = await owner("POST", path, { provider, name: provider, app: own });
    return owner("POST", "/v1/crm/oauth/start", { connectionId: body.id, ...(account && { account }) });
  };
  const nameless = await begin("bitrix24");
  expect([nameless.status, nameless.body.errors]).toMatchObject([400, [{ pointer: "/account" }]]);
  expect((await begin("bitrix24", "bitrix24.ru.evil.test")).status).toBe(400);
  expect((await begin("bitrix24", "vetrolad.bitrix24.ru")).body.url).toMatch(
    /^https:\/\/vetrolad\.bitrix24\.ru\/oauth\/authorize\/\?client_id=own-id&state=/u,
  );
  const siteOf = async (account?: string) => new URL((await begin("salesforce", account)).body.url).origin;
  expect(await siteOf()).toBe("https://login.salesforce.com");
  expect(await siteOf("test.salesforce.com")).toBe("https://test.salesforce.com");
  expect(await siteOf("vetrolad--dev.sandbox.my.salesforce.com")).toBe(
    "https://vetrolad--dev.sandbox.my.salesforce.com",
  );
  expect((await begin("salesforce", "salesforce.com.evil.test")).status).toBe(400);
});

test("HubSpot's app has one address for all accounts: each event finds its own connections", async () => {
  const app = await startApp();
  const owner = app.signUp();
  const connect = (accountKey: string) => {
    const row = makeConnectionRow({ orgId: owner.orgId, provider: "hubspot", accountKey, auth: "oauth" });
    app.crm.connections.set(row.id, row);
    return row.id;
  };
  const [seven, eight] = [connect("7"), connect("8")];
  const body = JSON.stringify([
    { portalId: 7, subscriptionType: "contact.propertyChange", objectId: 1, propertyName: "email" },
    { portalId: 8, subscriptionType: "deal.deletion", objectId: 9 },
    { portalId: 9, subscriptionType: "deal.creation", objectId: 2 },
  ]);
  const post = (secret: string) => {
    const timestamp = String(Date.now());
    const signed = `POSThttps://api.example.test/hooks/crm/hubspot${body}${timestamp}`;
    const headers = {
      "content-type": "application/json",
      "x-hubspot-request-timestamp": timestamp,
      "x-hubspot-signature-v3": createHmac("sha256", secret).update(signed).digest("base64"),
    };
    return fetch(`${app.url}/hooks/crm/hubspot`, { method: "POST", headers, body });
  };
  expect((await post("another secret")).status).toBe(401);
  expect(app.crm.refetched).toEqual([]);
  expect((await post("hubspot-secret")).status).toBe(200);
  expect(app.crm.refetched).toEqual(["7 contact 1", "8 deal 9", "9 deal 2"]);
  expect(app.enqueued.map(({ payload }) => payload)).toMatchObject([
    { kind: "refetch", connectionId: seven },
    { kind: "refetch", connectionId: eight },
  ]);
});

test("an edit goes to the outbox; the dry run tells the difference; what cannot be written is refused first", async () => {
  const { app, owner, id, at } = await startConnected();
  const record = makeRecordRow({ orgId: owner.orgId, connectionId: id });
  app.crm.records.set(record.id, record);
  const edited = await owner("PATCH", `${at}/records/${record.id}`, { fields: { name: "Пётр" } });
  expect([edited.status, edited.body]).toMatchObject([
    202,
    { fields: { name: "Пётр" }, unsynced: ["name"], version: 2 },
  ]);
  expect(app.enqueued.map(({ payload }) => payload)).toMatchObject([{ kind: "push", connectionId: id }]);
  expect((await owner("GET", `${at}/dry-run`)).body.writes).toMatchObject([
    { recordId: record.id, kind: "update", changes: [{ field: "name", from: "Иван", to: "Пётр" }] },
  ]);
  const stale = await owner("PATCH", `${at}/records/${record.id}`, { fields: { name: "Анна" }, version: 1 });
  expect(stale.status).toBe(409);
  const refused = await owner("PATCH", `${at}/records/${record.id}`, { fields: { createdAt: "2026-01-01", shoe: 42 } });
  expect([refused.status, refused.body.errors]).toMatchObject([
    400,
    [{ pointer: "/fields/createdAt" }, { pointer: "/fields/shoe" }],
  ]);
  expect((await owner("GET", `${at}/records`)).body.records).toHaveLength(1);
});

test("a message waits as a note on its deal", async () => {
  const { app, owner, at } = await startConnected();
  const sent = await owner("POST", `${at}/messages`, {
    dealId: "7",
    channel: "email",
    subject: "Счёт",
    body: "Добрый день",
  });
  expect([sent.status, sent.body]).toMatchObject([202, { entity: "note", links: [{ entity: "deal", remoteId: "7" }] }]);
  expect(app.enqueued.map(({ payload }) => payload)).toMatchObject([{ kind: "push" }]);
});

test("conflicts are listed and decided; a mapping names each field once", async () => {
  const { app, owner, id, at } = await startConnected();
  const conflict = makeConflictRow({ orgId: owner.orgId, connectionId: id });
  app.crm.conflicts.set(conflict.id, conflict);
  expect((await owner("GET", `${at}/conflicts`)).body.conflicts).toMatchObject([{ field: "name", state: "open" }]);
  const decided = await owner("POST", `${at}/conflicts/${conflict.id}/resolve`, { resolution: "crm" });
  expect([decided.status, decided.body.state]).toEqual([200, "resolved"]);
  expect((await owner("POST", `${at}/conflicts/${conflict.id}/resolve`, { resolution: "value" })).status).toBe(400);

  const field = { name: "budget", type: "number", customField: "501", direction: "both" };
  expect((await owner("PUT", `${at}/mapping/deal`, { fields: [field] })).status).toBe(200);
  expect((await owner("PUT", `${at}/mapping/deal`, { fields: [field, field] })).status).toBe(400);
  expect((await owner("PUT", `${at}/mapping/deal`, { fields: [{ name: "a", type: "text" }] })).status).toBe(400);
  expect((await owner("GET", `${at}/mapping`)).body.mappings).toEqual([{ entity: "deal", fields: [field] }]);
  expect((await owner("DELETE", at)).status).toBe(204);
  expect((await owner("GET", at)).status).toBe(404);
});
