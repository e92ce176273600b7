import { parseForm } from "./parse-form.ts";

export type ParsedBody =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly reason: "content_type" | "malformed" };

const mediaType = (contentType: string): string => (contentType.split(";", 1)[0] ?? "").trim().toLowerCase();

/** `application/json`, `application/anything+json`, `text/json` and forms; nothing else carries a webhook we know. */
export const isKnownContentType = (contentType: string): boolean => {
  const type = mediaType(contentType);
  return type === "application/x-www-form-urlencoded" || /^(application\/([\w.-]+\+)?|text\/)json$/.test(type);
};

export const parseBody = (contentType: string, rawBody: Buffer): ParsedBody => {
  if (!isKnownContentType(contentType)) return { ok: false, reason: "content_type" };
  if (mediaType(contentType) === "application/x-www-form-urlencoded") {
    const value = parseForm(rawBody);
    return value === undefined ? { ok: false, reason: "malformed" } : { ok: true, value };
  }
  try {
    return { ok: true, value: JSON.parse(rawBody.toString("utf8")) as unknown };
  } catch {
    return { ok: false, reason: "malformed" };
  }
};
