import { z } from "zod";
import type { Supabase } from "./client.ts";
import { failure } from "./errors.ts";
import { row } from "./rows.ts";
import { call } from "./rpc.ts";

/** Lengths in tokens of the tokenizer that cuts (kb-files). */
export interface Chunking {
  readonly maxTokens: number;
  readonly overlapTokens: number;
}

export interface KnowledgeBaseRow {
  readonly id: string;
  readonly orgId: string;
  readonly name: string;
  /** Queries are embedded with this profile, and so are new documents. */
  readonly activeProfileId: number;
  readonly chunking: Chunking;
  readonly createdAt: string;
}

interface Key {
  readonly orgId: string;
  readonly knowledgeBaseId: string;
}

export interface KnowledgeBases {
  /** The organisation's base called `default`, made on first use; one that exists keeps its profile. */
  ensureDefault(input: { readonly orgId: string; readonly profileId: number }): Promise<KnowledgeBaseRow>;
  /** @throws {PermanentError} conflict when the organisation has one of this name */
  create(input: {
    readonly orgId: string;
    readonly name: string;
    readonly profileId: number;
    readonly chunking?: Chunking | undefined;
  }): Promise<KnowledgeBaseRow>;
  get(key: Key): Promise<KnowledgeBaseRow | undefined>;
  /** All of the organisation's, oldest first. */
  list(input: { readonly orgId: string }): Promise<readonly KnowledgeBaseRow[]>;
  /** Undefined: the organisation has no such base. Documents keep their chunks until they are reprocessed. */
  update(
    change: Key & { readonly name?: string | undefined; readonly chunking?: Chunking | undefined },
  ): Promise<KnowledgeBaseRow | undefined>;
  /** Removes its documents, chunks, vectors and graph; stored files are the caller's. False: it was gone already. */
  remove(key: Key): Promise<boolean>;
}

const knowledgeBaseRow = row({
  id: z.string(),
  orgId: z.string(),
  name: z.string(),
  activeProfileId: z.int(),
  chunkMaxTokens: z.int(),
  chunkOverlapTokens: z.int(),
  createdAt: z.string(),
}).transform(({ chunkMaxTokens, chunkOverlapTokens, ...rest }): KnowledgeBaseRow => ({
  ...rest,
  chunking: { maxTokens: chunkMaxTokens, overlapTokens: chunkOverlapTokens },
}));

const chunkingColumns = (chunking: Chunking | undefined): Record<string, unknown> =>
  chunking ? { chunk_max_tokens: chunking.maxTokens, chunk_overlap_tokens: chunking.overlapTokens } : {};

export const makeKnowledgeBases = (supabase: Supabase): KnowledgeBases => {
  const table = () => supabase.from("knowledge_bases");
  return {
    ensureDefault: ({ orgId, profileId }) =>
      call(supabase, "ensure_default_knowledge_base", { p_org_id: orgId, p_profile_id: profileId }, knowledgeBaseRow),

    async create({ orgId, name, profileId, chunking }) {
      const columns = { org_id: orgId, name, active_profile_id: profileId, ...chunkingColumns(chunking) };
      const { data, error, status } = await table().insert(columns).select().single();
      if (error) throw failure(`creating the knowledge base "${name}"`, error, status);
      return knowledgeBaseRow.parse(data);
    },

    async get({ orgId, knowledgeBaseId }) {
      const { data, error, status } = await table()
        .select()
        .eq("org_id", orgId)
        .eq("id", knowledgeBaseId)
        .maybeSingle();
      if (error) throw failure(`reading knowledge base ${knowledgeBaseId}`, error, status);
      return data ? knowledgeBaseRow.parse(data) : undefined;
    },

    async list({ orgId }) {
      const { data, error, status } = await table().select().eq("org_id", orgId).order("created_at").order("id");
      if (error) throw failure("listing knowledge bases", error, status);
      return z.array(knowledgeBaseRow).parse(data);
    },

    async update({ orgId, knowledgeBaseId, name, chunking }) {
      const changes = { ...(name !== undefined && { name }), ...chunkingColumns(chunking) };
      const { data, error, status } = await table()
        .update(changes)
        .eq("org_id", orgId)
        .eq("id", knowledgeBaseId)
        .select()
        .maybeSingle();
      if (error) throw failure(`changing knowledge base ${knowledgeBaseId}`, error, status);
      return data ? knowledgeBaseRow.parse(data) : undefined;
    },

    remove: ({ orgId, knowledgeBaseId }) =>
      call(supabase, "remove_knowledge_base", { p_org_id: orgId, p_knowledge_base_id: knowledgeBaseId }, z.boolean()),
  };
};
