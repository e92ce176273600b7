import { ApiError } from "../api-error.ts";
import type { Caller } from "../auth.ts";
import type { Executor } from "../executor.ts";
import type { HttpRequest, HttpResponse } from "../http.ts";
import { decodeSegments, jsonResponse } from "../http.ts";
import { errorResponse } from "./errors.ts";
import { readTable } from "./read.ts";
import type { RestRequest } from "./request.ts";
import { readRequest } from "./request.ts";
import { callFunction } from "./rpc.ts";
import type { SchemaCache, Table } from "./schema-cache.ts";
import { deleteRows, insertRows, updateRows } from "./write.ts";

const findTable = ({ cache, schema }: RestRequest, name: string): Table => {
  const table = cache.table(schema, name);
  if (table !== undefined) return table;
  const near = cache
    .tables(schema)
    .find((other) => other.name.toLowerCase().startsWith(name.toLowerCase().slice(0, 4)));
  throw new ApiError(404, "PGRST205", `Could not find the table '${schema}.${name}' in the schema cache`, {
    hint: near === undefined ? null : `Perhaps you meant the table '${schema}.${near.name}'`,
  });
};

/** PostgREST describes the API here; clients only ask whether it answers. */
const describe = ({ cache, schema }: RestRequest): HttpResponse =>
  jsonResponse(200, {
    swagger: "2.0",
    info: { title: "Local Supabase, not for production", version: "1" },
    paths: Object.fromEntries(cache.tables(schema).map(({ name }) => [`/${name}`, {}])),
  });

const route = async (request: RestRequest): Promise<HttpResponse> => {
  const { http } = request;
  const [first = "", second, ...rest] = decodeSegments(http.path.replace(/\/$/u, ""));
  if (first === "") return describe(request);
  if (first === "rpc" && second !== undefined && rest.length === 0) return callFunction(request, second);
  if (second !== undefined) throw new ApiError(404, "PGRST125", "Invalid path specified in request URL");
  const table = findTable(request, first);
  switch (http.method) {
    case "GET":
    case "HEAD":
      return readTable(request, table);
    case "POST":
      return insertRows(request, table);
    case "PATCH":
      return updateRows(request, table);
    case "DELETE":
      return deleteRows(request, table);
    default:
      throw new ApiError(405, "PGRST117", `Unsupported HTTP method: ${http.method}`);
  }
};

/** `/rest/v1`, as PostgREST answers it. @param schema The cache as it is now; it changes after DDL. */
export const makeRestApi =
  (executor: Executor, schema: () => Promise<SchemaCache>) =>
  async (http: HttpRequest, caller: Caller): Promise<HttpResponse> => {
    try {
      return await route(readRequest(http, caller, await schema(), (settings, work) => executor.tx(settings, work)));
    } catch (error) {
      return errorResponse(error, caller.role === "anon");
    }
  };
