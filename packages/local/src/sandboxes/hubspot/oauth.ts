import type { OAuthServer } from "../oauth-server.ts";
import type { SandboxAnswer, SandboxRequest } from "../sandbox-server.ts";
import { correlationId } from "./answers.ts";
import type { HubspotPortal } from "./portal.ts";

/** The install page, whose person says yes at once. */
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

/** `POST /oauth/{v1|v3|2026-03}/token`: parameters in a form, the refresh token stays the same. */
export const token = (request: SandboxRequest, oauth: OAuthServer, portal: HubspotPortal): SandboxAnswer => {
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
    const message = refreshing ? "missing or invalid refresh token" : "missing or unknown auth code";
    const status = refreshing ? "BAD_REFRESH_TOKEN" : "BAD_AUTH_CODE";
    const error =
      answer.refusal === "unknown_client" || answer.refusal === "wrong_secret" ? "invalid_client" : "invalid_grant";
    return { status: 400, body: { status, message, correlationId, error, error_description: message } };
  }
  const { grant } = answer;
  return {
    status: 200,
    body: {
      token_type: "bearer",
      access_token: grant.accessToken,
      refresh_token: grant.refreshToken,
      expires_in: Math.floor(grant.expiresInMs / 1_000),
      hub_id: portal.portalId,
      user_id: 501,
      scopes: ["oauth", "crm.objects.contacts.read", "crm.objects.contacts.write"],
    },
  };
};
