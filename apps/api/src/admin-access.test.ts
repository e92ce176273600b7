import { describe, expect, test } from "vitest";
import { request } from "node:http";
import { makeFakes } from "./testing/fakes.ts";
import { startApp } from "./testing/start-app.ts";

const adminToken = { reveal: () => "operator-token-0123" };
const basic = (password: string) => ({
  authorization: `Basic ${Buffer.from(`кто угодно:${password}`).toString("base64")}`,
});

/** fetch sets the Host header itself; this does not. */
const get = async (url: string, headers: Record<string, string> = {}): Promise<{ status: number; body: string }> => {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: string }>();
  const req = request(`${url}/admin/queues/`, { headers }, (res) => {
    let body = "";
    res.setEncoding("utf8").on("data", (text: string) => (body += text));
    res.on("end", () => {
      resolve({ status: res.statusCode ?? 0, body });
    });
  });
  req.on("error", reject).end();
  return promise;
};

describe("with a token, the operator's pages open", () => {
  test.each([true, false])("to whoever presents it (production: %s)", async (production) => {
    const { url } = await startApp({ adminToken, production });
    expect(await get(url, basic("operator-token-0123"))).toMatchObject({
      status: 200,
      body: expect.stringContaining("GPT-agent"),
    });
    expect(await get(url, { authorization: "Bearer operator-token-0123" })).toMatchObject({ status: 200 });
  });

  test("to nobody else, on this machine either", async () => {
    const app = await startApp({ adminToken, production: false });
    const { key } = app.signUp();
    const wrong = [
      {},
      basic(""),
      basic("operator-token-012"),
      { authorization: `Bearer ${key}` },
      { authorization: "Digest x" },
    ];
    for (const headers of wrong) expect((await get(app.url, headers as Record<string, string>)).status).toBe(401);
    const { headers } = await fetch(`${app.url}/admin/queues/`);
    expect(headers.get("www-authenticate")).toMatch(/^Basic/);
  });
});

describe("without a token", () => {
  test("they are off in production", async () => {
    const { url } = await startApp({ production: true });
    expect((await get(url)).status).toBe(404);
  });

  test("they are open in development to this machine", async () => {
    const { url } = await startApp({ production: false });
    expect((await get(url)).status).toBe(200);
  });

  test.each([
    ["what a proxy forwards", { "x-forwarded-for": "203.0.113.7" }],
    ["what a standard proxy forwards", { forwarded: "for=203.0.113.7" }],
    ["a page whose name was rebound to loopback", { host: "evil.example" }],
  ])("but not to %s", async (_, headers) => {
    const { url } = await startApp({ production: false });
    expect((await get(url, headers as Record<string, string>)).status).toBe(404);
  });
});

test("with Redis away the page says so instead of hanging", async () => {
  const fakes = makeFakes();
  const board = { ...fakes.ports.board, ping: () => Promise.reject(new Error("down")) };
  const { url } = await startApp({}, { ...fakes, ports: { ...fakes.ports, board } });
  expect(await get(url)).toMatchObject({ status: 503, body: expect.stringContaining("queue_unavailable") });
});
