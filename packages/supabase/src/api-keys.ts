import { createHash, randomBytes } from "node:crypto";
import { z } from "zod";
import type { Supabase } from "./client.ts";
import { failure } from "./errors.ts";
import { row } from "./rows.ts";
import { call } from "./rpc.ts";

const keyPrefix = "gak_";

const foundKey = row({
  id: z.string(),
  orgId: z.string(),
  scopes: z.array(z.string()),
  /** Null: as the installation says. */
  ratePerMinute: z.int().nullable().default(null),
});
export type FoundApiKey = z.output<typeof foundKey>;

const apiKeyRow = row({
  id: z.string(),
  orgId: z.string(),
  name: z.string(),
  scopes: z.array(z.string()),
  ratePerMinute: z.int().nullable(),
  createdAt: z.string(),
  revokedAt: z.string().nullable(),
});
export type ApiKeyRow = z.output<typeof apiKeyRow>;

export interface ApiKeys {
  /** `key` is shown this once: only its SHA-256 is stored. */
  create(input: {
    readonly orgId: string;
    readonly name: string;
    /** See scopes.ts; none allows nothing. */
    readonly scopes: readonly string[];
    readonly ratePerMinute?: number | undefined;
  }): Promise<{ readonly key: string; readonly id: string }>;
  /** Whose key it is; undefined for one that is unknown or revoked. */
  find(input: { readonly presentedKey: string }): Promise<FoundApiKey | undefined>;
  list(input: { readonly orgId: string }): Promise<readonly ApiKeyRow[]>;
  /** False: the organisation has no such key, or it was revoked before. */
  revoke(input: { readonly orgId: string; readonly id: string }): Promise<boolean>;
}

const hashOf = (key: string): string => createHash("sha256").update(key).digest("hex");

export const makeApiKeys = (supabase: Supabase): ApiKeys => ({
  async create({ orgId, name, scopes, ratePerMinute }) {
    const key = keyPrefix + randomBytes(32).toString("base64url");
    const { data, error, status } = await supabase
      .from("api_keys")
      .insert({
        org_id: orgId,
        name,
        scopes,
        key_hash: `\\x${hashOf(key)}`,
        ...(ratePerMinute !== undefined && { rate_per_minute: ratePerMinute }),
      })
      .select("id")
      .single();
    if (error) throw failure(`creating the API key "${name}"`, error, status);
    return { key, id: z.object({ id: z.string() }).parse(data).id };
  },

  async find({ presentedKey }) {
    if (!presentedKey.startsWith(keyPrefix)) return undefined;
    const [found] = await call(supabase, "find_api_key", { p_key_hash: hashOf(presentedKey) }, z.array(foundKey));
    return found;
  },

  async list({ orgId }) {
    const { data, error, status } = await supabase
      .from("api_keys")
      .select("id, org_id, name, scopes, rate_per_minute, created_at, revoked_at")
      .eq("org_id", orgId)
      .order("created_at")
      .order("id");
    if (error) throw failure("listing API keys", error, status);
    return z.array(apiKeyRow).parse(data);
  },

  async revoke({ orgId, id }) {
    const { data, error, status } = await supabase
      .from("api_keys")
      .update({ revoked_at: new Date().toISOString() })
      .eq("org_id", orgId)
      .eq("id", id)
      .is("revoked_at", null)
      .select("id");
    if (error) throw failure(`revoking API key ${id}`, error, status);
    return data.length > 0;
  },
});
