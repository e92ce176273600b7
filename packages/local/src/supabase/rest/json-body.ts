import { ApiError } from "../api-error.ts";
import type { HttpRequest } from "../http.ts";
import { readBody } from "../http.ts";

const maxBodyBytes = 64 * 1024 * 1024;

export interface JsonBody {
  /** As the client sent it: the database parses it again, once, into its own types. */
  readonly text: string;
  readonly parsed: unknown;
}

const invalid = (reason: string): ApiError =>
  new ApiError(400, "PGRST102", "Empty or invalid json", { details: reason });

/** @throws {ApiError} PGRST102 for what is no JSON, 413 for what is too large */
export const readJson = async (http: HttpRequest): Promise<JsonBody> => {
  const text = (await readBody(http, maxBodyBytes)).toString("utf8");
  // A NUL is no JSON, but a driver may cut the text there.
  if (text.includes("\0")) throw invalid("A NUL character");
  if (text.trim() === "") return { text: "", parsed: undefined };
  try {
    return { text, parsed: JSON.parse(text) };
  } catch (error) {
    throw invalid(error instanceof Error ? error.message : String(error));
  }
};

export const isObject = (json: unknown): json is Readonly<Record<string, unknown>> =>
  typeof json === "object" && json !== null && !Array.isArray(json);

export const invalidBody = invalid;
