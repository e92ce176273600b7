import { EgressError } from "@gpt-agent/http/egress-error";
import type { GuardedRequest, GuardedResponse } from "@gpt-agent/http/guarded-request";
import type { Limit } from "@gpt-agent/limits/limiter";
import { makeOpenLimiter } from "@gpt-agent/limits/testing";
import { expect, test } from "vitest";
import { z } from "zod";
import type { ApiRequest, Dialect } from "./api-call.ts";
import { makeTransport } from "./transport.ts";

const second: Limit = { key: "test:second", rule: { kind: "window", cost: 7, windowMs: 1_000, jitterMs: 50 } };
const dialect: Dialect = {
  title: "Test CRM",
  hostSuffixes: ["crm.test"],
  charges: ({ cost = 1 }) => [{ limits: [second], cost }],
};

type Reply = Partial<Omit<GuardedResponse, "body">> & { readonly body?: unknown };

/** A transport on a wire that gives these replies, one after the other; an Error is thrown instead. */
const onWire = (replies: readonly (Reply | Error)[], own: Partial<Dialect> = {}) => {
  const sent: GuardedRequest[] = [];
  const left = [...replies];
  const limiter = makeOpenLimiter();
  const transport = makeTransport({
    connection: {
      connectionId: "c1",
      accountKey: "test:1",
      baseUrl: "https://acme.crm.test",
      limiter,
      tokens: {
        current: async () => ({ value: "secret-token-1", version: 1 }),
        renewed: async ({ version }) => ({ value: `secret-token-${version + 1}`, version: version + 1 }),
      },
      send: async (request) => {
        sent.push(request);
        const reply = left.shift();
        if (reply === undefined) throw new Error("unexpected call");
        if (reply instanceof Error) throw reply;
        const { body, ...rest } = reply;
        const text = body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body);
        return { status: 200, headers: {}, truncated: false, address: "", ms: 1, body: Buffer.from(text), ...rest };
      },
    },
    dialect: { ...dialect, ...own },
    now: () => 1_000_000,
  });
  return { transport, sent, limiter };
};
const options = { signal: new AbortController().signal, lane: "delta" } as const;
const get: ApiRequest = { method: "GET", path: "/api/x", effect: "read" };
const post: ApiRequest = { method: "POST", path: "/api/x", json: [{ a: 1 }], effect: "write" };

test("asks the limiter, sends the token, gives the body", async () => {
  const { transport, sent, limiter } = onWire([{ body: { id: 5 } }]);
  const query = { "filter[id][]": [1, 2], with: "контакты", none: undefined };
  const body = await transport.read(z.object({ id: z.number() }), { ...get, query, cost: 3 }, options);
  expect(body).toEqual({ id: 5 });
  expect(sent[0]?.url).toBe(
    "https://acme.crm.test/api/x?filter[id][]=1&filter[id][]=2&with=%D0%BA%D0%BE%D0%BD%D1%82%D0%B0%D0%BA%D1%82%D1%8B",
  );
  expect(sent[0]?.headers?.["authorization"]).toBe("Bearer secret-token-1");
  expect(limiter.acquired).toMatchObject([{ limits: [second], cost: 3, lane: "delta", tenant: "c1" }]);
  expect(limiter.done).toHaveLength(1);
});

test("a refused token is renewed once, also for a write", async () => {
  const { transport, sent, limiter } = onWire([{ status: 401 }, { body: {} }]);
  await transport.call(post, options);
  expect(sent.map(({ headers }) => headers?.["authorization"])).toEqual([
    "Bearer secret-token-1",
    "Bearer secret-token-2",
  ]);
  expect(limiter.acquired).toHaveLength(2);
  const twice = onWire([{ status: 401 }, { status: 401 }]);
  await expect(twice.transport.call(get, options)).rejects.toMatchObject({ code: "crm_unauthorized" });
});

test.each([
  [400, "crm_bad_request"],
  [402, "crm_payment_required"],
  [403, "crm_forbidden"],
  [404, "crm_bad_request"],
  [503, "crm_unavailable"],
])("status %i becomes %s", async (status, code) => {
  await expect(onWire([{ status }]).transport.call(get, options)).rejects.toMatchObject({ code });
});

test("a 429 holds the scope back for as long as the provider asks, and comes back later", async () => {
  const { transport, limiter } = onWire([{ status: 429, headers: { "retry-after": "7" }, body: "<html>slow" }]);
  await expect(transport.call(post, options)).rejects.toMatchObject({ code: "crm_rate_limited", delayMs: 7_000 });
  expect(limiter.heldBack).toEqual([{ limits: [second], untilMs: 1_007_000 }]);
});

const lost = new EgressError("egress_failed", "broken");
test.each<[string, Reply | Error]>([
  ["no answer", lost],
  ["a 502", { status: 502, body: "<html>bad gateway" }],
  ["a body that is no JSON", { body: "<html>ok?" }],
  ["a body that was cut", { body: { id: 1 }, truncated: true }],
  ["a body of another form", { body: { ids: [] } }],
])("a write is unclear after %s, a read is not", async (_, reply) => {
  const schema = z.object({ id: z.string() });
  await expect(onWire([reply]).transport.read(schema, post, options)).rejects.toMatchObject({
    code: "crm_write_unclear",
  });
  await expect(onWire([reply]).transport.read(schema, get, options)).rejects.toMatchObject({
    code: expect.stringMatching(/^crm_(unavailable|bad_response)$/u) as unknown,
  });
});

test("a write that never left is no unclear one", async () => {
  const refused = new EgressError("egress_failed", "unreachable");
  await expect(onWire([refused]).transport.call(post, options)).rejects.toMatchObject({ code: "crm_unavailable" });
});

test("a provider's words lose the token and are short", async () => {
  const said = `token secret-token-1 is bad ${"x".repeat(1_000)}`;
  const { transport } = onWire([{ status: 400, body: {} }], { refusal: () => ({ kind: "bad_request", said }) });
  const error = await transport.call(get, options).catch((error: unknown) => error);
  expect(String(error)).toContain("token [redacted] is bad");
  expect(String(error).length).toBeLessThan(420);
});

test("what is held for the customer's data is not quoted when a body does not fit", async () => {
  const { transport } = onWire([{ body: { id: { name: "Иван Петров" } } }]);
  const error = await transport.read(z.object({ id: z.number() }), get, options).catch((error: unknown) => error);
  expect(error).toMatchObject({ code: "crm_bad_response" });
  expect(String(error)).not.toContain("Иван");
});

test("a connection whose address is not the provider's is refused before anything is sent", () => {
  for (const baseUrl of ["https://crm.test.evil.example", "http://acme.crm.test", "https://acme.crm.test:8443"]) {
    const connection = { baseUrl } as Parameters<typeof makeTransport>[0]["connection"];
    expect(() => makeTransport({ connection, dialect })).toThrow(/not one of/u);
  }
});
