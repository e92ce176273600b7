import { createHmac } from "node:crypto";
import type { OAuthServer } from "../oauth-server.ts";
import type { SandboxAnswer, SandboxRequest } from "../sandbox-server.ts";
import type { SalesforceOrg } from "./org.ts";

export const authorize = (request: SandboxRequest, oauth: OAuthServer): SandboxAnswer => {
  const { query } = request;
  const callback = new URL(query.get("redirect_uri") ?? "http://localhost/");
  const challenge = query.get("code_challenge");
  const clientId = query.get("client_id") ?? "";
  callback.searchParams.set(
    "code",
    oauth.authorize({ clientId, ...(challenge === null ? {} : { codeChallenge: challenge }) }),
  );
  const state = query.get("state");
  if (state !== null) callback.searchParams.set("state", state);
  return { status: 302, headers: { location: callback.href } };
};

/** `POST /services/oauth2/token`. It says where the org lives, and not how long the token does. */
export const token = (
  request: SandboxRequest,
  oauth: OAuthServer,
  org: SalesforceOrg,
  clientSecretOf: string,
  nowMs: number,
): SandboxAnswer => {
  const form = new URLSearchParams(request.body);
  const get = (name: string): string | undefined => form.get(name) ?? undefined;
  const clientId = get("client_id") ?? "";
  const clientSecret = get("client_secret");
  const refreshing = get("grant_type") === "refresh_token";
  const answer = refreshing
    ? oauth.refresh({ clientId, clientSecret, refreshToken: get("refresh_token") ?? "" })
    : oauth.exchange({
        clientId,
        clientSecret,
        code: get("code") ?? "",
        redirectUrl: get("redirect_uri"),
        codeVerifier: get("code_verifier"),
      });
  if (!answer.ok) {
    const client = answer.refusal === "unknown_client" || answer.refusal === "wrong_secret";
    const said = refreshing ? "expired access/refresh token" : "expired authorization code";
    return {
      status: 400,
      body: {
        error: client ? "invalid_client" : "invalid_grant",
        error_description: client ? "invalid client credentials" : said,
      },
    };
  }
  const { grant } = answer;
  const id = `${org.url}/id/${org.organizationId}/${org.userId}`;
  const issuedAt = String(Math.trunc(nowMs));
  return {
    status: 200,
    body: {
      access_token: grant.accessToken,
      refresh_token: grant.refreshToken,
      signature: createHmac("sha256", clientSecretOf).update(`${id}${issuedAt}`).digest("base64"),
      scope: "refresh_token api",
      instance_url: org.url,
      id,
      token_type: "Bearer",
      issued_at: issuedAt,
    },
  };
};
