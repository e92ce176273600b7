import type { SendGuarded } from "@gpt-agent/http/guarded-request";
import { PermanentError } from "@gpt-agent/jobs/errors";
import { z } from "zod";
import type { ProviderOAuth } from "../connect-provider.ts";
import type { TokenSet } from "../provider.ts";
import { isLoopback, pinnedOrigin } from "../transport/address.ts";
import { callTokenEndpoint, expiresAtMs, tokenAnswerSchema } from "../transport/token-call.ts";
import { bitrixHostSuffixes, bitrixOAuthHosts } from "./dialect.ts";

const title = "Bitrix24";

const answerSchema = tokenAnswerSchema.extend({ client_endpoint: z.string().min(1), member_id: z.string().min(1) });

/** By form: an address with the secret in it would be logged on the way. */
const askTokens = async (
  send: SendGuarded,
  origin: string,
  form: Readonly<Record<string, string>>,
  secrets: readonly string[],
): Promise<TokenSet> => {
  const url = `${origin}/oauth/token/`;
  const call = { title, send, hostSuffixes: bitrixOAuthHosts, url, schema: answerSchema, form, secrets };
  const answer = await callTokenEndpoint(call);
  const ends = expiresAtMs(answer.expires_in, Date.now());
  return {
    accessToken: answer.access_token,
    ...(answer.refresh_token === undefined ? {} : { refreshToken: answer.refresh_token }),
    ...(ends === undefined ? {} : { expiresAtMs: ends }),
    baseUrl: pinnedOrigin(title, answer.client_endpoint, bitrixHostSuffixes),
    accountKey: answer.member_id,
  };
};

/** The real server's address, unless the portal is a sandbox on this machine, which serves both. */
const serverOf = (portal: string): string =>
  isLoopback(portal) ? new URL(portal).origin : `https://${bitrixOAuthHosts[0]}`;

/**
 * The person signs in at the portal, the app's secret goes to the authorisation server alone. Access for an hour, refresh
 * tokens for 180 days, replaced with every refresh. A code lives for 30 seconds.
 * https://apidocs.bitrix24.com/settings/oauth/index.html
 */
export const bitrixOAuth: ProviderOAuth = {
  name: "bitrix24",
  pkce: false,
  authorizeUrl: ({ clientId, state, account }) => {
    if (account === undefined || account === "") {
      throw new PermanentError("crm_bad_request", "Bitrix24 needs the portal's address: company.bitrix24.ru.");
    }
    const query = new URLSearchParams({ client_id: clientId, state }).toString();
    return `${pinnedOrigin(title, account, bitrixHostSuffixes)}/oauth/authorize/?${query}`;
  },
  exchange: async ({ send, clientId, clientSecret, code, callback }) => {
    const portal = pinnedOrigin(title, callback["domain"] ?? "", bitrixHostSuffixes);
    const form = { grant_type: "authorization_code", client_id: clientId, client_secret: clientSecret, code };
    const tokens = await askTokens(send, serverOf(portal), form, [clientSecret, code]);
    const claimed = callback["member_id"];
    if (claimed !== undefined && claimed !== tokens.accountKey) {
      throw new PermanentError("crm_bad_response", "Bitrix24 gave a token of another portal. Connect again.");
    }
    return tokens;
  },
  refresh: ({ send, clientId, clientSecret, refreshToken, baseUrl }) => {
    const form = {
      grant_type: "refresh_token",
      client_id: clientId,
      client_secret: clientSecret,
      refresh_token: refreshToken,
    };
    return askTokens(send, serverOf(baseUrl), form, [clientSecret, refreshToken]);
  },
};
