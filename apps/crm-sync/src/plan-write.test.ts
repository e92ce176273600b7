import type { WaitingCrmWrite } from "@gpt-agent/supabase/crm-outbox";
import { expect, test } from "vitest";
import { planWrite } from "./plan-write.ts";

const write = (own: Partial<WaitingCrmWrite>): WaitingCrmWrite => ({
  id: "w",
  op: "update",
  payload: null,
  unclear: false,
  attempts: 1,
  entity: "deal",
  recordId: "ours",
  remoteId: "7",
  fields: {},
  base: {},
  links: [],
  held: [],
  sentAt: null,
  ...own,
});

test("only what differs is sent, without what a conflict holds and what only the CRM may change", () => {
  const plan = planWrite(
    write({
      fields: { name: "Новая", amount: 5, currency: "RUB", status: "won" },
      base: { name: "Старая", amount: 4, currency: "RUB", status: "open" },
      held: ["amount"],
    }),
    undefined,
  );
  expect(plan).toEqual({
    kind: "send",
    values: { name: "Новая" },
    operation: { entity: "deal", externalId: "ours", remoteId: "7", fields: { name: "Новая" }, customFields: {} },
  });
});

test("a record of our own is created with its links, even where nothing is to be said of it", () => {
  const links = [{ entity: "company", remoteId: "3" }];
  expect(planWrite(write({ remoteId: null, op: "create", links }), undefined)).toMatchObject({
    kind: "send",
    operation: { links, fields: {} },
  });
});

test("nothing differs: nothing is sent; what does not fit its type is refused in words", () => {
  expect(planWrite(write({ fields: { name: "а" }, base: { name: "а" } }), undefined)).toEqual({ kind: "nothing" });
  const mapping = [{ name: "budget", type: "number", customField: "501", direction: "both" }] as const;
  expect(planWrite(write({ fields: { budget: "много" } }), mapping)).toMatchObject({
    kind: "refuse",
    message: expect.stringContaining("budget"),
  });
});
