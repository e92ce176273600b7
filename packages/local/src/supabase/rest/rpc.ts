import { ApiError } from "../api-error.ts";
import type { HttpResponse } from "../http.ts";
import { jsonType } from "../http.ts";
import type { Sql } from "../sql.ts";
import { empty, fromCatalog, identifier, list, qualified, sql, value } from "../sql.ts";
import { findFunction } from "./find-function.ts";
import type { FunctionMatch } from "./find-function.ts";
import { invalidBody, isObject, readJson } from "./json-body.ts";
import { parseQuery } from "./query-tree.ts";
import { maxRows, pageStatement } from "./read.ts";
import type { RestRequest } from "./request.ts";
import { contentRange, fetchResult, rangeStatus, requireSingle, rowsResponse } from "./result.ts";
import type { DatabaseFunction, Parameter } from "./schema-cache.ts";
import type { SelectSource } from "./select-sql.ts";
import { countSql, selectContext, selectSql } from "./select-sql.ts";

const argument = ({ name, variadic }: Parameter, from: Sql): Sql =>
  variadic ? sql`variadic ${identifier(name)} => ${from}` : sql`${identifier(name)} => ${from}`;

const given = ({ parameters }: DatabaseFunction, names: ReadonlySet<string>): readonly Parameter[] =>
  parameters.filter(({ name }) => names.has(name));

/** The function over a record made of the JSON object, so that Postgres converts every argument to its type. */
const callWithJson = ({ found, wholeBody }: FunctionMatch, text: string, names: ReadonlySet<string>): Sql => {
  const call = qualified(found.schema, found.name);
  if (wholeBody) return sql`lateral ${call}(${value(text)}::${fromCatalog(found.parameters[0]?.type ?? "json")})`;
  const used = given(found, names);
  if (used.length === 0) return sql`lateral ${call}()`;
  const types = list(used.map(({ name, type }) => sql`${identifier(name)} ${fromCatalog(type)}`));
  const args = list(used.map((parameter) => argument(parameter, sql`pgrst_args.${identifier(parameter.name)}`)));
  return sql`json_to_record(${value(text)}::json) as pgrst_args(${types}), lateral ${call}(${args})`;
};

const arrayLiteral = (items: readonly string[]): string =>
  `{${items.map((item) => `"${item.replace(/["\\]/gu, "\\$&")}"`).join(",")}}`;

const callWithQuery = ({ found }: FunctionMatch, query: URLSearchParams, names: ReadonlySet<string>): Sql => {
  const args = given(found, names).map((parameter) => {
    const values = query.getAll(parameter.name);
    const text = parameter.variadic ? arrayLiteral(values) : (values.at(-1) ?? "");
    return argument(parameter, sql`${value(text)}::${fromCatalog(parameter.type)}`);
  });
  return sql`lateral ${qualified(found.schema, found.name)}(${list(args)})`;
};

interface Call {
  readonly match: FunctionMatch;
  readonly from: Sql;
  /** Names in the query string that are arguments and no filters. */
  readonly argumentNames: ReadonlySet<string>;
}

const readCall = async ({ http, isRead, cache, schema }: RestRequest, name: string): Promise<Call> => {
  if (isRead) {
    const parameters = new Set(cache.functions(schema, name).flatMap((found) => found.parameters.map((p) => p.name)));
    // Without such a function everything is an argument, for the message's sake; afterwards the rest are filters.
    const keys = [...new Set(http.query.keys())].filter((key) => key !== "select");
    const names =
      parameters.size === 0 && cache.functions(schema, name).length === 0
        ? keys
        : keys.filter((key) => parameters.has(key));
    const match = findFunction(cache, schema, name, names, false);
    const argumentNames = new Set(names);
    return { match, from: callWithQuery(match, http.query, argumentNames), argumentNames };
  }
  const { text, parsed } = await readJson(http);
  const body = parsed === undefined ? {} : parsed;
  const names = isObject(body) ? Object.keys(body) : [];
  const match = findFunction(cache, schema, name, names, parsed !== undefined);
  if (!match.wholeBody && !isObject(body)) throw invalidBody("An object with the function's arguments is expected");
  return { match, from: callWithJson(match, text === "" ? "{}" : text, new Set(names)), argumentNames: new Set() };
};

const callScalar = async (
  request: RestRequest,
  found: DatabaseFunction,
  from: Sql,
  readOnly: boolean,
): Promise<HttpResponse> => {
  const values = sql`select pgrst_call.pgrst_scalar from ${from} as pgrst_call(pgrst_scalar)`;
  const body = found.returnsSet
    ? sql`coalesce(json_agg(pgrst_scalar), '[]')::text`
    : sql`coalesce((json_agg(pgrst_scalar) -> 0)::text, 'null')`;
  const limit = found.returnsSet ? sql` limit ${fromCatalog(String(maxRows))}` : empty;
  const total = request.prefer.count === undefined ? sql`null` : sql`(select count(*) from pgrst_source)`;
  const statement = sql`with pgrst_source as (${values})
    select ${body} as body, count(*)::int as rows, ${total}::int as total from (select * from pgrst_source${limit}) as pgrst_row`;
  const result = await request.inTransaction(readOnly, async (connection) => {
    const fetched = await fetchResult(connection, statement);
    if (found.returnsSet) requireSingle(request, fetched);
    return fetched;
  });
  if (found.returnsSet) return rowsResponse(request, 200, result, contentRange(0, result.rows, result.total));
  return {
    status: 200,
    headers: { "content-type": jsonType, "content-range": contentRange(0, 1, result.total) },
    body: result.body,
  };
};

const callComposite = async (
  request: RestRequest,
  { match, from, argumentNames }: Call,
  readOnly: boolean,
): Promise<HttpResponse> => {
  const { found } = match;
  const { http, isRead } = request;
  const node = parseQuery(http.query, isRead ? argumentNames : undefined);
  const alias = identifier("pgrst_call");
  const table =
    found.returnTable === null ? undefined : request.cache.table(found.returnTable.schema, found.returnTable.name);
  const origin: SelectSource = { from: sql`${from} as ${alias}`, alias, table };
  const context = selectContext(request.cache, maxRows);
  const statement = pageStatement(request, selectSql(context, node, origin), countSql(context, node, origin));
  const result = await request.inTransaction(readOnly, async (connection) => {
    const fetched = await fetchResult(connection, statement);
    if (found.returnsSet) requireSingle(request, fetched);
    return fetched;
  });
  const offset = node.offset ?? 0;
  const range = contentRange(offset, result.rows, result.total);
  if (found.returnsSet) return rowsResponse(request, rangeStatus(offset, result), result, range);
  const single = { ...request, media: { ...request.media, shape: "object" } } as const;
  return rowsResponse(single, 200, result.rows === 0 ? { ...result, body: "[null]" } : result, range);
};

/** GET, HEAD and POST on `/rpc/name`. What is not volatile, or comes by GET, runs in a read-only transaction. */
export const callFunction = async (request: RestRequest, name: string): Promise<HttpResponse> => {
  if (!request.isRead && request.http.method !== "POST") {
    throw new ApiError(405, "PGRST101", `Cannot use the ${request.http.method} method on RPC`);
  }
  const call = await readCall(request, name);
  const { found } = call.match;
  const readOnly = request.isRead || found.volatility !== "volatile";
  if (found.returns === "composite") return callComposite(request, call, readOnly);
  const response = await callScalar(request, found, call.from, readOnly);
  return found.returns === "void" ? { status: 204 } : response;
};
