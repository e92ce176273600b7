import type { ErrorCode } from "@gpt-agent/jobs/error-codes";
import { z } from "zod";

// The one place where columns (snake_case) become properties (camelCase). Only a row's own keys: what lies inside a
// JSON column is somebody else's and stays as it is.

const camelKeys = (row: unknown): unknown =>
  typeof row === "object" && row !== null
    ? Object.fromEntries(
        Object.entries(row).map(([key, value]) => [
          key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
          value,
        ]),
      )
    : row;

/** A database row with these properties; further columns are dropped, so a newer migration does not break older code. */
export const row = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.preprocess(camelKeys, z.object(shape).readonly());

/** Codes are written by our own code only; one of a newer release may be read by an older one. */
export const errorCode = z.custom<ErrorCode>((value) => typeof value === "string");

/** bytea, as PostgREST writes it (`\\x00ff`), in lower-case hexadecimal. */
export const hex = z.string().transform((value) => value.replace(/^\\x/, ""));

/** Answers of functions that return nothing. */
export const nothing = z.unknown().transform(() => undefined);
