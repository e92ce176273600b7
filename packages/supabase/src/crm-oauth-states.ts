import { createHash } from "node:crypto";
import { z } from "zod";
import type { Supabase } from "./client.ts";
import { nothing, row } from "./rows.ts";
import { call } from "./rpc.ts";

const stateRow = row({
  orgId: z.string(),
  connectionId: z.string(),
  codeVerifier: z.string().nullable(),
  redirectUrl: z.string(),
  /** The host where the person signs in, where somebody named it. */
  account: z.string().nullable(),
});
export type CrmOAuthStateRow = z.output<typeof stateRow>;

/** OAuth flows under way. Only the hash of a state is stored; each works once, for a few minutes. */
export interface CrmOAuthStates {
  put(flow: {
    readonly orgId: string;
    readonly connectionId: string;
    readonly state: string;
    /** Sealed. */
    readonly codeVerifier: string | null;
    readonly redirectUrl: string;
    readonly account?: string | undefined;
    readonly ttlSeconds: number;
  }): Promise<void>;
  /** Whose flow it is, once. Undefined: unknown, used or too old. */
  take(input: { readonly state: string }): Promise<CrmOAuthStateRow | undefined>;
}

const hashOf = (state: string): string => createHash("sha256").update(state).digest("hex");

export const makeCrmOAuthStates = (supabase: Supabase): CrmOAuthStates => ({
  put: ({ orgId, connectionId, state, codeVerifier, redirectUrl, account, ttlSeconds }) =>
    call(
      supabase,
      "put_crm_oauth_state",
      {
        p_org_id: orgId,
        p_connection_id: connectionId,
        p_state_hash: hashOf(state),
        p_code_verifier: codeVerifier,
        p_redirect_url: redirectUrl,
        p_ttl_seconds: ttlSeconds,
        p_account: account ?? null,
      },
      nothing,
    ),

  async take({ state }) {
    const [flow] = await call(supabase, "take_crm_oauth_state", { p_state_hash: hashOf(state) }, z.array(stateRow));
    return flow;
  },
});
