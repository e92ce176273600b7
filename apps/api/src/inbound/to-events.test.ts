import type { Scheme } from "@gpt-agent/signatures/scheme";
import { expect, test } from "vitest";
import { describe } from "./describe.ts";
import type { ActiveSource } from "./source-cache.ts";
import { toEvents } from "./to-events.ts";

const json = "application/json";
const form = "application/x-www-form-urlencoded";
const sourceOf = (scheme: Scheme): ActiveSource => ({
  id: "s",
  orgId: "o",
  scheme,
  options: {},
  laneBy: null,
  secrets: [],
});
const received = (body: string, headers: Record<string, string> = {}) => ({
  method: "POST",
  url: "https://api.example.com/hooks/t",
  headers,
  rawBody: Buffer.from(body),
  nowMs: 0,
  remoteAddress: "203.0.113.1",
});
const verified = { ok: true, trust: "signed", dedupeKey: "key" } as const;
const textOf = ({ raw }: { raw: string }) => Buffer.from(raw, "base64").toString();

const kommo = { leads: { status: [{ id: "42", status_id: "7" }] }, account: { id: "1" } };
const bitrix = { event: "ONCRMDEALUPDATE", data: { FIELDS: { ID: "5" } } };
const dynamic = { event: "ONCRMDYNAMICITEMUPDATE_128", data: { FIELDS: { ID: "5", ENTITY_TYPE_ID: "128" } } };
test.each<[Scheme, unknown, string | null, string, Record<string, string>?]>([
  ["stripe", { type: "invoice.paid", data: { object: { id: "in_1" } } }, "invoice.paid", "in_1"],
  ["github", { action: "opened", repository: { id: 7 } }, "issues.opened", "7", { "x-github-event": "issues" }],
  ["slack", { team_id: "T", event: { type: "message", channel: "C" } }, "message", "C"],
  ["hubspot", [{ subscriptionType: "contact.creation", objectId: 5 }], "contact.creation", "contact:5"],
  ["shopify", { id: 8 }, "orders/create", "8", { "x-shopify-topic": "orders/create" }],
  ["kommo", kommo, "leads.status", "leads:42"],
  ["amocrm-chats", { message: { conversation: { id: "c:1" } } }, "message", "c\\:1"],
  ["bitrix24", bitrix, "ONCRMDEALUPDATE", "ONCRMDEAL::5"],
  ["bitrix24", dynamic, "ONCRMDYNAMICITEMUPDATE_128", "ONCRMDYNAMICITEM:128:5"],
  ["pipedrive", { meta: { action: "change", entity: "deal", entity_id: "9" } }, "deal.change", "deal:9"],
  ["telegram", { update_id: 1, message: { chat: { id: -100 } } }, "message", "-100"],
  ["telegram", { update_id: 1, callback_query: { message: { chat: { id: 3 } } } }, "callback_query", "3"],
  ["yookassa", { event: "refund.succeeded", object: { id: "r", payment_id: "p" } }, "refund.succeeded", "p"],
  ["tbank", { Status: "CONFIRMED", OrderId: "21", PaymentId: 13 }, "CONFIRMED", "21"],
  ["standard", { type: "user.created", data: { id: 1 } }, "user.created", ""],
  ["svix", { eventType: "user.created" }, "user.created", ""],
  ["hmac", { event: "заказ" }, "заказ", ""],
])("%s: %j", (scheme, body, eventType, laneKey, headers = {}) => {
  expect(describe(scheme, body, headers, null)).toEqual({ eventType, laneKey });
});

test("events about one entity share a lane, whatever happened to it", () => {
  const laneOf = (action: string) => describe("bitrix24", { ...bitrix, event: `ONCRMDEAL${action}` }, {}, null).laneKey;
  expect(new Set(["ADD", "UPDATE", "DELETE"].map(laneOf)).size).toBe(1);
});

test.each<Scheme>(["kommo", "hubspot", "telegram", "github", "standard", "bitrix24"])(
  "%s: what is not there, or is of another form, is one lane without a type",
  (scheme) => {
    for (const body of [undefined, null, 5, "text", [], {}, { leads: "x", event: {}, meta: 1, message: null }]) {
      const { laneKey } = describe(scheme, body, {}, null);
      expect(laneKey).toBe("");
    }
  },
);

test("a lane by pointers; no pointer: one lane; one that leads nowhere: the source's lane", () => {
  const body = { data: { "a/b": "x:y", n: 5 }, list: [{ id: "z" }] };
  const laneOf = (...laneBy: string[]) => describe("hmac", body, {}, laneBy).laneKey;
  expect(laneOf("/data/a~1b", "/data/n")).toBe("x\\:y:5");
  expect(laneOf("/list/0/id")).toBe("z");
  expect([laneOf(), laneOf("/nowhere"), laneOf("/data/n", "/nowhere"), laneOf("/toString")]).toEqual(["", "", "", ""]);
});

test("what Postgres cannot store as text does not reach it; what is long is hashed", () => {
  const odd = describe("hmac", { type: "a\0b\ud800", id: "x\0y" }, {}, ["/id"]);
  expect(odd).toEqual({ eventType: "ab\ufffd", laneKey: "xy" });
  expect(describe("hmac", { id: "x".repeat(300) }, {}, ["/id"]).laneKey).toMatch(/^sha256:[0-9a-f]{64}$/);
});

test("HubSpot's batch becomes an event each, known again in other company and at another attempt", () => {
  const [one, two] = [
    { eventId: 1, subscriptionType: "deal.creation", objectId: 7, attemptNumber: 0 },
    { eventId: 2, subscriptionType: "deal.creation", objectId: 8, attemptNumber: 0 },
  ];
  const keysOf = (...items: object[]) =>
    toEvents(sourceOf("hubspot"), received(JSON.stringify(items)), verified, json).map(({ dedupeKey }) => dedupeKey);
  const first = toEvents(sourceOf("hubspot"), received(JSON.stringify([one, two])), verified, json);
  expect(first.map(textOf)).toEqual([JSON.stringify([one]), JSON.stringify([two])]);
  expect(first.map(({ laneKey }) => laneKey)).toEqual(["deal:7", "deal:8"]);
  expect(keysOf({ ...two, attemptNumber: 1 })).toEqual([first[1]?.dedupeKey]);
  expect(new Set(keysOf(one, two)).size).toBe(2);
});

test("secrets that senders put into the body are overwritten, all else stays as it came", () => {
  const bitrix =
    "event=ONCRMDEALADD&data%5BFIELDS%5D%5BID%5D=5&auth%5Bapplication_token%5D=51856fefc120afa4&auth%5Bmember_id%5D=da45a03b";
  const [stored] = toEvents(sourceOf("bitrix24"), received(bitrix), verified, form);
  expect(stored && textOf(stored)).toBe(bitrix.replace("51856fefc120afa4", "x".repeat(16)));
  const slack = '{"token": "XXYYZZ1234", "event": {"type": "message", "text": "привет"}}';
  const [event] = toEvents(sourceOf("slack"), received(slack), verified, json);
  expect(event && textOf(event)).toBe(slack.replace("XXYYZZ1234", "x".repeat(10)));
});

test("headers that say what it is are kept; proofs, secrets and addresses are not", () => {
  const headers = {
    "content-type": json,
    "webhook-id": "msg_1",
    "webhook-signature": "v1,abc",
    authorization: "Basic eA==",
    "x-telegram-bot-api-secret-token": "s",
    cookie: "a=b",
    "x-forwarded-for": "203.0.113.1",
  };
  const [event] = toEvents(sourceOf("standard"), received("{}", headers), verified, json);
  expect(event?.headers).toEqual({ "content-type": json, "webhook-id": "msg_1" });
});

test("signed and yet unreadable: kept for a person to look at", () => {
  const [event] = toEvents(sourceOf("github"), received("{broken", { "x-github-event": "push" }), verified, json);
  expect(event).toMatchObject({ eventType: "push", laneKey: "", dedupeKey: "key" });
});
