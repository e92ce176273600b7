import type { SendGuarded } from "@gpt-agent/http/guarded-request";
import { z } from "zod";
import type { ProviderOAuth } from "../connect-provider.ts";
import type { TokenSet } from "../provider.ts";
import { pinnedOrigin, sandboxOr } from "../transport/address.ts";
import { callTokenEndpoint, expiresAtMs, tokenAnswerSchema } from "../transport/token-call.ts";
import { pipedriveHostSuffixes } from "./dialect.ts";

const tokenSchema = tokenAnswerSchema.extend({ api_domain: z.string().optional() });

const site = "https://oauth.pipedrive.com";

interface Ask {
  readonly origin: string;
  readonly send: SendGuarded;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly form: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
}

const askTokens = async ({ origin, send, clientId, clientSecret, form, secrets }: Ask): Promise<TokenSet> => {
  const basic = Buffer.from(`${clientId}:${clientSecret}`).toString("base64");
  const answer = await callTokenEndpoint({
    title: "Pipedrive",
    send,
    hostSuffixes: pipedriveHostSuffixes,
    url: `${origin}/oauth/token`,
    schema: tokenSchema,
    form,
    headers: { authorization: `Basic ${basic}` },
    secrets: [clientSecret, basic, ...secrets],
  });
  const ends = expiresAtMs(answer.expires_in, Date.now());
  const domain = answer.api_domain;
  return {
    accessToken: answer.access_token,
    ...(answer.refresh_token === undefined ? {} : { refreshToken: answer.refresh_token }),
    ...(ends === undefined ? {} : { expiresAtMs: ends }),
    ...(domain === undefined ? {} : { baseUrl: pinnedOrigin("Pipedrive", domain, pipedriveHostSuffixes) }),
  };
};

/**
 * The app proves itself by Basic authorisation; the answer names the company's own host. An access token lives an hour, a
 * refresh token 60 days after its last use; one in the answer replaces the old one.
 * https://pipedrive.readme.io/docs/marketplace-oauth-authorization
 */
export const pipedriveOAuth: ProviderOAuth = {
  name: "pipedrive",
  pkce: false,
  // Scopes are the app's own, as its settings have them.
  authorizeUrl: ({ clientId, redirectUrl, state, account }) => {
    const query = new URLSearchParams({ client_id: clientId, redirect_uri: redirectUrl, state });
    return `${sandboxOr(account, site)}/oauth/authorize?${query.toString()}`;
  },
  exchange: ({ send, clientId, clientSecret, redirectUrl, code, account }) => {
    const form = { grant_type: "authorization_code", code, redirect_uri: redirectUrl };
    return askTokens({ origin: sandboxOr(account, site), send, clientId, clientSecret, form, secrets: [code] });
  },
  refresh: async ({ send, clientId, clientSecret, refreshToken, baseUrl }) => {
    const form = { grant_type: "refresh_token", refresh_token: refreshToken };
    const origin = sandboxOr(baseUrl, site);
    return { baseUrl, ...(await askTokens({ origin, send, clientId, clientSecret, form, secrets: [refreshToken] })) };
  },
};
