import type { Caller } from "../auth.ts";
import type { Connection, Executor, Settings } from "../executor.ts";
import type { HttpRequest } from "../http.ts";
import { readBody } from "../http.ts";
import { isObject } from "../rest/json-body.ts";
import { callerSettings } from "../rest/request.ts";
import type { SchemaCache } from "../rest/schema-cache.ts";
import type { Sql } from "../sql.ts";
import type { ObjectFiles } from "./object-files.ts";
import { invalidRequest } from "./storage-error.ts";

/** What Storage's operations work with, for one request. */
export interface StorageContext {
  readonly http: HttpRequest;
  readonly caller: Caller;
  readonly files: ObjectFiles;
  readonly jwtSecret: string;
  /** As the caller: policies on storage.objects and storage.buckets decide. */
  readonly asCaller: <T>(work: (connection: Connection) => Promise<T>) => Promise<T>;
  /** As the owner: for what the caller need not be allowed to see, such as a bucket's limits. */
  readonly asOwner: <T>(work: (connection: Connection) => Promise<T>) => Promise<T>;
}

const searchPath: Settings = [["search_path", "storage, public, extensions"]];

export const storageContext = (
  executor: Executor,
  cache: SchemaCache,
  base: Pick<StorageContext, "http" | "caller" | "files" | "jwtSecret">,
): StorageContext => ({
  ...base,
  asCaller: (work) => executor.tx([...callerSettings(base.caller, cache), ...searchPath], work),
  asOwner: (work) => executor.tx(searchPath, work),
});

/** Rows of a statement whose column `record` is JSON. */
export const records = async <T>(connection: Connection, statement: Sql): Promise<T[]> =>
  (await connection.query(statement)).map((row) => JSON.parse(String(row.record)) as T);

const maxJsonBytes = 1024 * 1024;

export const readJsonObject = async ({ http }: StorageContext): Promise<Readonly<Record<string, unknown>>> => {
  const text = (await readBody(http, maxJsonBytes)).toString("utf8");
  try {
    const json: unknown = JSON.parse(text === "" ? "{}" : text);
    if (isObject(json)) return json;
  } catch {
    // Said below.
  }
  throw invalidRequest("The body must be a JSON object");
};

export const requiredText = (json: Readonly<Record<string, unknown>>, name: string): string => {
  const text = json[name];
  if (typeof text === "string" && text !== "") return text;
  throw invalidRequest(`body must have required property '${name}'`);
};
