import { type Embedder, makeEmbedder } from "@gpt-agent/ai/embedder";
import { budgetLimits, type EmbeddingBudget, limitEmbedder } from "@gpt-agent/ai/limited-embedder";
import type { OpenRouterOptions } from "@gpt-agent/ai/openrouter/client";
import type { EmbeddingProfile } from "@gpt-agent/ai/profile";
import type { Limiter } from "@gpt-agent/limits/limiter";
import type { Ports } from "./ports.ts";

interface Wiring {
  readonly ai: OpenRouterOptions;
  readonly budget: EmbeddingBudget;
  readonly limiter: Limiter;
}

/** Embedders by profile, made once; those that go over the network are under the budget that all instances share. */
export const budgetedEmbedder = ({ ai, budget, limiter }: Wiring): Ports["embedderFor"] => {
  const embedders = new Map<EmbeddingProfile["model"], Embedder>();
  return (profile, { orgId }) => {
    const name = `${profile.provider} ${profile.model} ${profile.dimensions} ${profile.version}`;
    const embedder = embedders.get(name) ?? makeEmbedder(profile, ai);
    embedders.set(name, embedder);
    if (profile.provider === "local" || ai.openrouterApiKey === undefined) return embedder;
    const limits = budgetLimits(profile.model, ai.openrouterApiKey, budget);
    return limitEmbedder(embedder, { limiter, limits, asking: { orgId, lane: "backfill" } });
  };
};
