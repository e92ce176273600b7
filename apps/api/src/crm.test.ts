import { expect, test } from "vitest";
import { makeConflictRow, makeRecordRow } from "./testing/crm-fakes.ts";
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
