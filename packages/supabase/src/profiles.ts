import { z } from "zod";
import type { Supabase } from "./client.ts";
import { failure } from "./errors.ts";
import { row } from "./rows.ts";
import { call } from "./rpc.ts";

export const profileRow = row({
  id: z.int(),
  provider: z.enum(["openrouter", "local"]),
  model: z.string(),
  dimensions: z.int(),
  version: z.int(),
  priceUsdPerMtok: z.number(),
  maxInputTokens: z.int(),
  maxBatchInputs: z.int(),
  maxBatchTokens: z.int(),
});
/** What a vector is made of; vectors of different profiles are never compared. Same shape as `ai`'s profile, with its id. */
export type ProfileRow = z.output<typeof profileRow>;
export type NewProfile = Omit<ProfileRow, "id">;

export interface Profiles {
  /** The row of this profile, made on first use. Price and limits follow the latest caller. */
  ensure(profile: NewProfile): Promise<ProfileRow>;
  get(id: number): Promise<ProfileRow | undefined>;
}

/** Embedding profiles are facts of the installation, not of an organisation: the only repository without `orgId`. */
export const makeProfiles = (supabase: Supabase): Profiles => ({
  ensure: (profile) =>
    call(
      supabase,
      "ensure_profile",
      {
        p_provider: profile.provider,
        p_model: profile.model,
        p_dimensions: profile.dimensions,
        p_version: profile.version,
        p_price_usd_per_mtok: profile.priceUsdPerMtok,
        p_max_input_tokens: profile.maxInputTokens,
        p_max_batch_inputs: profile.maxBatchInputs,
        p_max_batch_tokens: profile.maxBatchTokens,
      },
      profileRow,
    ),
  async get(id) {
    const { data, error, status } = await supabase.from("embedding_profiles").select("*").eq("id", id).maybeSingle();
    if (error) throw failure(`reading embedding profile ${id}`, error, status);
    return data ? profileRow.parse(data) : undefined;
  },
});
