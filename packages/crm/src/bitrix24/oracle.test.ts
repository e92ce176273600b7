import { randomUUID } from "node:crypto";
import { makeOpenLimiter } from "@gpt-agent/limits/testing";
import { expect, test } from "vitest";
import { documentedPortal, objections } from "../../test/oracles/bitrix24-oracle.ts";
import type { CallOptions, CrmEntity, WriteOperation } from "../provider.ts";
import { connectBitrix24 } from "./connect.ts";

const options: CallOptions = { signal: new AbortController().signal, lane: "delta" };

/** Our client on the documentation's own examples (MIT, see test/oracles/bitrix24-methods.json). */
const connect = () => {
  const portal = documentedPortal();
  const token = {
    value: "s1morf609228iwyjjpvfv6wsvuja4p8u",
    version: 1,
    accountKey: "a223c6b3710f85df22e9377d6c4f7553",
  };
  const client = connectBitrix24({
    connectionId: randomUUID(),
    accountKey: "bitrix24:a223c6b3710f85df22e9377d6c4f7553",
    baseUrl: "https://portal.bitrix24.ru",
    send: portal.send,
    limiter: makeOpenLimiter(),
    tokens: { current: async () => token, renewed: async () => token },
  });
  return { client, ...portal };
};

test("every reading call is one the documentation describes, and its examples are read", async () => {
  const { client, wrong, seen } = connect();
  const window = { fromMs: Date.UTC(2024, 6, 1), toMs: Date.UTC(2024, 7, 1) };
  const read = async (entity: CrmEntity) => (await client.list({ entity, window }, options)).records;
  const [short, deal, person] = await read("deal");
  expect(short).toMatchObject({
    remoteId: "253",
    updatedAtMs: undefined,
    fields: { amount: 19_000, responsible: "6" },
  });
  expect(deal).toMatchObject({
    remoteId: "342",
    updatedAtMs: Date.parse("2024-07-18T12:00:14Z"),
    fields: {
      amount: 999.99,
      currency: "RUB",
      pipeline: "9",
      stage: "C9:UC_KN8KFI",
      status: "open",
      expectedCloseAt: "2024-07-30T00:00:00.000Z",
    },
    customFields: { ufCrm_1721244707107: 1111.1 },
    links: [
      { entity: "contact", remoteId: "4" },
      { entity: "contact", remoteId: "5" },
      { entity: "company", remoteId: "5" },
    ],
  });
  expect(person?.links).toEqual([]);
  expect((await read("contact"))[2]?.fields).toMatchObject({
    name: "Админ Админов",
    phone: ["+6111111111"],
    email: ["admin@example.com"],
    position: "Админ",
  });
  expect((await read("task"))[0]).toMatchObject({
    fields: {
      name: "Исходящий звонок Андрей Николаев",
      done: true,
      kind: "VOXIMPLANT_CALL",
      responsible: "505",
      dueAt: "2020-09-27T10:25:00.000Z",
    },
    links: [{ entity: "contact", remoteId: "15" }],
  });
  expect((await read("note"))[0]).toMatchObject({
    fields: { text: "New comment was added" },
    links: [{ entity: "deal", remoteId: "2" }],
  });
  const [funnel] = await read("pipeline");
  expect(funnel).toMatchObject({ remoteId: "9", fields: { main: false } });
  expect(funnel?.stages?.map(({ remoteId, kind }) => [remoteId, kind])).toEqual([
    ["NEW", "open"],
    ["PREPARATION", "open"],
    ["WON", "won"],
    ["LOSE", "lost"],
    ["APOLOGY", "lost"],
  ]);
  expect((await read("user")).map(({ fields }) => fields["name"])).toEqual(["Вадим Валеев", "Иван Иванов"]);
  expect(await read("field")).toEqual([]);
  expect(await client.account(options)).toMatchObject({ plan: { family: "ent" } });
  await client.list({ entity: "deal", window, cursor: { after: 50 } }, options);
  await client.read({ entity: "note", remoteIds: ["999"] }, options);
  await client.read({ entity: "task", remoteIds: ["999"] }, options);
  await client.findByExternalId({ entity: "company", externalId: "x" }, options);
  expect(wrong).toEqual([]);
  expect(new Set(seen.map(({ method }) => method)).size).toBe(9);
});

test("every writing call is one the documentation describes, with its fields by object", async () => {
  const { client, wrong, seen } = connect();
  const base = { externalId: "ext-1", customFields: {} };
  const links = [
    { entity: "company" as const, remoteId: "5" },
    { entity: "contact" as const, remoteId: "4" },
  ];
  const person = { name: "Иван Петров", phone: ["+7"], email: ["i@x.test"], position: "Директор", responsible: "6" };
  const operations: WriteOperation[] = [
    { ...base, entity: "contact", fields: person, links },
    { ...base, entity: "contact", remoteId: "250", fields: { ...person, phone: [] } },
    { ...base, entity: "company", fields: { name: "ООО", website: "x.test", email: null } },
    {
      ...base,
      entity: "deal",
      fields: {
        name: "Сделка",
        amount: 10.5,
        currency: "RUB",
        pipeline: "9",
        stage: "C9:NEW",
        expectedCloseAt: "2026-12-01T00:00:00.000Z",
      },
      customFields: { ufCrm_1: ["a", "b"] },
      links,
    },
    { ...base, entity: "deal", remoteId: "342", fields: { stage: "WON", amount: null } },
    { ...base, entity: "note", fields: { text: "Текст" }, links },
    { ...base, entity: "note", remoteId: "999", fields: { text: "Текст" } },
    {
      ...base,
      entity: "task",
      fields: { name: "Счёт", text: "Выставить", dueAt: "2026-12-01T09:00:00.000Z", done: true },
      links,
    },
    { ...base, entity: "task", remoteId: "999", fields: { text: "Позже", done: false } },
  ];
  for (const operation of operations) {
    expect(await client.write([operation], options)).toMatchObject([
      { state: "written", remoteId: expect.stringMatching(/^\d+$/u) as unknown },
    ]);
  }
  expect(wrong).toEqual([]);
  const contact = seen.find(({ method }) => method === "crm.item.update")?.params["fields"] as Record<string, unknown>;
  // The phone that was there is emptied by its id; the address that stays is not touched.
  expect(contact["fm"]).toMatchObject({ "101": { typeId: "PHONE", value: "" } });
});

test("events are bound, listed and unbound as the documentation says", async () => {
  const { client, wrong, seen } = connect();
  const { webhooks } = client;
  if (typeof webhooks === "string") throw new Error("Bitrix24 has events");
  const secret = { user: "u", password: "p" };
  expect(await webhooks.subscribed(options)).toEqual([{ url: "https://www.my-domain.ru/handler/", works: false }]);
  await webhooks.subscribe({ url: "https://agents.example.test/hooks/whk_1", secret }, options);
  await webhooks.unsubscribe("https://www.my-domain.ru/handler/", options);
  expect(wrong).toEqual([]);
  const bound = seen.filter(({ method }) => method === "event.bind");
  expect(bound.map(({ params }) => params["event"])).toEqual(
    expect.arrayContaining(["ONCRMDEALUPDATE", "ONCRMCONTACTADD", "ONCRMTIMELINECOMMENTDELETE"]),
  );
  // The mark of our own writes would have a handler leave out what is not ours.
  expect(bound.every(({ params }) => !("auth_connector" in params))).toBe(true);
  expect(seen.filter(({ method }) => method === "event.unbind")).toHaveLength(2);
});

test("the portal made of the documentation does object", () => {
  expect(objections("crm.item.add", { entityTypeId: "x", fields: { title: "a", nonsense: 1 }, more: 1 })).toEqual([
    'crm.item.add: entityTypeId is no integer: "x"',
    "crm.item.add: more is not a parameter",
  ]);
  expect(objections("crm.item.add", { entityTypeId: 2, fields: { nonsense: 1 } })).toHaveLength(1);
  expect(objections("crm.timeline.comment.list", { filter: {}, order: { COMMENT: "ASC" } })).toHaveLength(3);
  expect(objections("crm.activity.todo.add", { ownerId: 1, ownerTypeId: 2 })).toEqual([
    "crm.activity.todo.add: deadline is missing",
  ]);
});
