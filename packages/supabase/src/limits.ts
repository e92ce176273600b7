import { z } from "zod";
import type { Supabase } from "./client.ts";
import { failure } from "./errors.ts";
import { row } from "./rows.ts";

const limitsRow = row({
  maxFileBytes: z.number().nullable(),
  maxPages: z.int().nullable(),
  maxChunks: z.int().nullable(),
  maxParseSeconds: z.int().nullable(),
});
/** What an organisation may upload; null: as the installation says. */
export type OrganisationLimits = z.output<typeof limitsRow>;

const none: OrganisationLimits = { maxFileBytes: null, maxPages: null, maxChunks: null, maxParseSeconds: null };

export interface Limits {
  get(input: { readonly orgId: string }): Promise<OrganisationLimits>;
  /** What is left out stays as it is. */
  set(input: { readonly orgId: string } & Partial<OrganisationLimits>): Promise<OrganisationLimits>;
}

export const makeLimits = (supabase: Supabase): Limits => {
  const table = () => supabase.from("organisation_limits");
  return {
    async get({ orgId }) {
      const { data, error, status } = await table().select().eq("org_id", orgId).maybeSingle();
      if (error) throw failure(`reading the limits of organisation ${orgId}`, error, status);
      return data ? limitsRow.parse(data) : none;
    },

    async set({ orgId, maxFileBytes, maxPages, maxChunks, maxParseSeconds }) {
      const changes = {
        org_id: orgId,
        max_file_bytes: maxFileBytes,
        max_pages: maxPages,
        max_chunks: maxChunks,
        max_parse_seconds: maxParseSeconds,
        updated_at: new Date().toISOString(),
      };
      const { data, error, status } = await table().upsert(changes).select().single();
      if (error) throw failure(`setting the limits of organisation ${orgId}`, error, status);
      return limitsRow.parse(data);
    },
  };
};
