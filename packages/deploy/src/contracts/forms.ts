import { z } from "zod";

/** `30s`, `5m`. */
export const duration = z.string().regex(/^[1-9]\d*(s|m|h)$/);

/** What may stand in a DNS label: names of services, apps and objects. */
export const label = z.string().regex(/^[a-z][a-z0-9-]{0,62}$/);

export const port = z.int().min(1).max(65_535);

/** Only these variables: a misspelt one would be set and never read. */
export const variables = <V extends z.ZodType>(names: readonly string[], value: V) =>
  z.partialRecord(z.enum(names), value) as unknown as z.ZodType<Record<string, z.infer<V>>>;
