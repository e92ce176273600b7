import { ApiError } from "../api-error.ts";
import type { Connection } from "../executor.ts";
import type { HttpResponse } from "../http.ts";
import type { Sql } from "../sql.ts";
import { sql } from "../sql.ts";
import type { MediaType } from "./media-type.ts";
import type { RestRequest } from "./request.ts";

/** What the database made of a request: one row, its body already in the form the client gets. */
export interface Result {
  readonly body: string;
  readonly rows: number;
  /** Rows in the table that the filters let through, where a count was asked for. */
  readonly total: number | undefined;
}

/** `pgrst_row` aggregated into the body. */
export const bodySql = ({ shape, stripNulls }: MediaType): Sql => {
  if (shape === "csv") {
    return sql`coalesce((select string_agg(name, ',') from (select json_object_keys(record) as name
        from (select row_to_json(line) as record from pgrst_source as line limit 1) as first) as names), '')
      || coalesce(E'\\n' || string_agg(substring(pgrst_row::text, 2, length(pgrst_row::text) - 2), E'\\n'), '')`;
  }
  return stripNulls
    ? sql`coalesce(json_agg(json_strip_nulls(row_to_json(pgrst_row))), '[]')::text`
    : sql`coalesce(json_agg(pgrst_row), '[]')::text`;
};

export const fetchResult = async (connection: Connection, statement: Sql): Promise<Result> => {
  const [row] = await connection.query(statement);
  return {
    body: typeof row?.body === "string" ? row.body : "",
    rows: Number(row?.rows ?? 0),
    total: row?.total === undefined || row.total === null ? undefined : Number(row.total),
  };
};

/** @throws {ApiError} PGRST116 unless there is exactly one row; inside the transaction, so that a write is undone */
export const requireSingle = ({ media }: RestRequest, { rows }: Result): void => {
  if (media.shape !== "object" || rows === 1) return;
  throw new ApiError(406, "PGRST116", "Cannot coerce the result to a single JSON object", {
    details: `The result contains ${rows} rows`,
  });
};

export const contentRange = (offset: number, rows: number, total: number | undefined): string =>
  `${rows === 0 ? "*" : `${offset}-${offset + rows - 1}`}/${total ?? "*"}`;

/** The aggregate is an array; a single object is what stands between its brackets. */
const unwrapped = ({ shape }: MediaType, body: string): string => (shape === "object" ? body.slice(1, -1) : body);

export const rowsResponse = (request: RestRequest, status: number, result: Result, range: string): HttpResponse => ({
  status,
  headers: {
    "content-type": request.media.contentType,
    "content-range": range,
    "content-profile": request.schema,
  },
  body: unwrapped(request.media, result.body),
});

/** 206 for a part, 416 for a range beyond the end; both only where the total is known. */
export const rangeStatus = (offset: number, { rows, total }: Result): number => {
  if (total === undefined) return 200;
  if (offset > total) {
    throw new ApiError(416, "PGRST103", "Requested range not satisfiable", {
      details: `An offset of ${offset} was requested, but there are only ${total} rows.`,
    });
  }
  return rows < total ? 206 : 200;
};
