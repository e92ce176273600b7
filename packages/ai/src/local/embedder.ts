import { randomUUID } from "node:crypto";
import type { Embedder } from "../embedder.ts";
import type { EmbeddingProfile } from "../profile.ts";
import { hashEmbedding } from "./hash-embedding.ts";

/** Embeddings in this process, without network or cost; see {@link hashEmbedding} for what they can and cannot do. */
export const makeLocalEmbedder = (profile: EmbeddingProfile): Embedder => ({
  profile,
  embed: async (texts, signal) => {
    signal.throwIfAborted();
    const vectors = texts.map((text) => hashEmbedding(text, profile.dimensions));
    return { vectors, tokens: 0, costUsd: 0, requestId: `local-${randomUUID()}` };
  },
});
