import { z } from "zod";

/** What Postgres stores as text: well-formed Unicode without NUL. */
const isStorable = (value: string): boolean => value.isWellFormed() && !value.includes("\0");

/** A line of text for people: trimmed, not empty, at most `maxLength` UTF-16 units. */
export const line = (maxLength: number) =>
  z.string().trim().min(1).max(maxLength).refine(isStorable, "must be well-formed Unicode without NUL characters");

/** A JSON object that jsonb takes: at most `maxBytes` as UTF-8, no NUL and no lone surrogate in any key or value. */
export const jsonObject = (maxBytes: number) =>
  z
    .record(z.string(), z.json())
    .refine(
      (value) => Buffer.byteLength(JSON.stringify(value)) <= maxBytes,
      `must be at most ${maxBytes} bytes of JSON`,
    )
    .refine(everyStringStorable, "must be well-formed Unicode without NUL characters");

const everyStringStorable = (value: unknown): boolean => {
  if (typeof value === "string") return isStorable(value);
  if (typeof value !== "object" || value === null) return true;
  return Object.entries(value).every(([key, item]) => isStorable(key) && everyStringStorable(item));
};
