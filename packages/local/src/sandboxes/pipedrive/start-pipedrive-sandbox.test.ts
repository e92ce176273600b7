import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { manualClock } from "../clock.ts";
import type { PipedriveSandbox, PipedriveSandboxOptions } from "./start-pipedrive-sandbox.ts";
import { startPipedriveSandbox } from "./start-pipedrive-sandbox.ts";

const startMs = Date.UTC(2026, 10, 1);
let time: ReturnType<typeof manualClock>;
let sandbox: PipedriveSandbox;
let token: string;
const start = async (options: PipedriveSandboxOptions = {}): Promise<void> => {
  time = manualClock(startMs);
  sandbox = await startPipedriveSandbox({ clock: time.clock, ...options });
  token = sandbox.oauth.issue().accessToken;
};
beforeEach(() => start());
afterEach(() => sandbox.stop());

interface Body {
  readonly data: readonly { readonly id: number; readonly custom_fields: object; readonly status: string }[];
  readonly additional_data: { readonly next_cursor: string | null };
  readonly error: string;
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
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Body };
};

test("lists page by a cursor that survives rows that move, inside [since, until)", async () => {
  for (let n = 0; n < 7; n += 1) {
    sandbox.store.add("persons", { name: `${n}` });
    time.advance(1_000);
  }
  const window = `updated_since=2026-11-01T00:00:01Z&updated_until=2026-11-01T00:00:06Z&sort_by=update_time&limit=3`;
  const first = await call("GET", `/api/v2/persons?${window}`);
  expect(first.body.data).toHaveLength(3);
  sandbox.store.edit("persons", String(first.body.data[0]?.id), { name: "позже" });
  const second = await call("GET", `/api/v2/persons?${window}&cursor=${first.body.additional_data.next_cursor}`);
  expect(second.body.data).toHaveLength(2);
  expect(second.body.additional_data.next_cursor).toBeNull();
  expect((await call("GET", "/api/v2/persons?cursor=nonsense")).status).toBe(400);
});

test("custom fields have keys of 40 digits; deleted deals come by their status alone", async () => {
  const made = (await call("POST", "/v1/dealFields", { name: "Ext", field_type: "varchar" })).body as unknown as {
    data: { key: string };
  };
  expect(made.data.key).toMatch(/^[0-9a-f]{40}$/u);
  const custom = { [made.data.key]: "x1" };
  const deal = (await call("POST", "/api/v2/deals", { title: "Сделка", custom_fields: custom })).body as unknown as {
    data: { id: number };
  };
  expect((await call("GET", "/api/v2/deals")).body.data[0]?.custom_fields).toEqual(custom);
  expect((await call("POST", "/api/v2/deals", { title: "x", custom_fields: { nonsense: 1 } })).status).toBe(400);
  const search = `/api/v2/deals/search?term=x1&fields=custom_fields&exact_match=true`;
  expect((await call("GET", search)).body.data).toMatchObject({ items: [{ item: { id: deal.data.id } }] });
  await call("DELETE", `/api/v2/deals/${deal.data.id}`);
  expect((await call("GET", "/api/v2/deals")).body.data).toEqual([]);
  expect((await call("GET", "/api/v2/deals?status=deleted")).body.data).toMatchObject([{ status: "deleted" }]);
});

test("the burst is refused without a Retry-After; the day's budget counts tokens", async () => {
  for (let n = 0; n < 80; n += 1) expect((await call("GET", "/api/v2/pipelines")).status).toBe(200);
  const refused = await call("GET", "/api/v2/pipelines");
  expect([refused.status, refused.headers.get("retry-after"), refused.headers.get("x-ratelimit-remaining")]).toEqual([
    429,
    null,
    "0",
  ]);
  expect(sandbox.spent()).toBe(400);
  await sandbox.stop();
  await start({ dailyBudget: 25 });
  expect((await call("GET", "/api/v2/deals")).status).toBe(200);
  expect((await call("GET", "/v1/notes")).status).toBe(429);
  expect((await call("GET", "/api/v2/deals")).status).toBe(200);
  time.advance(86_400_000);
  token = sandbox.oauth.issue().accessToken;
  expect(sandbox.spent()).toBe(0);
});

test("tokens by HTTP Basic name the company's host; webhooks tell who changed, by Basic alone", async () => {
  const { clientId, clientSecret } = sandbox.app;
  const grant = sandbox.oauth.issue();
  const answer = await fetch(`${sandbox.url}/oauth/token`, {
    method: "POST",
    headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString("base64")}` },
    body: new URLSearchParams({ grant_type: "refresh_token", refresh_token: grant.refreshToken }),
  });
  expect(await answer.json()).toMatchObject({ api_domain: sandbox.url, refresh_token: grant.refreshToken });

  const received: { authorization: string | undefined; body: unknown }[] = [];
  const receiver = createServer((request, response) => {
    let body = "";
    request.on("data", (part: Buffer) => (body += part.toString()));
    request.on("end", () => {
      received.push({ authorization: request.headers.authorization, body: JSON.parse(body) });
      response.end();
    });
  }).listen(0, "127.0.0.1");
  await once(receiver, "listening");
  sandbox.subscribe(`http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`, { user: "u", password: "p" });
  await call("POST", "/api/v2/persons", { name: "Иван" });
  await sandbox.webhooks.settled();
  receiver.close();
  expect(received).toMatchObject([
    {
      authorization: `Basic ${Buffer.from("u:p").toString("base64")}`,
      body: { meta: { action: "create", entity: "person", change_source: "api" }, data: { name: "Иван" } },
    },
  ]);
});
