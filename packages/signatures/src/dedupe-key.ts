import { createHash } from "node:crypto";

/** Of the bytes: what a sender repeats unchanged is equal. */
export const bodyKey = (rawBody: Buffer): string => `body:${createHash("sha256").update(rawBody).digest("hex")}`;

/**
 * One key of what the sender names. A part that is missing gives none: two events would share it.
 * Parts are escaped, so that they cannot run into one another; what is long is hashed.
 */
export const dedupeKeyOf = (...parts: readonly (string | undefined)[]): string | undefined => {
  if (parts.some((part) => part === undefined || part === "")) return undefined;
  const key = parts.map((part = "") => encodeURIComponent(part.toWellFormed())).join(":");
  return key.length <= 200 ? key : `sha256:${createHash("sha256").update(key).digest("hex")}`;
};
