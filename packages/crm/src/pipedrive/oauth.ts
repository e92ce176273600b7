import type { SendGuarded } from "@gpt-agent/http/guarded-request";
import { z } from "zod";
import type { ProviderOAuth } from "../connect-provider.ts";
import type { TokenSet } from "../provider.ts";
import { pinnedOrigin } from "../transport/address.ts";
import { callTokenEndpoint, expiresAtMs, tokenAnswerSchema } from "../transport/token-call.ts";
import { pipedriveHostSuffixes } from "./dialect.ts";

const tokenSchema = tokenAnswerSchema.extend({ api_domain: z.string().optional() });

interface Ask {
  readonly send: SendGuarded;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly form: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
}

/**
 * The app proves itself by Basic authorisation; the answer names the company's own host. An access token lives an hour, a
 * refresh token 60 days after its last use; one in the answer replaces the old one. `origin` is another for a sandbox only.
 * https://pipedrive.readme.io/docs/marketplace-oauth-authorization
 */
export const makePipedriveOAuth = (origin = "https://oauth.pipedrive.com"): ProviderOAuth => {
  const askTokens = async ({ send, clientId, clientSecret, form, secrets }: Ask): Promise<TokenSet> => {
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
  return {
    name: "pipedrive",
    pkce: false,
    // Scopes are the app's own, as its settings have them.
    authorizeUrl: ({ clientId, redirectUrl, state }) => {
      const query = new URLSearchParams({ client_id: clientId, redirect_uri: redirectUrl, state });
      return `${origin}/oauth/authorize?${query.toString()}`;
    },
    exchange: ({ send, clientId, clientSecret, redirectUrl, code }) => {
      const form = { grant_type: "authorization_code", code, redirect_uri: redirectUrl };
      return askTokens({ send, clientId, clientSecret, form, secrets: [code] });
    },
    refresh: async ({ send, clientId, clientSecret, refreshToken, baseUrl }) => {
      const form = { grant_type: "refresh_token", refresh_token: refreshToken };
      const tokens = await askTokens({ send, clientId, clientSecret, form, secrets: [refreshToken] });
      return { baseUrl, ...tokens };
    },
  };
};
