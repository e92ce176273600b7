import { randomUUID } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished } from "vitest";
import { type AppOptions, makeApp, makeEndpoints } from "../app.ts";
import type { Endpoint } from "../endpoint.ts";
import { type Fakes, makeFakes } from "./fakes.ts";

export interface Client {
  readonly orgId: string;
  readonly key: string;
  /** A request with the organisation's key. Every answer is held to what the API says of itself. */
  (method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed JSON, otherwise the text. */
  // Tests look into it at will and fail where it is not what they think.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

/** The app on a free loopback port, for one test. */
export const startApp = async (options: Partial<AppOptions> = {}, fakes: Fakes = makeFakes()) => {
  const stopping = new AbortController();
  const app = makeApp(fakes.ports, {
    production: false,
    trustedProxyHops: 0,
    stopping: stopping.signal,
    watchIntervalMs: 2,
    ...options,
  });
  const server = app.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    stopping.abort();
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const endpoints = makeEndpoints(fakes.ports);

  /** A caller of its own organisation. */
  const signUp = (): Client => {
    const key = `gak_${randomUUID()}`;
    const orgId = randomUUID();
    fakes.keys.set(key, { id: randomUUID(), orgId, scopes: [] });
    return Object.assign(
      async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
        const isRaw = body === undefined || typeof body === "string" || body instanceof FormData || body instanceof Uint8Array;
        const response = await fetch(url + path, {
          method,
          headers: { authorization: `Bearer ${key}`, ...(!isRaw && { "content-type": "application/json" }), ...headers },
          ...(body !== undefined && { body: isRaw ? (body as NonNullable<RequestInit["body"]>) : JSON.stringify(body) }),
        });
        const answer = await readAnswer(response);
        checkAgainstContract(endpoints, method, path, answer);
        return answer;
      },
      { orgId, key },
    );
  };
  return { ...fakes, url, stopping, endpoints, signUp };
};

const readAnswer = async (response: Response): Promise<Answer> => {
  const text = await response.text();
  const isJson = /json/.test(response.headers.get("content-type") ?? "");
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
};

/** A success has exactly the documented fields; a failure is a problem. */
const checkAgainstContract = (endpoints: readonly Endpoint[], method: string, path: string, answer: Answer): void => {
  expect(answer.headers.get("x-request-id")).toBeTruthy();
  if (answer.status >= 400) {
    expect(answer.headers.get("content-type")).toMatch(/^application\/problem\+json/);
    expect(answer.body).toMatchObject({ status: answer.status, requestId: answer.headers.get("x-request-id") });
    return;
  }
  const endpoint = endpoints.find((one) => one.method === method.toLowerCase() && matches(one.path, path));
  const documented = endpoint?.answers[answer.status];
  expect(documented, `${method} ${path} answered ${answer.status}, which is not documented`).toBeDefined();
  const contentType = documented?.contentType ?? "application/json";
  if (documented?.schema && contentType === "application/json") expect(documented.schema.parse(answer.body)).toEqual(answer.body);
};

const matches = (template: string, path: string): boolean =>
  new RegExp(`^${template.replaceAll(/:\w+/g, "[^/]+")}$`).test(path.replace(/\?.*$/, ""));
