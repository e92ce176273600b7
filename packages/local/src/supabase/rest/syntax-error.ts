import { ApiError } from "../api-error.ts";

/** A query parameter that does not parse. */
export const syntaxError = (parameter: string, text: string, reason: string): ApiError =>
  new ApiError(400, "PGRST100", `"failed to parse ${parameter} (${text})"`, { details: reason });
