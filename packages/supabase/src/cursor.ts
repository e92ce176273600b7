import { PermanentError } from "@gpt-agent/jobs/errors";
import type { z } from "zod";

// Where a page ended, opaque to callers: the sort key of its last row.

export const encodeCursor = (key: readonly (string | number)[]): string =>
  Buffer.from(JSON.stringify(key)).toString("base64url");

/** @throws {PermanentError} invalid_request for a cursor that this list did not give out */
export const decodeCursor = <Schema extends z.ZodType>(cursor: string, key: Schema): z.output<Schema> => {
  try {
    return key.parse(JSON.parse(Buffer.from(cursor, "base64url").toString("utf8")));
  } catch (error) {
    throw new PermanentError("invalid_request", "The cursor is not one that this list gave out; start without it.", {
      cause: error,
    });
  }
};

/** One row more than the page is read; whether it came says whether there is a next page. PostgREST gives 1000 at most. */
const maxPage = 999;
export const pageSize = (limit: number): number => Math.max(1, Math.min(Math.trunc(limit), maxPage));
