import type { HttpResponse } from "../http.ts";
import type { Sql } from "../sql.ts";
import { identifier, qualified, sql } from "../sql.ts";
import { parseQuery } from "./query-tree.ts";
import type { RestRequest } from "./request.ts";
import { bodySql, contentRange, fetchResult, rangeStatus, requireSingle, rowsResponse } from "./result.ts";
import type { Table } from "./schema-cache.ts";
import type { SelectSource } from "./select-sql.ts";
import { countSql, selectContext, selectSql } from "./select-sql.ts";

/** Supabase's default for `db-max-rows`. Code that reads more must page, here as there. */
export const maxRows = 1_000;

/** One statement: the page as the response's body, its length, and the total where that is wanted. */
export const pageStatement = (request: RestRequest, page: Sql, count: Sql): Sql => {
  const total =
    request.prefer.count === undefined ? sql`null` : sql`(select count(*) from (${count}) as pgrst_counted)`;
  return sql`with pgrst_source as (${page})
    select ${bodySql(request.media)} as body, count(*)::int as rows, ${total}::int as total
    from (select * from pgrst_source) as pgrst_row`;
};

/** GET and HEAD on a table. */
export const readTable = async (request: RestRequest, table: Table): Promise<HttpResponse> => {
  const node = parseQuery(request.http.query);
  const origin: SelectSource = { from: qualified(table.schema, table.name), alias: identifier(table.name), table };
  const context = selectContext(request.cache, maxRows);
  const statement = pageStatement(request, selectSql(context, node, origin), countSql(context, node, origin));
  const result = await request.inTransaction(true, (connection) => fetchResult(connection, statement));
  requireSingle(request, result);
  const offset = node.offset ?? 0;
  return rowsResponse(request, rangeStatus(offset, result), result, contentRange(offset, result.rows, result.total));
};
