import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { manualClock } from "../clock.ts";
import type { HubspotSandbox, HubspotSandboxOptions } from "./start-hubspot-sandbox.ts";
import { startHubspotSandbox } from "./start-hubspot-sandbox.ts";

const startMs = Date.UTC(2026, 10, 1);
let time: ReturnType<typeof manualClock>;
let sandbox: HubspotSandbox;
let token: string;
const start = async (options: HubspotSandboxOptions = {}): Promise<void> => {
  time = manualClock(startMs);
  sandbox = await startHubspotSandbox({ clock: time.clock, ...options });
  token = sandbox.oauth.issue().accessToken;
};
beforeEach(() => start());
afterEach(() => sandbox.stop());

interface Body {
  readonly results: readonly {
    readonly id: string;
    readonly properties: Readonly<Record<string, string | null>>;
    readonly objectWriteTraceId?: string;
    readonly associations?: unknown;
  }[];
  readonly paging?: { readonly next: { readonly after: string } };
  readonly total: number;
  readonly errors: readonly { readonly category: string; readonly context: object }[];
  readonly category: string;
  readonly policyName: string;
}
const call = async (
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; headers: Headers; body: Body }> => {
  const answer = await fetch(`${sandbox.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: (text === "" ? {} : JSON.parse(text)) as Body };
};

test("lists go by id to the end, archived records in a list of their own, associations beside", async () => {
  for (let n = 0; n < 130; n += 1) sandbox.store.add("contacts", { email: `a${n}@x.test`, firstname: `${n}` });
  const company = sandbox.store.add("companies", { name: "ООО" });
  const [first] = sandbox.store.live("contacts");
  sandbox.associations.add({ type: "contacts", id: first?.id ?? "" }, { type: "companies", id: company.id });
  const page = await call(
    "GET",
    "/crm/v3/objects/contacts?limit=100&properties=firstname,email&associations=companies",
  );
  expect(page.body.results).toHaveLength(100);
  expect(page.body.results[0]?.associations).toEqual({
    companies: { results: [{ id: company.id, type: "contact_to_company" }] },
  });
  sandbox.store.remove("contacts", first?.id ?? "");
  const rest = await call("GET", `/crm/v3/objects/contacts?limit=100&after=${page.body.paging?.next.after}`);
  expect(rest.body.results).toHaveLength(30);
  expect(rest.body.paging).toBeUndefined();
  const archived = await call("GET", "/crm/v3/objects/contacts?archived=true");
  expect(archived.body.results).toMatchObject([{ id: first?.id, archived: true }]);
  expect((await call("GET", "/crm/v3/objects/contacts?limit=101")).status).toBe(400);
});

test("a search filters and sorts what the index has, and ends at 10,000", async () => {
  await sandbox.stop();
  await start({ searchLagMs: 10_000, searchesPerSecond: 0 });
  for (let n = 0; n < 5; n += 1) {
    sandbox.store.add("deals", { dealname: `${n}`, amount: String(n * 10) });
    time.advance(1_000);
  }
  const filters = [
    {
      propertyName: "hs_lastmodifieddate",
      operator: "BETWEEN",
      value: String(startMs),
      highValue: String(startMs + 2_000),
    },
  ];
  const search = {
    filterGroups: [{ filters }],
    sorts: [{ propertyName: "amount", direction: "DESCENDING" }],
    limit: 2,
  };
  expect((await call("POST", "/crm/v3/objects/deals/search", search)).body.total).toBe(0);
  time.advance(10_000);
  const { body } = await call("POST", "/crm/v3/objects/deals/search", search);
  expect(body.total).toBe(3);
  expect(body.paging?.next.after).toBe("2");
  const all = await call("POST", "/crm/v3/objects/deals/search", { ...search, properties: ["dealname"], limit: 100 });
  expect(all.body.results.map(({ properties }) => properties["dealname"])).toEqual(["2", "1", "0"]);
  expect((await call("POST", "/crm/v3/objects/deals/search", { ...search, limit: 200, after: "9900" })).status).toBe(
    400,
  );
});

test("a batch with trace ids answers 207 by record, without them one bad input refuses all", async () => {
  const inputs = [
    { properties: { firstname: "Иван", email: "i@x.test" }, objectWriteTraceId: "a" },
    { properties: { nonsense: "x" }, objectWriteTraceId: "b" },
    { properties: { firstname: "Пётр" }, objectWriteTraceId: "c" },
  ];
  const whole = await call("POST", "/crm/v3/objects/contacts/batch/create", {
    inputs: inputs.map(({ properties }) => ({ properties })),
  });
  expect([whole.status, whole.body.category]).toEqual([400, "VALIDATION_ERROR"]);
  expect(sandbox.store.live("contacts")).toHaveLength(0);
  const parts = await call("POST", "/crm/v3/objects/contacts/batch/create", { inputs });
  expect(parts.status).toBe(207);
  expect(parts.body.results.map(({ objectWriteTraceId }) => objectWriteTraceId)).toEqual(["c", "a"]);
  expect(parts.body.errors).toMatchObject([{ category: "VALIDATION_ERROR", context: { objectWriteTraceId: ["b"] } }]);
  const read = await call("POST", "/crm/v3/objects/contacts/batch/read", {
    properties: ["email"],
    idProperty: "email",
    inputs: [{ id: "I@x.test" }, { id: "none@x.test" }],
  });
  expect([read.status, read.body.results.length, read.body.errors[0]?.context]).toEqual([
    207,
    1,
    { ids: ["none@x.test"] },
  ]);
  const twice = await call("POST", "/crm/v3/objects/contacts", { properties: { email: "i@x.test" } });
  expect([twice.status, twice.body.category]).toEqual([409, "CONFLICT"]);
});

test("an upsert under a unique property makes once, then changes", async () => {
  const property = {
    name: "ext_id",
    label: "Ext",
    groupName: "dealinformation",
    type: "string",
    fieldType: "text",
    hasUniqueValue: true,
  };
  expect((await call("POST", "/crm/v3/properties/deals", property)).status).toBe(201);
  expect((await call("POST", "/crm/v3/properties/deals", property)).status).toBe(409);
  const inputs = [{ idProperty: "ext_id", id: "x1", properties: { dealname: "Сделка" }, objectWriteTraceId: "1" }];
  const first = await call("POST", "/crm/v3/objects/deals/batch/upsert", { inputs });
  expect(first.body.results).toMatchObject([{ new: true }]);
  expect((await call("POST", "/crm/v3/objects/deals/batch/upsert", { inputs })).body.results).toMatchObject([
    { new: false },
  ]);
  expect(sandbox.store.live("deals")).toHaveLength(1);
});

test("190 calls in any ten seconds and 5 searches in any second, with headers; then 429 that say which", async () => {
  const seen = await call("GET", "/crm/v3/owners");
  expect(seen.headers.get("x-hubspot-ratelimit-remaining")).toBe("189");
  for (let n = 1; n < 190; n += 1) expect((await call("GET", "/crm/v3/owners")).status).toBe(200);
  const refused = await call("GET", "/crm/v3/owners");
  expect([refused.status, refused.body.policyName, refused.headers.get("retry-after")]).toEqual([
    429,
    "TEN_SECONDLY_ROLLING",
    "10",
  ]);
  time.advance(10_000);
  for (let n = 0; n < 5; n += 1) expect((await call("POST", "/crm/v3/objects/deals/search", {})).status).toBe(200);
  expect((await call("POST", "/crm/v3/objects/deals/search", {})).body.policyName).toBe("SECONDLY");
});

test("webhooks are signed lists of events that say who changed what", async () => {
  const received: { headers: NodeJS.Dict<string | string[]>; body: string }[] = [];
  const receiver = createServer((request, response) => {
    let body = "";
    request.on("data", (part: Buffer) => (body += part.toString()));
    request.on("end", () => {
      received.push({ headers: request.headers, body });
      response.end();
    });
  }).listen(0, "127.0.0.1");
  await once(receiver, "listening");
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
  sandbox.subscribe(url);
  const { id } = sandbox.store.add("contacts", { firstname: "Иван" });
  await call("PATCH", `/crm/v3/objects/contacts/${id}`, { properties: { firstname: "Пётр", lastname: "П" } });
  await sandbox.webhooks.settled();
  receiver.close();
  const events = received.flatMap(({ body }) => JSON.parse(body) as Record<string, unknown>[]);
  expect(events.map((event) => [event["subscriptionType"], event["propertyName"], event["changeSource"]])).toEqual(
    expect.arrayContaining([
      ["contact.creation", undefined, "CRM_UI"],
      ["contact.propertyChange", "firstname", "INTEGRATION"],
      ["contact.propertyChange", "lastname", "INTEGRATION"],
    ]),
  );
  for (const { headers, body } of received) {
    const signed = `POST${url}${body}${String(headers["x-hubspot-request-timestamp"])}`;
    expect(headers["x-hubspot-signature-v3"]).toBe(
      createHmac("sha256", sandbox.app.clientSecret).update(signed).digest("base64"),
    );
  }
});
