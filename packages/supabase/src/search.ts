import { z } from "zod";
import type { Supabase } from "./client.ts";
import { type Highlight, readHighlights } from "./highlights.ts";
import { row } from "./rows.ts";
import { call } from "./rpc.ts";
import { vectorText } from "./vector-text.ts";

const kind = z.enum(["text", "table", "code", "list"]);

const hit = row({
  chunkId: z.int(),
  documentId: z.string(),
  documentName: z.string(),
  knowledgeBaseId: z.string(),
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
  kind,
  /** 0 … 1 by rank: 1 is first in every list that was asked. For how well it fits, see the two below. */
  score: z.number(),
  /** 1-based places in the two lists; null: not in that list. */
  vectorRank: z.int().nullable(),
  textRank: z.int().nullable(),
  /** Cosine of question and passage, 0 … 1. */
  similarity: z.number().nullable(),
  /** Share of the question's words that the passage has, weighted by rarity, 0 … 1; 1: all, or the exact phrase. */
  textScore: z.number().nullable(),
  marked: z.string().nullable(),
}).transform(({ marked, ...rest }) => ({
  ...rest,
  /** The question's words in `content`; none unless asked for. */
  highlights: marked === null ? [] : readHighlights(marked, rest.content),
}));
export type Hit = z.output<typeof hit>;
export type { Highlight };

const neighbour = row({
  ofChunkId: z.int(),
  /** In passages: −1 is the one before. */
  distance: z.int(),
  chunkId: z.int(),
  content: z.string(),
  contextHeader: z.string(),
  pageFrom: z.int().nullable(),
  pageTo: z.int().nullable(),
  charStart: z.int(),
  charEnd: z.int(),
  kind,
});
export type Neighbour = z.output<typeof neighbour>;

export interface Question {
  readonly orgId: string;
  readonly knowledgeBaseId?: string | undefined;
  readonly documentId?: string | undefined;
  /** What the metadata of a hit's document has to contain: these keys with these values, as deep as they go. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  /** In any inflection, Russian or English; `"phrase"`, `-word` and `OR` mean what they say. */
  readonly query: string;
  /** The question as a vector of `profileId`; without both, words alone decide. */
  readonly vector?: readonly number[] | undefined;
  readonly profileId?: number | undefined;
  readonly limit: number;
  readonly minScore?: number | undefined;
  /** Passages less similar than this are not found by meaning; by words they may be. */
  readonly minSimilarity?: number | undefined;
  readonly highlight?: boolean | undefined;
}

export interface Search {
  /** Passages of published generations, best first: vectors and full text, fused by rank. See search_chunks. */
  hybrid(question: Question): Promise<readonly Hit[]>;
  /** Up to `count` passages before and after each of these, of the same published generation, in their order. */
  neighbours(input: {
    readonly orgId: string;
    readonly chunkIds: readonly number[];
    readonly count: number;
  }): Promise<readonly Neighbour[]>;
}

export const makeSearch = (supabase: Supabase): Search => ({
  async hybrid(question) {
    const { orgId, knowledgeBaseId, documentId, metadata, query, vector, profileId, limit } = question;
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
        p_min_score: question.minScore ?? null,
        p_metadata: metadata ?? null,
        p_min_similarity: question.minSimilarity ?? null,
        p_highlight: question.highlight ?? false,
      },
      z.array(hit),
    );
  },

  neighbours: ({ orgId, chunkIds, count }) =>
    call(supabase, "neighbour_chunks", { p_org_id: orgId, p_chunk_ids: chunkIds, p_count: count }, z.array(neighbour)),
});
