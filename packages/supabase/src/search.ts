import { z } from "zod";
import type { Supabase } from "./client.ts";
import { vectorText } from "./embedding-store.ts";
import { row } from "./rows.ts";
import { call } from "./rpc.ts";

const hit = row({
  chunkId: z.int(),
  documentId: z.string(),
  documentName: z.string(),
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
  /** 0 … 1 by rank: 1 is first in every list that was asked. For how well it fits, see the two below. */
  score: z.number(),
  /** 1-based places in the two lists; null: not in that list. */
  vectorRank: z.int().nullable(),
  textRank: z.int().nullable(),
  /** Cosine of question and passage, 0 … 1. */
  similarity: z.number().nullable(),
  /** Share of the question's words that the passage has, weighted by rarity, 0 … 1; 1: all, or the exact phrase. */
  textScore: z.number().nullable(),
});
export type Hit = z.output<typeof hit>;

export interface Question {
  readonly orgId: string;
  readonly knowledgeBaseId?: string | undefined;
  readonly documentId?: string | undefined;
  /** In any inflection, Russian or English; `"phrase"`, `-word` and `OR` mean what they say. */
  readonly query: string;
  /** The question as a vector of `profileId`; without both, words alone decide. */
  readonly vector?: readonly number[] | undefined;
  readonly profileId?: number | undefined;
  readonly limit: number;
  readonly minScore?: number | undefined;
}

export interface Search {
  /** Passages of published generations, best first: vectors and full text, fused by rank. See search_chunks. */
  hybrid(question: Question): Promise<readonly Hit[]>;
}

export const makeSearch = (supabase: Supabase): Search => ({
  async hybrid({ orgId, knowledgeBaseId, documentId, query, vector, profileId, limit, minScore }) {
    const byMeaning = vector !== undefined && profileId !== undefined;
    return call(
      supabase,
      "search_chunks",
      {
        p_org_id: orgId,
        p_knowledge_base_id: knowledgeBaseId ?? null,
        p_document_id: documentId ?? null,
        p_query: query,
        p_vector: byMeaning ? vectorText(vector) : null,
        p_profile_id: byMeaning ? profileId : null,
        p_limit: limit,
        p_min_score: minScore ?? null,
      },
      z.array(hit),
    );
  },
});
