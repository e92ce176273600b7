import type { GuardedResponse } from "@gpt-agent/http/guarded-request";
import type { ApiAnswer } from "./api-call.ts";

/** The body as JSON, whatever the content type says: providers label it as text, as problem+json or not at all. */
export const readBody = ({ status, headers, body }: GuardedResponse): ApiAnswer => {
  const text = body.toString("utf8").trim();
  if (text === "") return { status, headers, body: undefined, unreadable: false };
  try {
    return { status, headers, body: JSON.parse(text) as unknown, unreadable: false };
  } catch {
    return { status, headers, body: undefined, unreadable: true };
  }
};

/** The value under a chain of keys, or undefined; for reading errors of any shape. */
export const at = (value: unknown, ...keys: readonly (string | number)[]): unknown => {
  let here = value;
  for (const key of keys) {
    if (typeof here !== "object" || here === null) return undefined;
    here = (here as Readonly<Record<string | number, unknown>>)[key];
  }
  return here;
};

/** The value if it is a text that says something. */
export const textOf = (value: unknown): string | undefined =>
  typeof value === "string" && value.trim() !== "" ? value : undefined;
