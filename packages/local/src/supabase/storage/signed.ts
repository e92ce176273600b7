import { errors, jwtVerify } from "jose";
import type { HttpResponse } from "../http.ts";
import { jsonResponse } from "../http.ts";
import { signJwt } from "../keys.ts";
import { sql, value } from "../sql.ts";
import { bucketRules } from "./buckets.ts";
import { contentResponse } from "./download.ts";
import type { ObjectKey } from "./object-key.ts";
import { checkName, keyText } from "./object-key.ts";
import { findObject, putObject } from "./object-rows.ts";
import type { StorageContext } from "./storage-context.ts";
import { readJsonObject } from "./storage-context.ts";
import { invalidRequest, StorageError } from "./storage-error.ts";
import { storeUpload, wantsUpsert } from "./upload.ts";

type Purpose = "download" | "upload";

const uploadSeconds = 2 * 3_600;

const token = (
  context: StorageContext,
  key: ObjectKey,
  purpose: Purpose,
  seconds: number,
  upsert = false,
): Promise<string> => {
  const now = Math.floor(Date.now() / 1_000);
  return signJwt({ url: keyText(key), purpose, upsert, iat: now, exp: now + seconds }, context.jwtSecret);
};

const invalidToken = (message: string): StorageError => new StorageError(400, "InvalidJWT", "InvalidJWT", message);

/** @throws {StorageError} unless the token in the URL was signed for this object and purpose, and still holds */
const verifyToken = async (
  { http, jwtSecret }: StorageContext,
  key: ObjectKey,
  purpose: Purpose,
): Promise<{ upsert: boolean }> => {
  const given = http.query.get("token");
  if (given === null) throw invalidRequest("querystring must have required property 'token'");
  const { payload } = await jwtVerify(given, new TextEncoder().encode(jwtSecret), { algorithms: ["HS256"] }).catch(
    (error: unknown) => {
      throw invalidToken(
        error instanceof errors.JWTExpired ? '"exp" claim timestamp check failed' : "signature verification failed",
      );
    },
  );
  if (payload.url !== keyText(key) || payload.purpose !== purpose) {
    throw new StorageError(400, "InvalidSignature", "InvalidSignature", "The url do not match the signature");
  }
  return { upsert: payload.upsert === true };
};

const readSeconds = (expiresIn: unknown): number => {
  if (typeof expiresIn === "number" && Number.isInteger(expiresIn) && expiresIn >= 1) return expiresIn;
  throw invalidRequest("body/expiresIn must be >= 1");
};

/** Unescaped: the client escapes what it gets. */
const downloadUrl = async (context: StorageContext, key: ObjectKey, seconds: number): Promise<string> =>
  `/object/sign/${keyText(key)}?token=${await token(context, key, "download", seconds)}`;

/** POST `/object/sign/:bucket/*` */
export const signDownload = async (context: StorageContext, key: ObjectKey): Promise<HttpResponse> => {
  const seconds = readSeconds((await readJsonObject(context)).expiresIn);
  await context.asCaller((connection) => findObject(connection, key));
  return jsonResponse(200, { signedURL: await downloadUrl(context, key, seconds) });
};

/** POST `/object/sign/:bucket` with `{ expiresIn, paths }` */
export const signDownloads = async (context: StorageContext, bucket: string): Promise<HttpResponse> => {
  const { expiresIn, paths } = await readJsonObject(context);
  const seconds = readSeconds(expiresIn);
  if (!Array.isArray(paths)) throw invalidRequest("body must have required property 'paths'");
  const names = paths.map((path) => checkName(String(path)));
  const found = await context.asCaller((connection) =>
    connection.query(sql`select name from storage.objects where bucket_id = ${value(bucket)}
      and name in (select json_array_elements_text(${value(JSON.stringify(names))}::json))`),
  );
  const present = new Set(found.map(({ name }) => String(name)));
  const signed = names.map(async (name) =>
    present.has(name)
      ? { path: name, error: null, signedURL: await downloadUrl(context, { bucket, name }, seconds) }
      : { path: name, error: "Either the object does not exist or you do not have access to it", signedURL: null },
  );
  return jsonResponse(200, await Promise.all(signed));
};

/** GET and HEAD `/object/sign/:bucket/*?token=`: the token is the permission. */
export const downloadSigned = async (context: StorageContext, key: ObjectKey): Promise<HttpResponse> => {
  await verifyToken(context, key, "download");
  return contentResponse(context, await context.asOwner((connection) => findObject(connection, key)));
};

class RolledBack extends Error {}

/** Whether policies would let the caller write it: writes it, and undoes that. */
const requireMayUpload = async (context: StorageContext, key: ObjectKey, upsert: boolean): Promise<void> => {
  const object = { ...key, version: "", ownerId: undefined, metadata: {}, userMetadata: undefined };
  try {
    await context.asCaller(async (connection) => {
      await putObject(connection, object, upsert);
      throw new RolledBack();
    });
  } catch (error) {
    if (!(error instanceof RolledBack)) throw error;
  }
};

/** POST `/object/upload/sign/:bucket/*` */
export const signUpload = async (context: StorageContext, key: ObjectKey): Promise<HttpResponse> => {
  await bucketRules(context, key.bucket);
  const upsert = wantsUpsert(context);
  await requireMayUpload(context, key, upsert);
  const signed = await token(context, key, "upload", uploadSeconds, upsert);
  return jsonResponse(200, { url: `/object/upload/sign/${keyText(key)}?token=${signed}`, token: signed });
};

/** PUT `/object/upload/sign/:bucket/*?token=` */
export const uploadSigned = async (context: StorageContext, key: ObjectKey): Promise<HttpResponse> => {
  const { upsert } = await verifyToken(context, key, "upload");
  return storeUpload(context, key, { upsert, run: context.asOwner });
};
