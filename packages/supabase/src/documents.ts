import type { ErrorCode } from "@gpt-agent/jobs/error-codes";
import { z } from "zod";
import type { Supabase } from "./client.ts";
import { decodeCursor, encodeCursor, pageSize } from "./cursor.ts";
import {
  claim,
  documentRow,
  type Claim,
  type DocumentRow,
  type DocumentState,
  type DocumentWarning,
} from "./document-row.ts";
import { failure } from "./errors.ts";
import { nothing, row } from "./rows.ts";
import { call } from "./rpc.ts";

export type { Claim, DocumentRow, DocumentState, DocumentWarning, GraphState } from "./document-row.ts";

interface Key {
  readonly orgId: string;
  readonly documentId: string;
}

export interface NewDocument {
  readonly orgId: string;
  /** Chosen by the caller where the file is stored under it before the row exists. Repeating a create is no error. */
  readonly id?: string | undefined;
  readonly knowledgeBaseId: string;
  readonly name: string;
  readonly mime: string | null;
  readonly byteSize: number;
  readonly objectPath: string;
  /** The caller's own name for the source; one document of a knowledge base. */
  readonly sourceKey?: string | null | undefined;
  /** Of the object, in hexadecimal, where it is known already. */
  readonly rawSha256?: string | null | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}

/** What a run over the file found out. Counts are checked against what is stored. */
export interface Processed extends Key {
  readonly generation: number;
  readonly lease: string;
  readonly chunkCount: number;
  readonly charCount: number;
  readonly pageCount: number | null;
  readonly language: string | null;
  /** In hexadecimal: of the original and of the extracted text. */
  readonly rawSha256?: string | undefined;
  readonly textSha256?: string | undefined;
  /** At most 100 are kept. */
  readonly warnings?: readonly DocumentWarning[] | undefined;
}

export interface Failed extends Key {
  readonly generation?: number | undefined;
  /** `blocked`: waits for a person (a password, credit); `failed`: everything else. */
  readonly state: "failed" | "blocked";
  readonly code: ErrorCode;
  readonly message: string;
}

/** A row that nobody works on. */
export interface DueDocument extends Key {
  readonly generation: number;
}
export type Stage = "process" | "embed" | "graph" | "delete";

/**
 * Documents and where they stand. Methods that change one refuse another organisation's with
 * `PermanentError("tenant_mismatch")`, an older generation with `superseded`, a lost lease with `stale_lease`.
 */
export interface Documents {
  /**
   * State queued, generation 1.
   * @throws {PermanentError} conflict when another document has the source key
   */
  create(document: NewDocument): Promise<DocumentRow>;
  get(key: Key): Promise<DocumentRow | undefined>;
  /** Newest first. */
  list(input: {
    readonly orgId: string;
    readonly knowledgeBaseId?: string | undefined;
    /** Its attachments. */
    readonly parentDocumentId?: string | undefined;
    readonly state?: DocumentState | undefined;
    readonly limit: number;
    readonly cursor?: string | undefined;
  }): Promise<{ readonly documents: readonly DocumentRow[]; readonly nextCursor?: string }>;
  /** The next generation, queued; what is live stays searchable. A queued document stays as it is. */
  reprocess(key: Key): Promise<DocumentRow>;
  /** From here on nothing of it and its attachments is found. Undefined: the organisation has no such document. */
  beginDelete(key: Key): Promise<DocumentRow | undefined>;
  /** Removes the row and all that hangs on it. Gone already is no error. */
  finishDelete(key: Key): Promise<void>;
  /** For kb-files. A lease while the document is queued or processing; a claim always takes over. */
  claimProcessing(key: Key & { readonly leaseSeconds: number }): Promise<Claim>;
  /** Undefined: the row is gone already. */
  claimDelete(key: Key & { readonly leaseSeconds: number }): Promise<Claim | undefined>;
  /** False: taken over, stop. `search` covers processing, embedding and deleting. */
  renewLease(
    input: Key & { readonly stage: "search" | "graph"; readonly lease: string; readonly leaseSeconds: number },
  ): Promise<boolean>;
  /** State embedding, graph pending. Repeating it is no error. */
  finishProcessing(processed: Processed): Promise<void>;
  /** Ends the generation; without one, whichever is being built. Nothing happens to a document that has moved on. */
  fail(failed: Failed): Promise<void>;
  failGraph(failed: Failed & { readonly generation: number }): Promise<void>;
  /** For the sweep, across organisations: unfinished rows without a valid lease, by id. Page with `after`. */
  due(input: {
    readonly stage: Stage;
    readonly limit: number;
    readonly after?: string | undefined;
  }): Promise<readonly DueDocument[]>;
  /** All of them, page by page. */
  allDue(stage: Stage): AsyncIterable<DueDocument>;
}

const duePageSize = 200;

const dueRow = row({ orgId: z.string(), documentId: z.string(), generation: z.int() });
const createdAtAndId = z.tuple([z.string(), z.string()]);

export const makeDocuments = (supabase: Supabase): Documents => {
  const key = ({ orgId, documentId }: Key) => ({ p_org_id: orgId, p_document_id: documentId });
  const outcome = ({ generation, state, code, message, ...document }: Failed) => ({
    ...key(document),
    p_generation: generation ?? null,
    p_state: state,
    p_code: code,
    p_message: message,
  });

  const due: Documents["due"] = ({ stage, limit, after }) =>
    call(
      supabase,
      "due_documents",
      { p_stage: stage, p_limit: pageSize(limit), p_after: after ?? null },
      z.array(dueRow),
    );

  return {
    create: (document) =>
      call(
        supabase,
        "create_document",
        {
          p_org_id: document.orgId,
          p_id: document.id ?? crypto.randomUUID(),
          p_knowledge_base_id: document.knowledgeBaseId,
          p_name: document.name,
          p_mime: document.mime,
          p_byte_size: document.byteSize,
          p_object_path: document.objectPath,
          p_metadata: document.metadata ?? {},
          p_source_key: document.sourceKey ?? null,
          p_raw_sha256: document.rawSha256 ?? null,
        },
        documentRow,
      ),

    async get({ orgId, documentId }) {
      const { data, error, status } = await supabase
        .from("documents")
        .select()
        .eq("org_id", orgId)
        .eq("id", documentId)
        .maybeSingle();
      if (error) throw failure(`reading document ${documentId}`, error, status);
      return data ? documentRow.parse(data) : undefined;
    },

    async list({ orgId, knowledgeBaseId, parentDocumentId, state, limit, cursor }) {
      const [afterCreatedAt, afterId] = cursor === undefined ? [null, null] : decodeCursor(cursor, createdAtAndId);
      const size = pageSize(limit);
      const rows = await call(
        supabase,
        "list_documents",
        {
          p_org_id: orgId,
          p_knowledge_base_id: knowledgeBaseId ?? null,
          p_parent_document_id: parentDocumentId ?? null,
          p_state: state ?? null,
          p_limit: size + 1,
          p_after_created_at: afterCreatedAt,
          p_after_id: afterId,
        },
        z.array(documentRow),
      );
      const documents = rows.slice(0, size);
      const last = documents.at(-1);
      return { documents, ...(last && rows.length > size && { nextCursor: encodeCursor([last.createdAt, last.id]) }) };
    },

    reprocess: (document) => call(supabase, "reprocess_document", key(document), documentRow),

    async beginDelete(document) {
      const [deleting] = await call(supabase, "begin_delete", key(document), z.array(documentRow));
      return deleting;
    },

    finishDelete: (document) => call(supabase, "finish_delete", key(document), nothing),

    claimProcessing: ({ leaseSeconds, ...document }) =>
      call(supabase, "claim_processing", { ...key(document), p_lease_seconds: leaseSeconds }, claim),

    async claimDelete({ leaseSeconds, ...document }) {
      const args = { ...key(document), p_lease_seconds: leaseSeconds };
      return (await call(supabase, "claim_delete", args, claim.nullable())) ?? undefined;
    },

    renewLease: ({ stage, lease, leaseSeconds, ...document }) =>
      call(
        supabase,
        "renew_lease",
        { ...key(document), p_stage: stage, p_lease: lease, p_lease_seconds: leaseSeconds },
        z.boolean(),
      ),

    finishProcessing: ({ generation, lease, chunkCount, charCount, pageCount, language, ...rest }) =>
      call(
        supabase,
        "finish_processing",
        {
          ...key(rest),
          p_generation: generation,
          p_lease: lease,
          p_chunk_count: chunkCount,
          p_char_count: charCount,
          p_page_count: pageCount,
          p_language: language,
          p_raw_sha256: rest.rawSha256 ?? null,
          p_text_sha256: rest.textSha256 ?? null,
          p_warnings: rest.warnings ?? [],
        },
        nothing,
      ),

    fail: (failed) => call(supabase, "fail_document", outcome(failed), nothing),
    failGraph: (failed) => call(supabase, "fail_graph", outcome(failed), nothing),

    due,

    async *allDue(stage) {
      for (let after: string | undefined; ;) {
        const page = await due({ stage, limit: duePageSize, after });
        yield* page;
        if (page.length < duePageSize) return;
        after = page.at(-1)?.documentId;
      }
    },
  };
};
