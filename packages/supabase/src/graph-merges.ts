import { z } from "zod";
import type { Supabase } from "./client.ts";
import { decodeCursor, encodeCursor, pageSize } from "./cursor.ts";
import { entityMember } from "./graph-exploration.ts";
import { row } from "./rows.ts";
import { call } from "./rpc.ts";

const merge = row({
  id: z.int(),
  /** `joined`: members became one with others. `parted`: members are no longer one with others. */
  kind: z.enum(["joined", "parted"]),
  /** What the members stood for, and what they stand for since. */
  beforeId: z.string(),
  afterId: z.string(),
  /** Those that are still there, by their own ids. */
  members: z.array(entityMember),
  others: z.array(entityMember),
  undoneAt: z.string().nullable(),
  createdAt: z.string(),
});
export type GraphMerge = z.output<typeof merge>;

/** What resolution made one, or took apart, in its order. */
export interface GraphMerges {
  /** The latest first. */
  list(input: {
    readonly orgId: string;
    readonly knowledgeBaseId: string;
    readonly limit: number;
    readonly cursor?: string | undefined;
  }): Promise<{ readonly merges: readonly GraphMerge[]; readonly nextCursor?: string }>;
  /** By decisions, which hold for good; from the next resolution on. False: no such entry. Repeating it is no error. */
  undo(input: { readonly orgId: string; readonly knowledgeBaseId: string; readonly mergeId: number }): Promise<boolean>;
}

const idOnly = z.tuple([z.int()]);

export const makeGraphMerges = (supabase: Supabase): GraphMerges => ({
  async list({ orgId, knowledgeBaseId, limit, cursor }) {
    const [beforeId] = cursor === undefined ? [null] : decodeCursor(cursor, idOnly);
    const size = pageSize(limit);
    const found = await call(
      supabase,
      "list_graph_merges",
      { p_org_id: orgId, p_knowledge_base_id: knowledgeBaseId, p_limit: size + 1, p_before_id: beforeId },
      z.array(merge),
    );
    const merges = found.slice(0, size);
    const last = merges.at(-1);
    return { merges, ...(last && found.length > size && { nextCursor: encodeCursor([last.id]) }) };
  },

  undo: ({ orgId, knowledgeBaseId, mergeId }) =>
    call(
      supabase,
      "undo_graph_merge",
      { p_org_id: orgId, p_knowledge_base_id: knowledgeBaseId, p_merge_id: mergeId },
      z.boolean(),
    ),
});
