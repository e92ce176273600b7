import { createHash } from "node:crypto";

/** The same uuid (version 8) for the same names: a job that comes twice finds what it made. */
export const uuidOf = (...names: readonly string[]): string => {
  const hex = createHash("sha256").update(JSON.stringify(names)).digest("hex");
  const variant = ((parseInt(hex.slice(16, 17), 16) & 3) | 8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20, 32),
  ].join("-");
};

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
export const isUuid = (text: string): boolean => uuid.test(text);
