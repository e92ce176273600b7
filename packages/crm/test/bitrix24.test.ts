import { startBitrix24Sandbox, type Bitrix24Sandbox } from "@gpt-agent/local/sandboxes/bitrix24/start-bitrix24-sandbox";
import { makeOpenLimiter } from "@gpt-agent/limits/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { connectBitrix24 } from "../src/bitrix24/connect.ts";
import { bitrixOAuth } from "../src/bitrix24/oauth.ts";
import type { CrmProvider, WriteOperation } from "../src/provider.ts";
import { connectionTo, options, readAll, sendTo } from "./test-connection.ts";

let sandbox: Bitrix24Sandbox;
let bitrix: CrmProvider;
let limiter: ReturnType<typeof makeOpenLimiter>;
const start = async (settings: Parameters<typeof startBitrix24Sandbox>[0] = {}): Promise<void> => {
  sandbox = await startBitrix24Sandbox({ bucket: { capacity: 1_000_000, perSecond: 1_000 }, ...settings });
  limiter = makeOpenLimiter();
  const { accessToken } = sandbox.oauth.issue();
  const token = { value: accessToken, version: 1, accountKey: sandbox.portal.memberId };
  const connection = connectionTo(sandbox.url, {
    token: () => accessToken,
    tokens: { current: async () => token, renewed: async () => token },
    limiter,
    accountKey: "m1",
    clientId: "a",
  });
  bitrix = connectBitrix24(connection);
};
beforeEach(() => start());
afterEach(() => sandbox.stop());

const create = (own: Partial<WriteOperation> & Pick<WriteOperation, "entity" | "externalId">): WriteOperation => ({
  fields: {},
  customFields: {},
  ...own,
});
const writeOne = async (operation: WriteOperation): Promise<string> => {
  const [result] = await bitrix.write([operation], options);
  expect(result).toMatchObject({ state: "written" });
  return result?.state === "written" ? result.remoteId : "";
};

describe("reading", () => {
  test.each(["deal", "task"] as const)(
    "many rows of %s with one time stamp, which change meanwhile: each once, ten pages a request",
    async (entity) => {
      const type = entity === "deal" ? "deal" : "activity";
      const atMs = Date.now() - 600_000;
      const all = Array.from(
        { length: 1_230 },
        (_, n) => sandbox.store.add(type, { title: `${n}`, SUBJECT: `${n}` }, { atMs }).id,
      );
      const window = { fromMs: atMs - 1_000, toMs: atMs + 1_000 };
      const gone = new Set<string>();
      const { records } = await readAll(bitrix, { entity, window }, (page) => {
        for (const id of all.slice(page * 100, page * 100 + 5)) {
          gone.add(id);
          sandbox.store.edit(type, id, { title: "позже" });
        }
      });
      const read = new Set(records.map(({ remoteId }) => remoteId));
      expect(read.size).toBe(records.length);
      expect(all.filter((id) => !read.has(id) && !gone.has(id))).toEqual([]);
      expect(sandbox.journal.count()).toBeLessThanOrEqual(1 + Math.ceil(1_230 / 500) + 1);
      expect((await readAll(bitrix, { entity, window: { fromMs: 0, toMs: 1_000 } })).records).toEqual([]);
    },
  );

  test("comments are read record by record, long lists to their end", async () => {
    const deals = Array.from({ length: 60 }, () => sandbox.store.add("deal", {}).id);
    const { id: company } = sandbox.store.add("company", { title: "ООО" });
    for (let n = 0; n < 120; n += 1)
      sandbox.store.add("comment", { ENTITY_ID: Number(deals[0]), ENTITY_TYPE: "deal", COMMENT: `к ${n}` });
    sandbox.store.add("comment", { ENTITY_ID: Number(deals[59]), ENTITY_TYPE: "deal", COMMENT: "последний" });
    const last = sandbox.store.add("comment", {
      ENTITY_ID: Number(company),
      ENTITY_TYPE: "company",
      COMMENT: "о компании",
    });
    const { records } = await readAll(bitrix, { entity: "note" });
    expect(records).toHaveLength(122);
    expect(records.at(-1)).toMatchObject({
      fields: { text: "о компании" },
      links: [{ entity: "company", remoteId: company }],
    });
    const again = await bitrix.read({ entity: "note", remoteIds: [last.id, "999999"] }, options);
    expect(again).toMatchObject({ records: [{ remoteId: last.id }], missing: ["999999"] });
  });

  test("pipelines have stages, users names, custom fields their key; what is gone is missing", async () => {
    const { records: pipelines } = await readAll(bitrix, { entity: "pipeline" });
    expect(pipelines[0]).toMatchObject({ remoteId: "0", fields: { name: "Общая", main: true } });
    expect(pipelines[0]?.stages?.map(({ remoteId, kind }) => [remoteId, kind])).toEqual([
      ["NEW", "open"],
      ["PREPARATION", "open"],
      ["WON", "won"],
      ["LOSE", "lost"],
    ]);
    expect((await readAll(bitrix, { entity: "user" })).records[0]?.fields).toMatchObject({
      name: "Анна Смирнова",
      active: true,
    });
    sandbox.store.add("userfield:deal", { name: "ufCrm_1", title: "Источник", type: "string", upperName: "UF_CRM_1" });
    const { records: fields } = await readAll(bitrix, { entity: "field" });
    expect(fields).toMatchObject([
      { remoteId: "deal/ufCrm_1", fields: { key: "ufCrm_1", of: "deal", type: "text", writable: true } },
    ]);
    const { id } = sandbox.store.add("deal", { ufCrm_1: "сайт" });
    const read = await bitrix.read({ entity: "deal", remoteIds: [id, "999999", "x"] }, options);
    expect(read.records[0]?.customFields).toEqual({ ufCrm_1: "сайт" });
    expect(read.missing).toEqual(["999999", "x"]);
  });
});

describe("writing", () => {
  test("creates and updates with multi-value fields, links and our id", async () => {
    const companyId = await writeOne(
      create({ entity: "company", externalId: "c1", fields: { name: "ООО «Ромашка»", website: "r.test" } }),
    );
    const fields = { name: "Иван Петров", phone: ["+7 900 0", "+7 900 1"], email: ["i@r.test"], position: "Директор" };
    const links = [{ entity: "company" as const, remoteId: companyId }];
    const contactId = await writeOne(create({ entity: "contact", externalId: "p1", fields, links }));
    const contact = (await bitrix.read({ entity: "contact", remoteIds: [contactId] }, options)).records[0];
    expect(contact).toMatchObject({ fields: { ...fields, firstName: "Иван", lastName: "Петров" }, links });
    const dealId = await writeOne(
      create({
        entity: "deal",
        externalId: "d1",
        fields: { name: "Поставка & монтаж", amount: 1500.5, currency: "RUB", stage: "PREPARATION" },
        links: [...links, { entity: "contact", remoteId: contactId }],
      }),
    );
    const deal = (await bitrix.read({ entity: "deal", remoteIds: [dealId] }, options)).records[0];
    expect(deal?.fields).toMatchObject({
      name: "Поставка & монтаж",
      amount: 1500.5,
      stage: "PREPARATION",
      pipeline: "0",
    });
    expect(deal?.links).toHaveLength(2);

    await writeOne(
      create({
        entity: "contact",
        externalId: "p1",
        remoteId: contactId,
        fields: { phone: ["+7 900 1", "+7 900 2", "+7 900 3"] },
      }),
    );
    const changed = (await bitrix.read({ entity: "contact", remoteIds: [contactId] }, options)).records[0];
    expect([...((changed?.fields["phone"] ?? []) as string[])].toSorted()).toEqual([
      "+7 900 1",
      "+7 900 2",
      "+7 900 3",
    ]);
    expect(changed?.fields["email"]).toEqual(["i@r.test"]);
    await writeOne(
      create({ entity: "contact", externalId: "p1", remoteId: contactId, fields: { phone: [], name: "Пётр" } }),
    );
    const emptied = (await bitrix.read({ entity: "contact", remoteIds: [contactId] }, options)).records[0];
    expect(emptied?.fields).toMatchObject({ phone: [], email: ["i@r.test"], name: "Пётр" });
    expect(await bitrix.findByExternalId({ entity: "deal", externalId: "d1" }, options)).toMatchObject([
      { remoteId: dealId },
    ]);
    expect(await bitrix.findByExternalId({ entity: "deal", externalId: "d" }, options)).toEqual([]);
  });

  test("each command of a batch has its own result; nothing stops the others", async () => {
    const results = await bitrix.write(
      ["NEW", "нет такой", "WON"].map((stage, n) =>
        create({ entity: "deal", externalId: `e${n}`, fields: { name: `${n}`, stage } }),
      ),
      options,
    );
    expect(results.map(({ state }) => state)).toEqual(["written", "refused", "written"]);
    expect(sandbox.store.live("deal")).toHaveLength(2);
    expect(sandbox.journal.count()).toBe(1);
  });

  test("notes and tasks hang on records; a task is completed by a second command; both are found again", async () => {
    const { id } = sandbox.store.add("deal", { title: "Сделка" });
    const links = [{ entity: "deal" as const, remoteId: id }];
    const sinceMs = Date.now();
    const note = create({ entity: "note", externalId: "n1", fields: { text: "Позвонить" }, links });
    const noteId = await writeOne(note);
    const task = create({
      entity: "task",
      externalId: "t1",
      fields: { name: "Счёт", text: "Выставить", dueAt: "2026-12-01T09:00:00.000Z", done: true },
      links,
    });
    const taskId = await writeOne(task);
    const read = await bitrix.read({ entity: "task", remoteIds: [taskId] }, options);
    expect(read.records[0]).toMatchObject({ fields: { ...task.fields, kind: "CRM_TODO" }, links });
    for (const [operation, remoteId] of [
      [note, noteId],
      [task, taskId],
    ] as const) {
      const found = await bitrix.findByExternalId({ ...operation, sent: { operation, sinceMs } }, options);
      expect(found).toMatchObject([{ remoteId }]);
    }
    await writeOne({ ...task, remoteId: taskId, fields: { done: false, text: "Позже" } });
    const changed = (await bitrix.read({ entity: "task", remoteIds: [taskId] }, options)).records[0];
    expect(changed?.fields).toMatchObject({
      done: false,
      text: "Позже",
      name: "Счёт",
      dueAt: "2026-12-01T09:00:00.000Z",
    });
    await writeOne({ ...note, remoteId: noteId, fields: { text: "Написать" } });
    expect((await bitrix.read({ entity: "note", remoteIds: [noteId] }, options)).records[0]?.fields["text"]).toBe(
      "Написать",
    );
  });

  test("a lost answer is unclear for the whole batch; a message goes out once", async () => {
    const { id } = sandbox.store.add("deal", { title: "Сделка" });
    const message = { dealId: id, channel: "chat", body: "Добрый день", externalId: "m1" } as const;
    sandbox.faults.plan({ name: "lost", fault: { kind: "dropAfterwards" } });
    const triedSinceMs = Date.now();
    expect(await bitrix.sendMessage?.(message, options)).toMatchObject({ state: "unclear" });
    expect(await bitrix.sendMessage?.({ ...message, triedSinceMs }, options)).toMatchObject({ state: "written" });
    expect(sandbox.store.live("comment")).toHaveLength(1);
  });

  test("writes carry our mark, so that bound events leave them out", async () => {
    const id = await writeOne(create({ entity: "deal", externalId: "d1", fields: { name: "x" } }));
    expect(sandbox.store.get("deal", id)?.changedBy).toMatchObject({ kind: "app", source: "gpt-agent" });
  });
});

describe("limits and refusals", () => {
  test("an overflowing bucket holds the portal back; a tired method holds itself back", async () => {
    await sandbox.stop();
    await start({ bucket: { capacity: 2, perSecond: 1 }, operatingLimitSeconds: 480 });
    sandbox.portal.operatingSeconds.set("crm.item.list", 460);
    await bitrix.list({ entity: "deal" }, options);
    expect(limiter.heldBack[0]?.limits.map(({ key }) => key)).toEqual(["bitrix24:{m1}:a:method:crm.item.list"]);
    await bitrix.list({ entity: "contact" }, options);
    await expect(bitrix.list({ entity: "deal" }, options)).rejects.toMatchObject({ code: "crm_rate_limited" });
    expect(limiter.heldBack.at(-1)?.limits.map(({ key }) => key)).toEqual(["bitrix24:{m1}:requests"]);
  });

  test("a method over its time is refused until its oldest minute is forgotten", async () => {
    sandbox.portal.operatingSeconds.set("crm.item.list", 500);
    await bitrix.list({ entity: "deal" }, options);
    const error = await bitrix.list({ entity: "deal" }, options).catch((error: unknown) => error);
    expect(error).toMatchObject({ code: "crm_rate_limited" });
    expect((error as { delayMs: number }).delayMs).toBeGreaterThan(500_000);
  });

  test("an expired token and a plan without an API have their codes", async () => {
    sandbox.portal.paid = false;
    await expect(bitrix.account(options)).rejects.toMatchObject({ code: "crm_payment_required" });
    sandbox.portal.paid = true;
    expect(await bitrix.account(options)).toMatchObject({ accountKey: sandbox.portal.memberId });
    sandbox.oauth.revokeAll();
    await expect(bitrix.account(options)).rejects.toMatchObject({ code: "crm_unauthorized" });
  });
});

test("OAuth: the secret goes to the authorisation server, the portal is pinned, a refresh token works once", async () => {
  const { clientId, clientSecret, redirectUrl } = sandbox.app;
  const credentials = { send: sendTo(sandbox.url), clientId, clientSecret, redirectUrl };
  const asked = { clientId, redirectUrl, state: "s" };
  expect(bitrixOAuth.authorizeUrl({ ...asked, account: "acme.bitrix24.ru" })).toBe(
    `https://acme.bitrix24.ru/oauth/authorize/?client_id=${clientId}&state=s`,
  );
  expect(() => bitrixOAuth.authorizeUrl({ ...asked, account: "bitrix24.ru.evil.example" })).toThrow(
    /not one of its own/u,
  );
  const code = sandbox.oauth.authorize({ clientId });
  const callback = { domain: sandbox.portal.host, member_id: sandbox.portal.memberId };
  const tokens = await bitrixOAuth.exchange({ ...credentials, code, callback });
  expect(tokens).toMatchObject({ baseUrl: sandbox.url, accountKey: sandbox.portal.memberId });
  const refreshToken = tokens.refreshToken ?? "";
  await bitrixOAuth.refresh({ ...credentials, refreshToken, baseUrl: sandbox.url });
  await expect(bitrixOAuth.refresh({ ...credentials, refreshToken, baseUrl: sandbox.url })).rejects.toMatchObject({
    code: "crm_unauthorized",
  });
  sandbox.portal.paid = false;
  const { refreshToken: unpaid } = sandbox.oauth.issue();
  await expect(
    bitrixOAuth.refresh({ ...credentials, refreshToken: unpaid, baseUrl: sandbox.url }),
  ).rejects.toMatchObject({ code: "crm_payment_required" });
  sandbox.portal.paid = true;
  const second = sandbox.oauth.authorize({ clientId });
  await expect(
    bitrixOAuth.exchange({ ...credentials, code: second, callback: { ...callback, member_id: "another" } }),
  ).rejects.toMatchObject({ code: "crm_bad_response" });
});
