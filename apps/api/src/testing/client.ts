import { expect } from "vitest";
import type { Endpoint } from "../endpoint.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed JSON, otherwise the text. Tests look into it at will and fail where it is not what they think. */
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

/** Calls the API with an organisation's key. */
export interface Client {
  readonly orgId: string;
  readonly key: string;
  /** Every answer is held to what the API says of itself. @param body JSON, or anything fetch sends as it is */
  (method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
}

interface ClientOptions {
  readonly url: string;
  readonly endpoints: readonly Endpoint[];
  readonly orgId: string;
  readonly key: string;
}

export const makeClient = ({ url, endpoints, orgId, key }: ClientOptions): Client => {
  const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(url + path, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(isJson(body) && { "content-type": "application/json" }),
        ...headers,
      },
      ...(body !== undefined && {
        body: isJson(body) ? JSON.stringify(body) : (body as NonNullable<RequestInit["body"]>),
      }),
    });
    const answer = await readAnswer(response);
    checkAgainstContract(endpoints, method, path, answer);
    return answer;
  };
  return Object.assign(call, { orgId, key });
};

const isJson = (body: unknown): boolean =>
  body !== undefined && typeof body !== "string" && !(body instanceof FormData) && !(body instanceof Uint8Array);

const readAnswer = async (response: Response): Promise<Answer> => {
  const text = await response.text();
  const parse = /json/.test(response.headers.get("content-type") ?? "");
  return { status: response.status, headers: response.headers, body: parse ? JSON.parse(text) : text };
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
  const { schema, contentType = "application/json" } = documented ?? {};
  if (schema && contentType === "application/json") expect(schema.parse(answer.body)).toEqual(answer.body);
};

const matches = (template: string, path: string): boolean =>
  new RegExp(`^${template.replaceAll(/:\w+/g, "[^/]+")}$`).test(path.replace(/\?.*$/, ""));
