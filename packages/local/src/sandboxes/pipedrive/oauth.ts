import type { OAuthServer } from "../oauth-server.ts";
import type { SandboxAnswer, SandboxRequest } from "../sandbox-server.ts";
import { headerOf } from "../sandbox-server.ts";
import type { PipedriveCompany } from "./company.ts";

export const authorize = (request: SandboxRequest, oauth: OAuthServer): SandboxAnswer => {
  const { query } = request;
  const callback = new URL(query.get("redirect_uri") ?? "http://localhost/");
  callback.searchParams.set("code", oauth.authorize({ clientId: query.get("client_id") ?? "" }));
  const state = query.get("state");
  if (state !== null) callback.searchParams.set("state", state);
  return { status: 302, headers: { location: callback.href } };
};

/** `POST /oauth/token`: the app by HTTP Basic, the rest in a form; the answer names the company's own host. */
export const token = (request: SandboxRequest, oauth: OAuthServer, company: PipedriveCompany): SandboxAnswer => {
  const basic = /^basic\s+(\S+)$/iu.exec(headerOf(request, "authorization") ?? "")?.[1] ?? "";
  const [clientId = "", clientSecret] = Buffer.from(basic, "base64").toString("utf8").split(":");
  const form = new URLSearchParams(request.body);
  const answer =
    form.get("grant_type") === "refresh_token"
      ? oauth.refresh({ clientId, clientSecret, refreshToken: form.get("refresh_token") ?? "" })
      : oauth.exchange({
          clientId,
          clientSecret,
          code: form.get("code") ?? "",
          redirectUrl: form.get("redirect_uri") ?? undefined,
        });
  if (!answer.ok) {
    const client = answer.refusal === "unknown_client" || answer.refusal === "wrong_secret";
    return {
      status: client ? 401 : 400,
      body: {
        success: false,
        error: client ? "invalid_client" : "invalid_grant",
        message: client ? "Invalid client" : "Invalid grant: refresh token is invalid",
      },
    };
  }
  const { grant } = answer;
  return {
    status: 200,
    body: {
      access_token: grant.accessToken,
      token_type: "Bearer",
      refresh_token: grant.refreshToken,
      scope: "base,deals:full,contacts:full,activities:full",
      expires_in: Math.floor(grant.expiresInMs / 1_000),
      api_domain: company.url,
    },
  };
};
