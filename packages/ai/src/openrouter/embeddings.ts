import { randomUUID } from "node:crypto";
import type { Embedder } from "../embedder.ts";
import type { EmbeddingProfile } from "../profile.ts";
import { lazyOpenRouter, type OpenRouterOptions, routing } from "./client.ts";
import { callOpenRouter } from "./errors.ts";
import { readVectors } from "./read-vectors.ts";

/** Embeddings through OpenRouter; see {@link Embedder.embed} for the errors. */
export const makeOpenRouterEmbedder = (profile: EmbeddingProfile, options: OpenRouterOptions): Embedder => {
  const openrouter = lazyOpenRouter(options);
  const { model } = profile;
  return {
    profile,
    embed: async (texts, signal) => {
      if (texts.length === 0) return { vectors: [], tokens: 0, costUsd: 0, requestId: randomUUID() };
      const client = await openrouter();
      // base64 is a third of the JSON floats and, asked for explicitly, reaches us untouched by the SDK, whose own
      // decoding corrupts vectors of upstreams that ignore the wish and send arrays.
      const encoding = { encoding_format: "base64" as const };
      const body = { model, input: [...texts], ...encoding, provider: routing(options) };
      const response = await callOpenRouter(model, signal, () => client.embeddings.create(body, { signal }));
      const answer = response as unknown as EmbeddingAnswer;
      const tokens = answer.usage?.total_tokens ?? answer.usage?.prompt_tokens ?? 0;
      return {
        vectors: readVectors(answer.data, texts.length, profile),
        tokens,
        costUsd: answer.usage?.cost ?? (tokens * profile.priceUsdPerMtok) / 1_000_000,
        requestId: answer.id ?? answer._request_id ?? randomUUID(),
      };
    },
  };
};

/** What OpenRouter really sends: an id and a cost that OpenAI's types do not know, and vectors in either encoding. */
interface EmbeddingAnswer {
  readonly id?: string;
  readonly _request_id?: string | null;
  readonly data?: unknown;
  readonly usage?: { readonly prompt_tokens?: number; readonly total_tokens?: number; readonly cost?: number };
}
