import { randomBytes, randomUUID } from "node:crypto";
import { webhooks } from "@gpt-agent/jobs/queues/webhooks";
import { makeQueueClient } from "@gpt-agent/queue/client";
import { makeApiKeys } from "@gpt-agent/supabase/api-keys";
import { connectSupabase } from "@gpt-agent/supabase/client";
import { expect, inject, onTestFinished, test } from "vitest";
import { makeEndpoints } from "../src/app.ts";
import { makeClient } from "../src/testing/client.ts";
import { makeFakes } from "../src/testing/fakes.ts";
import { startApi } from "./start-process.ts";

const { REDIS_URL, SUPABASE_URL, SUPABASE_SERVICE_ROLE_KEY } = inject("stack");

test("endpoints, messages and deliveries on the real database; another organisation finds none of them", async () => {
  const prefix = `test-${randomUUID()}`;
  const stack = { REDIS_URL, SUPABASE_URL, SUPABASE_SERVICE_ROLE_KEY };
  const api = await startApi({
    ...stack,
    JOB_QUEUE_PREFIX: prefix,
    ENCRYPTION_KEY: `hex:${randomBytes(32).toString("hex")}`,
  });
  const queue = makeQueueClient({ url: { reveal: () => REDIS_URL }, baseName: "agent-jobs", prefix });
  onTestFinished(() => queue.close());
  const supabase = connectSupabase({ url: SUPABASE_URL, serviceRoleKey: { reveal: () => SUPABASE_SERVICE_ROLE_KEY } });
  const endpoints = makeEndpoints(makeFakes().ports);
  const signUp = async () => {
    const orgId = randomUUID();
    const { key } = await makeApiKeys(supabase).create({ orgId, name: "test", scopes: ["*"] });
    return makeClient({ url: api.url, endpoints, orgId, key });
  };
  const [org, stranger] = [await signUp(), await signUp()];

  const settings = { url: "https://example.com/hook", eventTypes: ["order.*"], headers: { "X-Key": "p4ss" } };
  const created = await org("POST", "/v1/webhooks/endpoints", settings);
  expect(created).toMatchObject({ status: 201, body: { headerNames: ["x-key"] } });
  const endpointId = created.body.id;
  const stored = await supabase.from("webhook_endpoints").select().eq("id", endpointId).single();
  expect(JSON.stringify(stored.data)).not.toContain("p4ss");

  const key = { "idempotency-key": "17" };
  const event = { eventType: "order.created", payload: { номер: 17, сумма: 1.5 } };
  const sent = await org("POST", "/v1/webhooks/messages", event, key);
  expect(sent).toMatchObject({ status: 202, body: event });
  expect((await org("POST", "/v1/webhooks/messages", event, key)).body).toEqual(sent.body);
  const clash = await org("POST", "/v1/webhooks/messages", { ...event, payload: {} }, key);
  expect(clash).toMatchObject({ status: 409, body: { code: "conflict" } });
  expect(await queue.state(webhooks)).toMatchObject({ waiting: 1 });
  await org("POST", "/v1/webhooks/messages", { ...event, eventType: "invoice.paid" });

  const list = (await org("GET", `/v1/webhooks/deliveries?endpointId=${endpointId}&state=pending&limit=1`)).body;
  expect(list.deliveries).toMatchObject([{ messageId: sent.body.id, eventType: "order.created", attemptsMade: 0 }]);
  const address = `/v1/webhooks/deliveries/${list.deliveries[0].id}`;
  expect((await org("POST", `/v1/webhooks/endpoints/${endpointId}/disable`)).body.state).toBe("disabled");
  expect((await org("GET", address)).body).toMatchObject({ state: "paused", attempts: [] });
  expect((await org("POST", `/v1/webhooks/endpoints/${endpointId}/enable`)).body.state).toBe("enabled");
  expect((await org("POST", `${address}/cancel`)).body.state).toBe("cancelled");
  expect((await org("POST", `${address}/cancel`)).status).toBe(409);
  const { createdAt } = list.deliveries[0];
  const span = { endpointId, from: createdAt, to: "2100-01-01T00:00:00Z", states: ["cancelled"] };
  expect((await org("POST", "/v1/webhooks/deliveries/redeliver", span)).body).toEqual({ redelivered: 1, more: false });
  expect((await org("POST", `/v1/webhooks/endpoints/${endpointId}/rotate-secret`)).body.secret).toMatch(/^whsec_/);
  expect((await org("PATCH", `/v1/webhooks/endpoints/${endpointId}`, { ratePerSecond: 3 })).body.ratePerSecond).toBe(3);
  expect((await org("POST", `/v1/webhooks/endpoints/${endpointId}/test`)).body.eventType).toBe("webhook.test");
  expect((await org("GET", "/v1/webhooks/messages?limit=2")).body.messages).toHaveLength(2);

  const refused: readonly (readonly [string, string, unknown?])[] = [
    ["GET", `/v1/webhooks/endpoints/${endpointId}`],
    ["PATCH", `/v1/webhooks/endpoints/${endpointId}`, { url: "https://attacker.example/" }],
    ["DELETE", `/v1/webhooks/endpoints/${endpointId}`],
    ["POST", `/v1/webhooks/endpoints/${endpointId}/rotate-secret`],
    ["POST", `/v1/webhooks/endpoints/${endpointId}/test`],
    ["POST", `/v1/webhooks/endpoints/${endpointId}/disable`],
    ["GET", `/v1/webhooks/messages/${sent.body.id}`],
    ["GET", `/v1/webhooks/deliveries?endpointId=${endpointId}`],
    ["GET", `/v1/webhooks/deliveries?messageId=${sent.body.id}`],
    ["GET", address],
    ["POST", `${address}/redeliver`],
    ["POST", `${address}/cancel`],
    ["POST", "/v1/webhooks/deliveries/redeliver", { deliveryIds: [list.deliveries[0].id] }],
    ["POST", "/v1/webhooks/deliveries/redeliver", span],
  ];
  for (const [method, path, body] of refused) {
    expect((await stranger(method, path, body)).status, `${method} ${path}`).toBe(404);
  }
  expect((await stranger("GET", "/v1/webhooks/deliveries")).body.deliveries).toEqual([]);
  expect((await org("DELETE", `/v1/webhooks/endpoints/${endpointId}`)).status).toBe(204);
  expect((await org("GET", "/v1/webhooks/deliveries")).body.deliveries).toEqual([]);
});
