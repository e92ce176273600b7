import { expect, test } from "vitest";
import { forwardedType, makeDecide } from "./decide.ts";
import { handlers } from "./handlers.ts";
import type { QueuedEvent } from "./ports.ts";

const decide = makeDecide(handlers);
const signal = new AbortController().signal;
const form = "application/x-www-form-urlencoded; charset=utf-8";
const connection = { id: "c", provider: "kommo", accountKey: "1" };

const eventOf = (body: string, fields: Partial<QueuedEvent>): QueuedEvent => ({
  id: "e",
  seq: 1,
  sourceId: "s",
  scheme: "hmac",
  eventType: "lead.added",
  trust: "hint",
  contentType: "application/json",
  headers: {},
  attempts: 0,
  receivedAt: "2026-11-24T00:00:00+00:00",
  raw: Buffer.from(body),
  forwardEventType: null,
  connection: null,
  ...fields,
});
const kommo = (account: string) =>
  new URLSearchParams({
    "leads[update][0][id]": "42",
    "account[id]": account,
    "account[subdomain]": account,
  }).toString();

test("a CRM's event names records to read again", () => {
  const effect = decide(eventOf(kommo("1"), { contentType: form, connection }), signal);
  expect(effect).toMatchObject({
    kind: "refetch",
    connectionId: "c",
    changes: [{ entity: "deal", remoteId: "42", action: "updated" }],
  });
});

test("an event that names another account, or nothing, is kept and does nothing", () => {
  const other = decide(eventOf(kommo("2"), { contentType: form, connection }), signal);
  expect(other).toMatchObject({ kind: "none", detail: { ignored: "the event names another account" } });
  const empty = decide(eventOf("account%5Bid%5D=1", { contentType: form, connection }), signal);
  expect(empty).toMatchObject({ kind: "none" });
});

test("others become messages: JSON as it came, a form as the object it spells", () => {
  const forwardEventType = "crm.{type}";
  expect(decide(eventOf('{"id": 9007199254740993}', { forwardEventType }), signal)).toEqual({
    kind: "message",
    handler: "forward",
    eventType: "crm.lead.added",
  });
  expect(decide(eventOf("a[b]=1", { forwardEventType, contentType: form }), signal)).toMatchObject({
    payload: { a: { b: "1" } },
  });
});

test("a message's type has only characters that it may have", () => {
  expect(forwardedType("github.{type}", "orders/create now")).toBe("github.orders-create-now");
  expect(forwardedType("x", "anything")).toBe("x");
  expect(forwardedType("{type}", null)).toBe("unknown");
  expect(forwardedType("{type}", "я".repeat(300))).toMatch(/^[A-Za-z0-9_.:-]{1,200}$/);
});

test("a handler by type, and only one of ours: what nobody waits for is kept", () => {
  expect(decide(eventOf("{}", { eventType: "ping" }), signal)).toMatchObject({ kind: "none", handler: "ping" });
  for (const eventType of ["lead.added", "toString", "__proto__", null]) {
    expect(decide(eventOf("{}", { eventType }), signal)).toEqual({ kind: "none", handler: "keep" });
  }
});

test("a body that cannot be read is dead at once", () => {
  const thrown = (fields: Partial<QueuedEvent>) => () => decide(eventOf("{", fields), signal);
  expect(thrown({ connection })).toThrow("neither JSON nor a form");
});
