import { startSalesforceSandbox } from "@gpt-agent/local/sandboxes/salesforce/start-salesforce-sandbox";
import { expect, test } from "vitest";
import { connectPlace, hurry, repositories, startPlace } from "./fixture.ts";

const { records, conflicts, outbox } = repositories;

test("reads an account, and the second time changes nothing", async () => {
  const { sandbox, key, run, recordOf, connection } = await startPlace();
  for (let n = 0; n < 300; n += 1) sandbox.store.add("contacts", { name: `Контакт ${n}` });
  const deal = sandbox.store.add("leads", { name: "Поставка", price: 1500, pipeline_id: 1, status_id: 70_001 });
  expect(await run("sync")).toBe("completed");
  expect(await connection()).toMatchObject({ state: "live", accountKey: "28000001", accountName: "Песочница" });
  expect((await records.list({ ...key, entity: "contact", limit: 999 })).records).toHaveLength(300);
  expect(await recordOf("deal", deal.id)).toMatchObject({ fields: { name: "Поставка", amount: 1500 } });

  const before = (await records.list({ ...key, limit: 999 })).records;
  expect(await run("sync")).toBe("completed");
  expect((await records.list({ ...key, limit: 999 })).records).toEqual(before);
});

test("an edit here is written once; an edit there arrives; the echo of our own write changes nothing", async () => {
  const { sandbox, key, run, recordOf, edit } = await startPlace();
  const contact = sandbox.store.add("contacts", { name: "Иван" });
  await run("sync");
  const record = await recordOf("contact", contact.id);
  await edit(record?.id ?? "", { name: "Иван Петров" });
  expect(await run("push")).toBe("completed");
  expect(sandbox.store.get("contacts", contact.id)?.data["name"]).toBe("Иван Петров");
  await repositories.refetches.request({ ...key, changes: [{ entity: "contact", remoteId: contact.id }] });
  await run("refetch");
  await run("sync");
  await run("push");
  expect(sandbox.store.appWrites("contacts", contact.id)).toBe(1);

  sandbox.store.edit("contacts", contact.id, { name: "Иван Сидоров" });
  await run("sync");
  expect(await recordOf("contact", contact.id)).toMatchObject({ fields: { name: "Иван Сидоров" } });
  expect(sandbox.store.appWrites("contacts", contact.id)).toBe(1);
  expect(await outbox.waiting({ ...key, limit: 10 })).toEqual([]);
});

test("both changed one field: a person decides, and the decision reaches both sides", async () => {
  const { sandbox, key, run, recordOf, edit } = await startPlace({ policy: "manual" });
  const contact = sandbox.store.add("contacts", { name: "Было" });
  await run("sync");
  const record = await recordOf("contact", contact.id);
  sandbox.store.edit("contacts", contact.id, { name: "Их" });
  await edit(record?.id ?? "", { name: "Наше" });
  await run("sync");
  await run("push");
  const { conflicts: open } = await conflicts.list({ ...key, state: "open", limit: 10 });
  expect(open).toMatchObject([{ field: "name", ours: "Наше", crm: "Их", base: "Было" }]);
  expect(sandbox.store.get("contacts", contact.id)?.data["name"]).toBe("Их");
  await conflicts.resolve({ ...key, conflictId: open[0]?.id ?? "", resolution: "ours" });
  await run("push");
  expect(sandbox.store.get("contacts", contact.id)?.data["name"]).toBe("Наше");
});

test("a record made here exists once there, although the answer to its creation was lost", async () => {
  const { sandbox, key, run } = await startPlace();
  await run("sync");
  sandbox.faults.plan({
    name: "lost answer",
    fault: { kind: "dropAfterwards" },
    when: ({ method, path }) => method === "POST" && path === "/api/v4/contacts",
  });
  const record = await records.create({
    ...key,
    entity: "contact",
    fields: { name: "Новый клиент" },
    idempotencyKey: "intake-1",
  });
  await run("push");
  expect(await outbox.list({ ...key, limit: 9 })).toMatchObject([{ unclear: true, code: "crm_write_unclear" }]);
  // Its own event arrives before anybody has searched.
  await run("sync");
  await hurry(key.connectionId);
  await run("push");
  const named = sandbox.store.live("contacts").filter(({ data }) => data["name"] === "Новый клиент");
  expect(named).toHaveLength(1);
  const all = (await records.list({ ...key, entity: "contact", limit: 9 })).records;
  expect(all).toMatchObject([{ id: record.id, remoteId: named[0]?.id }]);
});

test("the limit strikes after half of a batch was stored: nothing is made twice", async () => {
  const { sandbox, key, run } = await startPlace();
  await run("sync");
  const isPost = ({ method, path }: { method: string; path: string }) =>
    method === "POST" && path === "/api/v4/contacts";
  const whole = { status: 400, body: { title: "Bad Request", status: 400 } };
  const limit = { status: 429, headers: { "retry-after": "1" }, body: "" };
  sandbox.faults.plan({ name: "whole", fault: { kind: "answer", answer: whole }, when: isPost });
  sandbox.faults.plan({ name: "limit", fault: { kind: "answer", answer: limit }, when: isPost, after: 1 });
  const names = ["Анна", "Борис", "Вера", "Глеб"];
  for (const name of names) {
    await records.create({ ...key, entity: "contact", fields: { name }, idempotencyKey: name });
  }
  for (let round = 0; round < 3; round += 1) {
    await run("push");
    await hurry(key.connectionId);
  }
  const made = sandbox.store.live("contacts").map(({ data }) => data["name"]);
  expect(new Set(made)).toEqual(new Set(names));
  expect(made).toHaveLength(names.length);
  expect(await outbox.waiting({ ...key, limit: 9 })).toEqual([]);
});

test("a message becomes a note on its deal, once", async () => {
  const { sandbox, key, run } = await startPlace();
  const deal = sandbox.store.add("leads", { name: "Поставка", pipeline_id: 1, status_id: 70_001 });
  await run("sync");
  const message = { dealId: deal.id, channel: "chat", body: "Здравствуйте!" } as const;
  const links = [{ entity: "deal", remoteId: deal.id }];
  const create = () =>
    records.create({ ...key, entity: "note", fields: { text: message.body }, links, message, idempotencyKey: "m-1" });
  await create();
  await run("push");
  await create();
  await run("push");
  expect(sandbox.store.live("notes:leads")).toHaveLength(1);
  await run("sync");
  await run("push");
  expect(sandbox.store.live("notes:leads")).toHaveLength(1);
  expect((await records.list({ ...key, entity: "note", limit: 9 })).records).toHaveLength(1);
});

test("deleted there, by the list or without a trace: gone here", async () => {
  const { sandbox, run, recordOf } = await startPlace();
  const ids = Array.from({ length: 3 }, (_, n) => sandbox.store.add("contacts", { name: `К ${n}` }).id);
  await run("sync");
  sandbox.store.remove("contacts", ids[0] ?? "");
  await run("sync");
  expect((await recordOf("contact", ids[0] ?? ""))?.deletedAt).not.toBeNull();
  sandbox.store.vanish("contacts", ids[1] ?? "");
  await run("reconcile");
  expect((await recordOf("contact", ids[1] ?? ""))?.deletedAt).not.toBeNull();
  expect((await recordOf("contact", ids[2] ?? ""))?.deletedAt).toBeNull();
});

test("an account that ignores filters is read in full", async () => {
  const { sandbox, key, run, recordOf } = await startPlace();
  const contact = sandbox.store.add("contacts", { name: "Старый" }, { atMs: Date.now() - 86_400_000 });
  await run("sync");
  sandbox.account.filtersOn = false;
  sandbox.store.edit("contacts", contact.id, { name: "Новый" }, { atMs: Date.now() - 3_600_000 });
  expect(await run("sync")).toBe("completed");
  expect(await recordOf("contact", contact.id)).toMatchObject({ fields: { name: "Новый" } });
  expect(await conflicts.errors({ ...key, limit: 9 })).toMatchObject(
    expect.arrayContaining([expect.objectContaining({ code: "crm_filter_ignored" })]),
  );
});

test("what somebody changed there a moment ago is not written over: it is read, merged, and the policy decides", async () => {
  const { sandbox, key, run, recordOf, edit } = await startPlace({ policy: "crm_wins" });
  const deal = sandbox.store.add("leads", { name: "Было", price: 1, pipeline_id: 1, status_id: 70_001 });
  await run("sync");
  const record = await recordOf("deal", deal.id);
  sandbox.store.edit("leads", deal.id, { name: "Их" });
  await edit(record?.id ?? "", { name: "Наше", amount: 5 });
  await run("push");
  await hurry(key.connectionId);
  await run("push");
  expect(sandbox.store.get("leads", deal.id)?.data).toMatchObject({ name: "Их", price: 5 });
  expect(await recordOf("deal", deal.id)).toMatchObject({ fields: { name: "Их", amount: 5 } });
  expect((await conflicts.list({ ...key, limit: 9 })).conflicts).toMatchObject([
    { field: "name", ours: "Наше", crm: "Их", state: "resolved", resolution: "crm", resolvedBy: "policy" },
  ]);
});

test("a page of 2,000 is more than the database gives at once: the second reading changes nothing all the same", async () => {
  const { sandbox, key, run, connection } = await connectPlace("salesforce", (clock) =>
    startSalesforceSandbox({ clock }),
  );
  for (let n = 0; n < 1_300; n += 1) sandbox.store.add("Contact", { LastName: `К ${n}` });
  await run("sync");
  await run("reconcile");
  expect(await repositories.refetches.due({ ...key, limit: 9 })).toEqual([]);
  expect(await connection()).toMatchObject({ state: "live" });
  expect((await records.list({ ...key, entity: "contact", limit: 999 })).records).toHaveLength(999);
});
