import type { ErrorCode } from "@gpt-agent/jobs/error-codes";
import { z } from "zod";
import type { Supabase } from "./client.ts";
import { pageSize } from "./cursor.ts";
import { claim, type Claim } from "./document-row.ts";
import { profileRow, type ProfileRow } from "./profiles.ts";
import { row } from "./rows.ts";
import { call } from "./rpc.ts";
import { vectorText } from "./vector-text.ts";

interface Generation {
  readonly orgId: string;
  readonly documentId: string;
  readonly generation: number;
}
interface Leased extends Generation {
  readonly lease: string;
}

export interface EmbeddingClaim extends Claim {
  /** What to embed with: the knowledge base's active profile. */
  readonly profile: ProfileRow;
}

export interface PendingChunk {
  readonly chunkId: number;
  /** What to embed: the context header, a line break, the content. */
  readonly text: string;
  readonly tokenCount: number;
}

export interface StoreResult {
  /** Vectors that were new. */
  readonly stored: number;
  /** Chunks that still wait. 0 and not published: every chunk was quarantined, the document has failed. */
  readonly remaining: number;
  /** The generation is live, as of this call or before it. */
  readonly published: boolean;
}

export interface StoredVectors extends Leased {
  readonly profileId: number;
  readonly vectors: readonly { readonly chunkId: number; readonly vector: readonly number[] }[];
  /** The provider's, or one per batch: what it cost is booked once per organisation. */
  readonly requestId: string;
  readonly tokens: number;
  readonly costUsd: number;
}

/** Vectors, and the moment a generation goes live: with the last one stored, in the same transaction. */
export interface EmbeddingStore {
  /** A lease while the document is embedding this generation; a claim always takes over. */
  claim(input: Generation & { readonly leaseSeconds: number }): Promise<EmbeddingClaim>;
  /** Copies the vectors of byte-identical text that this organisation has under the same profile. */
  reuse(input: Leased): Promise<StoreResult>;
  pending(input: Generation & { readonly limit: number }): Promise<readonly PendingChunk[]>;
  /** Repeating a batch is no error: nothing is stored or billed twice. */
  store(input: StoredVectors): Promise<StoreResult>;
  /** Sets aside a chunk that cannot be embedded; the rest goes on, and the document ends as ready_partial. */
  quarantine(
    input: Leased & { readonly chunkId: number; readonly code: ErrorCode; readonly message: string },
  ): Promise<StoreResult>;
}

const embeddingClaim = claim.unwrap().extend({ profile: profileRow }).readonly();
const storeResult = z.object({ stored: z.int(), remaining: z.int(), published: z.boolean() }).readonly();
const pendingRow = row({ chunkId: z.int(), text: z.string(), tokenCount: z.int() });

/**
 * Vectors per request: what the database wrote last time in about this long. So a search that waits behind a write on the
 * single-threaded embedded database waits a fraction of a second, and a real one is not asked for every few.
 */
const writeMs = 200;
const firstBatch = 64;
const [smallestBatch, largestBatch] = [16, 512];
/** Copies per request: they cost no transfer, but the request must end before PostgREST gives up. */
const reuseBatchSize = 500;

export const makeEmbeddingStore = (supabase: Supabase): EmbeddingStore => {
  const generationArgs = ({ orgId, documentId, generation }: Generation) => ({
    p_org_id: orgId,
    p_document_id: documentId,
    p_generation: generation,
  });
  let batchSize = firstBatch;
  const leasedArgs = (leased: Leased) => ({ ...generationArgs(leased), p_lease: leased.lease });

  return {
    claim: ({ leaseSeconds, ...generation }) =>
      call(
        supabase,
        "claim_embedding",
        { ...generationArgs(generation), p_lease_seconds: leaseSeconds },
        embeddingClaim,
      ),

    async reuse(leased) {
      for (let copied = 0; ;) {
        const result = await call(
          supabase,
          "reuse_embeddings",
          { ...leasedArgs(leased), p_limit: reuseBatchSize },
          storeResult,
        );
        copied += result.stored;
        if (result.stored < reuseBatchSize) return { ...result, stored: copied };
      }
    },

    pending: ({ limit, ...generation }) =>
      call(
        supabase,
        "pending_embeddings",
        { ...generationArgs(generation), p_limit: pageSize(limit) },
        z.array(pendingRow),
      ),

    async store({ profileId, vectors, requestId, tokens, costUsd, ...leased }) {
      for (let from = 0, stored = 0; ;) {
        const batch = vectors.slice(from, from + batchSize);
        const startedAt = performance.now();
        const result = await call(
          supabase,
          "store_embeddings",
          {
            ...leasedArgs(leased),
            p_profile_id: profileId,
            p_chunk_ids: batch.map(({ chunkId }) => chunkId),
            p_vectors: batch.map(({ vector }) => vectorText(vector)).join("\n"),
            // The same request for every part of the batch: booked with the first, recognised with the others.
            p_request_id: requestId,
            p_tokens: tokens,
            p_cost_usd: costUsd,
          },
          storeResult,
        );
        const fitting = Math.round((batch.length * writeMs) / (performance.now() - startedAt));
        // A short batch says little about a long one.
        if (2 * batch.length > batchSize) batchSize = Math.max(smallestBatch, Math.min(fitting, largestBatch));
        stored += result.stored;
        from += batch.length;
        if (from >= vectors.length) return { ...result, stored };
      }
    },

    quarantine: ({ chunkId, code, message, ...leased }) =>
      call(
        supabase,
        "quarantine_chunk",
        { ...leasedArgs(leased), p_chunk_id: chunkId, p_code: code, p_message: message },
        storeResult,
      ),
  };
};
