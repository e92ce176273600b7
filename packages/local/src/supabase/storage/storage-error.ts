import { ApiError } from "../api-error.ts";
import { isDatabaseError } from "../executor.ts";
import type { HttpResponse } from "../http.ts";
import { jsonResponse } from "../http.ts";

/** A refusal in Storage's form. The response's own status is 400 for all but the server's faults, as on Supabase. */
export class StorageError extends Error {
  override name = "StorageError";
  readonly statusCode: number;
  readonly error: string;
  /** Storage's stable name for it, e.g. NoSuchKey. */
  readonly code: string;

  constructor(statusCode: number, error: string, code: string, message: string) {
    super(message);
    this.statusCode = statusCode;
    this.error = error;
    this.code = code;
  }
}

export const noSuchObject = (): StorageError => new StorageError(404, "not_found", "NoSuchKey", "Object not found");
export const noSuchBucket = (): StorageError =>
  new StorageError(404, "Bucket not found", "NoSuchBucket", "Bucket not found");
const duplicate = (): StorageError =>
  new StorageError(409, "Duplicate", "ResourceAlreadyExists", "The resource already exists");
export const invalidRequest = (message: string): StorageError =>
  new StorageError(400, "invalid_request", "InvalidRequest", message);
export const tooLarge = (): StorageError =>
  new StorageError(413, "Payload too large", "EntityTooLarge", "The object exceeded the maximum allowed size");

const fromDatabase = (error: unknown): StorageError | undefined => {
  if (!isDatabaseError(error)) return undefined;
  if (error.code === "42501") return new StorageError(403, "Unauthorized", "AccessDenied", error.message);
  if (error.code === "23505") return duplicate();
  if (error.code === "23503") return noSuchBucket();
  return new StorageError(500, "DatabaseError", "DatabaseError", error.message);
};

const fromApi = (error: unknown): StorageError | undefined => {
  if (!(error instanceof ApiError)) return undefined;
  if (error.status === 401) return new StorageError(403, "Unauthorized", "InvalidJWT", error.message);
  return new StorageError(error.status, "invalid_request", "InvalidRequest", error.message);
};

export const storageErrorResponse = (error: unknown): HttpResponse => {
  const known = error instanceof StorageError ? error : (fromDatabase(error) ?? fromApi(error));
  const {
    statusCode,
    error: name,
    code,
    message,
  } = known ??
  new StorageError(500, "Internal", "InternalError", error instanceof Error ? error.message : String(error));
  return jsonResponse(statusCode >= 500 ? statusCode : 400, {
    statusCode: String(statusCode),
    error: name,
    message,
    code,
  });
};
