import {
  startSalesforceSandbox,
  type SalesforceSandbox,
} from "@gpt-agent/local/sandboxes/salesforce/start-salesforce-sandbox";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { CrmProvider, WriteOperation } from "../src/provider.ts";
import { readEvents } from "../src/read-events.ts";
import { connectSalesforce } from "../src/salesforce/connect.ts";
import { salesforceOAuth as oauth } from "../src/salesforce/oauth.ts";
import { connectionTo, options, readAll, sendTo } from "./test-connection.ts";

let sandbox: SalesforceSandbox;
let salesforce: CrmProvider;
beforeEach(async () => {
  sandbox = await startSalesforceSandbox();
  const { accessToken } = sandbox.oauth.issue();
  salesforce = connectSalesforce(connectionTo(sandbox.url, { token: () => accessToken }));
});
afterEach(() => sandbox.stop());

const operation = (own: Partial<WriteOperation> & Pick<WriteOperation, "entity" | "externalId">): WriteOperation => ({
  fields: {},
  customFields: {},
  ...own,
});
const hourAgoMs = Math.floor(Date.now() / 1_000) * 1_000 - 3_600_000;

describe("reading", () => {
  test("9,000 rows with one time stamp, some leaving meanwhile: each once, 2,000 a query", async () => {
    const all = Array.from(
      { length: 9_000 },
      (_, n) => sandbox.store.add("Note", { Title: `${n}` }, { atMs: hourAgoMs }).id,
    );
    const left = new Set<string>();
    const window = { fromMs: hourAgoMs, toMs: hourAgoMs };
    const { records, pages } = await readAll(salesforce, { entity: "note", window }, (page) => {
      const id = all[page * 1_900];
      if (id !== undefined && left.add(id)) sandbox.store.edit("Note", id, { Title: "später" });
    });
    const read = new Set(records.map(({ remoteId }) => remoteId));
    expect([read.size, pages]).toEqual([records.length, 5]);
    expect(all.filter((id) => !read.has(id) && !left.has(id))).toEqual([]);
  });

  test("windows by time and id, everything by id; deleted rows from the bin; records with their links and own fields", async () => {
    sandbox.addField("Contact", { name: "Level__c", label: "Уровень", type: "double" });
    const account = sandbox.store.add("Account", { Name: "ООО Ромашка" }, { atMs: hourAgoMs });
    const contacts = Array.from({ length: 30 }, (_, n) =>
      sandbox.store.add(
        "Contact",
        { LastName: `№ ${n}`, AccountId: account.id, Level__c: n },
        { atMs: hourAgoMs + n * 1_000 },
      ),
    );
    const window = { fromMs: hourAgoMs + 5_000, toMs: hourAgoMs + 14_000 };
    const some = await readAll(salesforce, { entity: "contact", window });
    expect(some.records.map(({ updatedAtMs }) => updatedAtMs)).toEqual(
      contacts.slice(5, 15).map(({ updatedAtMs }) => updatedAtMs),
    );
    expect(some.records[0]).toMatchObject({
      fields: { name: "№ 5", email: [] },
      customFields: { Level__c: 5 },
      links: [{ entity: "company", remoteId: account.id }],
    });
    expect((await readAll(salesforce, { entity: "contact" })).records).toHaveLength(30);
    const gone = sandbox.store.remove("Contact", contacts[3]?.id ?? "");
    const now = { fromMs: Date.now() - 10_000, toMs: Date.now() + 1_000 };
    expect(await salesforce.deleted({ entity: "contact", window: now }, options)).toEqual({ remoteIds: [gone.id] });
    const asked = [gone.id, contacts[4]?.id ?? "", "nonsense' OR Id != '"];
    const { records, missing } = await salesforce.read({ entity: "contact", remoteIds: asked }, options);
    expect([records.map(({ remoteId }) => remoteId), missing]).toEqual([[contacts[4]?.id], [asked[0], asked[2]]]);
  });

  test("settings, and the account with its limits", async () => {
    const [pipeline] = (await salesforce.list({ entity: "pipeline" }, options)).records;
    expect(pipeline?.stages?.map(({ kind }) => kind)).toEqual(["open", "open", "won", "lost"]);
    expect((await salesforce.list({ entity: "user" }, options)).records).toHaveLength(1);
    const fields = (await readAll(salesforce, { entity: "field" })).records;
    expect(fields.find(({ remoteId }) => remoteId === "Opportunity/IsWon")?.fields).toMatchObject({
      key: "IsWon",
      writable: false,
    });
    expect(await salesforce.account(options)).toEqual({
      accountKey: sandbox.org.organizationId,
      name: "Песочница",
      baseUrl: sandbox.url,
      plan: { concurrent: 25, daily: 100_000 },
    });
  });
});

describe("writing", () => {
  test("the same create twice is one record, also after a lost answer; bad ones are refused alone", async () => {
    const good = operation({
      entity: "contact",
      externalId: "it's-1",
      fields: { name: "Иван Петров", phone: ["1", "2"] },
    });
    const bad = operation({ entity: "contact", externalId: "ours-2", fields: { email: ["nonsense"], lastName: "П" } });
    await salesforce.prepare?.(options);
    sandbox.faults.plan({
      name: "lost",
      fault: { kind: "dropAfterwards" },
      when: ({ path }) => path.includes("/composite/"),
    });
    expect(await salesforce.write([bad, good], options)).toMatchObject([{ state: "unclear" }, { state: "unclear" }]);
    const [found] = await salesforce.findByExternalId({ entity: "contact", externalId: "it's-1" }, options);
    expect(found?.fields).toMatchObject({ firstName: "Иван", lastName: "Петров", phone: ["1", "2"] });
    expect(await salesforce.findByExternalId({ entity: "contact", externalId: "ours-2" }, options)).toEqual([]);
    const again = await salesforce.write([bad, good], options);
    expect(again).toMatchObject([{ state: "refused" }, { state: "written", remoteId: found?.remoteId }]);
    expect(sandbox.store.live("Contact")).toHaveLength(1);
    // The field that was made is shown to the profile of the connected user.
    expect(sandbox.store.live("FieldPermissions")).toHaveLength(3);
    await salesforce.prepare?.(options);
    expect(sandbox.store.live("FieldPermissions")).toHaveLength(3);
  });

  test("changes and creates together, what they hang on, a locked row, and a message that is not sent twice", async () => {
    const deal = operation({
      entity: "deal",
      externalId: "d-1",
      fields: { name: "Поставка", amount: 10, stage: "Prospecting", expectedCloseAt: "2026-12-31T00:00:00.000Z" },
    });
    const [made] = await salesforce.write([deal], options);
    const remoteId = made?.state === "written" ? made.remoteId : "";
    const won = { ...deal, remoteId, fields: { stage: "Closed Won" } };
    const other = { ...deal, externalId: "d-2" };
    expect(await salesforce.write([other, won], options)).toMatchObject([
      { state: "written" },
      { state: "written", remoteId },
    ]);
    const { records } = await salesforce.read({ entity: "deal", remoteIds: [remoteId] }, options);
    expect(records[0]?.fields).toMatchObject({ status: "won", amount: 10, closedAt: "2026-12-31T00:00:00.000Z" });

    const locked = {
      id: null,
      success: false,
      errors: [{ statusCode: "UNABLE_TO_LOCK_ROW", message: "unable to obtain exclusive access", fields: [] }],
    };
    sandbox.faults.plan({ name: "locked", fault: { kind: "answer", answer: { status: 200, body: [locked] } } });
    expect(await salesforce.write([won], options)).toMatchObject([{ state: "unclear" }]);

    const links = [{ entity: "deal" as const, remoteId }];
    const task = operation({
      entity: "task",
      externalId: "t",
      fields: { name: "Звонок", dueAt: "2026-12-01T00:00:00.000Z", done: true },
      links,
    });
    expect(await salesforce.write([task], options)).toMatchObject([{ state: "written" }]);
    const sent = { operation: task, sinceMs: Date.now() };
    expect(await salesforce.findByExternalId({ entity: "task", externalId: "t", sent }, options)).toMatchObject([
      { fields: task.fields, links },
    ]);
    const message = { dealId: remoteId, channel: "chat" as const, body: "Привет", externalId: "m" };
    for (const tried of [{}, { triedSinceMs: Date.now() - 1_000 }]) {
      expect(await salesforce.sendMessage?.({ ...message, ...tried }, options)).toMatchObject({ state: "written" });
    }
    expect(sandbox.store.live("Note")).toHaveLength(1);
  });
});

test("too many at once and a day that is used up come back later; an edition without the API is told so", async () => {
  const refused = (message: string) =>
    sandbox.faults.plan({
      name: message,
      fault: { kind: "answer", answer: { status: 403, body: [{ errorCode: "REQUEST_LIMIT_EXCEEDED", message }] } },
    });
  refused("ConcurrentRequests (Concurrent API Requests) Limit exceeded.");
  await expect(salesforce.list({ entity: "pipeline" }, options)).rejects.toMatchObject({
    code: "crm_rate_limited",
    delayMs: 5_000,
  });
  refused("TotalRequests Limit exceeded.");
  await expect(salesforce.list({ entity: "pipeline" }, options)).rejects.toMatchObject({
    code: "crm_rate_limited",
    delayMs: 900_000,
  });
  sandbox.org.apiEnabled = false;
  await expect(salesforce.list({ entity: "pipeline" }, options)).rejects.toMatchObject({
    code: "crm_payment_required",
  });
});

test("OAuth with PKCE: the org from the answer, tokens that work once, no host but Salesforce's", async () => {
  const { clientId, clientSecret, redirectUrl } = sandbox.app;
  const send = sendTo(sandbox.url);
  const codeVerifier = "v".repeat(64);
  const address = new URL(
    oauth.authorizeUrl({
      clientId,
      redirectUrl,
      state: "s",
      codeChallenge: await challengeOf(codeVerifier),
      account: sandbox.url,
    }),
  );
  const callback = await fetch(address, { redirect: "manual" });
  const code = new URL(callback.headers.get("location") ?? "").searchParams.get("code") ?? "";
  const exchange = { send, clientId, clientSecret, redirectUrl, code, account: sandbox.url, callback: { code } };
  const tokens = await oauth.exchange({ ...exchange, codeVerifier });
  expect(tokens).toMatchObject({ baseUrl: sandbox.url, accountKey: sandbox.org.organizationId });
  const again = {
    send,
    clientId,
    clientSecret,
    redirectUrl,
    baseUrl: sandbox.url,
    refreshToken: tokens.refreshToken ?? "",
  };
  const renewed = await oauth.refresh(again);
  expect(renewed.refreshToken).not.toBe(tokens.refreshToken);
  // One that comes twice ends all of them: why refreshing is one at a time, and its answer is kept twice.
  await expect(oauth.refresh(again)).rejects.toMatchObject({ code: "crm_unauthorized" });
  await expect(oauth.refresh({ ...again, refreshToken: renewed.refreshToken ?? "" })).rejects.toMatchObject({
    code: "crm_unauthorized",
  });
  await expect(oauth.refresh({ ...again, baseUrl: "https://evil.test/?.salesforce.com" })).rejects.toMatchObject({
    code: "crm_bad_response",
  });
  const forged = { access_token: "a", instance_url: "https://salesforce.com.evil.test" };
  sandbox.faults.plan({ name: "forged", fault: { kind: "answer", answer: { status: 200, body: forged } } });
  await expect(oauth.refresh(again)).rejects.toMatchObject({ code: "crm_bad_response" });
});

const challengeOf = async (verifier: string): Promise<string> =>
  Buffer.from(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier))).toString("base64url");

test("Salesforce sends no webhooks of this kind: nothing is read from a body in its name", () => {
  expect(readEvents("salesforce", { sObject: { Id: "003" } })).toEqual([]);
});
