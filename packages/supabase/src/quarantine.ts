import { z } from "zod";
import type { Supabase } from "./client.ts";
import { decodeCursor, encodeCursor, pageSize } from "./cursor.ts";
import { documentRow, type DocumentRow } from "./document-row.ts";
import { failure } from "./errors.ts";
import { passageColumns, passageShape } from "./passages.ts";
import { errorCode, row } from "./rows.ts";
import { call } from "./rpc.ts";

const quarantinedPassage = row({
  ...passageShape,
  tokenCount: z.int(),
  quarantineCode: errorCode,
  quarantineMessage: z.string().nullable(),
});
/** A passage that the provider refused; the rest of its document went on. */
export type QuarantinedPassage = z.output<typeof quarantinedPassage>;

interface Key {
  readonly orgId: string;
  readonly documentId: string;
}

export interface Quarantine {
  /** Of one generation, in the order of the text. */
  list(
    input: Key & { readonly generation: number; readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<{ readonly passages: readonly QuarantinedPassage[]; readonly nextCursor?: string }>;
  /**
   * Lets one passage wait for its vector again; without one all of them, and a document whose embedding failed.
   * Undefined: there is nothing to try again. Else the document, for its job.
   */
  retry(input: Key & { readonly chunkId?: number | undefined }): Promise<DocumentRow | undefined>;
}

export const makeQuarantine = (supabase: Supabase): Quarantine => ({
  async list({ orgId, documentId, generation, limit, cursor }) {
    const size = pageSize(limit);
    let query = supabase
      .from("chunks")
      .select(`${passageColumns}, token_count, quarantine_code, quarantine_message`)
      .eq("org_id", orgId)
      .eq("document_id", documentId)
      .eq("generation", generation)
      .not("quarantine_code", "is", null);
    if (cursor !== undefined) query = query.gt("ordinal", decodeCursor(cursor, z.tuple([z.int()]))[0]);
    const { data, error, status } = await query.order("ordinal").limit(size + 1);
    if (error) throw failure(`listing passages of document ${documentId} that were set aside`, error, status);
    const rows = z.array(quarantinedPassage).parse(data);
    const passages = rows.slice(0, size);
    const last = passages.at(-1);
    return { passages, ...(rows.length > size && last && { nextCursor: encodeCursor([last.ordinal]) }) };
  },

  async retry({ orgId, documentId, chunkId }) {
    const args = { p_org_id: orgId, p_document_id: documentId, p_chunk_id: chunkId ?? null };
    const [document] = await call(supabase, "retry_embedding", args, z.array(documentRow));
    return document;
  },
});
