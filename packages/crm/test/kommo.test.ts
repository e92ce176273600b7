import { startKommoSandbox, type KommoSandbox } from "@gpt-agent/local/sandboxes/kommo/start-kommo-sandbox";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { connectKommo } from "../src/kommo/connect.ts";
import { kommoOAuth } from "../src/kommo/oauth.ts";
import type { CrmProvider, WriteOperation } from "../src/provider.ts";
import { readEvents } from "../src/read-events.ts";
import { connectionTo, options, readAll, sendTo } from "./test-connection.ts";

let sandbox: KommoSandbox;
let kommo: CrmProvider;
const connect = (): CrmProvider => {
  const { accessToken } = sandbox.oauth.issue();
  return connectKommo("kommo")(connectionTo(sandbox.url, { token: () => accessToken }));
};
beforeEach(async () => {
  sandbox = await startKommoSandbox({ requestsPerSecond: 0 });
  kommo = connect();
});
afterEach(() => sandbox.stop());

const window = { fromMs: 0, toMs: Date.now() + 3_600_000 };
const create = (own: Partial<WriteOperation> & Pick<WriteOperation, "entity" | "externalId">): WriteOperation => ({
  fields: {},
  customFields: {},
  ...own,
});
const ids = (records: readonly { readonly remoteId: string }[]) =>
  records.map(({ remoteId }) => Number(remoteId)).toSorted((a, b) => a - b);

describe("reading", () => {
  test("25,000 rows with one time stamp, among which rows change and go while they are read: each once", async () => {
    const atMs = Date.now() - 600_000;
    const all = Array.from(
      { length: 25_000 },
      (_, n) => sandbox.store.add("contacts", { name: `К ${n}` }, { atMs }).id,
    );
    const moved = new Set<string>();
    const { records } = await readAll(
      kommo,
      { entity: "contact", window: { fromMs: atMs - 5_000, toMs: atMs + 5_000 } },
      (page) => {
        // Rows at the front leave, which shifts all that follow; some of them were read already, some not.
        for (const id of [all[page * 3], all[24_000 - page * 7]]) {
          if (id === undefined || moved.has(id)) continue;
          moved.add(id);
          if (page % 2 === 0) sandbox.store.edit("contacts", id, { name: "позже" });
          else sandbox.store.remove("contacts", id);
        }
      },
    );
    const read = ids(records);
    expect(new Set(read).size).toBe(read.length);
    const stayed = all.filter((id) => !moved.has(id)).map(Number);
    const readSet = new Set(read);
    expect(stayed.filter((id) => !readSet.has(id))).toEqual([]);
    expect(moved.size).toBeGreaterThan(100);
  });

  test.each(["contact", "task"] as const)(
    "many rows of %s over many seconds, with rows that change meanwhile",
    async (entity) => {
      const type = entity === "contact" ? "contacts" : "tasks";
      const startMs = Date.now() - 3_600_000;
      const all = Array.from({ length: 1_100 }, (_, n) =>
        sandbox.store.add(
          type,
          { name: `${n}`, text: `${n}`, complete_till: 1 },
          { atMs: startMs + Math.floor(n / 7) * 1_000 },
        ),
      );
      const closed = { fromMs: startMs, toMs: startMs + 1_000_000 };
      const gone = all.filter((_, n) => n % 100 === 3).map(({ id }) => id);
      const { records } = await readAll(kommo, { entity, window: closed }, (page) => {
        for (const id of gone.slice((page - 1) * 2, page * 2)) sandbox.store.edit(type, id, {});
      });
      const read = new Set(ids(records));
      expect(read.size).toBe(records.length);
      expect(all.filter(({ id }) => !gone.includes(id) && !read.has(Number(id)))).toEqual([]);
      for (const { updatedAtMs } of records) expect(updatedAtMs).toBeLessThanOrEqual(closed.toMs);
    },
  );

  test("without a window everything is read by id", async () => {
    const all = Array.from({ length: 620 }, () => sandbox.store.add("leads", { name: "сделка" }).id);
    const { records } = await readAll(kommo, { entity: "deal" }, () => sandbox.store.add("leads", { name: "новая" }));
    expect(new Set(ids(records)).size).toBe(records.length);
    expect(all.filter((id) => !ids(records).includes(Number(id)))).toEqual([]);
  });

  test("where filters are ignored, the caller sees rows outside the window, and the reading ends", async () => {
    sandbox.account.filtersOn = false;
    for (let n = 0; n < 300; n += 1) sandbox.store.add("leads", { name: "старая" }, { atMs: 1_600_000_000_000 });
    const { records, pages } = await readAll(kommo, {
      entity: "deal",
      window: { fromMs: window.toMs - 10_000, toMs: window.toMs },
    });
    expect(pages).toBe(1);
    expect(records[0]?.updatedAtMs).toBe(1_600_000_000_000);
    const known = sandbox.store.all("leads")[299]?.id ?? "";
    expect(await kommo.read({ entity: "deal", remoteIds: [known, "999999"] }, options)).toMatchObject({
      records: [{ remoteId: known }],
      missing: ["999999"],
    });
  });

  test("an empty list is 204; pipelines have their stages, fields their options, notes their three lists", async () => {
    expect(await kommo.list({ entity: "contact" }, options)).toEqual({ records: [] });
    const { records: pipelines } = await readAll(kommo, { entity: "pipeline" });
    expect(pipelines[0]?.stages?.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["open", "won", "lost"]));
    const { records: fields } = await readAll(kommo, { entity: "field" });
    expect(fields.map(({ fields }) => fields["of"])).toEqual(expect.arrayContaining(["contact", "company"]));
    for (const parent of ["leads", "contacts", "companies"]) {
      sandbox.store.add(`notes:${parent}`, { entity_id: 5, note_type: "common", params: { text: `к ${parent}` } });
    }
    const { records: notes } = await readAll(kommo, { entity: "note", window });
    expect(notes.map(({ fields }) => fields["text"])).toEqual(["к leads", "к contacts", "к companies"]);
    const remoteIds = notes.map(({ remoteId }) => remoteId);
    const again = await kommo.read({ entity: "note", remoteIds: [...remoteIds, "leads/1"] }, options);
    expect(again.records.map(({ remoteId }) => remoteId)).toEqual(remoteIds);
    expect(again.missing).toEqual(["leads/1"]);
  });

  test("deletions come from the journal, except what was restored", async () => {
    const [kept, back, gone] = [1, 2, 3].map((n) => sandbox.store.add("companies", { name: `${n}` }).id);
    sandbox.store.remove("companies", gone ?? "");
    sandbox.store.remove("companies", back ?? "");
    sandbox.store.restore("companies", back ?? "");
    expect(await kommo.deleted({ entity: "company", window }, options)).toEqual({ remoteIds: [gone] });
    expect(await kommo.deleted({ entity: "user", window }, options)).toBeUndefined();
    expect((await kommo.read({ entity: "company", remoteIds: [kept ?? ""] }, options)).missing).toEqual([]);
  });
});

describe("writing", () => {
  test("creates with fields, custom fields and links; reads them back in our terms; updates what changed", async () => {
    const [company, contact] = await Promise.all([
      kommo.write(
        [create({ entity: "company", externalId: "ext-c", fields: { name: "ООО «Ромашка»", website: "r.test" } })],
        options,
      ),
      kommo.write(
        [
          create({
            entity: "contact",
            externalId: "ext-p",
            fields: {
              name: "Иван Петров",
              phone: ["+7 900 000-00-00", "+7 900 111-11-11"],
              email: ["i@r.test"],
              position: "Директор",
            },
          }),
        ],
        options,
      ),
    ]);
    const companyId = company[0]?.state === "written" ? company[0].remoteId : "";
    const contactId = contact[0]?.state === "written" ? contact[0].remoteId : "";
    const links = [
      { entity: "company" as const, remoteId: companyId },
      { entity: "contact" as const, remoteId: contactId },
    ];
    const [deal] = await kommo.write(
      [create({ entity: "deal", externalId: "ext-d", fields: { name: "Поставка", amount: 150_000 }, links })],
      options,
    );
    const dealId = deal?.state === "written" ? deal.remoteId : "";
    const read = await kommo.read({ entity: "deal", remoteIds: [dealId] }, options);
    expect(read.records[0]).toMatchObject({ fields: { name: "Поставка", amount: 150_000, status: "open" } });
    expect(read.records[0]?.links).toEqual(expect.arrayContaining(links));
    const people = await kommo.read({ entity: "contact", remoteIds: [contactId] }, options);
    expect(people.records[0]?.fields).toMatchObject({
      name: "Иван Петров",
      phone: ["+7 900 000-00-00", "+7 900 111-11-11"],
      email: ["i@r.test"],
      position: "Директор",
    });

    const change = create({
      entity: "contact",
      externalId: "ext-p",
      remoteId: contactId,
      fields: { phone: [] },
      links: [links[0]!],
    });
    expect(await kommo.write([change], options)).toMatchObject([{ state: "written", remoteId: contactId }]);
    const changed = (await kommo.read({ entity: "contact", remoteIds: [contactId] }, options)).records[0];
    expect(changed?.fields).toMatchObject({ phone: [], email: ["i@r.test"] });
    expect(changed?.links).toEqual(expect.arrayContaining([links[0]]));
  });

  test("one bad record is refused by itself, the others are written", async () => {
    const operations = ["а", "б", "в"].map((name, index) =>
      create({
        entity: "contact",
        externalId: `ext-${index}`,
        fields: { name },
        customFields: index === 1 ? { "999999": "нет такого поля" } : {},
      }),
    );
    const results = await kommo.write(operations, options);
    expect(results.map(({ state }) => state)).toEqual(["written", "refused", "written"]);
    expect(sandbox.store.live("contacts").map(({ data }) => data["name"])).toEqual(["а", "в"]);
  });

  test("half of a batch is stored when the limit strikes: it is told, and the other half was not sent", async () => {
    const isPost = ({ method, path }: { readonly method: string; readonly path: string }): boolean =>
      method === "POST" && path === "/api/v4/contacts";
    // Refused whole, without naming a record: the batch is halved.
    const whole = { status: 400, body: { title: "Bad Request", status: 400 } };
    sandbox.faults.plan({ name: "whole", fault: { kind: "answer", answer: whole }, when: isPost });
    sandbox.faults.plan({
      name: "limit",
      fault: { kind: "answer", answer: { status: 429, headers: { "retry-after": "7" }, body: "" } },
      when: isPost,
      after: 1,
    });
    const four = ["а", "б", "в", "г"].map((name) =>
      create({ entity: "contact", externalId: `ext-${name}`, fields: { name } }),
    );
    const results = await kommo.write(four, options);
    expect(results.map(({ state }) => state)).toEqual(["written", "written", "unsent", "unsent"]);
    expect(results[2]).toMatchObject({ delayMs: 7_000 });
    expect(sandbox.store.live("contacts").map(({ data }) => data["name"])).toEqual(["а", "б"]);
  });

  test("a write without an answer is unclear, and is found by our id before it is tried again", async () => {
    sandbox.faults.plan({
      name: "lost answer",
      fault: { kind: "dropAfterwards" },
      when: ({ method, path }) => method === "POST" && path === "/api/v4/contacts",
    });
    const operation = create({ entity: "contact", externalId: "ext-lost", fields: { name: "Потерянный" } });
    expect(await kommo.write([operation], options)).toMatchObject([{ state: "unclear" }]);
    const found = await kommo.findByExternalId({ entity: "contact", externalId: "ext-lost" }, options);
    expect(found).toMatchObject([{ fields: { name: "Потерянный" } }]);
    expect(await kommo.findByExternalId({ entity: "contact", externalId: "ext-los" }, options)).toEqual([]);
    const fields = sandbox.store.live("custom_fields:contacts").filter(({ data }) => data["code"] === "GPT_AGENT_ID");
    expect(fields).toHaveLength(1);
    expect((await connect().prepare?.(options))?.externalIdFields["contact"]).toBe(fields[0]?.id);
  });

  test("notes and tasks, which have no place for our id, are found by what was sent", async () => {
    const { id } = sandbox.store.add("leads", { name: "Сделка" });
    const links = [{ entity: "deal" as const, remoteId: id }];
    const sinceMs = Date.now();
    for (const operation of [
      create({ entity: "note", externalId: "n1", fields: { text: "Позвонить завтра" }, links }),
      create({ entity: "task", externalId: "t1", fields: { text: "Счёт", dueAt: "2026-12-01T09:00:00.000Z" }, links }),
    ]) {
      expect(await kommo.write([operation], options)).toMatchObject([{ state: "written" }]);
      const request = { entity: operation.entity, externalId: operation.externalId };
      expect(await kommo.findByExternalId({ ...request, sent: { operation, sinceMs } }, options)).toHaveLength(1);
      expect(await kommo.findByExternalId(request, options)).toEqual([]);
    }
  });

  test("a message becomes a service note on the deal, once", async () => {
    const { id } = sandbox.store.add("leads", { name: "Сделка" });
    const message = { dealId: id, channel: "email", subject: "Счёт", body: "Во вложении", externalId: "m1" } as const;
    const attachments = [{ url: "https://files.example/1.pdf", name: "Счёт.pdf" }];
    sandbox.faults.plan({ name: "lost", fault: { kind: "dropAfterwards" }, when: ({ method }) => method === "POST" });
    const triedSinceMs = Date.now();
    expect(await kommo.sendMessage?.({ ...message, attachments }, options)).toMatchObject({ state: "unclear" });
    expect(await kommo.sendMessage?.({ ...message, attachments, triedSinceMs }, options)).toMatchObject({
      state: "written",
    });
    expect(sandbox.store.live("notes:leads").map(({ data }) => [data["note_type"], data["params"]])).toEqual([
      ["service_message", { service: "Email", text: "Счёт\n\nВо вложении\n\nСчёт.pdf: https://files.example/1.pdf" }],
    ]);
    expect(await kommo.sendMessage?.({ ...message, dealId: "x" }, options)).toMatchObject({ state: "refused" });
  });
});

test("a blocked address, an unpaid account and a refused token end with their codes", async () => {
  sandbox.account.paid = false;
  await expect(kommo.account(options)).rejects.toMatchObject({ code: "crm_payment_required" });
  sandbox.account.paid = true;
  sandbox.oauth.revokeAll();
  await expect(kommo.account(options)).rejects.toMatchObject({ code: "crm_unauthorized" });
});

test("OAuth: the code goes to the account's own host, a refresh token works once, strangers get nothing", async () => {
  const oauth = kommoOAuth("amocrm");
  const { clientId, clientSecret, redirectUrl } = sandbox.app;
  const credentials = { send: sendTo(sandbox.url), clientId, clientSecret, redirectUrl };
  expect(oauth.authorizeUrl({ clientId, redirectUrl, state: "s" })).toBe(
    `https://www.amocrm.ru/oauth?client_id=${clientId}&state=s`,
  );
  const code = sandbox.oauth.authorize({ clientId });
  const tokens = await oauth.exchange({ ...credentials, code, callback: { code, referer: sandbox.account.host } });
  expect(tokens).toMatchObject({ baseUrl: sandbox.url, expiresAtMs: expect.any(Number) as unknown });
  const refreshToken = tokens.refreshToken ?? "";
  const fresh = await oauth.refresh({ ...credentials, refreshToken, baseUrl: sandbox.url });
  expect(fresh.refreshToken).not.toBe(refreshToken);
  const again = await oauth.refresh({ ...credentials, refreshToken, baseUrl: sandbox.url }).catch((e: unknown) => e);
  expect(again).toMatchObject({ code: "crm_unauthorized" });
  expect(String(again)).not.toContain(refreshToken);
  for (const referer of [
    "evil.example",
    "amocrm.ru.evil.example",
    "evil.example/amocrm.ru",
    "amocrm.ru@evil.example",
  ]) {
    await expect(oauth.exchange({ ...credentials, code, callback: { referer } })).rejects.toMatchObject({
      code: "crm_bad_response",
    });
  }
});

describe("webhooks", () => {
  test("the nested form of adds, updates, notes, companies among contacts", () => {
    const body = {
      account: { id: "28000001", subdomain: "sandbox", _links: { self: "https://sandbox.kommo.com" } },
      leads: {
        add: { 0: { id: "5", name: "x" } },
        status: [{ id: "6" }],
        note: [{ note: { id: "9", element_type: "2" } }],
      },
      contacts: {
        update: [
          { id: "7", type: "company" },
          { id: "8", type: "contact" },
        ],
        delete: [{ id: "nonsense" }],
      },
      task: { restore: null, delete: [{ id: 4 }] },
    };
    const events = [
      { entity: "deal", remoteId: "5", action: "added" },
      { entity: "deal", remoteId: "6", action: "updated" },
      { entity: "note", remoteId: "leads/9", action: "added" },
      { entity: "company", remoteId: "7", action: "updated" },
      { entity: "contact", remoteId: "8", action: "updated" },
      { entity: "task", remoteId: "4", action: "deleted" },
    ];
    expect(readEvents("amocrm", body)).toEqual([{ accountKey: "28000001", events }]);
  });

  test.each([undefined, null, 5, "text", [], { leads: "x", account: [] }])("nonsense gives no events: %j", (body) => {
    expect(readEvents("kommo", body)).toEqual([{ accountKey: undefined, events: [] }]);
  });
});
