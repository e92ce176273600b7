import { afterEach, beforeEach, expect, test } from "vitest";
import { manualClock } from "../clock.ts";
import type { SalesforceSandbox, SalesforceSandboxOptions } from "./start-salesforce-sandbox.ts";
import { startSalesforceSandbox } from "./start-salesforce-sandbox.ts";

const startMs = Date.UTC(2026, 10, 1);
let time: ReturnType<typeof manualClock>;
let sandbox: SalesforceSandbox;
let token: string;
const start = async (options: SalesforceSandboxOptions = {}): Promise<void> => {
  time = manualClock(startMs);
  sandbox = await startSalesforceSandbox({ clock: time.clock, ...options });
  token = sandbox.oauth.issue().accessToken;
};
beforeEach(() => start());
afterEach(() => sandbox.stop());

const call = async (method: string, path: string, body?: unknown) => {
  const answer = await fetch(`${sandbox.url}${path.startsWith("/services") ? path : `/services/data/v62.0${path}`}`, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    headers: answer.headers,
    body: (text === "" ? undefined : JSON.parse(text)) as never,
  };
};
const query = async (
  soql: string,
  all = false,
): Promise<{
  status: number;
  body: { totalSize: number; done: boolean; nextRecordsUrl?: string; records: readonly Record<string, unknown>[] };
}> => call("GET", `/${all ? "queryAll" : "query"}?q=${encodeURIComponent(soql)}`);

test("SOQL: a keyset over (SystemModstamp, Id), batches of 2,000, deleted rows by queryAll", async () => {
  for (let n = 0; n < 2_100; n += 1) sandbox.store.add("Contact", { LastName: `${n}` });
  const first = await query("SELECT Id, Name, SystemModstamp FROM Contact ORDER BY SystemModstamp, Id");
  expect([first.body.totalSize, first.body.done, first.body.records.length]).toEqual([2_100, false, 2_000]);
  const rest = (await call("GET", first.body.nextRecordsUrl ?? "")).body as { records: unknown[]; done: boolean };
  expect([rest.records.length, rest.done]).toEqual([100, true]);
  const last = first.body.records[1_999];
  const stamp = String(last?.["SystemModstamp"]);
  const keyset = `(SystemModstamp > ${stamp} OR (SystemModstamp = ${stamp} AND Id > '${String(last?.["Id"])}'))`;
  const next = await query(`SELECT Id FROM Contact WHERE ${keyset} ORDER BY SystemModstamp ASC, Id ASC LIMIT 50`);
  expect(next.body.records[0]).toMatchObject({ attributes: { type: "Contact" } });
  expect(next.body.records).toHaveLength(50);
  sandbox.store.remove("Contact", String(last?.["Id"]));
  expect((await query(`SELECT Id FROM Contact WHERE IsDeleted = true`, true)).body.totalSize).toBe(1);
  const deleted = await call("GET", "/sobjects/Contact/deleted?start=2026-10-31T00:00:00Z&end=2026-11-02T00:00:00Z");
  expect(deleted.body).toMatchObject({ deletedRecords: [{ id: last?.["Id"] }] });
  expect(await query("SELECT Nonsense FROM Contact")).toMatchObject({
    status: 400,
    body: [{ errorCode: "INVALID_FIELD" }],
  });
  expect(await query("SELECT Id FROM Contact WHERE Name = ")).toMatchObject({
    status: 400,
    body: [{ errorCode: "MALFORMED_QUERY" }],
  });
  expect(
    (await query(String.raw`SELECT Id FROM Contact WHERE LastName LIKE '7_' AND NOT Name IN ('70','O\'Neil')`)).body
      .totalSize,
  ).toBe(9);
});

test("collections upsert under an external id, each record with its own result", async () => {
  const field = {
    FullName: "Account.Ext__c",
    Metadata: { type: "Text", length: 255, externalId: true, unique: true, label: "Ext" },
  };
  expect((await call("POST", "/tooling/sobjects/CustomField", field)).status).toBe(201);
  const attributes = { type: "Account" };
  const records = [
    { attributes, Ext__c: "a", Name: "ООО" },
    { attributes, Ext__c: "b" },
    { attributes, Ext__c: "c", Name: "x", Nonsense: 1 },
  ];
  const saved = await call("PATCH", "/composite/sobjects/Account/Ext__c", { allOrNone: false, records });
  expect(saved.body).toMatchObject([
    { success: true, created: true },
    { success: false, errors: [{ statusCode: "REQUIRED_FIELD_MISSING", fields: ["Name"] }] },
    { success: false, errors: [{ statusCode: "INVALID_FIELD" }] },
  ]);
  const again = await call("PATCH", "/composite/sobjects/Account/Ext__c", { records: [records[0]] });
  expect(again.body).toMatchObject([{ success: true, created: false }]);
  expect(sandbox.store.live("Account")).toHaveLength(1);
  const [account] = sandbox.store.live("Account");
  const read = await call("GET", `/composite/sobjects/Account?ids=${account?.id},001000000000000AAA&fields=Name`);
  expect(read.body).toMatchObject([{ Id: account?.id, Name: "ООО" }, null]);
  const composite = {
    compositeRequest: [
      { method: "POST", url: "/services/data/v62.0/sobjects/Account", referenceId: "a", body: { Name: "Новая" } },
      {
        method: "POST",
        url: "/services/data/v62.0/sobjects/Contact",
        referenceId: "c",
        body: { LastName: "П", AccountId: "@{a.id}" },
      },
    ],
  };
  const both = (await call("POST", "/composite", composite)).body as {
    compositeResponse: { httpStatusCode: number }[];
  };
  expect(both.compositeResponse.map(({ httpStatusCode }) => httpStatusCode)).toEqual([201, 201]);
  expect(sandbox.store.live("Contact")[0]?.data["AccountId"]).toMatch(/^001/u);
});

test("the day and the calls under way are limited, and told", async () => {
  await sandbox.stop();
  await start({ daily: 3, concurrent: 2, workMs: 50 });
  const three = await Promise.all([1, 2, 3].map(() => call("GET", "/limits")));
  expect(three.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 200, 403]);
  expect(sandbox.load.peak).toBe(2);
  const last = await call("GET", "/limits");
  expect(last.headers.get("sforce-limit-info")).toBe("api-usage=3/3");
  expect(await call("GET", "/limits")).toMatchObject({ status: 403, body: [{ errorCode: "REQUEST_LIMIT_EXCEEDED" }] });
});

test("a refresh token that comes back ends all tokens", async () => {
  const { clientId, clientSecret } = sandbox.app;
  const grant = sandbox.oauth.issue();
  const refresh = async (value: string) => {
    const body = new URLSearchParams({
      grant_type: "refresh_token",
      client_id: clientId,
      client_secret: clientSecret,
      refresh_token: value,
    });
    const answer = await fetch(`${sandbox.url}/services/oauth2/token`, { method: "POST", body });
    return { status: answer.status, body: (await answer.json()) as Record<string, string> };
  };
  const first = await refresh(grant.refreshToken);
  expect(first.body).toMatchObject({ instance_url: sandbox.url, token_type: "Bearer" });
  expect(first.body["expires_in"]).toBeUndefined();
  expect(await refresh(grant.refreshToken)).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
  expect((await refresh(first.body["refresh_token"] ?? "")).status).toBe(400);
});
