import { openTokens } from "@gpt-agent/crm/sealed-tokens";
import { kommoOAuth } from "@gpt-agent/crm/kommo/oauth";
import { makeTokenKeeper, type RefreshStep } from "@gpt-agent/crm/token-keeper";
import { makeTokenSpool } from "@gpt-agent/crm/token-spool";
import { makeKeyRing } from "@gpt-agent/crypto/key-ring";
import { makeOrgSeal } from "@gpt-agent/crypto/org-seal";
import { makeGuardedSend } from "@gpt-agent/http/make-guarded-send";
import { connectSupabase } from "@gpt-agent/supabase/client";
import { makeCrmConnections } from "@gpt-agent/supabase/crm-connections";
import { makeCrmTokens } from "@gpt-agent/supabase/crm-tokens";
import { makeDataKeys } from "@gpt-agent/supabase/data-keys";
import { once } from "node:events";

/** What the parent sends to begin; see crm-tokens.ts. */
export interface Order {
  readonly supabaseUrl: string;
  readonly serviceRoleKey: string;
  readonly encryptionKey: string;
  readonly connection: { readonly orgId: string; readonly connectionId: string };
  readonly crm: {
    readonly url: string;
    readonly clientId: string;
    readonly clientSecret: string;
    readonly redirectUrl: string;
  };
  /** Of the token spool. */
  readonly folder: string;
  /** How many ask for a token at once. */
  readonly callers: number;
  /** Dies here, as by a power cut. */
  readonly killAt?: RefreshStep | undefined;
}

/** Which different tokens the callers got. */
export interface Report {
  readonly tokens: readonly string[];
  readonly errors: readonly string[];
}

// One process of a race for one connection's token, or one that dies in the middle of a refresh.
process.send?.("ready");
const [order] = (await once(process, "message")) as [Order];
const { connection, crm } = order;
const supabase = connectSupabase({ url: order.supabaseUrl, serviceRoleKey: { reveal: () => order.serviceRoleKey } });
const ring = makeKeyRing({ active: { reveal: () => order.encryptionKey }, previous: [] });
const seal = makeOrgSeal({ ring, dataKeys: makeDataKeys(supabase) });
const { hostname: host, port } = new URL(crm.url);
const send = makeGuardedSend({ allow: [{ host, port: Number(port) }] });
const { url: _, ...app } = crm;

const keeper = makeTokenKeeper({
  store: makeCrmTokens(supabase),
  seal,
  refresh: (_key, { refreshToken = "" }) =>
    kommoOAuth("kommo").refresh({ send, ...app, refreshToken, baseUrl: crm.url }),
  giveUp: (key, why) => makeCrmConnections(supabase).stop({ ...key, ...why, state: "needs_reauth" }),
  spool: makeTokenSpool(order.folder),
  onStep: (step) => {
    if (step === order.killAt) process.kill(process.pid, "SIGKILL");
  },
});
const source = keeper.sourceOf(connection);
const answers = await Promise.allSettled(
  Array.from({ length: order.callers }, () => source.current(AbortSignal.timeout(240_000))),
);
const stored = await makeCrmTokens(supabase).read(connection);
const newest = stored?.tokens ? (await openTokens(seal, connection, stored.tokens)).accessToken : "";
const report: Report = {
  tokens: [...new Set([newest, ...answers.flatMap((one) => (one.status === "fulfilled" ? one.value.value : []))])],
  errors: [...new Set(answers.flatMap((one) => (one.status === "rejected" ? String(one.reason) : [])))],
};
process.send?.(report, () => process.exit(0));
