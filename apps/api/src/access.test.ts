import { randomUUID } from "node:crypto";
import { covers, grantableScopes } from "@gpt-agent/supabase/scopes";
import { currentTrace } from "@gpt-agent/queue/trace";
import { describe, expect, test } from "vitest";
import { scopeOf } from "./scope.ts";
import { makeFakes } from "./testing/fakes.ts";
import { startApp } from "./testing/start-app.ts";

const newBase = (name: string) => ["POST", "/v1/knowledge-bases", { name }] as const;

describe("scopes", () => {
  test("a key without scopes may call nothing; with exactly the needed one it gets past", async () => {
    const app = await startApp();
    const [none, ...others] = [app.signUp([]), app.signUp(["search:read"]), app.signUp(["unheard:of"])];
    for (const endpoint of app.endpoints) {
      const [method, path] = [endpoint.method.toUpperCase(), endpoint.path.replaceAll(/:\w+/g, () => randomUUID())];
      const needed = scopeOf(endpoint);
      expect(grantableScopes).toContain(needed);
      expect((await none(method, path)).body, `${method} ${path}`).toMatchObject({ status: 403, code: "forbidden" });
      expect((await app.signUp([needed])(method, path, method === "GET" ? undefined : {})).status).not.toBe(403);
    }
    for (const key of others) expect((await key("GET", "/v1/documents")).status).toBe(403);
  });

  test.each([
    [["*"], "organisation:write", true],
    [["write"], "organisation:write", false],
    [["read"], "documents:read", true],
    [["read"], "documents:write", false],
    [["documents:write"], "documents:read", true],
    [["documents:read"], "documents:write", false],
    [["documents:write"], "crm:read", false],
    [[], "documents:read", false],
  ] as const)("%j %s: %s", (granted, needed, allowed) => {
    expect(covers(granted, needed)).toBe(allowed);
  });
});

test("a key that calls too often is asked to come back, and told when", async () => {
  const app = await startApp({ ratePerMinute: 10 });
  const client = app.signUp();
  const { id = "" } = app.keys.get(client.key) ?? {};
  expect((await client("GET", "/v1/documents")).status).toBe(200);
  app.overRate.add(id);
  const { headers, body } = await client("GET", "/v1/documents");
  expect(body).toMatchObject({ status: 429, code: "rate_limited" });
  expect(headers.get("retry-after")).toBe("2");
});

describe("an Idempotency-Key", () => {
  test("runs a write once and repeats its answer, also a form's; another body is a conflict", async () => {
    const app = await startApp();
    const client = app.signUp();
    const key = { "idempotency-key": "first" };
    const made = await client(...newBase("Право"), key);
    const again = await client(...newBase("Право"), key);
    expect(again).toMatchObject({ status: 201, body: made.body });
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(again.headers.get("location")).toBe(made.headers.get("location"));
    expect((await client(...newBase("Другое"), key)).body).toMatchObject({ status: 409, code: "conflict" });
    expect(app.bases.size).toBe(1);
    expect((await app.signUp()(...newBase("Чужое"), key)).status).toBe(201);

    const upload = (text: string): FormData => {
      const form = new FormData();
      form.set("file", new File([text], "a.txt"));
      return form;
    };
    const form = { "idempotency-key": "form" };
    const first = await client("POST", "/v1/documents", upload("а"), form);
    expect((await client("POST", "/v1/documents", upload("а"), form)).body).toEqual(first.body);
    expect((await client("POST", "/v1/documents", upload("б"), form)).status).toBe(409);
    expect(app.documents.size).toBe(1);
  });

  test("is free again after an answer other than success, and while it runs a second request waits", async () => {
    const fakes = makeFakes();
    const { knowledgeBases } = fakes.ports;
    const begun = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    let fails = true;
    const create: typeof knowledgeBases.create = async (input) => {
      if (fails) throw new Error("away");
      begun.resolve();
      await goOn.promise;
      return knowledgeBases.create(input);
    };
    const ports = { ...fakes.ports, knowledgeBases: { ...knowledgeBases, create } };
    const client = (await startApp({}, { ...fakes, ports })).signUp();
    const key = { "idempotency-key": "k" };
    expect((await client(...newBase("Право"), key)).status).toBe(500);
    fails = false;
    const running = client(...newBase("Право"), key);
    await begun.promise;
    const second = await client(...newBase("Право"), key);
    expect(second.body).toMatchObject({ status: 409, code: "conflict" });
    expect(second.headers.get("retry-after")).toBe("1");
    goOn.resolve();
    expect((await running).status).toBe(201);
  });

  test("of another form is refused", async () => {
    const client = (await startApp()).signUp();
    expect((await client(...newBase("Право"), { "idempotency-key": "a b" })).status).toBe(400);
  });
});

test("a request's id and trace follow the jobs it causes", async () => {
  const fakes = makeFakes();
  const seen: unknown[] = [];
  const enqueue: typeof fakes.ports.enqueue = async (...job) => {
    seen.push(currentTrace());
    return fakes.ports.enqueue(...job);
  };
  const client = (await startApp({}, { ...fakes, ports: { ...fakes.ports, enqueue } })).signUp();
  const form = new FormData();
  form.set("file", new File(["а"], "a.txt"));
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  await client("POST", "/v1/documents", form, { traceparent, "x-request-id": "caller-says" });
  await client("POST", "/v1/documents", form, { traceparent: "nonsense", "x-request-id": "caller-says" });
  expect(seen).toEqual([
    { requestId: "caller-says", traceparent },
    { requestId: "caller-says", traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/) },
  ]);
});

test("an unknown parameter is told, not ignored", async () => {
  const client = (await startApp()).signUp();
  expect((await client("GET", "/v1/limits?limt=5")).body).toMatchObject({ status: 400, code: "invalid_request" });
});

test("/health/workers lists who works, without hosts, and names queues that nobody serves", async () => {
  const app = await startApp();
  const seenAt = new Date().toISOString();
  app.workers.push({
    instance: "i",
    queue: "kb-files",
    version: "1.0.0",
    state: "ok",
    concurrency: 5,
    active: 1,
    startedAt: seenAt,
    seenAt,
    lastActivityAt: null,
  });
  const body = (await (await fetch(`${app.url}/health/workers`)).json()) as Record<string, unknown>;
  expect(body).toMatchObject({ status: "incomplete", workers: [{ queue: "kb-files", version: "1.0.0", state: "ok" }] });
  expect(body["queuesWithoutWorker"]).toEqual(["embeddings", "knowledge-graph", "webhooks", "crm-sync"]);
  const queues = await fetch(`${app.url}/admin/api/queues`);
  expect(await queues.json()).toMatchObject({
    queues: expect.arrayContaining([expect.objectContaining({ name: "kb-files", waiting: 0 })]),
  });
});
