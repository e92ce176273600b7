import { ApiError } from "../api-error.ts";
import type { Caller } from "../auth.ts";
import type { Connection, Settings } from "../executor.ts";
import type { HttpRequest } from "../http.ts";
import { header } from "../http.ts";
import { quoteIdentifier } from "../sql.ts";
import type { MediaType } from "./media-type.ts";
import { parseMediaType } from "./media-type.ts";
import type { Prefer } from "./prefer.ts";
import { parsePrefer } from "./prefer.ts";
import type { SchemaCache } from "./schema-cache.ts";

/** What every kind of request to the REST API has. */
export interface RestRequest {
  readonly http: HttpRequest;
  readonly caller: Caller;
  readonly cache: SchemaCache;
  readonly schema: string;
  readonly prefer: Prefer;
  readonly media: MediaType;
  readonly isRead: boolean;
  /** Runs in one transaction as the caller. */
  readonly inTransaction: <T>(readOnly: boolean, work: (connection: Connection) => Promise<T>) => Promise<T>;
}

const schemaOf = (http: HttpRequest, isRead: boolean, { schemas }: SchemaCache): string => {
  const wanted = header(http, isRead ? "accept-profile" : "content-profile") ?? schemas[0] ?? "public";
  if (schemas.includes(wanted)) return wanted;
  throw new ApiError(406, "PGRST106", `Invalid schema: ${wanted}`, {
    hint: `Only the following schemas are exposed: ${schemas.join(", ")}`,
  });
};

/**
 * The settings of a caller's transaction. Postgres sees the login role `authenticator` take on the caller's role, so
 * a token for a role that `authenticator` is no member of is refused by the database itself.
 */
export const callerSettings = (caller: Caller, cache: SchemaCache): Settings => [
  ["session_authorization", "authenticator"],
  ["role", caller.role],
  ["request.jwt.claims", JSON.stringify(caller.claims)],
  ...(cache.roleSettings.get("authenticator") ?? []).filter(([name]) => name === "statement_timeout"),
  ...(cache.roleSettings.get(caller.role) ?? []),
];

export const readRequest = (
  http: HttpRequest,
  caller: Caller,
  cache: SchemaCache,
  inTransaction: <T>(settings: Settings, work: (connection: Connection) => Promise<T>) => Promise<T>,
): RestRequest => {
  const isRead = http.method === "GET" || http.method === "HEAD";
  const schema = schemaOf(http, isRead, cache);
  const prefer = parsePrefer(header(http, "prefer"));
  const settings: Settings = [
    ...callerSettings(caller, cache),
    ["request.method", http.method],
    ["request.path", http.path],
    ["search_path", [schema, "public", "extensions"].map(quoteIdentifier).join(", ")],
    ...(prefer.timeZone === undefined ? [] : [["TimeZone", prefer.timeZone] as const]),
  ];
  return {
    http,
    caller,
    cache,
    schema,
    prefer,
    media: parseMediaType(header(http, "accept")),
    isRead,
    inTransaction: (readOnly, work) =>
      inTransaction(readOnly ? [...settings, ["transaction_read_only", "on"]] : settings, work),
  };
};
