import type { Limiter } from "@gpt-agent/limits/limiter";
import { type Embedder, makeEmbedder } from "./embedder.ts";
import { type Asking, budgetLimits, type EmbeddingBudget, limitEmbedder } from "./limited-embedder.ts";
import type { OpenRouterOptions } from "./openrouter/client.ts";
import type { EmbeddingProfile } from "./profile.ts";

interface Wiring {
  readonly ai: OpenRouterOptions;
  readonly budget: EmbeddingBudget;
  readonly limiter: Limiter;
}

/** Embedders by profile, made once; those that go over the network are under the budget that all instances share. */
export const budgetedEmbedders = ({ ai, budget, limiter }: Wiring) => {
  const embedders = new Map<string, Embedder>();
  return (profile: EmbeddingProfile, asking: Asking): Embedder => {
    const name = `${profile.provider} ${profile.model} ${profile.dimensions} ${profile.version}`;
    const embedder = embedders.get(name) ?? makeEmbedder(profile, ai);
    embedders.set(name, embedder);
    if (profile.provider === "local" || ai.openrouterApiKey === undefined) return embedder;
    return limitEmbedder(embedder, {
      limiter,
      limits: budgetLimits(profile.model, ai.openrouterApiKey, budget),
      asking,
    });
  };
};
