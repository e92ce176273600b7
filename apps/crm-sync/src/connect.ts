import type { EnvOf } from "@gpt-agent/config/define-env";
import { oauthAppOf } from "@gpt-agent/crm/oauth-apps";
import type { CrmProvider, ProviderName, TokenSet } from "@gpt-agent/crm/provider";
import { providerEntry } from "@gpt-agent/crm/providers";
import type { ConnectionKey } from "@gpt-agent/crm/sealed-tokens";
import { makeTokenKeeper } from "@gpt-agent/crm/token-keeper";
import { makeTokenSpool } from "@gpt-agent/crm/token-spool";
import { connectSeal } from "@gpt-agent/crypto/connect-seal";
import type { SendGuarded } from "@gpt-agent/http/guarded-request";
import { makeGuardedSend } from "@gpt-agent/http/make-guarded-send";
import { PermanentError } from "@gpt-agent/jobs/errors";
import type { Limiter } from "@gpt-agent/limits/limiter";
import { makeLimiter } from "@gpt-agent/limits/make-limiter";
import type { Supabase } from "@gpt-agent/supabase/client";
import { makeCrmConnections } from "@gpt-agent/supabase/crm-connections";
import { makeCrmCursors } from "@gpt-agent/supabase/crm-cursors";
import { makeCrmMappings } from "@gpt-agent/supabase/crm-mappings";
import { makeCrmOutbox } from "@gpt-agent/supabase/crm-outbox";
import { makeCrmRecords } from "@gpt-agent/supabase/crm-records";
import { makeCrmRefetches } from "@gpt-agent/supabase/crm-refetches";
import { makeCrmTokens } from "@gpt-agent/supabase/crm-tokens";
import { makeDataKeys } from "@gpt-agent/supabase/data-keys";
import { makeWebhookSources } from "@gpt-agent/supabase/webhook-sources";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { env } from "./env.ts";
import type { Connection, Ports } from "./ports.ts";
import { makeWebhookAddresses } from "./webhook-addresses.ts";

type Env = Pick<EnvOf<typeof env>, "redis" | "encryption" | "crmApps" | "egress" | "ingress">;

/**
 * Idle lives of refresh tokens, halved, in seconds: Kommo and amoCRM 3 months, Bitrix24 180 days, Pipedrive 60 days,
 * Salesforce 30 days where an admin has set that; HubSpot documents none.
 */
export const keepAliveSeconds: Readonly<Record<ProviderName, number>> = {
  kommo: 45 * 86_400,
  amocrm: 45 * 86_400,
  bitrix24: 90 * 86_400,
  hubspot: 30 * 86_400,
  pipedrive: 30 * 86_400,
  salesforce: 14 * 86_400,
};

/** The real adapters. Connections are opened when first used: nothing here waits for a server. */
export const connect = (
  { redis, encryption, crmApps, egress, ingress }: Env,
  supabase: Supabase,
  parts: { readonly send?: SendGuarded; readonly limiter?: Limiter } = {},
) => {
  const seal = connectSeal(encryption, makeDataKeys(supabase));
  const send = parts.send ?? makeGuardedSend({ allow: egress.allow });
  const limiter = parts.limiter ?? makeLimiter(redis);
  const connections = makeCrmConnections(supabase);
  const tokens = makeCrmTokens(supabase);

  const refresh = async (key: ConnectionKey, { refreshToken, baseUrl }: TokenSet): Promise<TokenSet> => {
    const [connection, stored] = await Promise.all([connections.get(key), tokens.read(key)]);
    if (!connection || !stored) throw new PermanentError("tenant_mismatch", "The CRM connection is gone.");
    const { oauth } = providerEntry(connection.provider);
    const at = baseUrl ?? connection.baseUrl;
    if (!oauth || refreshToken === undefined || at === null) {
      throw new PermanentError(
        "crm_unauthorized",
        "The connection's token cannot be renewed. Connect the account again.",
      );
    }
    const owner = { ...key, ...connection, clientSecret: stored.clientSecret };
    const app = await oauthAppOf(owner, { apps: crmApps, seal });
    return oauth.refresh({ send, ...app, redirectUrl: connection.redirectUrl ?? "", refreshToken, baseUrl: at });
  };
  const keeper = makeTokenKeeper({
    store: tokens,
    seal,
    refresh,
    spool: makeTokenSpool(join(tmpdir(), "gpt-agent-crm-tokens")),
    giveUp: (key, why) => connections.stop({ ...key, ...why, state: "needs_reauth" }),
  });

  // What a killed process left is brought home soon, or before the first refresh at the latest.
  keeper.recover().catch(() => undefined);

  const providerOf = (connection: Connection): CrmProvider => {
    const {
      id: connectionId,
      orgId,
      provider,
      accountKey,
      baseUrl,
      clientId,
      auth,
      plan,
      externalIdFields,
    } = connection;
    if (baseUrl === null) {
      throw new PermanentError("crm_unauthorized", "The connection has no address yet. Connect the account.");
    }
    // A long-lived token belongs to no app of ours: its limits, and how it is sent, are others.
    const appId = auth === "token" ? undefined : (clientId ?? crmApps[provider]?.clientId);
    return providerEntry(provider).connect({
      connectionId,
      // Until the first call tells which account it is, the connection is its own scope.
      accountKey: accountKey ?? connectionId,
      baseUrl,
      tokens: keeper.sourceOf({ orgId, connectionId }),
      send,
      limiter,
      plan,
      externalIdFields,
      ...(appId !== undefined && { clientId: appId }),
    });
  };

  const limitWindowMs = ({ provider, plan }: Connection): number => {
    const limits = providerEntry(provider).limits({ accountKey: "", plan });
    return Math.max(0, ...limits.map(({ rule }) => (rule.kind === "window" ? rule.windowMs + rule.jitterMs : 0)));
  };

  const sources = makeWebhookSources(supabase);
  const ports: Ports = {
    ...(ingress.publicUrl !== undefined && { addresses: makeWebhookAddresses(sources, seal, ingress.publicUrl) }),
    connections,
    cursors: makeCrmCursors(supabase),
    records: makeCrmRecords(supabase),
    refetches: makeCrmRefetches(supabase),
    outbox: makeCrmOutbox(supabase),
    mappings: makeCrmMappings(supabase),
    providerOf,
    limitWindowMs,
    renewToken: keeper.renew,
    now: Date.now,
  };
  return { ports, due: () => connections.due({ keepAliveSeconds }) };
};
