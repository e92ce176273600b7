import { z } from "zod";
import type { Supabase } from "./client.ts";
import { decodeCursor, encodeCursor, pageSize } from "./cursor.ts";
import { failure } from "./errors.ts";
import { row } from "./rows.ts";

export const passageShape = {
  id: z.int(),
  ordinal: z.int(),
  content: z.string(),
  contextHeader: z.string(),
  headingPath: z.array(z.string()),
  pageFrom: z.int().nullable(),
  pageTo: z.int().nullable(),
  sheet: z.string().nullable(),
  rowFrom: z.int().nullable(),
  rowTo: z.int().nullable(),
  charStart: z.int(),
  charEnd: z.int(),
  kind: z.enum(["text", "table", "code", "list"]),
} as const;
const passage = row(passageShape);
export type PassageRow = z.output<typeof passage>;

export const passageColumns =
  "id, ordinal, content, context_header, heading_path, page_from, page_to, sheet, row_from, row_to, char_start, " +
  "char_end, kind";

/** A document's text as it was cut, for who opens a source. */
export interface Passages {
  /** In their order; from the one that `fromChar` lies in, or the first after it. */
  list(input: {
    readonly orgId: string;
    readonly documentId: string;
    readonly generation: number;
    readonly fromChar?: number | undefined;
    readonly limit: number;
    readonly cursor?: string | undefined;
  }): Promise<{ readonly passages: readonly PassageRow[]; readonly nextCursor?: string }>;
}

export const makePassages = (supabase: Supabase): Passages => ({
  async list({ orgId, documentId, generation, fromChar, limit, cursor }) {
    const size = pageSize(limit);
    let query = supabase
      .from("chunks")
      .select(passageColumns)
      .eq("org_id", orgId)
      .eq("document_id", documentId)
      .eq("generation", generation);
    if (fromChar !== undefined) query = query.gt("char_end", fromChar);
    if (cursor !== undefined) query = query.gt("ordinal", decodeCursor(cursor, z.tuple([z.int()]))[0]);
    const { data, error, status } = await query.order("ordinal").limit(size + 1);
    if (error) throw failure(`reading passages of document ${documentId}`, error, status);
    const rows = z.array(passage).parse(data);
    const passages = rows.slice(0, size);
    const last = passages.at(-1);
    return { passages, ...(rows.length > size && last && { nextCursor: encodeCursor([last.ordinal]) }) };
  },
});
