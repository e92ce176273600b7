import { z } from "zod";
import type { Supabase } from "./client.ts";
import { pageSize } from "./cursor.ts";
import { documentRow, type DocumentRow } from "./document-row.ts";
import { failure } from "./errors.ts";
import { errorCode, row } from "./rows.ts";
import { call } from "./rpc.ts";

const quarantinedChunk = row({
  id: z.int(),
  ordinal: z.int(),
  content: z.string(),
  contextHeader: z.string(),
  headingPath: z.array(z.string()),
  pageFrom: z.int().nullable(),
  pageTo: z.int().nullable(),
  charStart: z.int(),
  charEnd: z.int(),
  tokenCount: z.int(),
  quarantineCode: errorCode,
  quarantineMessage: z.string().nullable(),
});
/** A chunk that the provider refused; the rest of its document went on. */
export type QuarantinedChunk = z.output<typeof quarantinedChunk>;

const columns =
  "id, ordinal, content, context_header, heading_path, page_from, page_to, char_start, char_end, token_count, " +
  "quarantine_code, quarantine_message";

interface Key {
  readonly orgId: string;
  readonly documentId: string;
}

export interface Quarantine {
  /** Of one generation, in the order of the text. */
  list(
    input: Key & { readonly generation: number; readonly afterOrdinal?: number | undefined; readonly limit: number },
  ): Promise<readonly QuarantinedChunk[]>;
  /**
   * Lets one chunk wait for its vector again; without a chunk all of them, and a document whose embedding failed.
   * Undefined: there is nothing to try again. Else the document, for its job.
   */
  retry(input: Key & { readonly chunkId?: number | undefined }): Promise<DocumentRow | undefined>;
}

export const makeQuarantine = (supabase: Supabase): Quarantine => ({
  async list({ orgId, documentId, generation, afterOrdinal = -1, limit }) {
    const { data, error, status } = await supabase
      .from("chunks")
      .select(columns)
      .eq("org_id", orgId)
      .eq("document_id", documentId)
      .eq("generation", generation)
      .not("quarantine_code", "is", null)
      .gt("ordinal", afterOrdinal)
      .order("ordinal")
      .limit(pageSize(limit));
    if (error) throw failure(`listing chunks of document ${documentId} that were set aside`, error, status);
    return z.array(quarantinedChunk).parse(data);
  },

  async retry({ orgId, documentId, chunkId }) {
    const args = { p_org_id: orgId, p_document_id: documentId, p_chunk_id: chunkId ?? null };
    const [document] = await call(supabase, "retry_embedding", args, z.array(documentRow));
    return document;
  },
});
