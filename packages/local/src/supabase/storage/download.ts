import type { HttpResponse } from "../http.ts";
import { header, jsonResponse } from "../http.ts";
import { bucketRules } from "./buckets.ts";
import type { ObjectKey } from "./object-key.ts";
import type { StoredObject } from "./object-rows.ts";
import { findObject } from "./object-rows.ts";
import type { StorageContext } from "./storage-context.ts";
import { noSuchBucket, StorageError } from "./storage-error.ts";

/** `bytes=0-99`, `bytes=100-`, `bytes=-50`; anything else is answered with the whole. */
const parseRange = (text: string | undefined, size: number): { start: number; end: number } | undefined => {
  const [, from = "", to = ""] = /^bytes=(\d*)-(\d*)$/u.exec(text ?? "") ?? [];
  if (from === "" && to === "") return undefined;
  const start = from === "" ? Math.max(size - Number(to), 0) : Number(from);
  const end = from === "" || to === "" ? size - 1 : Math.min(Number(to), size - 1);
  if (start > end)
    throw new StorageError(416, "InvalidRange", "InvalidRange", "The requested range cannot be satisfied");
  return { start, end };
};

const disposition = (download: string | null, name: string): string | undefined => {
  if (download === null) return undefined;
  const fileName = encodeURIComponent(download === "" ? (name.split("/").at(-1) ?? name) : download);
  return `attachment; filename=${fileName}; filename*=UTF-8''${fileName};`;
};

/** The object's content, or the part of it that `Range` asks for. */
export const contentResponse = ({ http, files }: StorageContext, object: StoredObject): HttpResponse => {
  const { metadata, version, name } = object;
  const range = parseRange(header(http, "range"), metadata.size);
  const length = range === undefined ? metadata.size : range.end - range.start + 1;
  const headers = {
    "accept-ranges": "bytes",
    "cache-control": metadata.cacheControl,
    "content-disposition": disposition(http.query.get("download"), name),
    "content-length": String(length),
    "content-range": range === undefined ? undefined : `bytes ${range.start}-${range.end}/${metadata.size}`,
    "content-type": metadata.mimetype,
    etag: metadata.eTag,
    "last-modified": new Date(metadata.lastModified).toUTCString(),
  };
  if (header(http, "if-none-match") === metadata.eTag)
    return { status: 304, headers: { ...headers, "content-length": undefined } };
  const status = range === undefined ? 200 : 206;
  return http.method === "HEAD" ? { status, headers } : { status, headers, body: files.read(version, range) };
};

/** GET and HEAD `/object/:bucket/*`, `/object/authenticated/:bucket/*` */
export const download = async (context: StorageContext, key: ObjectKey): Promise<HttpResponse> =>
  contentResponse(context, await context.asCaller((connection) => findObject(connection, key)));

const requirePublic = async (context: StorageContext, key: ObjectKey): Promise<void> => {
  const bucket = await bucketRules(context, key.bucket);
  // As on Supabase, a private bucket is not to be told from a missing one.
  if (!bucket.public) throw noSuchBucket();
};

/** GET and HEAD `/object/public/:bucket/*`, by anyone. */
export const downloadPublic = async (context: StorageContext, key: ObjectKey): Promise<HttpResponse> => {
  await requirePublic(context, key);
  return contentResponse(context, await context.asOwner((connection) => findObject(connection, key)));
};

const describe = ({ id, bucket_id, name, version, created_at, metadata, user_metadata }: StoredObject): HttpResponse =>
  jsonResponse(200, {
    id,
    name,
    bucket_id,
    version,
    size: metadata.size,
    content_type: metadata.mimetype,
    cache_control: metadata.cacheControl,
    etag: metadata.eTag,
    metadata: user_metadata ?? {},
    last_modified: metadata.lastModified,
    created_at,
  });

/** GET `/object/info/:bucket/*`, `/object/info/authenticated/:bucket/*` */
export const info = async (context: StorageContext, key: ObjectKey): Promise<HttpResponse> =>
  describe(await context.asCaller((connection) => findObject(connection, key)));

/** GET `/object/info/public/:bucket/*` */
export const infoPublic = async (context: StorageContext, key: ObjectKey): Promise<HttpResponse> => {
  await requirePublic(context, key);
  return describe(await context.asOwner((connection) => findObject(connection, key)));
};
