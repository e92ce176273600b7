import { z } from "zod";
import type { Supabase } from "./client.ts";
import { decodeCursor, encodeCursor, pageSize } from "./cursor.ts";
import { claim, type Claim } from "./document-row.ts";
import {
  distantEntity,
  graphEdge,
  graphEntity,
  type DistantEntity,
  type GraphEdge,
  type GraphEntity,
} from "./graph-rows.ts";
import { nothing, row } from "./rows.ts";
import { call } from "./rpc.ts";

export type { DistantEntity, Evidence, GraphEdge, GraphEntity } from "./graph-rows.ts";

/** What one chunk says. Offsets are code points in its content, half-open; surfaces and quotes are those slices exactly. */
export interface Contribution {
  /** What read it: "rules-1", or a model. */
  readonly extractor: string;
  readonly entities: readonly {
    /** Names the entity within this contribution. */
    readonly ref: string;
    readonly type: string;
    /** As a title. */
    readonly name: string;
    /** Canonical and lower case: equal type and key are the same entity throughout the knowledge base. */
    readonly key: string;
    readonly mentions: readonly {
      readonly charStart: number;
      readonly charEnd: number;
      readonly surface: string;
      /** 0 (exclusive) … 1, like every confidence here. */
      readonly confidence: number;
    }[];
  }[];
  readonly relations: readonly {
    /** Refs. */
    readonly source: string;
    readonly target: string;
    readonly predicate: string;
    readonly quote: string;
    readonly charStart: number;
    readonly charEnd: number;
    readonly confidence: number;
    /** When the words themselves say that it began and ended: "2019", "2019-05", "2019-05-01" or a whole instant. */
    readonly validFrom?: string | undefined;
    readonly validTo?: string | undefined;
  }[];
  /** The stored answers it was read from, by their chunk keys (`GraphAnswers`): tells what the chunk cost. */
  readonly answerKeys?: readonly string[] | undefined;
  readonly rejected: readonly { readonly reason: string; readonly item: unknown }[];
}

interface Generation {
  readonly orgId: string;
  readonly documentId: string;
  readonly generation: number;
}
interface Leased extends Generation {
  readonly lease: string;
}

export interface UnreadChunk {
  readonly chunkId: number;
  readonly ordinal: number;
  readonly content: string;
  readonly headingPath: readonly string[];
  readonly language: "russian" | "english" | "simple";
}

export interface GraphPart<Entity = GraphEntity> {
  readonly entities: readonly Entity[];
  readonly edges: readonly GraphEdge[];
}

/** The knowledge graph. Reads see published generations only. */
export interface Graph {
  /**
   * A lease while this generation's graph is pending; a claim always takes over. With `extractor`, chunks that another
   * one has read are to be read again.
   */
  claim(input: Generation & { readonly leaseSeconds: number; readonly extractor?: string | undefined }): Promise<Claim>;
  /** Chunks that no extractor has read, in order. */
  pending(input: Generation & { readonly limit: number }): Promise<readonly UnreadChunk[]>;
  /** Replaces everything this chunk contributed. The database refuses a quote that is not in the chunk, verbatim. */
  applyChunk(
    input: Leased & { readonly chunkId: number; readonly contribution: Contribution },
  ): Promise<{ readonly entities: number; readonly edges: number }>;
  /** Refused while a chunk is unread. Then graphState ready and the counts. Repeating it is no error. */
  finish(input: Leased): Promise<void>;

  /** Those with most mentions first; `query` is a part of the name, or something close to it. */
  entities(input: {
    readonly orgId: string;
    readonly knowledgeBaseId?: string | undefined;
    readonly documentId?: string | undefined;
    readonly query?: string | undefined;
    readonly type?: string | undefined;
    readonly limit: number;
    readonly cursor?: string | undefined;
  }): Promise<{ readonly entities: readonly GraphEntity[]; readonly nextCursor?: string }>;
  /** Up to `limit` entities within `hops` (at most 3), nearest first. Undefined: no such entity. */
  neighbours(input: {
    readonly orgId: string;
    readonly entityId: string;
    readonly hops: number;
    readonly limit: number;
  }): Promise<GraphPart<DistantEntity> | undefined>;
  /** A shortest path over edges in either direction, at most `maxHops` (6) long. Undefined: there is none. */
  path(input: {
    readonly orgId: string;
    readonly fromId: string;
    readonly toId: string;
    readonly maxHops: number;
  }): Promise<(GraphPart & { readonly path: readonly string[] }) | undefined>;
  /** Page by page: entities by id with the edges that start at them. All pages together hold everything once. */
  export(input: {
    readonly orgId: string;
    readonly knowledgeBaseId: string;
    readonly documentId?: string | undefined;
    readonly limit?: number | undefined;
    readonly cursor?: string | undefined;
  }): Promise<GraphPart & { readonly nextCursor?: string }>;
}

const unreadRow = row({
  chunkId: z.int(),
  ordinal: z.int(),
  content: z.string(),
  headingPath: z.array(z.string()),
  language: z.enum(["russian", "english", "simple"]),
});
const applied = z.object({ entities: z.int(), edges: z.int() });
const part = z.object({ entities: z.array(graphEntity), edges: z.array(graphEdge) });
const neighbourhood = part.extend({ entities: z.array(distantEntity) });
const mentionsAndId = z.tuple([z.int(), z.string()]);
const idOnly = z.tuple([z.string()]);

export const makeGraph = (supabase: Supabase): Graph => {
  const generationArgs = ({ orgId, documentId, generation }: Generation) => ({
    p_org_id: orgId,
    p_document_id: documentId,
    p_generation: generation,
  });
  const leasedArgs = (leased: Leased) => ({ ...generationArgs(leased), p_lease: leased.lease });

  return {
    claim: ({ leaseSeconds, extractor, ...generation }) =>
      call(
        supabase,
        "claim_graph",
        { ...generationArgs(generation), p_lease_seconds: leaseSeconds, p_extractor: extractor ?? null },
        claim,
      ),

    pending: ({ limit, ...generation }) =>
      call(
        supabase,
        "pending_graph_chunks",
        { ...generationArgs(generation), p_limit: pageSize(limit) },
        z.array(unreadRow),
      ),

    applyChunk: ({ chunkId, contribution, ...leased }) =>
      call(
        supabase,
        "apply_chunk_graph",
        { ...leasedArgs(leased), p_chunk_id: chunkId, p_contribution: contribution },
        applied,
      ),

    finish: (leased) => call(supabase, "finish_graph", leasedArgs(leased), nothing),

    async entities({ orgId, knowledgeBaseId, documentId, query, type, limit, cursor }) {
      const [afterMentions, afterId] = cursor === undefined ? [null, null] : decodeCursor(cursor, mentionsAndId);
      const size = pageSize(limit);
      const found = await call(
        supabase,
        "list_entities",
        {
          p_org_id: orgId,
          p_knowledge_base_id: knowledgeBaseId ?? null,
          p_document_id: documentId ?? null,
          p_query: query ?? null,
          p_type: type ?? null,
          p_limit: size + 1,
          p_after_mentions: afterMentions,
          p_after_id: afterId,
        },
        z.array(graphEntity),
      );
      const entities = found.slice(0, size);
      const last = entities.at(-1);
      return {
        entities,
        ...(last && found.length > size && { nextCursor: encodeCursor([last.mentionCount, last.id]) }),
      };
    },

    async neighbours({ orgId, entityId, hops, limit }) {
      const args = { p_org_id: orgId, p_entity_id: entityId, p_hops: hops, p_limit: pageSize(limit) };
      return (await call(supabase, "graph_neighbours", args, neighbourhood.nullable())) ?? undefined;
    },

    async path({ orgId, fromId, toId, maxHops }) {
      const args = { p_org_id: orgId, p_from_id: fromId, p_to_id: toId, p_max_hops: maxHops };
      return (
        (await call(supabase, "graph_path", args, part.extend({ path: z.array(z.string()) }).nullable())) ?? undefined
      );
    },

    async export({ orgId, knowledgeBaseId, documentId, limit = 500, cursor }) {
      const [afterId] = cursor === undefined ? [null] : decodeCursor(cursor, idOnly);
      const size = pageSize(limit);
      const page = await call(
        supabase,
        "export_graph",
        {
          p_org_id: orgId,
          p_knowledge_base_id: knowledgeBaseId,
          p_document_id: documentId ?? null,
          p_limit: size,
          p_after_id: afterId,
        },
        part.extend({ next: z.string().nullable() }),
      );
      const { next, ...graph } = page;
      return { ...graph, ...(next !== null && { nextCursor: encodeCursor([next]) }) };
    },
  };
};
