import { z } from "zod";
import type { OAuthAnswer, OAuthRefusal, OAuthServer } from "../oauth-server.ts";
import type { SandboxAnswer, SandboxRequest } from "../sandbox-server.ts";
import { jsonOf } from "../sandbox-server.ts";
import type { KommoAccount } from "./account.ts";

/** Seen in amocrm-api-php #123 and #315 for tokens; codes in several public clients. */
const hints: Readonly<Record<OAuthRefusal, readonly [number, string]>> = {
  unknown_client: [401, "Check the `client_id` parameter"],
  wrong_secret: [401, "Client authentication failed"],
  wrong_redirect: [400, "Invalid redirect URI"],
  unknown_code: [400, "Cannot decrypt the authorization code"],
  expired_code: [400, "Authorization code has expired"],
  wrong_verifier: [400, "Invalid code verifier"],
  unknown_refresh_token: [401, "Cannot decrypt the refresh token"],
  expired_refresh_token: [401, "Token has expired"],
  reused_refresh_token: [401, "Token has been revoked"],
  revoked: [401, "Token has been revoked"],
};

const oauthProblem = (status: number, hint: string): SandboxAnswer => ({
  status,
  headers: { "content-type": "application/problem+json" },
  body: {
    hint,
    title: "Некорректный запрос",
    type: "https://developers.amocrm.ru/v3/errors/OAuthProblemJson",
    status,
    detail: "В запросе отсутствует ряд параметров или параметры невалидны",
  },
});

const tokenRequest = z.object({
  client_id: z.string(),
  client_secret: z.string(),
  grant_type: z.enum(["authorization_code", "refresh_token"]),
  code: z.string().optional(),
  refresh_token: z.string().optional(),
  redirect_uri: z.string(),
});

/** `GET /oauth`: the person agrees at once; the callback learns the account's host as `referer`. */
export const authorize = (
  request: SandboxRequest,
  oauth: OAuthServer,
  account: KommoAccount,
  redirectUrl: string,
): SandboxAnswer => {
  const callback = new URL(redirectUrl);
  callback.searchParams.set("code", oauth.authorize({ clientId: request.query.get("client_id") ?? "" }));
  callback.searchParams.set("referer", account.host);
  callback.searchParams.set("platform", "1");
  const state = request.query.get("state");
  if (state !== null) callback.searchParams.set("state", state);
  return { status: 302, headers: { location: callback.href } };
};

/** `POST /oauth2/access_token`. */
export const token = (request: SandboxRequest, oauth: OAuthServer, nowMs: number): SandboxAnswer => {
  const body = tokenRequest.safeParse(jsonOf(request));
  if (!body.success) return oauthProblem(400, `Check the \`${body.error.issues[0]?.path.join(".")}\` parameter`);
  const { client_id: clientId, client_secret: clientSecret, grant_type: type } = body.data;
  const answer: OAuthAnswer =
    type === "authorization_code"
      ? oauth.exchange({ clientId, clientSecret, code: body.data.code ?? "", redirectUrl: body.data.redirect_uri })
      : oauth.refresh({ clientId, clientSecret, refreshToken: body.data.refresh_token ?? "" });
  if (!answer.ok) return oauthProblem(...hints[answer.refusal]);
  return {
    status: 200,
    body: {
      token_type: "Bearer",
      expires_in: Math.floor(answer.grant.expiresInMs / 1_000),
      server_time: Math.floor(nowMs / 1_000),
      access_token: answer.grant.accessToken,
      refresh_token: answer.grant.refreshToken,
    },
  };
};
