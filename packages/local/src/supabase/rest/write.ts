import { ApiError } from "../api-error.ts";
import type { HttpResponse } from "../http.ts";
import type { Sql } from "../sql.ts";
import { empty, fromCatalog, identifier, list, qualified, quoteLiteral, sql, value } from "../sql.ts";
import { conditionSql, whereSql } from "./condition-sql.ts";
import type { JsonBody } from "./json-body.ts";
import { invalidBody, isObject, readJson } from "./json-body.ts";
import type { QueryNode } from "./query-tree.ts";
import { parseQuery } from "./query-tree.ts";
import type { RestRequest } from "./request.ts";
import type { Result } from "./result.ts";
import { bodySql, contentRange, fetchResult, requireSingle, rowsResponse } from "./result.ts";
import { scan, take, takeName } from "./scanner.ts";
import type { Column, Table } from "./schema-cache.ts";
import { columnsRead, selectContext, selectSql } from "./select-sql.ts";

const parseNames = (parameter: string, text: string | null): readonly string[] | undefined => {
  if (text === null || text === "") return undefined;
  const scanner = scan(text, `${parameter} parameter`);
  const names = [takeName(scanner)];
  while (take(scanner, ",")) names.push(takeName(scanner));
  return names;
};

const columnOf = (table: Table, name: string): Column => {
  const column = table.columns.get(name);
  if (column !== undefined) return column;
  throw new ApiError(400, "PGRST204", `Could not find the '${name}' column of '${table.name}' in the schema cache`);
};

/** The columns to write: the `columns` parameter's, else the keys, which every object must share. */
const columnsToWrite = (
  table: Table,
  rows: readonly unknown[],
  listed: readonly string[] | undefined,
): readonly Column[] => {
  if (listed !== undefined) return listed.map((name) => columnOf(table, name));
  const [first] = rows;
  if (first === undefined) return [];
  if (!isObject(first)) throw invalidBody("An object or an array of objects is expected");
  const keys = Object.keys(first);
  for (const row of rows) {
    if (!isObject(row)) throw invalidBody("An object or an array of objects is expected");
    const own = Object.keys(row);
    if (own.length !== keys.length || !keys.every((key) => Object.hasOwn(row, key))) {
      throw new ApiError(400, "PGRST102", "All object keys must match");
    }
  }
  return keys.map((name) => columnOf(table, name));
};

const definitions = (columns: readonly Column[]): Sql =>
  list(columns.map(({ name, type }) => sql`${identifier(name)} ${fromCatalog(type)}`));

/** The JSON rows as records of the table's types. A missing key is NULL, or the column's default where asked for. */
const recordsSql = (columns: readonly Column[], rows: Sql, missingDefault: boolean): Sql => {
  if (!missingDefault) return sql`json_to_recordset(${rows}::json) as pgrst_record(${definitions(columns)})`;
  const defaults = columns
    .filter((column) => column.default !== null)
    .map((column) => sql`${fromCatalog(quoteLiteral(column.name))}, ${fromCatalog(column.default ?? "null")}`);
  return sql`jsonb_to_recordset((select jsonb_agg(jsonb_build_object(${list(defaults)}) || pgrst_element)
    from jsonb_array_elements(${rows}::jsonb) as pgrst_element)) as pgrst_record(${definitions(columns)})`;
};

const insertSql = (request: RestRequest, table: Table, body: JsonBody): Sql => {
  const { query } = request.http;
  const rows: readonly unknown[] = Array.isArray(body.parsed) ? body.parsed : [body.parsed ?? {}];
  const columns = columnsToWrite(table, rows, parseNames("columns", query.get("columns")));
  const target = qualified(table.schema, table.name);
  if (columns.length === 0) {
    return rows.length === 0
      ? sql`insert into ${target} select * from ${target} where false`
      : sql`insert into ${target} default values`;
  }
  const names = list(columns.map(({ name }) => identifier(name)));
  const json = value(Array.isArray(body.parsed) ? body.text : `[${body.text}]`);
  return sql`insert into ${target} (${names}) select ${names} from ${recordsSql(columns, json, request.prefer.missingDefault)}${conflictSql(request, table, columns)}`;
};

const conflictSql = ({ http, prefer }: RestRequest, table: Table, columns: readonly Column[]): Sql => {
  if (prefer.resolution === undefined) return empty;
  const target = parseNames("on_conflict", http.query.get("on_conflict")) ?? table.primaryKey;
  if (target.length === 0) return empty;
  const names = list(target.map((name) => identifier(columnOf(table, name).name)));
  if (prefer.resolution === "ignore-duplicates") return sql` on conflict (${names}) do nothing`;
  const changes = list(columns.map(({ name }) => sql`${identifier(name)} = excluded.${identifier(name)}`));
  return sql` on conflict (${names}) do update set ${changes}`;
};

const ownConditions = (table: Table, node: QueryNode): Sql => {
  const source = { alias: identifier(table.name), table, embedIsNull: new Map<string, Sql>() };
  return whereSql(node.conditions.map((condition) => conditionSql(source, condition)));
};

/** Supabase loads `safeupdate`, which refuses to touch a whole table by accident. */
const requireFilter = (verb: "UPDATE" | "DELETE", node: QueryNode): void => {
  if (node.conditions.length === 0) throw new ApiError(400, "21000", `${verb} requires a WHERE clause`);
};

const updateSql = (request: RestRequest, table: Table, node: QueryNode, body: JsonBody): Sql | undefined => {
  const rows: readonly unknown[] = Array.isArray(body.parsed) ? body.parsed : [body.parsed];
  const columns = columnsToWrite(table, rows, parseNames("columns", request.http.query.get("columns")));
  if (columns.length === 0) return undefined;
  requireFilter("UPDATE", node);
  const json = value(Array.isArray(body.parsed) ? body.text : `[${body.text}]`);
  const changes = list(columns.map(({ name }) => sql`${identifier(name)} = pgrst_record.${identifier(name)}`));
  return sql`update ${qualified(table.schema, table.name)} set ${changes}
    from ${recordsSql(columns, json, request.prefer.missingDefault)}${ownConditions(table, node)}`;
};

const returningSql = (request: RestRequest, table: Table, node: QueryNode): Sql => {
  const own = (name: string): Sql => sql`${qualified(table.schema, table.name)}.${identifier(name)}`;
  const columns = columnsRead(request.cache, node, table);
  if (columns === undefined) return sql`${qualified(table.schema, table.name)}.*`;
  return columns.length === 0 ? sql`1` : list(columns.map(own));
};

const writeStatement = (request: RestRequest, table: Table, node: QueryNode, change: Sql): Sql => {
  if (request.prefer.returning !== "representation") {
    return sql`with pgrst_source as (${change} returning 1) select '' as body, count(*)::int as rows from pgrst_source`;
  }
  const alias = identifier(table.name);
  const rows = selectSql(
    selectContext(request.cache, undefined),
    // What was filtered before the change need not match after it.
    { ...node, conditions: [], limit: undefined, offset: undefined },
    { from: sql`pgrst_source as ${alias}`, alias, table },
  );
  return sql`with pgrst_source as (${change} returning ${returningSql(request, table, node)})
    select ${bodySql(request.media)} as body, (select count(*) from pgrst_source)::int as rows from (${rows}) as pgrst_row`;
};

const requireMaxAffected = ({ prefer }: RestRequest, { rows }: Result): void => {
  if (prefer.maxAffected === undefined || rows <= prefer.maxAffected) return;
  throw new ApiError(400, "PGRST124", "Query result exceeds max-affected preference constraint", {
    details: `The query affects ${rows} rows`,
  });
};

const run = async (request: RestRequest, table: Table, node: QueryNode, change: Sql): Promise<Result> => {
  const statement = writeStatement(request, table, node, change);
  return request.inTransaction(false, async (connection) => {
    const result = await fetchResult(connection, statement);
    requireMaxAffected(request, result);
    if (request.prefer.returning === "representation") requireSingle(request, result);
    return result;
  });
};

const total = ({ prefer }: RestRequest, { rows }: Result): number | undefined =>
  prefer.count === undefined ? undefined : rows;

const respond = (request: RestRequest, result: Result, range: string, created: boolean): HttpResponse => {
  if (request.prefer.returning === "representation") return rowsResponse(request, created ? 201 : 200, result, range);
  return { status: created ? 201 : 204, headers: { "content-range": range, "content-profile": request.schema } };
};

/** POST on a table. */
export const insertRows = async (request: RestRequest, table: Table): Promise<HttpResponse> => {
  const node = parseQuery(request.http.query);
  const result = await run(request, table, node, insertSql(request, table, await readJson(request.http)));
  return respond(request, result, contentRange(0, 0, total(request, result)), true);
};

/** PATCH on a table. */
export const updateRows = async (request: RestRequest, table: Table): Promise<HttpResponse> => {
  const node = parseQuery(request.http.query);
  const body = await readJson(request.http);
  if (!isObject(body.parsed) && !(Array.isArray(body.parsed) && body.parsed.length === 1)) {
    throw invalidBody("An object is expected");
  }
  const change = updateSql(request, table, node, body);
  const result =
    change === undefined ? { body: "[]", rows: 0, total: undefined } : await run(request, table, node, change);
  return respond(request, result, contentRange(0, result.rows, total(request, result)), false);
};

/** DELETE on a table. */
export const deleteRows = async (request: RestRequest, table: Table): Promise<HttpResponse> => {
  const node = parseQuery(request.http.query);
  requireFilter("DELETE", node);
  const change = sql`delete from ${qualified(table.schema, table.name)}${ownConditions(table, node)}`;
  const result = await run(request, table, node, change);
  return respond(request, result, contentRange(0, 0, total(request, result)), false);
};
