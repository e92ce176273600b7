import { z } from "zod";
import type { Supabase } from "./client.ts";
import { documentRow, type DocumentRow } from "./document-row.ts";
import { failure } from "./errors.ts";
import { nothing } from "./rows.ts";
import { call } from "./rpc.ts";

interface Key {
  readonly orgId: string;
  readonly documentId: string;
}

/** A stored file. */
interface Content {
  readonly objectPath: string;
  /** In hexadecimal. */
  readonly rawSha256: string;
  readonly byteSize: number;
}

/** The files that a document has had and has: its versions, and the files inside its file. */
export interface Versions {
  /** The document of this source; one that is being deleted has lost its name already. */
  findBySource(input: {
    readonly orgId: string;
    readonly knowledgeBaseId: string;
    readonly sourceKey: string;
  }): Promise<DocumentRow | undefined>;
  /**
   * A new version, queued as the next generation; what is live stays live until that one is published. Not `replaced`:
   * the bytes are the document's already, nothing has changed, and the object is the caller's to remove. What is left
   * out of name, mime and metadata stays as it is.
   */
  replaceContent(
    input: Key &
      Content & {
        readonly name?: string | undefined;
        readonly mime?: string | undefined;
        readonly metadata?: Readonly<Record<string, unknown>> | undefined;
      },
  ): Promise<{ readonly document: DocumentRow; readonly replaced: boolean }>;
  /** Objects of older versions are removed. */
  forgetPaths(input: Key & { readonly paths: readonly string[] }): Promise<void>;
  /**
   * An attachment of the generation that is being read, as a document of its own: a new one is queued, one that an
   * earlier generation or attempt stored is kept as it is.
   * @throws {UnavailableError} while an attachment of this id from an earlier version is still being removed
   */
  attach(
    input: Key &
      Content & {
        readonly generation: number;
        readonly lease: string;
        /** Derived from the parent and the bytes, so that a repetition finds it again. */
        readonly id: string;
        readonly name: string;
        readonly mime: string | null;
      },
  ): Promise<DocumentRow>;
}

const replaced = z.object({ document: documentRow, replaced: z.boolean() }).readonly();

export const makeVersions = (supabase: Supabase): Versions => ({
  async findBySource({ orgId, knowledgeBaseId, sourceKey }) {
    const { data, error, status } = await supabase
      .from("documents")
      .select()
      .eq("org_id", orgId)
      .eq("knowledge_base_id", knowledgeBaseId)
      .eq("source_key", sourceKey)
      .neq("state", "deleting")
      .maybeSingle();
    if (error) throw failure("finding the document of a source", error, status);
    return data ? documentRow.parse(data) : undefined;
  },

  replaceContent: ({ orgId, documentId, objectPath, rawSha256, byteSize, name, mime, metadata }) =>
    call(
      supabase,
      "replace_content",
      {
        p_org_id: orgId,
        p_document_id: documentId,
        p_object_path: objectPath,
        p_raw_sha256: rawSha256,
        p_byte_size: byteSize,
        p_name: name ?? null,
        p_mime: mime ?? null,
        p_metadata: metadata ?? null,
      },
      replaced,
    ),

  forgetPaths: ({ orgId, documentId, paths }) =>
    call(supabase, "forget_paths", { p_org_id: orgId, p_document_id: documentId, p_paths: paths }, nothing),

  attach: ({ orgId, documentId, generation, lease, id, name, mime, byteSize, objectPath, rawSha256 }) =>
    call(
      supabase,
      "store_attachment",
      {
        p_org_id: orgId,
        p_document_id: documentId,
        p_generation: generation,
        p_lease: lease,
        p_id: id,
        p_name: name,
        p_mime: mime,
        p_byte_size: byteSize,
        p_object_path: objectPath,
        p_raw_sha256: rawSha256,
      },
      documentRow,
    ),
});
