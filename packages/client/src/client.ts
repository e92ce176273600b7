import { followEvents } from "./events.ts";
import { type Operations, operations } from "./generated.ts";
import { type CallOptions, type ClientOptions, makeSend, type Wire } from "./send.ts";

export { ApiError, type ApiIssue } from "./errors.ts";
export type { ServerEvent } from "./events.ts";
export type * from "./generated.ts";
export type { CallOptions, ClientOptions } from "./send.ts";

/** One operation as the generated table describes it. */
export interface Operation {
  readonly method: string;
  /** `/v1/documents/{documentId}` */
  readonly path: string;
  readonly query?: readonly string[];
  /** `either`: a form when there is a `file`, else JSON. */
  readonly body?: "json" | "form" | "either";
  /** `stream`: the bytes, unread. Default: nothing. */
  readonly answer?: "json" | "events" | "stream";
}

type Call<Name extends keyof Operations> = object extends Operations[Name]["input"]
  ? (input?: Operations[Name]["input"], options?: CallOptions) => Operations[Name]["output"]
  : (input: Operations[Name]["input"], options?: CallOptions) => Operations[Name]["output"];

/** Every operation of the API under its name in `/openapi.json`; parameters and body in one object. */
export type Client = { readonly [Name in keyof Operations]: Call<Name> };

type Input = Readonly<Record<string, unknown>>;

const queryOf = (names: readonly string[], input: Input): string => {
  const query = new URLSearchParams();
  for (const name of names) {
    const value = input[name];
    if (value === undefined || value === null) continue;
    for (const item of Array.isArray(value) ? (value as readonly unknown[]) : [value]) query.append(name, String(item));
  }
  const text = query.toString();
  return text === "" ? "" : `?${text}`;
};

const formOf = (fields: Input): FormData => {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    if (value instanceof Blob) form.append(name, value);
    else form.append(name, typeof value === "string" ? value : JSON.stringify(value));
  }
  return form;
};

const toWire = ({ method, path, query = [], body, answer }: Operation, input: Input, options: CallOptions): Wire => {
  const inPath = new Set<string>();
  const address = path.replace(/\{(\w+)\}/g, (_, name: string) => {
    inPath.add(name);
    return encodeURIComponent(String(input[name]));
  });
  const fields = Object.fromEntries(
    Object.entries(input).filter(([name]) => !inPath.has(name) && !query.includes(name)),
  );
  const isForm = body === "form" || (body === "either" && "file" in fields);
  const isWrite = method !== "GET";
  return {
    method,
    path: address + queryOf(query, input),
    isTimed: answer !== "events" && answer !== "stream",
    body: body === undefined ? undefined : isForm ? formOf(fields) : JSON.stringify(fields),
    headers: {
      accept: answer === "events" ? "text/event-stream" : "application/json, application/problem+json",
      ...(body !== undefined && !isForm && { "content-type": "application/json" }),
      ...(isWrite && { "idempotency-key": options.idempotencyKey ?? crypto.randomUUID() }),
    },
  };
};

/**
 * A client of the API for one key.
 * @example const { hits } = await makeClient({ baseUrl, apiKey }).search({ query: "срок поставки" });
 */
export const makeClient = (options: ClientOptions): Client => {
  const send = makeSend(options);
  const call =
    (operation: Operation) =>
    (input: Input = {}, callOptions: CallOptions = {}) => {
      const wire = toWire(operation, input, callOptions);
      if (operation.answer === "events") return followEvents(send, wire, callOptions);
      const answered = send(wire, callOptions);
      if (operation.answer === "stream") return answered;
      return operation.answer === "json"
        ? answered.then((response) => response.json())
        : answered.then(() => undefined);
    };
  const calls = Object.entries<Operation>(operations).map(([name, operation]) => [name, call(operation)] as const);
  return Object.fromEntries(calls) as unknown as Client;
};

/**
 * Items of all pages, one after another.
 * @example for await (const document of allPages((cursor) => api.listDocuments({ cursor }), "documents")) …
 */
export async function* allPages<Key extends string, Item>(
  read: (
    cursor: string | undefined,
  ) => Promise<Readonly<Record<Key, readonly Item[]>> & { readonly nextCursor?: string | undefined }>,
  key: Key,
): AsyncGenerator<Item> {
  for (let cursor: string | undefined; ;) {
    const page = await read(cursor);
    yield* page[key];
    cursor = page.nextCursor;
    if (cursor === undefined) return;
  }
}
