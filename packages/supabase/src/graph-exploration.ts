import { z } from "zod";
import type { Supabase } from "./client.ts";
import { distantEntity, graphEdge, graphEntity, type DistantEntity, type GraphEntity } from "./graph-rows.ts";
import type { GraphPart } from "./graph.ts";
import { row } from "./rows.ts";
import { call } from "./rpc.ts";

export const entityMember = row({
  id: z.string(),
  type: z.string(),
  name: z.string(),
  /** Published mentions under this very name. */
  mentionCount: z.int(),
});
/** An entity by its own id: one of those that a thing is made of. */
export type EntityMember = z.output<typeof entityMember>;

const statement = row({
  edgeId: z.string(),
  sourceId: z.string(),
  source: z.string(),
  predicate: z.string(),
  targetId: z.string(),
  target: z.string(),
  /** The passage's own words. */
  quote: z.string(),
  confidence: z.number(),
  validFrom: z.string(),
  validTo: z.string().nullable(),
});

const connectedChunk = row({
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
  kind: z.enum(["text", "table", "code", "list"]),
  /** 0 … 1, relative to the best connected. */
  score: z.number(),
  /** What connects it, the strongest first. */
  because: z.array(statement),
});
/** A passage that states something about what other passages name. */
export type ConnectedChunk = z.output<typeof connectedChunk>;

const links = z.object({
  ids: z.array(z.string()),
  /** From and to (places in `ids`), and how many passages say it. */
  links: z.array(z.tuple([z.int(), z.int(), z.int()])),
  /** There are no more. */
  complete: z.boolean(),
});
/** The statements of a knowledge base as numbers. */
export type GraphLinks = z.output<typeof links>;

/** Ways through the graph beyond one entity's neighbourhood. Sees published generations only. */
export interface GraphExploration {
  /** A thing and the entities that it is made of. Undefined: no such entity. */
  entity(input: {
    readonly orgId: string;
    readonly entityId: string;
  }): Promise<{ readonly entity: GraphEntity; readonly members: readonly EntityMember[] } | undefined>;
  /** Those of the ids that there are. */
  find(input: { readonly orgId: string; readonly entityIds: readonly string[] }): Promise<readonly GraphEntity[]>;
  /** What the passages name (distance 0) and what lies within `hops` of it. Undefined: none of the passages is there. */
  around(input: {
    readonly orgId: string;
    readonly chunkIds: readonly number[];
    readonly hops: number;
    readonly limit: number;
  }): Promise<GraphPart<DistantEntity> | undefined>;
  /** Other passages that the graph connects with these, the better the heavier they are. See connected_chunks. */
  connected(input: {
    readonly orgId: string;
    readonly passages: readonly { readonly chunkId: number; readonly weight: number }[];
    readonly knowledgeBaseId?: string | undefined;
    readonly documentId?: string | undefined;
    readonly limit: number;
  }): Promise<readonly ConnectedChunk[]>;
  /** The `limit` statements that most passages say. */
  links(input: {
    readonly orgId: string;
    readonly knowledgeBaseId: string;
    readonly limit: number;
  }): Promise<GraphLinks>;
}

const described = z.object({ entity: graphEntity, members: z.array(entityMember) });
const neighbourhood = z.object({ entities: z.array(distantEntity), edges: z.array(graphEdge) });

export const makeGraphExploration = (supabase: Supabase): GraphExploration => ({
  entity: async ({ orgId, entityId }) =>
    (await call(supabase, "describe_members", { p_org_id: orgId, p_entity_id: entityId }, described.nullable())) ??
    undefined,

  find: ({ orgId, entityIds }) =>
    call(supabase, "find_entities", { p_org_id: orgId, p_ids: entityIds }, z.array(graphEntity)),

  async around({ orgId, chunkIds, hops, limit }) {
    const args = { p_org_id: orgId, p_chunk_ids: chunkIds, p_hops: hops, p_limit: limit };
    return (await call(supabase, "graph_around_chunks", args, neighbourhood.nullable())) ?? undefined;
  },

  connected: ({ orgId, passages, knowledgeBaseId, documentId, limit }) =>
    call(
      supabase,
      "connected_chunks",
      {
        p_org_id: orgId,
        p_chunk_ids: passages.map(({ chunkId }) => chunkId),
        p_weights: passages.map(({ weight }) => weight),
        p_knowledge_base_id: knowledgeBaseId ?? null,
        p_document_id: documentId ?? null,
        p_limit: limit,
      },
      z.array(connectedChunk),
    ),

  links: ({ orgId, knowledgeBaseId, limit }) =>
    call(supabase, "graph_links", { p_org_id: orgId, p_knowledge_base_id: knowledgeBaseId, p_limit: limit }, links),
});
