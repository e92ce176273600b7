import type { HttpResponse } from "../http.ts";
import { jsonResponse } from "../http.ts";
import type { Sql } from "../sql.ts";
import { list, sql, value } from "../sql.ts";
import type { StorageContext } from "./storage-context.ts";
import { readJsonObject, records, requiredText } from "./storage-context.ts";
import { invalidRequest, noSuchBucket, StorageError } from "./storage-error.ts";

export interface Bucket {
  readonly id: string;
  readonly name: string;
  readonly public: boolean;
  readonly file_size_limit: number | null;
  readonly allowed_mime_types: readonly string[] | null;
}

const columns = sql`id, name, owner, public, type, file_size_limit, allowed_mime_types, created_at, updated_at`;

const bucketRecords = (where: Sql): Sql =>
  sql`select row_to_json(b)::text as record from (select ${columns} from storage.buckets${where} order by name) b`;

/** A bucket's rules, which bind callers who may not see it. @throws {StorageError} NoSuchBucket */
export const bucketRules = async ({ asOwner }: StorageContext, id: string): Promise<Bucket> => {
  const [bucket] = await asOwner((connection) =>
    records<Bucket>(connection, bucketRecords(sql` where id = ${value(id)}`)),
  );
  if (bucket === undefined) throw noSuchBucket();
  return bucket;
};

const units: Readonly<Record<string, number>> = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 };

/** Bytes, or text such as "20MB". */
export const parseSizeLimit = (limit: unknown): number | null => {
  if (limit === undefined || limit === null) return null;
  if (typeof limit === "number" && Number.isInteger(limit) && limit >= 0) return limit;
  const [, amount, unit = "b"] =
    /^(\d+(?:\.\d+)?)\s*(b|kb|mb|gb)?$/iu.exec(typeof limit === "string" ? limit.trim() : "") ?? [];
  if (amount === undefined) throw invalidRequest(`file_size_limit is no size: ${JSON.stringify(limit)}`);
  return Math.floor(Number(amount) * (units[unit.toLowerCase()] ?? 1));
};

const mimeTypes = (types: unknown): Sql => {
  if (types === undefined || types === null) return sql`null`;
  if (!Array.isArray(types)) throw invalidRequest("allowed_mime_types must be an array");
  return sql`array(select json_array_elements_text(${value(JSON.stringify(types.map(String)))}::json))`;
};

const assignments = (json: Readonly<Record<string, unknown>>): Sql[] => {
  const limit = parseSizeLimit(json.file_size_limit);
  return [
    sql`public = ${value(String(json.public === true))}::boolean`,
    sql`file_size_limit = ${value(limit === null ? null : String(limit))}::bigint`,
    sql`allowed_mime_types = ${mimeTypes(json.allowed_mime_types)}::text[]`,
    sql`updated_at = now()`,
  ];
};

const bucketName = /^[\w!.*'() &$@=;:+,?-]{1,100}$/u;

const create = async (context: StorageContext): Promise<HttpResponse> => {
  const json = await readJsonObject(context);
  const name = requiredText(json, "name");
  if (!bucketName.test(name))
    throw new StorageError(400, "InvalidBucketName", "InvalidBucketName", `Bucket name invalid: ${name}`);
  const id = typeof json.id === "string" && json.id !== "" ? json.id : name;
  await context.asCaller(async (connection) => {
    await connection.query(sql`insert into storage.buckets (id, name) values (${value(id)}, ${value(name)})`);
    await connection.query(sql`update storage.buckets set ${list(assignments(json))} where id = ${value(id)}`);
  });
  return jsonResponse(200, { name });
};

const update = async (context: StorageContext, id: string): Promise<HttpResponse> => {
  const json = await readJsonObject(context);
  const changed = await context.asCaller((connection) =>
    connection.query(sql`update storage.buckets set ${list(assignments(json))} where id = ${value(id)} returning id`),
  );
  if (changed.length === 0) throw noSuchBucket();
  return jsonResponse(200, { message: "Successfully updated" });
};

const remove = async (context: StorageContext, id: string): Promise<HttpResponse> => {
  await bucketRules(context, id);
  await context.asOwner(async (connection) => {
    const [object] = await connection.query(sql`select 1 from storage.objects where bucket_id = ${value(id)} limit 1`);
    if (object !== undefined) {
      throw new StorageError(409, "InvalidRequest", "InvalidRequest", "The bucket you tried to delete is not empty");
    }
  });
  const removed = await context.asCaller((connection) =>
    connection.query(sql`delete from storage.buckets where id = ${value(id)} returning id`),
  );
  if (removed.length === 0) throw noSuchBucket();
  return jsonResponse(200, { message: "Successfully deleted" });
};

const empty = async (context: StorageContext, id: string): Promise<HttpResponse> => {
  await bucketRules(context, id);
  const removed = await context.asCaller((connection) =>
    connection.query(sql`delete from storage.objects where bucket_id = ${value(id)} returning version`),
  );
  await context.files.remove(removed.map(({ version }) => String(version)));
  return jsonResponse(200, { message: "Successfully emptied" });
};

const read = async (context: StorageContext, id: string): Promise<HttpResponse> => {
  const [bucket] = await context.asCaller((connection) =>
    records<Bucket>(connection, bucketRecords(sql` where id = ${value(id)}`)),
  );
  if (bucket === undefined) throw noSuchBucket();
  return jsonResponse(200, bucket);
};

/** `/bucket`, `/bucket/:id`, `/bucket/:id/empty` */
export const handleBuckets = async (
  context: StorageContext,
  segments: readonly string[],
): Promise<HttpResponse | undefined> => {
  const [id, action, ...rest] = segments;
  const { method } = context.http;
  if (rest.length > 0) return undefined;
  if (id === undefined || id === "") {
    if (method === "GET")
      return jsonResponse(200, await context.asCaller((connection) => records(connection, bucketRecords(sql``))));
    return method === "POST" ? create(context) : undefined;
  }
  if (action === "empty") return method === "POST" ? empty(context, id) : undefined;
  if (action !== undefined) return undefined;
  if (method === "GET") return read(context, id);
  if (method === "PUT") return update(context, id);
  return method === "DELETE" ? remove(context, id) : undefined;
};
