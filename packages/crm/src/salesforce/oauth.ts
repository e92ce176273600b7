import type { SendGuarded } from "@gpt-agent/http/guarded-request";
import { z } from "zod";
import type { ProviderOAuth } from "../connect-provider.ts";
import type { TokenSet } from "../provider.ts";
import { pinnedOrigin } from "../transport/address.ts";
import { callTokenEndpoint, expiresAtMs, tokenAnswerSchema } from "../transport/token-call.ts";
import { salesforceHostSuffixes } from "./dialect.ts";

const tokenSchema = tokenAnswerSchema.extend({ instance_url: z.string().optional(), id: z.string().optional() });

const askTokens = async (
  send: SendGuarded,
  origin: string,
  form: Readonly<Record<string, string>>,
  secrets: readonly string[],
): Promise<TokenSet> => {
  const answer = await callTokenEndpoint({
    title: "Salesforce",
    send,
    hostSuffixes: salesforceHostSuffixes,
    url: `${origin}/services/oauth2/token`,
    schema: tokenSchema,
    form,
    secrets,
  });
  // `id` is the address of the signed-in user: …/id/<org>/<user>. An org's sessions end when its settings say so: most
  // answers have no `expires_in`, and a 401 is what tells.
  const org = /\/id\/(00D\w{12,15})\//u.exec(answer.id ?? "")?.[1];
  const ends = expiresAtMs(answer.expires_in, Date.now());
  return {
    accessToken: answer.access_token,
    ...(answer.refresh_token === undefined ? {} : { refreshToken: answer.refresh_token }),
    ...(ends === undefined ? {} : { expiresAtMs: ends }),
    ...(org === undefined ? {} : { accountKey: org }),
    baseUrl:
      answer.instance_url === undefined
        ? origin
        : pinnedOrigin("Salesforce", answer.instance_url, salesforceHostSuffixes),
  };
};

/** Productive orgs sign in at one host; test orgs at `test.salesforce.com`, or either at a My Domain of their own. */
const siteOf = (account: string | undefined): string =>
  account === undefined ? "https://login.salesforce.com" : pinnedOrigin("Salesforce", account, salesforceHostSuffixes);

/**
 * The web server flow with PKCE, which Salesforce demands of its partners' apps. With rotation on, a refresh token works
 * once, and one that comes twice ends all tokens of the user: the answer must never be lost, nor two refreshes run at
 * once. A code is good at the host that issued it.
 * https://help.salesforce.com/s/articleView?id=sf.remoteaccess_oauth_web_server_flow.htm
 */
export const salesforceOAuth: ProviderOAuth = {
  name: "salesforce",
  pkce: true,
  authorizeUrl: ({ clientId, redirectUrl, state, codeChallenge, scopes = ["api", "refresh_token"], account }) => {
    const query = new URLSearchParams({
      response_type: "code",
      client_id: clientId,
      redirect_uri: redirectUrl,
      scope: scopes.join(" "),
      state,
      ...(codeChallenge === undefined ? {} : { code_challenge: codeChallenge, code_challenge_method: "S256" }),
    });
    return `${siteOf(account)}/services/oauth2/authorize?${query.toString()}`;
  },
  exchange: async ({ send, clientId, clientSecret, redirectUrl, code, codeVerifier, account }) =>
    askTokens(
      send,
      siteOf(account),
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
  refresh: async ({ send, clientId, clientSecret, refreshToken, baseUrl }) =>
    askTokens(
      send,
      pinnedOrigin("Salesforce", baseUrl, salesforceHostSuffixes),
      {
        grant_type: "refresh_token",
        client_id: clientId,
        client_secret: clientSecret,
        refresh_token: refreshToken,
      },
      [clientSecret, refreshToken],
    ),
};
