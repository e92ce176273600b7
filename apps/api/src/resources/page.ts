import { z } from "zod";

/** Query parameters of every list. A cursor is opaque: it comes from the page before. */
export const pageQuery = (maxLimit: number, defaultLimit: number) => ({
  limit: z.coerce.number().int().min(1).max(maxLimit).default(defaultLimit),
  cursor: z.string().min(1).max(500).optional(),
});
