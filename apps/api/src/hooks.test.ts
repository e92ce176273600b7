import { createHmac, randomUUID } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import { UnavailableError } from "@gpt-agent/supabase/errors";
import { expect, test } from "vitest";
import { makeFakes } from "./testing/fakes.ts";
import { startApp } from "./testing/start-app.ts";

const secret = "секрет GitHub";
const body = JSON.stringify({ action: "opened", repository: { id: 7 }, note: "личное" });
const sign = (text: string | Buffer, key = secret) => `sha256=${createHmac("sha256", key).update(text).digest("hex")}`;

const start = async (source: object = {}, options: Parameters<typeof startApp>[0] = {}, fakes = makeFakes()) => {
  const app = await startApp(options, fakes);
  const owner = app.signUp();
  const created = await owner("POST", "/v1/webhooks/sources", {
    name: "GitHub",
    scheme: "github",
    secrets: [secret],
    ...source,
  });
  expect(created.status).toBe(201);
  const { token, path, source: resource } = created.body;
  const post = (headers: Record<string, string> = {}, content: string | Buffer = body, to: string = path) =>
    fetch(app.url + to, {
      method: "POST",
      body: content,
      headers: {
        "content-type": "application/json",
        "x-github-event": "issues",
        "x-github-delivery": randomUUID(),
        "x-hub-signature-256": sign(content),
        ...headers,
      },
    });
  return { ...app, owner, post, token, path, source: resource, stored: () => [...app.inbound.events.values()] };
};

test("a signed message is stored with its type and its bytes, then acknowledged, then a job is enqueued", async () => {
  const app = await start();
  const answer = await app.post({ authorization: "Bearer s3cret", "user-agent": "GitHub-Hookshot/1" });
  expect([answer.status, await answer.text()]).toEqual([200, ""]);
  const [event] = app.stored();
  expect(event).toMatchObject({ eventType: "issues.opened", trust: "signed", sourceId: app.source.id });
  expect(event?.raw).toBe(Buffer.from(body).toString("base64"));
  expect(Object.keys(event?.headers ?? {}).sort()).toEqual([
    "content-type",
    "user-agent",
    "x-github-delivery",
    "x-github-event",
  ]);
  await expect.poll(() => app.enqueued).toHaveLength(1);
  expect(app.enqueued[0]?.payload).toEqual({ kind: "inbound", orgId: app.owner.orgId, laneId: event?.laneId });
});

test("repeated: acknowledged again, stored once", async () => {
  const app = await start();
  const delivery = { "x-github-delivery": "one" };
  expect([(await app.post(delivery)).status, (await app.post(delivery)).status]).toEqual([200, 200]);
  expect(app.stored()).toHaveLength(1);
});

test("wrong, unsigned, re-serialised, cut short: 401 and nothing stored", async () => {
  const app = await start();
  const answers = await Promise.all([
    app.post({ "x-hub-signature-256": sign(body, "another") }),
    app.post({ "x-hub-signature-256": "" }),
    app.post({ "x-hub-signature-256": sign(body) }, JSON.stringify(JSON.parse(body), undefined, 1)),
    app.post({ "x-hub-signature-256": sign(body) }, body.slice(0, -1)),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401]);
  expect(await answers[0]?.json()).toMatchObject({ code: "webhook_signature", status: 401 });
  expect(app.stored()).toEqual([]);
});

test("unknown, disabled, deleted, renewed: one and the same 404", async () => {
  const app = await start();
  const problem = async (answer: Response) => {
    const { requestId: _requestId, ...rest } = (await answer.json()) as { requestId: string };
    return [answer.status, answer.headers.get("content-type"), rest];
  };
  const unknown = await problem(await app.post({}, body, `/hooks/whk_${"x".repeat(43)}`));
  expect(unknown[0]).toBe(404);
  await app.owner("PATCH", `/v1/webhooks/sources/${app.source.id}`, { state: "disabled" });
  expect(await problem(await app.post())).toEqual(unknown);
  await app.owner("PATCH", `/v1/webhooks/sources/${app.source.id}`, { state: "active" });
  const renewed = await app.owner("POST", `/v1/webhooks/sources/${app.source.id}/token`);
  expect(await problem(await app.post())).toEqual(unknown);
  expect((await app.post({}, body, renewed.body.path)).status).toBe(200);
});

test("a source that was disabled a moment ago is refused where its message would be stored", async () => {
  const app = await start();
  expect((await app.post()).status).toBe(200);
  await app.owner("PATCH", `/v1/webhooks/sources/${app.source.id}`, { state: "disabled" });
  expect((await app.post()).status).toBe(404);
  expect(app.stored()).toHaveLength(1);
});

test("too large: 413, said or found out; unknown or compressed content: 415; other methods: 405", async () => {
  const app = await start();
  const large = Buffer.alloc(1024 * 1024 + 1, "x");
  expect((await app.post({}, large)).status).toBe(413);
  const endless = new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(65_536)),
  });
  const streamed = await fetch(app.url + app.path, {
    method: "POST",
    body: endless,
    headers: { "content-type": "application/json" },
    duplex: "half",
  }).catch(() => undefined);
  // Who goes on sending may not get to read the answer.
  expect([413, undefined]).toContain(streamed?.status);
  expect((await app.post({ "content-type": "application/octet-stream" })).status).toBe(415);
  expect((await app.post({ "content-encoding": "gzip" })).status).toBe(415);
  const get = await fetch(app.url + app.path);
  expect([get.status, get.headers.get("allow")]).toEqual([405, "POST"]);
  expect(app.stored()).toEqual([]);
});

test("exactly at the limit is taken", async () => {
  const app = await start();
  const full = Buffer.from(JSON.stringify({ text: "x".repeat(1024 * 1024 - 11) }));
  expect(full).toHaveLength(1024 * 1024);
  expect((await app.post({}, full)).status).toBe(200);
});

test("neither token nor body, secret or signature is ever logged", async () => {
  const app = await start();
  await app.post();
  await app.post({ "x-hub-signature-256": "sha256=feed" });
  await app.post({}, body, `/hooks/${app.token}x`);
  app.ports.inboundEvents satisfies object;
  const log = JSON.stringify(app.logged);
  for (const secretText of [app.token, "личное", secret, "feed", sign(body)]) expect(log).not.toContain(secretText);
  expect(log).toContain("webhooks refused");
});

test("without Redis a message is accepted all the same", async () => {
  const fakes = makeFakes();
  const ports = { ...fakes.ports, enqueueMany: () => Promise.reject(new Error("Redis is away")) };
  const app = await start({}, {}, { ...fakes, ports });
  expect((await app.post()).status).toBe(200);
  await expect.poll(() => JSON.stringify(app.logged)).toContain("Redis takes no jobs");
});

test("without the database: 503 and when to come back, never a refusal", async () => {
  const fakes = makeFakes();
  let isAway = false;
  const away = () => Promise.reject(new UnavailableError("database_unavailable", "postgres://… is away", {}));
  const { find } = fakes.ports.webhookSources;
  const { accept } = fakes.ports.inboundEvents;
  const ports = {
    ...fakes.ports,
    webhookSources: {
      ...fakes.ports.webhookSources,
      find: (input: Parameters<typeof find>[0]) => (isAway ? away() : find(input)),
    },
    inboundEvents: {
      ...fakes.ports.inboundEvents,
      accept: (input: Parameters<typeof accept>[0]) => (isAway ? away() : accept(input)),
    },
  };
  const app = await start({}, {}, { ...fakes, ports });
  expect((await app.post()).status).toBe(200);
  isAway = true;
  for (const answer of [await app.post(), await app.post({}, body, "/hooks/whk_unknown")]) {
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "5"]);
    expect(await answer.text()).not.toContain("postgres");
  }
  isAway = false;
  expect((await app.post()).status).toBe(200);
});

test("a sender that goes away in the middle leaves nothing behind, not even a line in the log", async () => {
  const app = await start();
  const { port } = new URL(app.url);
  const socket = connect(Number(port), "127.0.0.1");
  await once(socket, "connect");
  const head = `POST ${app.path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{"half`;
  await new Promise((resolve) => socket.write(head, resolve));
  socket.destroy();
  await once(socket, "close");
  expect((await app.post()).status).toBe(200);
  expect(app.logged.filter(({ level }) => level === "error")).toEqual([]);
});

test("X-Forwarded-For counts only as far as our own proxies reach", async () => {
  const notification = JSON.stringify({ event: "payment.succeeded", object: { id: "p", status: "succeeded" } });
  const published = "185.71.76.1";
  const statuses = async (trustedProxyHops: number, forwarded: string) => {
    const app = await start({ scheme: "yookassa", secrets: [] }, { trustedProxyHops });
    return (await app.post({ "x-forwarded-for": forwarded }, notification)).status;
  };
  expect(await statuses(0, published)).toBe(401);
  expect(await statuses(1, published)).toBe(200);
  expect(await statuses(1, `${published}, 203.0.113.9`)).toBe(401);
  expect(await statuses(2, `${published}, 203.0.113.9`)).toBe(200);
});

test("a handshake is answered and not stored", async () => {
  const app = await start({ name: "Slack", scheme: "slack" });
  const challenge = JSON.stringify({ type: "url_verification", challenge: "3eZbrw1aB" });
  const time = String(Math.floor(Date.now() / 1_000));
  const signature = `v0=${createHmac("sha256", secret).update(`v0:${time}:${challenge}`).digest("hex")}`;
  const answer = await app.post({ "x-slack-request-timestamp": time, "x-slack-signature": signature }, challenge);
  expect([answer.status, await answer.text()]).toEqual([200, "3eZbrw1aB"]);
  expect(app.stored()).toEqual([]);
});

test("a rotated secret: both are taken, until the old one is removed", async () => {
  const app = await start();
  const path = `/v1/webhooks/sources/${app.source.id}/secrets`;
  const added = await app.owner("POST", path, { secret: "новый", overlapSeconds: 60 });
  expect(added.body.secrets).toHaveLength(2);
  expect(JSON.stringify(added.body)).not.toContain("новый");
  expect((await app.post({ "x-hub-signature-256": sign(body, "новый") })).status).toBe(200);
  expect((await app.post()).status).toBe(200);
  expect((await app.owner("DELETE", `${path}/${added.body.secrets[0].id}`)).status).toBe(204);
});

test("settings that cannot work are refused with the reason", async () => {
  const { signUp } = await startApp();
  const owner = signUp();
  const create = async (fields: object) =>
    (await owner("POST", "/v1/webhooks/sources", { name: "Х", scheme: "github", ...fields })).body;
  expect((await create({ scheme: "kommo" })).detail).toContain("account");
  expect((await create({ scheme: "yookassa", secrets: ["x"] })).detail).toContain("no secret");
  expect((await create({ scheme: "standard", secrets: ["не base64"] })).detail).toContain("whsec_");
  expect((await create({ scheme: "hmac" })).status).toBe(400);
  expect((await create({ forwardEventType: "с пробелом" })).status).toBe(400);
  expect((await create({ laneBy: ["id"] })).status).toBe(400);
});
