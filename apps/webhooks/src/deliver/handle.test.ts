import { randomUUID } from "node:crypto";
import { PermanentError } from "@gpt-agent/jobs/errors";
import { webhooks } from "@gpt-agent/jobs/queues/webhooks";
import { perform } from "@gpt-agent/worker/testing";
import { expect, test } from "vitest";
import { makeHandler } from "../handler.ts";
import { makeDeliver } from "./handle.ts";
import type { Attempt, Deliveries, DeliverPorts, Work } from "./ports.ts";

const orgId = randomUUID();
const endpointId = randomUUID();
const job = { kind: "deliver", orgId, endpointId } as const;

const answered = (status: number, headers: Record<string, string> = {}, body = "") => ({
  status,
  headers,
  body: Buffer.from(body),
  truncated: false,
  address: "203.0.113.7",
  ms: 1,
});

type Sent = Parameters<DeliverPorts["send"]>[0];

/** An endpoint with deliveries waiting, as the database would hand them out; `send` is the network. */
const setUp = (count: number, send: (sent: Sent) => ReturnType<DeliverPorts["send"]>, more: Partial<Work> = {}) => {
  const waiting = Array.from({ length: count }, (_, n) => ({
    id: `d${n}`,
    messageId: `m${n}`,
    attempt: 0,
    body: `${n}`,
  }));
  const recorded: Attempt[] = [];
  const released: string[] = [];
  const requests: Sent[] = [];
  const claim: Deliveries["claim"] = async ({ limit }) => {
    const deliveries = waiting
      .filter(({ id }) => !recorded.some(({ deliveryId }) => deliveryId === id))
      .slice(0, limit);
    if (deliveries.length === 0) return { busy: false, deliveries: [], nextMs: limit === 0 ? 0 : null };
    return {
      busy: false,
      lease: "lease-1",
      probing: false,
      url: "https://example.com/hook",
      ordered: false,
      concurrency: 10,
      sealedHeaders: "sealed headers",
      secrets: [
        { id: "s2", sealed: "new" },
        { id: "s1", sealed: "old" },
      ],
      deliveries,
      ...more,
    };
  };
  const ports: DeliverPorts = {
    deliveries: {
      claim,
      record: async ({ attempts, ...more }) => {
        recorded.push(...attempts);
        return { disabled: null, enabled: false, endpointIds: [], next: await claim(more) };
      },
      release: async ({ lease }) => void released.push(lease),
    },
    secrets: {
      headers: async (_, sealed) => ({ "x-sealed": sealed }),
      secret: async (_, { sealed }) => `opened ${sealed}`,
    },
    send: async (sent) => {
      requests.push(sent);
      return send(sent);
    },
    makeSigner:
      (secrets) =>
      ({ id, sentAtMs, body }) => ({
        "webhook-id": id,
        "webhook-timestamp": String(sentAtMs),
        "webhook-signature": `${body} by ${secrets.join(", ")}`,
      }),
    slots: 4,
    random: () => 0.5,
    now: () => performance.now(),
  };
  return { ports, recorded, released, requests };
};

const handlerOf = (ports: DeliverPorts) =>
  makeHandler({ deliver: makeDeliver(ports), inbound: () => Promise.reject(new Error("not an inbound job")) });

test("everything that is due is signed with every valid secret, sent and recorded", async () => {
  const scene = setUp(250, async () => answered(200, { "content-type": "text/plain" }, "спасибо"));
  const done = await perform(webhooks, handlerOf(scene.ports), job);
  expect(done).toMatchObject({ state: "completed", enqueued: [] });
  expect(scene.recorded).toHaveLength(250);
  expect(scene.recorded[0]).toMatchObject({ state: "delivered", status: 200, body: "спасибо", address: "203.0.113.7" });
  expect(scene.requests[7]).toMatchObject({
    url: "https://example.com/hook",
    body: "7",
    headers: {
      "webhook-id": "m7",
      "webhook-signature": "7 by opened new, opened old",
      "x-sealed": "sealed headers",
      "content-type": "application/json",
    },
  });
  expect(scene.released).toEqual([]);
});

test("what comes back is kept without credentials and without what Postgres cannot store", async () => {
  const body = `{"token":"Bearer abcdef123456"}\0`;
  const scene = setUp(1, async () => answered(500, { "set-cookie": "sid=1", "x-note": "Bearer abcdef123456" }, body));
  await perform(webhooks, handlerOf(scene.ports), job);
  const [attempt] = scene.recorded;
  expect(attempt).toMatchObject({ errorCode: "endpoint_failed", headers: { "set-cookie": "[redacted]" } });
  expect(JSON.stringify(attempt)).not.toMatch(/abcdef|sid=1|\\u0000/);
});

test("long answers to a whole batch are kept in part", async () => {
  const scene = setUp(40, async () => answered(200, {}, "😀".repeat(16_000)), { concurrency: 1 });
  await perform(webhooks, handlerOf(scene.ports), job);
  const bytes = scene.recorded.map(({ body }) => Buffer.byteLength(body ?? ""));
  expect(scene.recorded[0]).toMatchObject({ truncated: false });
  expect(bytes.reduce((sum, one) => sum + one)).toBeLessThan(1_200_000);
  for (const { body } of scene.recorded) expect(body?.isWellFormed()).toBe(true);
});

test("a destination that may not be reached is a failed attempt that says no more than that", async () => {
  const refusal = Object.assign(new Error("10.0.0.1 is private"), { code: "egress_refused" });
  const scene = setUp(1, () => Promise.reject(refusal));
  expect(await perform(webhooks, handlerOf(scene.ports), job)).toMatchObject({ state: "completed" });
  expect(scene.recorded).toMatchObject([{ errorCode: "egress_refused", status: null, body: null, nextInMs: 5_000 }]);
  expect(JSON.stringify(scene.recorded)).not.toContain("10.0.0.1");
});

test("what is due in a moment gets a wake-up of its own; what is due much later is the sweep's", async () => {
  for (const [nextMs, delays] of [
    [4_000, [4_000]],
    [3_600_000, []],
    [null, []],
  ] as const) {
    const { ports } = setUp(0, async () => answered(200));
    const claim = async () => ({ busy: false, deliveries: [], nextMs }) as const;
    const done = await perform(webhooks, handlerOf({ ...ports, deliveries: { ...ports.deliveries, claim } }), job);
    expect(done.enqueued.map(({ options }) => options?.delayMs)).toEqual(delays);
    for (const { payload } of done.enqueued) expect(payload).toMatchObject({ endpointId, later: true });
  }
});

test("a long backlog is sent in turns with others': the job goes on as a continuation, and holds nothing meanwhile", async () => {
  const scene = setUp(250, async () => answered(200));
  let nowMs = 0;
  const handler = handlerOf({ ...scene.ports, now: () => (nowMs += 30) });
  const done = await perform(webhooks, handler, job);
  expect(done).toMatchObject({ state: "continued", enqueued: [] });
  expect(scene.recorded.length).toBeGreaterThan(100);
  expect(scene.recorded.length).toBeLessThan(250);
  await perform(webhooks, handlerOf(scene.ports), job);
  expect(scene.recorded).toHaveLength(250);
});

test("an endpoint that is being sent to by another run is left to it, and looked at again in case that has died", async () => {
  const { ports, requests } = setUp(1, async () => answered(200));
  const claim = async () => ({ busy: true, nextMs: 44_000 }) as const;
  const done = await perform(webhooks, handlerOf({ ...ports, deliveries: { ...ports.deliveries, claim } }), job);
  expect(done).toMatchObject({
    state: "completed",
    enqueued: [{ payload: { later: true }, options: { delayMs: 10_000 } }],
  });
  expect(requests).toEqual([]);
});

test("a run that was taken over ends quietly; another organisation's endpoint is refused for good", async () => {
  for (const [code, state] of [
    ["stale_lease", "completed"],
    ["tenant_mismatch", "permanent"],
  ] as const) {
    const { ports } = setUp(1, async () => answered(200));
    const record = () => Promise.reject(new PermanentError(code, "…"));
    const done = await perform(webhooks, handlerOf({ ...ports, deliveries: { ...ports.deliveries, record } }), job);
    expect(done.state).toBe(state);
  }
});

test("a shutdown records what has ended, gives the rest back, and claims nothing about what it cut off", async () => {
  const shutdown = new AbortController();
  const scene = setUp(30, ({ body, signal }) => {
    if (Number(body) < 5) return Promise.resolve(answered(200));
    queueMicrotask(() => shutdown.abort());
    return new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(Object.assign(new Error("cut"), { code: "egress_failed" })));
    });
  });
  const done = await perform(webhooks, handlerOf(scene.ports), job, { shutdown: shutdown.signal });
  expect(done.state).toBe("handedBack");
  expect(scene.recorded.map(({ deliveryId }) => deliveryId).sort()).toEqual(["d0", "d1", "d2", "d3", "d4"]);
});

test("a database that is away fails the attempt of the job, and the lease is given back where that is possible", async () => {
  const scene = setUp(1, async () => answered(200));
  const record = () => Promise.reject(new Error("no connection"));
  const handler = handlerOf({ ...scene.ports, deliveries: { ...scene.ports.deliveries, record } });
  expect(await perform(webhooks, handler, job)).toMatchObject({ state: "retry" });
  expect(scene.released).toEqual(["lease-1"]);
});
