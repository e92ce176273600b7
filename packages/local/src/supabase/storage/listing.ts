import type { HttpResponse } from "../http.ts";
import { jsonResponse } from "../http.ts";
import { isObject } from "../rest/json-body.ts";
import type { Sql } from "../sql.ts";
import { integer, sql, value } from "../sql.ts";
import { bucketRules } from "./buckets.ts";
import type { StorageContext } from "./storage-context.ts";
import { readJsonObject, records } from "./storage-context.ts";
import { invalidRequest } from "./storage-error.ts";

const sortColumns: Readonly<Record<string, Sql>> = {
  name: sql`entry`,
  updated_at: sql`updated_at`,
  created_at: sql`created_at`,
  last_accessed_at: sql`last_accessed_at`,
};

const maxEntries = 1_000;

const count = (given: unknown, fallback: number, name: string): number => {
  if (given === undefined || given === null) return fallback;
  if (typeof given === "number" && Number.isInteger(given) && given >= 0) return given;
  throw invalidRequest(`${name} must be a whole number`);
};

/** POST `/object/list/:bucket`: files and, without an id, folders directly below the prefix. */
export const listObjects = async (context: StorageContext, bucket: string): Promise<HttpResponse> => {
  await bucketRules(context, bucket);
  const json = await readJsonObject(context);
  const given = typeof json.prefix === "string" ? json.prefix.replace(/^\/+/u, "") : "";
  const prefix = given === "" || given.endsWith("/") ? given : `${given}/`;
  const search = typeof json.search === "string" ? json.search : "";
  const sortBy = isObject(json.sortBy) ? json.sortBy : {};
  const column = sortColumns[typeof sortBy.column === "string" ? sortBy.column : "name"];
  if (column === undefined) throw invalidRequest(`sortBy.column must be one of ${Object.keys(sortColumns).join(", ")}`);
  const direction = sortBy.order === "desc" ? sql`desc` : sql`asc`;
  const statement = sql`
    with below as (
      select *, substr(name, length(${value(prefix)}) + 1) as rest from storage.objects
      where bucket_id = ${value(bucket)} and starts_with(name, ${value(prefix)})
    ), entries as (
      select distinct on (entry, is_folder) entry, is_folder, id, updated_at, created_at, last_accessed_at, metadata
      from (select *, split_part(rest, '/', 1) as entry, position('/' in rest) > 0 as is_folder from below) as named
      where starts_with(lower(entry), lower(${value(search)}))
    )
    select json_build_object('name', entry,
      'id', case when not is_folder then id end,
      'updated_at', case when not is_folder then updated_at end,
      'created_at', case when not is_folder then created_at end,
      'last_accessed_at', case when not is_folder then last_accessed_at end,
      'metadata', case when not is_folder then metadata end)::text as record
    from entries order by ${column} ${direction}, entry
    limit ${integer(Math.min(count(json.limit, 100, "limit"), maxEntries))} offset ${integer(count(json.offset, 0, "offset"))}`;
  return jsonResponse(200, await context.asCaller((connection) => records(connection, statement)));
};
