import { type EmbeddingProfile, knownProfiles } from "@gpt-agent/ai/profile";
import type { Profiles } from "@gpt-agent/supabase/profiles";

/** Models that a knowledge base may be embedded with. */
export interface EmbeddingModels {
  list(): readonly (EmbeddingProfile & { readonly isAvailable: boolean })[];
  /** The profile's row, made on first use. Undefined: the model is not known, or has no key here. */
  profileId(model: string): Promise<number | undefined>;
}

interface EmbeddingModelPorts {
  readonly profiles: Pick<Profiles, "ensure">;
  /** Of OpenRouter. */
  readonly hasKey: boolean;
}

export const makeEmbeddingModels = ({ profiles, hasKey }: EmbeddingModelPorts): EmbeddingModels => {
  const list = () =>
    knownProfiles().map((profile) => ({ ...profile, isAvailable: hasKey || profile.provider === "local" }));
  return {
    list,
    profileId: async (model) => {
      const known = list().find((profile) => profile.model === model && profile.isAvailable);
      return known && (await profiles.ensure(known)).id;
    },
  };
};
