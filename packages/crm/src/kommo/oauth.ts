import type { SendGuarded } from "@gpt-agent/http/guarded-request";
import { PermanentError } from "@gpt-agent/jobs/errors";
import type { ProviderOAuth } from "../connect-provider.ts";
import type { TokenSet } from "../provider.ts";
import { isLoopback, pinnedOrigin } from "../transport/address.ts";
import { callTokenEndpoint, expiresAtMs, tokenAnswerSchema } from "../transport/token-call.ts";
import { kommoHostSuffixes } from "./dialect.ts";

const askTokens = async (
  title: string,
  call: {
    readonly send: SendGuarded;
    readonly origin: string;
    readonly json: Readonly<Record<string, string>>;
    readonly secrets: readonly string[];
  },
): Promise<TokenSet> => {
  const answer = await callTokenEndpoint({
    title,
    send: call.send,
    hostSuffixes: kommoHostSuffixes,
    url: `${call.origin}/oauth2/access_token`,
    schema: tokenAnswerSchema,
    json: call.json,
    secrets: call.secrets,
  });
  const ends = expiresAtMs(answer.expires_in, Date.now());
  return {
    accessToken: answer.access_token,
    ...(answer.refresh_token === undefined ? {} : { refreshToken: answer.refresh_token }),
    ...(ends === undefined ? {} : { expiresAtMs: ends }),
    baseUrl: call.origin,
  };
};

/**
 * Tokens come from the account's own host, which the callback names as `referer`: anybody can write that, so it must be
 * one of the product's hosts before code and secret are sent there. A refresh token works once.
 * https://developers.kommo.com/docs/oauth-20 · https://www.amocrm.ru/developers/content/oauth/step-by-step
 */
export const kommoOAuth = (name: "kommo" | "amocrm"): ProviderOAuth => {
  const title = name === "kommo" ? "Kommo" : "amoCRM";
  const site = name === "kommo" ? "https://www.kommo.com/oauth" : "https://www.amocrm.ru/oauth";
  return {
    name,
    pkce: false,
    authorizeUrl: ({ clientId, state, account }) => {
      const page = account !== undefined && isLoopback(account) ? `${new URL(account).origin}/oauth` : site;
      return `${page}?${new URLSearchParams({ client_id: clientId, state }).toString()}`;
    },
    exchange: async ({ send, clientId, clientSecret, redirectUrl, code, callback }) => {
      const referer = callback["referer"];
      if (referer === undefined) {
        throw new PermanentError("crm_bad_response", `${title}'s callback does not name the account. Connect again.`);
      }
      return askTokens(title, {
        send,
        origin: pinnedOrigin(title, referer, kommoHostSuffixes),
        json: {
          client_id: clientId,
          client_secret: clientSecret,
          grant_type: "authorization_code",
          code,
          redirect_uri: redirectUrl,
        },
        secrets: [clientSecret, code],
      });
    },
    refresh: ({ send, clientId, clientSecret, redirectUrl, refreshToken, baseUrl }) =>
      askTokens(title, {
        send,
        origin: pinnedOrigin(title, baseUrl, kommoHostSuffixes),
        json: {
          client_id: clientId,
          client_secret: clientSecret,
          grant_type: "refresh_token",
          refresh_token: refreshToken,
          redirect_uri: redirectUrl,
        },
        secrets: [clientSecret, refreshToken],
      }),
  };
};
