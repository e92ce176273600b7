import { QueueUnavailableError } from "@gpt-agent/queue/errors";
import { expect, test } from "vitest";
import { makeFakes } from "./testing/fakes.ts";
import { startApp } from "./testing/start-app.ts";

const endpoints = "/v1/webhooks/endpoints";
const url = "https://example.com/hook";

test("an endpoint is created with a secret that is shown once and stored sealed, changed, rotated, disabled, deleted", async () => {
  const app = await startApp();
  const org = app.signUp();
  const created = await org("POST", endpoints, { url, eventTypes: ["order.*"], headers: { "X-Api-Key": "p4ss" } });
  expect(created).toMatchObject({
    status: 201,
    body: {
      url,
      state: "enabled",
      eventTypes: ["order.*"],
      headerNames: ["x-api-key"],
      concurrency: 10,
      ordered: false,
    },
  });
  const { id, secret } = created.body;
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(app.webhooks.secrets.get(id)).toEqual([`v1.${org.orgId}.sealed.${secret}`]);
  const address = `${endpoints}/${id}`;
  expect(created.headers.get("location")).toBe(address);

  const read = await org("GET", address);
  expect(JSON.stringify(read.body)).not.toMatch(/whsec_|p4ss/);
  expect((await org("GET", endpoints)).body).toEqual({ endpoints: [read.body] });
  const changed = await org("PATCH", address, { ratePerSecond: 5, headers: {} });
  expect(changed.body).toMatchObject({ url, ratePerSecond: 5, headerNames: [] });
  const rotated = await org("POST", `${address}/rotate-secret`, {});
  expect(rotated.body.secret).not.toBe(secret);
  expect(app.webhooks.secrets.get(id)).toHaveLength(2);

  const pair = await org("POST", `${address}/rotate-secret`, { signing: "ed25519" });
  expect(pair.body.secret).toMatch(/^whpk_/);
  expect(app.webhooks.secrets.get(id)?.[0]).toContain(".whsk_");

  expect((await org("POST", `${address}/disable`)).body).toMatchObject({ state: "disabled", disabledReason: "manual" });
  expect(await org("POST", `${address}/test`)).toMatchObject({ status: 409, body: { code: "endpoint_disabled" } });
  expect((await org("POST", `${address}/enable`, { paused: "cancel" })).body).toMatchObject({ state: "enabled" });
  expect(await org("POST", `${address}/test`)).toMatchObject({ status: 202, body: { eventType: "webhook.test" } });
  expect(app.enqueued.map(({ payload }) => payload)).toEqual([
    { kind: "deliver", orgId: org.orgId, endpointId: id },
    { kind: "deliver", orgId: org.orgId, endpointId: id },
  ]);
  expect((await org("DELETE", address)).status).toBe(204);
  expect((await org("GET", address)).status).toBe(404);
});

test.each([
  ["no address", { url: undefined }],
  ["an address of another kind", { url: "ftp://example.com/" }],
  ["credentials in the address", { url: "https://user:pass@example.com/" }],
  ["nonsense", { url: "example" }],
  ["no event types", { eventTypes: [] }],
  ["a glob with blanks", { eventTypes: ["order created"] }],
  ["too much at once", { concurrency: 51 }],
  ["a signature of its own", { headers: { "Webhook-Signature": "v1,x" } }],
  ["a framing header", { headers: { "Transfer-Encoding": "chunked" } }],
  ["a Host", { headers: { host: "internal" } }],
  ["a header with a line break", { headers: { "x-note": "a\r\nx-admin: 1" } }],
  ["a spoofed sender", { headers: { "X-Forwarded-For": "127.0.0.1" } }],
  ["a secret of the caller's", { secret: "whsec_x" }],
])("an endpoint with %s is refused", async (_, more) => {
  const answer = await (await startApp()).signUp()("POST", endpoints, { url, ...more });
  expect(answer).toMatchObject({ status: 400, body: { code: "invalid_request" } });
});

test("a message wakes the endpoints that want it; with its key again nothing is sent and the answer is the same", async () => {
  const app = await startApp();
  const org = app.signUp();
  await org("POST", endpoints, { url });
  const event = { eventType: "order.created", payload: { номер: 7 } };
  const key = { "idempotency-key": "order-7" };
  const sent = await org("POST", "/v1/webhooks/messages", event, key);
  expect(sent).toMatchObject({ status: 202, body: event });
  expect(app.enqueued).toHaveLength(1);
  expect((await org("POST", "/v1/webhooks/messages", event, key)).body).toEqual(sent.body);
  expect(app.enqueued).toHaveLength(1);
  const other = await org("POST", "/v1/webhooks/messages", { ...event, payload: {} }, key);
  expect(other).toMatchObject({ status: 409, body: { code: "conflict" } });
  expect((await org("GET", `/v1/webhooks/messages/${sent.body.id}`)).body).toEqual(sent.body);
  expect((await org("GET", "/v1/webhooks/messages")).body.messages).toEqual([sent.body]);

  for (const [body, headers] of [
    [{ ...event, eventType: "endpoint.disabled" }, {}],
    [{ ...event, eventType: "a b" }, {}],
    [{ ...event, payload: "text" }, {}],
    [event, { "idempotency-key": "x".repeat(201) }],
  ] as const) {
    expect(await org("POST", "/v1/webhooks/messages", body, headers)).toMatchObject({ status: 400 });
  }
});

test("without Redis a message is accepted: the sweep sends it", async () => {
  const fakes = makeFakes();
  const enqueue = () => Promise.reject(new QueueUnavailableError("down"));
  const app = await startApp({}, { ...fakes, ports: { ...fakes.ports, enqueue } });
  const org = app.signUp();
  await org("POST", endpoints, { url });
  expect((await org("POST", "/v1/webhooks/messages", { eventType: "a", payload: {} })).status).toBe(202);
  expect(app.logged.some(({ level, message }) => level === "warn" && message.includes("sweep"))).toBe(true);
});

test("deliveries are listed, looked into, repeated and cancelled", async () => {
  const app = await startApp();
  const org = app.signUp();
  const endpointId = (await org("POST", endpoints, { url })).body.id;
  for (const n of [1, 2]) await org("POST", "/v1/webhooks/messages", { eventType: "order.created", payload: { n } });
  const list = (await org("GET", `/v1/webhooks/deliveries?endpointId=${endpointId}&state=pending`)).body.deliveries;
  expect(list).toHaveLength(2);
  const address = `/v1/webhooks/deliveries/${list[0].id}`;
  expect((await org("GET", address)).body.attempts).toMatchObject([
    { number: 1, status: 500, error: { code: "endpoint_failed" }, response: { body: "нет", truncated: false } },
  ]);
  expect((await org("POST", `${address}/cancel`)).body.state).toBe("cancelled");
  expect(await org("POST", `${address}/cancel`)).toMatchObject({ status: 409, body: { code: "conflict" } });
  expect(await org("POST", `${address}/redeliver`)).toMatchObject({ status: 202, body: { state: "pending" } });
  const ids = list.map(({ id }: { id: string }) => id);
  expect((await org("POST", "/v1/webhooks/deliveries/redeliver", { deliveryIds: ids })).body).toEqual({
    redelivered: 2,
    more: false,
  });
  const span = { endpointId, from: "2026-11-01T00:00:00Z", to: "2026-12-01T00:00:00+03:00", states: ["exhausted"] };
  expect((await org("POST", "/v1/webhooks/deliveries/redeliver", span)).body.redelivered).toBe(0);
  for (const body of [{}, { ...span, to: span.from }, { ...span, deliveryIds: ids }, { deliveryIds: [] }]) {
    expect((await org("POST", "/v1/webhooks/deliveries/redeliver", body)).status).toBe(400);
  }
});

test("the description names the Idempotency-Key", async () => {
  const app = await startApp();
  const { paths } = (await (await fetch(`${app.url}/openapi.json`)).json()) as {
    paths: Record<string, { post?: { parameters: { name: string; in: string }[] } }>;
  };
  expect(paths["/v1/webhooks/messages"]?.post?.parameters).toMatchObject([{ name: "Idempotency-Key", in: "header" }]);
});
