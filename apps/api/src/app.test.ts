import { randomUUID } from "node:crypto";
import { UnavailableError } from "@gpt-agent/supabase/errors";
import { describe, expect, test } from "vitest";
import { makeFakes } from "./testing/fakes.ts";
import { startApp } from "./testing/start-app.ts";

describe("the key", () => {
  test.each([
    ["none", undefined],
    ["an unknown one", "Bearer gak_0123456789abcdef0123"],
    ["another scheme", "Basic Z2FrOmdhaw=="],
    ["an empty one", "Bearer "],
    ["one with spaces", "Bearer gak_0123456789 abcdef0123"],
    ["one that is far too long", `Bearer ${"a".repeat(5000)}`],
  ])("%s: 401 on every endpoint, and nothing is parsed before", async (_, authorization) => {
    const app = await startApp();
    const tryOne = async ({ method, path }: (typeof app.endpoints)[number]): Promise<void> => {
      const response = await fetch(app.url + path, {
        method: method.toUpperCase(),
        headers: { "content-type": "application/json", ...(authorization !== undefined && { authorization }) },
        ...(method !== "get" && { body: "{broken" }),
      });
      expect(response.status, `${method} ${path}`).toBe(401);
      expect(response.headers.get("www-authenticate")).toMatch(/^Bearer/);
      expect(await response.json()).toMatchObject({ code: "unauthorized", status: 401 });
    };
    await Promise.all(app.endpoints.map(tryOne));
  });

  test("a database that does not answer is not a wrong key", async () => {
    const fakes = makeFakes();
    const away = new UnavailableError("database_unavailable", "find api key: fetch failed at http://10.0.0.1", {});
    const apiKeys = { find: () => Promise.reject(away) };
    const app = await startApp({}, { ...fakes, ports: { ...fakes.ports, apiKeys } });
    const { status, headers, body } = await app.signUp()("GET", "/v1/documents");
    expect(status).toBe(503);
    expect(headers.get("retry-after")).toBe("5");
    expect(body.code).toBe("database_unavailable");
    expect(JSON.stringify(body)).not.toContain("10.0.0.1");
  });
});

describe("a problem", () => {
  test("names the code, every wrong field and the request", async () => {
    const app = await startApp();
    const { body } = await app.signUp()("POST", "/v1/knowledge-bases", {
      name: " ",
      chunking: { maxTokens: 1, "a/b": 1 },
    });
    expect(body).toMatchObject({ type: "urn:gpt-agent:error:invalid_request", status: 400, code: "invalid_request" });
    const pointers = body.errors.map((issue: { pointer: string }) => issue.pointer);
    expect(pointers).toEqual(expect.arrayContaining(["/name", "/chunking/maxTokens", "/chunking/overlapTokens"]));
  });

  test.each([
    ["broken JSON", "{", {}, 400],
    ["a JSON string", '"text"', {}, 400],
    ["an array", "[]", {}, 400],
    ["too much JSON", JSON.stringify({ name: "x".repeat(300_000) }), {}, 413],
    ["another type", "a=1", { "content-type": "application/x-www-form-urlencoded" }, 415],
    ["an unknown charset", "{}", { "content-type": "application/json; charset=klingon" }, 415],
    ["an unknown encoding", "{}", { "content-encoding": "zip" }, 415],
  ])("%s is the client's fault", async (_, text, headers, status) => {
    const app = await startApp();
    const answer = await app.signUp()("POST", "/v1/search", text, { "content-type": "application/json", ...headers });
    expect(answer).toMatchObject({ status, body: { code: "invalid_request" } });
  });

  test("a broken escape in the address is the client's fault", async () => {
    expect((await (await startApp()).signUp()("GET", "/v1/documents/%E0%A4%A")).status).toBe(400);
  });

  test("an error of ours says nothing about our insides; the log has it under the request's id", async () => {
    const fakes = makeFakes();
    const knowledgeBases = {
      ...fakes.ports.knowledgeBases,
      list: () => Promise.reject(new Error("relation kb is gone")),
    };
    const app = await startApp({}, { ...fakes, ports: { ...fakes.ports, knowledgeBases } });
    const { status, body } = await app.signUp()("GET", "/v1/knowledge-bases", undefined, {
      "x-request-id": "from-the-client",
    });
    expect(status).toBe(500);
    expect(body).toMatchObject({ code: "internal_error", requestId: "from-the-client" });
    expect(JSON.stringify(body)).not.toContain("relation");
    expect(app.logged).toContainEqual({
      level: "error",
      message: "request",
      fields: expect.objectContaining({ requestId: "from-the-client", status: 500, error: expect.any(Error) }),
    });
  });

  test("an unknown address is 404, a known one with another method 405", async () => {
    const org = (await startApp()).signUp();
    expect(await org("GET", "/v1/nothing")).toMatchObject({ status: 404, body: { code: "not_found" } });
    const wrong = await org("PUT", `/v1/documents/${randomUUID()}`);
    expect(wrong.status).toBe(405);
    expect(wrong.headers.get("allow")).toBe("GET, DELETE");
  });
});

test("a request id that is no harmless word is replaced", async () => {
  const org = (await startApp()).signUp();
  const { headers } = await org("GET", "/v1/documents", undefined, { "x-request-id": 'a"}{"level":"error' });
  expect(headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
});

test("answers carry the headers that keep browsers from misusing them", async () => {
  const app = await startApp();
  const { headers } = await app.signUp()("GET", "/v1/documents");
  expect(Object.fromEntries(headers)).toMatchObject({
    "cache-control": "no-store",
    "content-security-policy": expect.stringContaining("default-src 'none'"),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
  });
  expect(headers.has("x-powered-by")).toBe(false);
});

test("one log line per request, without key, query string or body", async () => {
  const app = await startApp();
  const org = app.signUp();
  await org("GET", "/v1/documents?state=ready");
  await org("POST", "/v1/search", { query: "личное" });
  await expect
    .poll(() => app.logged.filter(({ message }) => message === "request"), { timeout: 4_000 })
    .toHaveLength(2);
  const text = JSON.stringify(app.logged);
  expect(text).toContain(org.orgId);
  expect(text).not.toContain(org.key);
  expect(text).not.toContain("state=ready");
  expect(text).not.toContain("личное");
});

describe("health", () => {
  test("has exactly the keys that platforms and people know", async () => {
    const { url } = await startApp();
    const response = await fetch(`${url}/health`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      status: "ok",
      service: "api",
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      uptime: expect.any(Number),
    });
  });

  test("readiness needs the database, not Redis, and tells no address", async () => {
    const fakes = makeFakes();
    let databaseAway = false;
    const checks = {
      redis: { required: false, check: () => Promise.reject(new Error("connect ECONNREFUSED 10.0.0.1:6379")) },
      supabase: {
        required: true,
        check: async () => {
          if (databaseAway) throw new Error("away");
        },
      },
    };
    const { url } = await startApp({}, { ...fakes, ports: { ...fakes.ports, checks } });
    const up = await fetch(`${url}/ready`);
    expect(up.status).toBe(200);
    const text = await up.text();
    expect(JSON.parse(text)).toMatchObject({
      status: "ready",
      checks: [
        { name: "redis", ok: false },
        { name: "supabase", ok: true },
      ],
    });
    expect(text).not.toContain("10.0.0.1");
    databaseAway = true;
    expect((await fetch(`${url}/ready`)).status).toBe(503);
  });

  test("a stopping process says so", async () => {
    const app = await startApp();
    app.stopping.abort();
    expect((await fetch(`${app.url}/health`)).status).toBe(503);
    expect(await (await fetch(`${app.url}/ready`)).json()).toMatchObject({ status: "draining" });
  });
});
