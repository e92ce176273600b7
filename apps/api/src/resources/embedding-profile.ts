import type { BaseProfiles, ProfileRow } from "@gpt-agent/supabase/profile-moves";
import { z } from "zod";

/** How vectors are made. */
export const embeddingProfile = z
  .object({
    model: z.string(),
    provider: z.enum(["openrouter", "local"]).describe("local: words compared without a model, for development."),
    dimensions: z.int(),
    priceUsdPerMtok: z.number().describe("Per million tokens."),
  })
  .meta({ id: "EmbeddingProfile" });

export const toEmbeddingProfile = ({
  model,
  provider,
  dimensions,
  priceUsdPerMtok,
}: Omit<ProfileRow, "id">): z.output<typeof embeddingProfile> => ({ model, provider, dimensions, priceUsdPerMtok });

export const baseProfiles = z
  .object({
    active: embeddingProfile.describe("What is searched with."),
    building: z
      .object({
        profile: embeddingProfile,
        since: z.iso.datetime({ offset: true }),
        documents: z.int().describe("That are searched now."),
        documentsDone: z.int().describe("Of these, have all their vectors of the new profile."),
        passagesLeft: z.int(),
        error: z
          .object({ code: z.string(), message: z.string() })
          .nullable()
          .describe("Why it does not go on; it is tried again every ten minutes."),
      })
      .nullable()
      .describe("What the base moves to. It is searched with the active one until nothing is left."),
    previous: embeddingProfile.nullable().describe("Its vectors are kept: the way back."),
  })
  .meta({ id: "KnowledgeBaseProfiles" });

export const toBaseProfiles = ({ active, building, previous }: BaseProfiles): z.output<typeof baseProfiles> => ({
  active: toEmbeddingProfile(active),
  building: building && {
    profile: toEmbeddingProfile(building.profile),
    since: building.since,
    documents: building.documents,
    documentsDone: building.documentsDone,
    passagesLeft: building.passagesLeft,
    error: building.errorCode ? { code: building.errorCode, message: building.errorMessage ?? "" } : null,
  },
  previous: previous && toEmbeddingProfile(previous),
});
