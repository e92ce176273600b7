import { afterEach, beforeEach, expect, test } from "vitest";
import { manualClock } from "../clock.ts";
import type { Bitrix24Sandbox } from "./start-bitrix24-sandbox.ts";
import { startBitrix24Sandbox } from "./start-bitrix24-sandbox.ts";

let time: ReturnType<typeof manualClock>;
let sandbox: Bitrix24Sandbox;
beforeEach(async () => {
  time = manualClock(Date.UTC(2026, 10, 1));
  sandbox = await startBitrix24Sandbox({ clock: time.clock });
});
afterEach(() => sandbox.stop());

interface Item {
  readonly id: number;
  readonly title: string;
}
interface Body {
  readonly error?: string;
  readonly next?: number;
  readonly total?: number;
  readonly result: {
    readonly item: Item;
    readonly items: readonly Item[];
    readonly events: readonly { readonly EVENT_NAME: string; readonly EVENT_DATA: unknown }[];
    readonly result: unknown;
    readonly result_error: unknown;
  };
}

const call = async (method: string, params: object = {}): Promise<Body & { readonly status: number }> => {
  const answer = await fetch(`${sandbox.url}/rest/${method}.json`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ auth: sandbox.oauth.issue().accessToken, ...params }),
  });
  return { status: answer.status, ...((await answer.json()) as Body) };
};

test("lists by keyset without counting, by pages with it, and filters by time", async () => {
  for (let at = 0; at < 120; at += 1) sandbox.store.add("deal", { title: `Сделка ${at}` });
  const counted = await call("crm.item.list", { entityTypeId: 2 });
  expect([counted.total, counted.next, counted.result.items.length]).toEqual([120, 50, 50]);
  const ids: number[] = [];
  for (;;) {
    const page = await call("crm.item.list", {
      entityTypeId: 2,
      order: { id: "ASC" },
      filter: { ">id": ids.at(-1) ?? 0 },
      select: ["title"],
      start: -1,
    });
    expect([page.total, page.next]).toEqual([undefined, undefined]);
    if (page.result.items.length === 0) break;
    ids.push(...page.result.items.map(({ id }) => id));
  }
  expect(new Set(ids).size).toBe(120);
  time.advance(60_000);
  sandbox.store.edit("deal", String(ids[7]), { title: "Новое имя" });
  const changed = await call("crm.item.list", {
    entityTypeId: 2,
    filter: { ">=updatedTime": "2026-11-01T03:01:00+03:00" },
  });
  expect(changed.result.items.map(({ title }) => title)).toEqual(["Новое имя"]);
});

test("a batch counts as one request, keeps errors beside results and hands earlier results on", async () => {
  const { result } = await call("batch", {
    halt: 0,
    cmd: {
      made: "crm.item.add?entityTypeId=3&fields[name]=%D0%98%D0%B2%D0%B0%D0%BD&fields[originId]=ours-1",
      read: "crm.item.get?entityTypeId=3&id=$result[made][item][id]",
      gone: "crm.item.get?entityTypeId=3&id=999999",
      nested: "batch",
    },
  });
  expect(result.result).toMatchObject({ made: { item: { name: "Иван" } }, read: { item: { originId: "ours-1" } } });
  expect(result.result_error).toMatchObject({
    gone: { error: "NOT_FOUND" },
    nested: { error: "ERROR_BATCH_METHOD_NOT_ALLOWED" },
  });
  expect(sandbox.bucketLevel()).toBe(1);
});

test("the bucket takes 50 and leaks two a second; a method that took too long is refused alone", async () => {
  const statuses: number[] = [];
  for (let at = 0; at < 52; at += 1) statuses.push((await call("server.time")).status);
  expect(statuses.slice(49)).toEqual([200, 503, 503]);
  time.advance(1_000);
  expect((await call("server.time")).status).toBe(200);
  expect((await call("server.time")).status).toBe(200);
  expect(await call("server.time")).toMatchObject({ status: 503, error: "QUERY_LIMIT_EXCEEDED" });

  time.advance(60_000);
  sandbox.portal.operatingSeconds.set("crm.item.list", 250);
  for (let at = 0; at < 2; at += 1) expect((await call("crm.item.list", { entityTypeId: 1 })).status).toBe(200);
  expect(await call("crm.item.list", { entityTypeId: 1 })).toMatchObject({
    status: 429,
    error: "OPERATION_TIME_LIMIT",
  });
  expect((await call("user.get")).status).toBe(200);
  time.advance(600_000);
  expect((await call("crm.item.list", { entityTypeId: 1 })).status).toBe(200);
});

test("offline events keep one entry per object and leave out what came with the handler's own mark", async () => {
  await call("event.bind", { event: "OnCrmDealUpdate", event_type: "offline", auth_connector: "ours" });
  const deal = sandbox.store.add("deal", { title: "Сделка" });
  await call("crm.item.update", { entityTypeId: 2, id: deal.id, fields: { title: "Наше" }, auth_connector: "ours" });
  expect((await call("event.offline.get", { auth_connector: "ours" })).result.events).toEqual([]);
  for (const title of ["Раз", "Два"]) sandbox.store.edit("deal", deal.id, { title });
  const { events } = (await call("event.offline.get", { auth_connector: "ours" })).result;
  expect(events).toMatchObject([{ EVENT_NAME: "ONCRMDEALUPDATE", EVENT_DATA: { FIELDS: { ID: deal.id } } }]);
  expect((await call("event.offline.get", { auth_connector: "ours" })).result.events).toEqual([]);
});
