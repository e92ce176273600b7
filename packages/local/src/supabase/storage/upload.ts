import { Readable } from "node:stream";
import type { HttpResponse } from "../http.ts";
import { header, jsonResponse } from "../http.ts";
import { isObject } from "../rest/json-body.ts";
import type { Bucket } from "./buckets.ts";
import { bucketRules } from "./buckets.ts";
import type { ReceivedFile } from "./object-files.ts";
import type { ObjectKey } from "./object-key.ts";
import { keyText } from "./object-key.ts";
import { putObject } from "./object-rows.ts";
import type { StorageContext } from "./storage-context.ts";
import { invalidRequest, StorageError, tooLarge } from "./storage-error.ts";

/** Supabase's limit for all buckets together with their own; its free plan's default. */
const maxObjectBytes = 50 * 1024 * 1024;

interface Upload {
  readonly content: AsyncIterable<Uint8Array>;
  readonly mimeType: string;
  readonly cacheControl: string;
  readonly userMetadata: Readonly<Record<string, unknown>> | undefined;
}

const parseMetadata = (text: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    const json: unknown = JSON.parse(text);
    return isObject(json) ? json : undefined;
  } catch {
    return undefined;
  }
};

const maxAge = (given: string | undefined): string =>
  /^\d+$/u.test(given ?? "") ? `max-age=${given}` : (given ?? "no-cache");

/** A browser's form: its parts are parsed in memory, so the form as a whole is limited. */
const readForm = async ({ http }: StorageContext, contentType: string, maxBytes: number): Promise<Upload> => {
  const limited = async function* (): AsyncGenerator<Uint8Array> {
    let size = 0;
    for await (const chunk of http.body as AsyncIterable<Uint8Array>) {
      size += chunk.byteLength;
      if (size > maxBytes + 64 * 1024) throw tooLarge();
      yield chunk;
    }
  };
  const body = await new Response(Readable.toWeb(Readable.from(limited())) as ReadableStream, {
    headers: { "content-type": contentType },
  })
    .formData()
    .catch((error: unknown) => {
      throw error instanceof Error && error.cause instanceof StorageError
        ? error.cause
        : error instanceof StorageError
          ? error
          : invalidRequest("The form could not be read");
    });
  const file = [...body.values()].find((part) => typeof part !== "string");
  if (file === undefined) throw invalidRequest("The form holds no file");
  const text = (name: string): string | undefined => {
    const field = body.get(name);
    return typeof field === "string" ? field : undefined;
  };
  const metadata = text("metadata");
  return {
    content: file.stream() as unknown as AsyncIterable<Uint8Array>,
    mimeType: text("contentType") ?? (file.type === "" ? "application/octet-stream" : file.type),
    cacheControl: maxAge(text("cacheControl")),
    userMetadata: metadata === undefined ? undefined : parseMetadata(metadata),
  };
};

const readUpload = async (context: StorageContext, maxBytes: number): Promise<Upload> => {
  const { http } = context;
  const contentType = header(http, "content-type") ?? "application/octet-stream";
  if (/^multipart\/form-data/iu.test(contentType)) return readForm(context, contentType, maxBytes);
  const metadata = header(http, "x-metadata");
  return {
    content: http.body as AsyncIterable<Uint8Array>,
    mimeType: contentType,
    cacheControl: maxAge(header(http, "cache-control")),
    userMetadata: metadata === undefined ? undefined : parseMetadata(Buffer.from(metadata, "base64").toString("utf8")),
  };
};

const checkMimeType = ({ allowed_mime_types: allowed }: Bucket, mimeType: string): void => {
  const [type = ""] = mimeType.split(";");
  const isAllowed =
    allowed === null ||
    allowed.some((known) => known === type.trim() || (known.endsWith("/*") && type.startsWith(known.slice(0, -1))));
  if (!isAllowed)
    throw new StorageError(415, "invalid_mime_type", "InvalidMimeType", `mime type ${type} is not supported`);
};

const objectMetadata = (
  { mimeType, cacheControl }: Upload,
  { md5, size }: ReceivedFile,
): Readonly<Record<string, unknown>> => ({
  eTag: `"${md5}"`,
  size,
  mimetype: mimeType,
  cacheControl,
  lastModified: new Date().toISOString(),
  contentLength: size,
  httpStatusCode: 200,
});

/**
 * Receives the body into a file, then writes the row; the file becomes the object's only with the row.
 * @param run As whom the row is written.
 */
export const storeUpload = async (
  context: StorageContext,
  key: ObjectKey,
  { upsert, run }: { readonly upsert: boolean; readonly run: StorageContext["asCaller"] },
): Promise<HttpResponse> => {
  const bucket = await bucketRules(context, key.bucket);
  const maxBytes = Math.min(bucket.file_size_limit ?? maxObjectBytes, maxObjectBytes);
  const upload = await readUpload(context, maxBytes);
  checkMimeType(bucket, upload.mimeType);
  const file = await context.files.receive(upload.content, maxBytes);
  try {
    const { sub } = context.caller.claims;
    const object = {
      ...key,
      version: file.version,
      ownerId: typeof sub === "string" ? sub : undefined,
      metadata: objectMetadata(upload, file),
      userMetadata: upload.userMetadata,
    };
    const { id, replacedVersion } = await run(async (connection) => {
      const put = await putObject(connection, object, upsert);
      await file.keep();
      return put;
    });
    if (replacedVersion !== undefined) await context.files.remove([replacedVersion]);
    return jsonResponse(200, { Id: id, Key: keyText(key) });
  } finally {
    await file.discard();
  }
};

export const wantsUpsert = (context: StorageContext): boolean => header(context.http, "x-upsert") === "true";

/** POST and PUT `/object/:bucket/*`; PUT replaces. */
export const upload = (context: StorageContext, key: ObjectKey): Promise<HttpResponse> =>
  storeUpload(context, key, { upsert: context.http.method === "PUT" || wantsUpsert(context), run: context.asCaller });
