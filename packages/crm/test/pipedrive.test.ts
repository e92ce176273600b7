import {
  startPipedriveSandbox,
  type PipedriveSandbox,
} from "@gpt-agent/local/sandboxes/pipedrive/start-pipedrive-sandbox";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { connectPipedrive } from "../src/pipedrive/connect.ts";
import { tokenCost } from "../src/pipedrive/dialect.ts";
import { pipedriveOAuth as oauth } from "../src/pipedrive/oauth.ts";
import type { CrmProvider, WriteOperation } from "../src/provider.ts";
import { readEvents } from "../src/read-events.ts";
import { watchRequests } from "./oracles/watch-requests.ts";
import { connectionTo, options, readAll, sendTo } from "./test-connection.ts";

let sandbox: PipedriveSandbox;
let pipedrive: CrmProvider;
beforeEach(async () => {
  sandbox = await startPipedriveSandbox({ requestsPerTwoSeconds: 0, searchesPerTwoSeconds: 0, dailyBudget: 1e9 });
  const { accessToken } = sandbox.oauth.issue();
  pipedrive = connectPipedrive(connectionTo(sandbox.url, { token: () => accessToken, clientId: "app" }));
});
afterEach(() => sandbox.stop());

const operation = (own: Partial<WriteOperation> & Pick<WriteOperation, "entity" | "externalId">): WriteOperation => ({
  fields: {},
  customFields: {},
  ...own,
});
const hourAgoMs = Math.floor(Date.now() / 1_000) * 1_000 - 3_600_000;

describe("reading", () => {
  test("rows with one time stamp, some leaving the window meanwhile: each once; then archived deals", async () => {
    const all = Array.from(
      { length: 1_700 },
      (_, n) => sandbox.store.add("deals", { title: `${n}`, is_archived: n % 5 === 0 }, { atMs: hourAgoMs }).id,
    );
    const left = new Set<string>();
    const window = { fromMs: hourAgoMs, toMs: hourAgoMs };
    const { records } = await readAll(pipedrive, { entity: "deal", window }, (page) => {
      for (const id of all.slice(page * 300, page * 300 + 3)) {
        left.add(id);
        sandbox.store.edit("deals", id, { title: "später" });
      }
    });
    const read = new Set(records.map(({ remoteId }) => remoteId));
    expect(read.size).toBe(records.length);
    expect(all.filter((id) => !read.has(id) && !left.has(id))).toEqual([]);
    const gone = sandbox.store.remove("deals", all[1] ?? "");
    const now = { fromMs: Date.now() - 60_000, toMs: Date.now() + 1_000 };
    expect(await pipedrive.deleted({ entity: "deal", window: now }, options)).toEqual({ remoteIds: [gone.id] });
    expect(await pipedrive.deleted({ entity: "contact", window: now }, options)).toBeUndefined();
    // An archived deal is not gone.
    const asked = [all[0] ?? "", all[2] ?? "", gone.id];
    const { records: found, missing } = await pipedrive.read({ entity: "deal", remoteIds: asked }, options);
    expect([found.length, missing]).toEqual([2, [gone.id]]);
  });

  test("notes by row numbers, while notes before them are deleted and others are edited: none missed, none twice", async () => {
    const deal = sandbox.store.add("deals", { title: "Сделка" });
    const all = Array.from(
      { length: 1_200 },
      (_, n) =>
        sandbox.store.add(
          "notes",
          { content: `<p>Заметка ${n}</p>`, deal_id: Number(deal.id) },
          { atMs: hourAgoMs + Math.floor(n / 3) * 1_000 },
        ).id,
    );
    const touched = new Set<string>();
    const touch = (page: number, from: readonly string[]): void => {
      for (const id of from.slice(page * 20, page * 20 + 20)) {
        touched.add(id);
        if (Number(id) % 2 === 0) sandbox.store.remove("notes", id);
        else sandbox.store.edit("notes", id, { content: "später" });
      }
    };
    const window = { fromMs: hourAgoMs, toMs: hourAgoMs + 1_000_000 };
    const newest = all.toReversed();
    const inWindow = await readAll(pipedrive, { entity: "note", window }, (page) => touch(page, newest));
    const read = new Set(inWindow.records.map(({ remoteId }) => remoteId));
    expect(read.size).toBe(inWindow.records.length);
    expect(all.filter((id) => !read.has(id) && !touched.has(id))).toEqual([]);
    expect(inWindow.records[0]).toMatchObject({ links: [{ entity: "deal", remoteId: deal.id }] });

    const everything = await readAll(pipedrive, { entity: "note" }, (page) => touch(page + 5, all));
    const ids = new Set(everything.records.map(({ remoteId }) => remoteId));
    expect(ids.size).toBe(everything.records.length);
    expect(sandbox.store.live("notes").filter(({ id }) => !ids.has(id))).toEqual([]);
  });

  test("settings: stages of a pipeline, users, fields; the company is what webhooks name", async () => {
    const [pipeline] = (await pipedrive.list({ entity: "pipeline" }, options)).records;
    expect(pipeline?.stages).toHaveLength(3);
    expect((await pipedrive.list({ entity: "user" }, options)).records).toHaveLength(2);
    expect((await readAll(pipedrive, { entity: "field" })).records.length).toBeGreaterThan(5);
    expect(await pipedrive.account(options)).toMatchObject({ accountKey: String(sandbox.company.companyId) });
  });
});

describe("writing", () => {
  test("a create whose answer is lost is unclear and found under our id; changes keep what they do not name", async () => {
    const externalIdFields = (await pipedrive.prepare?.(options))?.externalIdFields;
    expect((await pipedrive.prepare?.(options))?.externalIdFields).toEqual(externalIdFields);
    const when = (request: { readonly method: string }): boolean => request.method === "POST";
    sandbox.faults.plan({ name: "lost", fault: { kind: "dropAfterwards" }, when });
    const contact = operation({
      entity: "contact",
      externalId: "ours-1",
      fields: { firstName: "Иван", lastName: "Петров", phone: ["+7 900", "+7 901"] },
    });
    expect(await pipedrive.write([contact], options)).toMatchObject([{ state: "unclear" }]);
    const [found] = await pipedrive.findByExternalId({ entity: "contact", externalId: "ours-1" }, options);
    expect(found?.fields).toMatchObject({ name: "Иван Петров", phone: ["+7 900", "+7 901"], email: [] });
    expect(await pipedrive.findByExternalId({ entity: "contact", externalId: "ours-2" }, options)).toEqual([]);
    expect(sandbox.store.live("persons")).toHaveLength(1);

    const change = { ...contact, remoteId: found?.remoteId ?? "", fields: { email: ["ivan@example.test"] } };
    expect(await pipedrive.write([change], options)).toMatchObject([{ state: "written" }]);
    const { records } = await pipedrive.read({ entity: "contact", remoteIds: [found?.remoteId ?? ""] }, options);
    expect(records[0]?.fields).toMatchObject({
      name: "Иван Петров",
      email: ["ivan@example.test"],
      phone: ["+7 900", "+7 901"],
    });
    const refused = operation({ entity: "deal", externalId: "d-1", fields: { name: "Сделка", stage: "999" } });
    expect(await pipedrive.write([refused], options)).toMatchObject([{ state: "refused" }]);
  });

  test("choices are written and read by their labels", async () => {
    sandbox.store.add("field:deal", {
      key: "k".repeat(40),
      name: "Цвет",
      field_type: "enum",
      custom: true,
      options: [{ id: 7, label: "Красный" }],
    });
    const deal = operation({
      entity: "deal",
      externalId: "d-2",
      fields: { name: "С", amount: 10, currency: "EUR" },
      customFields: { ["k".repeat(40)]: "Красный" },
    });
    await pipedrive.write([deal], options);
    expect(sandbox.store.live("deals")[0]?.data).toMatchObject({ custom_fields: { ["k".repeat(40)]: 7 } });
    const [read] = (await pipedrive.list({ entity: "deal" }, options)).records;
    expect(read).toMatchObject({
      fields: { amount: 10, currency: "EUR" },
      customFields: { ["k".repeat(40)]: "Красный" },
    });
  });

  test("a task and a message with a lost answer are found by what they say", async () => {
    const deal = sandbox.store.add("deals", { title: "Сделка" });
    const links = [{ entity: "deal" as const, remoteId: deal.id }];
    const task = operation({
      entity: "task",
      externalId: "t",
      fields: { name: "Звонок", text: "a < b\nc", dueAt: "2026-12-01T09:30:00.000Z", done: false },
      links,
    });
    const sinceMs = Date.now();
    expect(await pipedrive.write([task], options)).toMatchObject([{ state: "written" }]);
    const sent = { operation: task, sinceMs };
    const [same] = await pipedrive.findByExternalId({ entity: "task", externalId: "t", sent }, options);
    expect(same).toMatchObject({ fields: task.fields, links });
    const message = { dealId: deal.id, channel: "chat" as const, body: "Привет", externalId: "m" };
    const first = await pipedrive.sendMessage?.(message, options);
    expect(await pipedrive.sendMessage?.({ ...message, triedSinceMs: sinceMs }, options)).toMatchObject({
      state: "written",
      remoteId: first?.state === "written" ? first.remoteId : "",
    });
    expect(sandbox.store.live("notes")).toHaveLength(1);
  });
});

test("our count of a day's tokens is the company's own", async () => {
  await sandbox.stop();
  sandbox = await startPipedriveSandbox();
  const { accessToken } = sandbox.oauth.issue();
  pipedrive = connectPipedrive(connectionTo(sandbox.url, { token: () => accessToken, clientId: "app" }));
  await pipedrive.prepare?.(options);
  await pipedrive.write([operation({ entity: "deal", externalId: "d", fields: { name: "С" } })], options);
  for (const entity of ["deal", "note", "pipeline", "user"] as const) await readAll(pipedrive, { entity });
  await pipedrive.findByExternalId({ entity: "deal", externalId: "d" }, options);
  const counted = sandbox.journal.entries.reduce(
    (sum, { method, path }) => sum + tokenCost({ method: method as "GET", path }),
    0,
  );
  expect(counted).toBe(sandbox.spent());
});

test("OAuth: Basic authorisation, the company's host from the answer, and no other host", async () => {
  const { clientId, clientSecret, redirectUrl } = sandbox.app;
  const send = sendTo(sandbox.url);
  const code = sandbox.oauth.authorize({ clientId });
  const account = sandbox.url;
  const tokens = await oauth.exchange({ send, clientId, clientSecret, redirectUrl, code, account, callback: { code } });
  expect(tokens.baseUrl).toBe(sandbox.url);
  const again = { send, clientId, clientSecret, redirectUrl, baseUrl: sandbox.url };
  const renewed = await oauth.refresh({ ...again, refreshToken: tokens.refreshToken ?? "" });
  expect(renewed.accessToken).not.toBe(tokens.accessToken);
  await expect(oauth.refresh({ ...again, refreshToken: "wrong" })).rejects.toMatchObject({ code: "crm_unauthorized" });
  const answer = { access_token: "a", api_domain: "https://pipedrive.com.evil.test" };
  sandbox.faults.plan({ name: "forged", fault: { kind: "answer", answer: { status: 200, body: answer } } });
  await expect(oauth.refresh({ ...again, refreshToken: "x" })).rejects.toMatchObject({ code: "crm_bad_response" });
});

test("webhooks v2: a person's change is not ours, an app's may be; a merge changes what it went into", () => {
  const meta = { company_id: 5, entity_id: "9", entity: "person" };
  expect(readEvents("pipedrive", { meta: { ...meta, action: "change", change_source: "app" } })).toEqual([
    { accountKey: "5", events: [{ entity: "contact", remoteId: "9", action: "updated", changedBy: "other" }] },
  ]);
  const merged = { ...meta, action: "delete", change_source: "api", merged_to_id: "4" };
  expect(readEvents("pipedrive", { meta: merged })[0]?.events).toEqual([
    { entity: "contact", remoteId: "9", action: "deleted" },
    { entity: "contact", remoteId: "4", action: "updated" },
  ]);
  expect(readEvents("pipedrive", { meta: { ...meta, entity: "board", action: "create" } })[0]?.events).toEqual([]);
  expect(readEvents("pipedrive", "nonsense")).toEqual([{ accountKey: undefined, events: [] }]);
});

test("what is sent fits the types that Pipedrive generates from its own description", async () => {
  const watched = watchRequests("pipedrive-v2", sendTo(sandbox.url));
  const { accessToken } = sandbox.oauth.issue();
  const own = { token: () => accessToken, clientId: "app", send: watched.send };
  const client = connectPipedrive(connectionTo(sandbox.url, own));
  const person = sandbox.store.add("persons", { name: "Иван" });
  const links = [{ entity: "contact" as const, remoteId: person.id }];
  const dueAt = "2026-12-01T00:00:00.000Z";
  for (const [entity, fields] of [
    ["contact", { firstName: "Иван", email: ["i@example.test"], phone: [], responsible: "11001" }],
    ["company", { name: "ООО Ромашка", address: "Москва" }],
    ["deal", { name: "С", amount: 1.5, currency: "EUR", pipeline: "1", stage: "2", expectedCloseAt: dueAt }],
    ["task", { name: "Звонок", text: "x", dueAt, done: false, kind: "call" }],
  ] as const) {
    const [result] = await client.write([operation({ entity, externalId: entity, fields, links })], options);
    expect(result).toMatchObject({ state: "written" });
  }
  await client.list({ entity: "contact", window: { fromMs: 0, toMs: Date.now() } }, options);
  await client.read({ entity: "contact", remoteIds: [person.id] }, options);
  expect(watched.seen).toEqual(watched.expected);
});
