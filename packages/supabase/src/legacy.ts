import { z } from "zod";
import type { Supabase } from "./client.ts";
import { row } from "./rows.ts";
import { call } from "./rpc.ts";

const asset = row({
  bucket: z.string(),
  path: z.string(),
  name: z.string(),
  mime: z.string().nullable(),
  /** Null: the organisation's default one. */
  knowledgeBaseId: z.string().nullable(),
});
/** The file behind an id of the platform. */
export type LegacyAsset = z.output<typeof asset>;

/** What ids in old producers' jobs mean, by two SQL functions that a platform replaces. */
export interface Legacy {
  asset(input: { readonly orgId: string; readonly assetId: string }): Promise<LegacyAsset | undefined>;
  article(input: { readonly orgId: string; readonly articleId: string }): Promise<LegacyAsset | undefined>;
}

export const makeLegacy = (supabase: Supabase): Legacy => ({
  asset: async ({ orgId, assetId }) =>
    (await call(supabase, "legacy_asset", { asset_id: assetId, org_id: orgId }, z.array(asset)))[0],
  article: async ({ orgId, articleId }) =>
    (await call(supabase, "legacy_article", { article_id: articleId, org_id: orgId }, z.array(asset)))[0],
});
