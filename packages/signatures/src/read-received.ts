import { parseBody } from "./parse-body.ts";
import type { ReceivedWebhook, RefusalReason, RefusedWebhook, SchemeOptions } from "./scheme.ts";

export const defaultToleranceMs = 300_000;

export const refused = (reason: RefusalReason): RefusedWebhook => ({ ok: false, reason });

/** A header's text; one that came several times counts by its first. */
export const headerOf = (received: ReceivedWebhook, name: string): string | undefined => {
  const value = received.headers[name];
  return typeof value === "string" ? value : value?.[0];
};

/** Whole seconds or milliseconds since 1970, nothing around them. */
export const timeOf = (text: string | undefined, unit: "s" | "ms"): number | undefined => {
  if (text === undefined || !/^\d{1,15}$/.test(text)) return undefined;
  return Number(text) * (unit === "s" ? 1_000 : 1);
};

/** Too old may be a replay; too new would be replayable for longer than the window. */
export const isFresh = (sentAtMs: number, received: ReceivedWebhook, options: SchemeOptions): boolean =>
  Math.abs(received.nowMs - sentAtMs) <= (options.toleranceMs ?? defaultToleranceMs);

/** The parsed body by its content type; undefined where it cannot be read. */
export const bodyOf = (received: ReceivedWebhook): unknown => {
  const parsed = parseBody(headerOf(received, "content-type") ?? "application/json", received.rawBody);
  return parsed.ok ? parsed.value : undefined;
};

/** What stands at the path, as text; a whole number counts as its digits. */
export const textAt = (value: unknown, ...path: readonly string[]): string | undefined => {
  let at: unknown = value;
  for (const step of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, step)) return undefined;
    at = (at as Readonly<Record<string, unknown>>)[step];
  }
  if (typeof at === "string") return at;
  return typeof at === "number" && Number.isSafeInteger(at) ? String(at) : undefined;
};
