import { z } from "zod";
import type { Supabase } from "./client.ts";
import { pageSize } from "./cursor.ts";
import { failure } from "./errors.ts";
import { nothing, row } from "./rows.ts";
import { call } from "./rpc.ts";

/** A passage of a document's extracted text. */
export interface NewChunk {
  /** 0-based place in the document. */
  readonly ordinal: number;
  /** Exactly the text's slice from `charStart` to `charEnd`. */
  readonly content: string;
  /** Heading path, repeated table header and the like, or "". Embedded, searched and shown, never quoted. */
  readonly contextHeader: string;
  readonly headingPath: readonly string[];
  /** Page or slide, 1-based. */
  readonly pageFrom: number | null;
  readonly pageTo: number | null;
  /** Of a spreadsheet. */
  readonly sheet: string | null;
  /** Rows of the sheet or table file, 1-based, as the person who opens it sees them numbered. */
  readonly rowFrom: number | null;
  readonly rowTo: number | null;
  /** Code points in the stored extracted text, half-open. */
  readonly charStart: number;
  readonly charEnd: number;
  readonly kind: ChunkKind;
  readonly tokenCount: number;
  readonly language: ChunkLanguage;
}
export type ChunkKind = "text" | "table" | "code" | "list";
/** Text search configuration; `simple` for all languages but these two. */
export type ChunkLanguage = "russian" | "english" | "simple";

const chunkRow = row({
  id: z.int(),
  orgId: z.string(),
  documentId: z.string(),
  generation: z.int(),
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
  tokenCount: z.int(),
  language: z.enum(["russian", "english", "simple"]),
  quarantineCode: z.string().nullable(),
  quarantineMessage: z.string().nullable(),
});
export type ChunkRow = z.output<typeof chunkRow>;

const chunkColumns =
  "id, org_id, document_id, generation, ordinal, content, context_header, heading_path, page_from, page_to, " +
  "sheet, row_from, row_to, char_start, char_end, kind, token_count, language, quarantine_code, quarantine_message";

/** Chunks per request: about 300 kB of text. */
const batchSize = 200;

export interface Chunks {
  /**
   * Stores chunks of the generation that the lease is for, in batches; `first` clears what an earlier attempt left.
   * Repeating a batch is no error.
   */
  store(input: {
    readonly orgId: string;
    readonly documentId: string;
    readonly generation: number;
    readonly lease: string;
    readonly first: boolean;
    /** How many the generation will have; for progress. */
    readonly total?: number | undefined;
    readonly chunks: readonly NewChunk[];
  }): Promise<void>;
  list(input: {
    readonly orgId: string;
    readonly documentId: string;
    readonly generation: number;
    readonly afterOrdinal?: number | undefined;
    readonly limit: number;
  }): Promise<readonly ChunkRow[]>;
}

export const makeChunks = (supabase: Supabase): Chunks => ({
  async store({ orgId, documentId, generation, lease, first, total, chunks }) {
    // Also with no chunk at all: `first` has work to do then.
    for (let from = 0; from === 0 || from < chunks.length; from += batchSize) {
      await call(
        supabase,
        "store_chunks",
        {
          p_org_id: orgId,
          p_document_id: documentId,
          p_generation: generation,
          p_lease: lease,
          p_first: first && from === 0,
          p_total: total ?? null,
          p_chunks: chunks.slice(from, from + batchSize).map(columns),
        },
        nothing,
      );
    }
  },

  async list({ orgId, documentId, generation, afterOrdinal = -1, limit }) {
    const { data, error, status } = await supabase
      .from("chunks")
      .select(chunkColumns)
      .eq("org_id", orgId)
      .eq("document_id", documentId)
      .eq("generation", generation)
      .gt("ordinal", afterOrdinal)
      .order("ordinal")
      .limit(pageSize(limit));
    if (error) throw failure(`listing chunks of document ${documentId}`, error, status);
    return z.array(chunkRow).parse(data);
  },
});

const columns = (chunk: NewChunk): Record<string, unknown> => ({
  ordinal: chunk.ordinal,
  content: chunk.content,
  context_header: chunk.contextHeader,
  heading_path: chunk.headingPath,
  page_from: chunk.pageFrom,
  page_to: chunk.pageTo,
  sheet: chunk.sheet,
  row_from: chunk.rowFrom,
  row_to: chunk.rowTo,
  char_start: chunk.charStart,
  char_end: chunk.charEnd,
  kind: chunk.kind,
  token_count: chunk.tokenCount,
  language: chunk.language,
});
