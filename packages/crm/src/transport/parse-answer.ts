import { PermanentError } from "@gpt-agent/jobs/errors";
import type { z } from "zod";

/**
 * What a provider answered, by our schema. The error names places and never values: they are customers' data.
 * @throws {PermanentError} `crm_bad_response`
 */
export const parseAnswer = <T extends z.ZodType>(schema: T, body: unknown, what: string): z.output<T> => {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const places = parsed.error.issues.slice(0, 5).map(({ path, code }) => `${path.join(".") || "the body"} (${code})`);
  throw new PermanentError("crm_bad_response", `${what} does not fit its documentation: ${places.join(", ")}.`, {
    detail: { places },
  });
};
