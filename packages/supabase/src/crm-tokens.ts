import { z } from "zod";
import type { Supabase } from "./client.ts";
import { failure } from "./errors.ts";
import { nothing, row } from "./rows.ts";
import { call } from "./rpc.ts";

interface Key {
  readonly orgId: string;
  readonly connectionId: string;
}

const tokensRow = row({
  connectionId: z.string(),
  orgId: z.string(),
  /** Grows with every new token set. */
  version: z.int(),
  /** Sealed; null: not connected yet. */
  tokens: z.string().nullable(),
  /** Sealed; of the organisation's own OAuth app. */
  clientSecret: z.string().nullable(),
  refreshable: z.boolean(),
  expiresAt: z.string().nullable(),
  refreshedAt: z.string().nullable(),
  refreshLeaseUntil: z.string().nullable(),
  /** A refresh was sent and its answer not stored yet; ISO 8601. */
  refreshIntentAt: z.string().nullable(),
});
export type CrmTokensRow = z.output<typeof tokensRow>;

export interface SealedTokens {
  readonly sealed: string;
  readonly refreshable: boolean;
  /** Epoch; undefined: the access token does not end. */
  readonly expiresAtMs: number | undefined;
}

/** Sealed tokens and the four steps of a refresh; see the table's comment in the migration. */
export interface CrmTokens {
  /** Finishes the last step for a process that died before it. */
  read(key: Key): Promise<CrmTokensRow | undefined>;
  /** Undefined: newer tokens are there, or another process is at it. */
  takeLease(key: Key & { readonly version: number; readonly leaseSeconds: number }): Promise<string | undefined>;
  /** False: the lease was lost, nothing may be sent. */
  beginRefresh(
    key: Key & { readonly version: number; readonly lease: string; readonly leaseSeconds: number },
  ): Promise<boolean>;
  /** @param version the new one */
  rescue(key: Key & SealedTokens & { readonly version: number }): Promise<void>;
  /** True once the tokens are of this version or newer. */
  commit(key: Key & { readonly version: number }): Promise<boolean>;
  release(key: Key & { readonly lease: string }): Promise<void>;
  /** A person connected the account: older tokens and whatever went on with them are void; the connection works again. */
  authorize(
    key: Key & SealedTokens & { readonly baseUrl?: string | undefined; readonly redirectUrl?: string | undefined },
  ): Promise<void>;
  setClientSecret(key: Key & { readonly sealed: string | null }): Promise<boolean>;
}

const isoOf = (epochMs: number | undefined): string | null =>
  epochMs === undefined ? null : new Date(epochMs).toISOString();

export const makeCrmTokens = (supabase: Supabase): CrmTokens => {
  const key = ({ orgId, connectionId }: Key) => ({ p_org_id: orgId, p_connection_id: connectionId });
  const tokens = ({ sealed, refreshable, expiresAtMs }: SealedTokens) => ({
    p_tokens: sealed,
    p_refreshable: refreshable,
    p_expires_at: isoOf(expiresAtMs),
  });
  return {
    async read(connection) {
      const [found] = await call(supabase, "read_crm_tokens", key(connection), z.array(tokensRow));
      return found;
    },

    async takeLease({ version, leaseSeconds, ...connection }) {
      const args = { ...key(connection), p_version: version, p_lease_seconds: leaseSeconds };
      return (await call(supabase, "take_crm_refresh_lease", args, z.string().nullable())) ?? undefined;
    },

    beginRefresh: ({ version, lease, leaseSeconds, ...connection }) =>
      call(
        supabase,
        "begin_crm_refresh",
        { ...key(connection), p_version: version, p_lease: lease, p_lease_seconds: leaseSeconds },
        z.boolean(),
      ),

    rescue: ({ version, ...rest }) =>
      call(supabase, "rescue_crm_tokens", { ...key(rest), p_version: version, ...tokens(rest) }, nothing),

    commit: ({ version, ...connection }) =>
      call(supabase, "commit_crm_tokens", { ...key(connection), p_version: version }, z.boolean()),

    release: ({ lease, ...connection }) =>
      call(supabase, "release_crm_refresh_lease", { ...key(connection), p_lease: lease }, nothing),

    authorize: ({ baseUrl, redirectUrl, ...rest }) =>
      call(
        supabase,
        "authorize_crm_connection",
        { ...key(rest), ...tokens(rest), p_base_url: baseUrl ?? null, p_redirect_url: redirectUrl ?? null },
        nothing,
      ),

    async setClientSecret({ orgId, connectionId, sealed }) {
      const { data, error, status } = await supabase
        .from("crm_tokens")
        .update({ client_secret: sealed })
        .eq("org_id", orgId)
        .eq("connection_id", connectionId)
        .select("connection_id");
      if (error) throw failure(`storing the app's secret of CRM connection ${connectionId}`, error, status);
      return data.length > 0;
    },
  };
};
