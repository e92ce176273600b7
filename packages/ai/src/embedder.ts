import { makeLocalEmbedder } from "./local/embedder.ts";
import type { OpenRouterOptions } from "./openrouter/client.ts";
import { makeOpenRouterEmbedder } from "./openrouter/embeddings.ts";
import type { EmbeddingProfile } from "./profile.ts";

export interface Embeddings {
  /** One per text, in the texts' order, `profile.dimensions` long, finite and never all zero. */
  readonly vectors: readonly (readonly number[])[];
  /** As billed by the provider; 0 for the local one. */
  readonly tokens: number;
  readonly costUsd: number;
  /** Names the provider's response: usage is booked once per request, however often the write is repeated. */
  readonly requestId: string;
}

export interface Embedder {
  readonly profile: EmbeddingProfile;
  /**
   * @param texts at most `profile.maxBatchInputs`.
   * @param tokens about how many they are, where the caller knows: budgets are counted in them.
   * @throws {RetryLaterError} ai_rate_limited, after the provider's Retry-After.
   * @throws {PermanentError} ai_unauthorized, ai_payment_required, ai_bad_request, ai_bad_response.
   * @throws {Error} plain when the provider fails or cannot be reached.
   */
  embed(texts: readonly string[], signal: AbortSignal, tokens?: number): Promise<Embeddings>;
}

/** Nothing heavy is loaded and no key is needed before the first `embed`. */
export const makeEmbedder = (profile: EmbeddingProfile, options: OpenRouterOptions = {}): Embedder =>
  profile.provider === "local" ? makeLocalEmbedder(profile) : makeOpenRouterEmbedder(profile, options);
