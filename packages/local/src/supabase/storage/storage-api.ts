import type { Caller } from "../auth.ts";
import type { Executor } from "../executor.ts";
import type { HttpRequest, HttpResponse } from "../http.ts";
import { decodeSegments, jsonResponse } from "../http.ts";
import type { SchemaCache } from "../rest/schema-cache.ts";
import { handleBuckets } from "./buckets.ts";
import { download, downloadPublic, info, infoPublic } from "./download.ts";
import { listObjects } from "./listing.ts";
import type { ObjectFiles } from "./object-files.ts";
import { toKey } from "./object-key.ts";
import { downloadSigned, signDownload, signDownloads, signUpload, uploadSigned } from "./signed.ts";
import type { StorageContext } from "./storage-context.ts";
import { storageContext } from "./storage-context.ts";
import { StorageError, storageErrorResponse } from "./storage-error.ts";
import { copy, move, removeObject, removeObjects } from "./transfer.ts";
import { upload } from "./upload.ts";

const handleInfo = (context: StorageContext, path: readonly string[]): Promise<HttpResponse> | undefined => {
  if (context.http.method !== "GET" && context.http.method !== "HEAD") return undefined;
  const [first, ...rest] = path;
  if (first === "public") return infoPublic(context, toKey(rest));
  return info(context, toKey(first === "authenticated" ? rest : path));
};

const handleSigned = (context: StorageContext, path: readonly string[]): Promise<HttpResponse> | undefined => {
  const { method } = context.http;
  if (method === "GET" || method === "HEAD") return downloadSigned(context, toKey(path));
  if (method !== "POST") return undefined;
  return path.length === 1 ? signDownloads(context, path[0] ?? "") : signDownload(context, toKey(path));
};

const handleObject = (context: StorageContext, path: readonly string[]): Promise<HttpResponse> | undefined => {
  const [bucket = ""] = path;
  switch (context.http.method) {
    case "GET":
    case "HEAD":
      return download(context, toKey(path));
    case "POST":
    case "PUT":
      return upload(context, toKey(path));
    case "DELETE":
      return path.length === 1 ? removeObjects(context, bucket) : removeObject(context, toKey(path));
    default:
      return undefined;
  }
};

/** `/object/…`: a word of Storage's own first, else a bucket; so no bucket may be called `list`, as on Supabase. */
const handleObjects = (context: StorageContext, path: readonly string[]): Promise<HttpResponse> | undefined => {
  const [first = "", ...rest] = path;
  const { method } = context.http;
  switch (first) {
    case "public":
      return method === "GET" || method === "HEAD" ? downloadPublic(context, toKey(rest)) : undefined;
    case "authenticated":
      return method === "GET" || method === "HEAD" ? download(context, toKey(rest)) : undefined;
    case "info":
      return handleInfo(context, rest);
    case "list":
      return method === "POST" ? listObjects(context, rest[0] ?? "") : undefined;
    case "move":
      return method === "POST" ? move(context) : undefined;
    case "copy":
      return method === "POST" ? copy(context) : undefined;
    case "sign":
      return handleSigned(context, rest);
    case "upload":
      if (rest[0] !== "sign") return undefined;
      return method === "POST"
        ? signUpload(context, toKey(rest.slice(1)))
        : uploadSigned(context, toKey(rest.slice(1)));
    default:
      return handleObject(context, path);
  }
};

const route = (context: StorageContext, segments: readonly string[]): Promise<HttpResponse | undefined> | undefined => {
  const [kind, ...path] = segments;
  if (kind === "bucket") return handleBuckets(context, path);
  return kind === "object" ? handleObjects(context, path) : undefined;
};

/** Paths that carry their own permission, or need none. */
const needsNoKey = (path: string, method: string): boolean =>
  /^object\/(info\/)?public\//u.test(path) ||
  ((method === "GET" || method === "HEAD") && path.startsWith("object/sign/")) ||
  (method === "PUT" && path.startsWith("object/upload/sign/")) ||
  path === "status";

/** `/storage/v1`, as Supabase Storage answers it; its files lie in a folder of this server. */
export const makeStorageApi =
  (executor: Executor, schema: () => Promise<SchemaCache>, files: ObjectFiles, jwtSecret: string) =>
  async (http: HttpRequest, authenticate: () => Promise<Caller>): Promise<HttpResponse> => {
    try {
      if (http.path === "status") return jsonResponse(200, { status: "ok" });
      const anyone: Caller = { role: "anon", claims: { role: "anon" } };
      const caller = needsNoKey(http.path, http.method) ? anyone : await authenticate();
      const context = storageContext(executor, await schema(), { http, caller, files, jwtSecret });
      const response = await route(context, decodeSegments(http.path));
      if (response === undefined) {
        throw new StorageError(404, "not_found", "NotFound", `Route ${http.method}:/${http.path} not found`);
      }
      return response;
    } catch (error) {
      return storageErrorResponse(error);
    }
  };
