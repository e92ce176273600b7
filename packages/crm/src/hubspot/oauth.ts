import type { SendGuarded } from "@gpt-agent/http/guarded-request";
import { z } from "zod";
import type { ProviderOAuth } from "../connect-provider.ts";
import type { TokenSet } from "../provider.ts";
import { pinnedOrigin, sandboxOr } from "../transport/address.ts";
import { callTokenEndpoint, expiresAtMs, tokenAnswerSchema } from "../transport/token-call.ts";
import { hubspotHostSuffixes } from "./dialect.ts";

export const hubspotApi = "https://api.hubapi.com";

/**
 * What the app reads and writes.
 * https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/scopes
 */
const defaultScopes = [
  "oauth",
  "crm.objects.contacts.read",
  "crm.objects.contacts.write",
  "crm.objects.companies.read",
  "crm.objects.companies.write",
  "crm.objects.deals.read",
  "crm.objects.deals.write",
  "crm.objects.owners.read",
  "crm.schemas.contacts.write",
  "crm.schemas.companies.write",
  "crm.schemas.deals.write",
];

const tokenSchema = tokenAnswerSchema.extend({ hub_id: z.coerce.string().optional() });

const askTokens = async (
  send: SendGuarded,
  origin: string,
  form: Readonly<Record<string, string>>,
  secrets: readonly string[],
): Promise<TokenSet> => {
  const answer = await callTokenEndpoint({
    title: "HubSpot",
    send,
    hostSuffixes: hubspotHostSuffixes,
    url: `${origin}/oauth/v3/token`,
    schema: tokenSchema,
    form,
    secrets,
  });
  const ends = expiresAtMs(answer.expires_in, Date.now());
  return {
    accessToken: answer.access_token,
    ...(answer.refresh_token === undefined ? {} : { refreshToken: answer.refresh_token }),
    ...(ends === undefined ? {} : { expiresAtMs: ends }),
    ...(answer.hub_id === undefined ? {} : { accountKey: answer.hub_id }),
    baseUrl: origin,
  };
};

/**
 * OAuth v3: everything in the form's body, nothing in the address (v1 ends on 2027-02-16). An access token lives 30
 * minutes; nothing says that refresh tokens are replaced, so a new one in the answer is kept and the old one stays
 * otherwise.
 * https://developers.hubspot.com/docs/api-reference/auth-oauth-v3
 */
export const hubspotOAuth: ProviderOAuth = {
  name: "hubspot",
  pkce: true,
  authorizeUrl: ({ clientId, redirectUrl, state, codeChallenge, scopes = defaultScopes, account }) => {
    const query = new URLSearchParams({
      client_id: clientId,
      redirect_uri: redirectUrl,
      scope: scopes.join(" "),
      state,
      ...(codeChallenge === undefined ? {} : { code_challenge: codeChallenge, code_challenge_method: "S256" }),
    });
    return `${sandboxOr(account, "https://app.hubspot.com")}/oauth/authorize?${query.toString()}`;
  },
  exchange: ({ send, clientId, clientSecret, redirectUrl, code, codeVerifier, account }) =>
    askTokens(
      send,
      sandboxOr(account, hubspotApi),
      {
        grant_type: "authorization_code",
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uri: redirectUrl,
        code,
        ...(codeVerifier === undefined ? {} : { code_verifier: codeVerifier }),
      },
      [clientSecret, code],
    ),
  refresh: async ({ send, clientId, clientSecret, redirectUrl, refreshToken, baseUrl }) =>
    askTokens(
      send,
      pinnedOrigin("HubSpot", baseUrl, hubspotHostSuffixes),
      {
        grant_type: "refresh_token",
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uri: redirectUrl,
        refresh_token: refreshToken,
      },
      [clientSecret, refreshToken],
    ),
};
