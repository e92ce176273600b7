import type { OAuthRefusal, OAuthServer } from "../oauth-server.ts";
import type { SandboxAnswer, SandboxRequest } from "../sandbox-server.ts";
import type { BitrixPortal } from "./portal.ts";

const refusals: Readonly<Record<OAuthRefusal, readonly [number, string, string]>> = {
  unknown_client: [401, "wrong_client", "Wrong client"],
  wrong_secret: [401, "invalid_client", "Client id or secret invalid"],
  wrong_redirect: [400, "invalid_request", "Redirect URI mismatch"],
  unknown_code: [400, "invalid_grant", "Invalid code"],
  expired_code: [400, "invalid_grant", "Code expired"],
  wrong_verifier: [400, "invalid_request", "Invalid verifier"],
  unknown_refresh_token: [400, "invalid_grant", "Invalid refresh token"],
  expired_refresh_token: [400, "invalid_grant", "Refresh token expired"],
  reused_refresh_token: [400, "invalid_grant", "Invalid refresh token"],
  revoked: [400, "NOT_INSTALLED", "Application not installed"],
};

/** `GET /oauth/authorize/` of the portal: no redirect_uri in the request, the app's settings have it. */
export const authorize = (
  request: SandboxRequest,
  oauth: OAuthServer,
  portal: BitrixPortal,
  redirectUrl: string,
): SandboxAnswer => {
  const callback = new URL(redirectUrl);
  callback.searchParams.set("code", oauth.authorize({ clientId: request.query.get("client_id") ?? "" }));
  const state = request.query.get("state");
  if (state !== null) callback.searchParams.set("state", state);
  callback.searchParams.set("domain", portal.host);
  callback.searchParams.set("member_id", portal.memberId);
  callback.searchParams.set("scope", "crm,user");
  callback.searchParams.set("server_domain", portal.host);
  return { status: 302, headers: { location: callback.href } };
};

/** `/oauth/token/` of the authorisation server, by query or by form. */
export const token = (
  request: SandboxRequest,
  oauth: OAuthServer,
  portal: BitrixPortal,
  redirectUrl: string,
): SandboxAnswer => {
  const params = new URLSearchParams([...request.query, ...new URLSearchParams(request.body)]);
  const clientId = params.get("client_id") ?? "";
  const clientSecret = params.get("client_secret") ?? undefined;
  const answer =
    params.get("grant_type") === "refresh_token"
      ? oauth.refresh({ clientId, clientSecret, refreshToken: params.get("refresh_token") ?? "" })
      : oauth.exchange({ clientId, clientSecret, code: params.get("code") ?? "", redirectUrl });
  if (!answer.ok) {
    const [status, error, description] = refusals[answer.refusal];
    return { status, body: { error, error_description: description } };
  }
  if (!portal.paid) return { status: 401, body: { error: "PAYMENT_REQUIRED", error_description: "Payment required" } };
  const { grant } = answer;
  return {
    status: 200,
    body: {
      access_token: grant.accessToken,
      refresh_token: grant.refreshToken,
      expires_in: Math.floor(grant.expiresInMs / 1_000),
      client_endpoint: `${portal.url}/rest/`,
      server_endpoint: `${portal.url}/oauth/rest/`,
      domain: portal.host,
      member_id: portal.memberId,
      scope: "crm,user",
      status: "L",
      user_id: portal.userId,
    },
  };
};
