import { createHash, randomBytes } from "node:crypto";
import type { SandboxClock } from "./clock.ts";

export interface OAuthApp {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUrl: string;
}

/** What a person agreed to. `value` goes out as the access token. */
export interface Grant {
  readonly clientId: string;
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresInMs: number;
}

export type OAuthRefusal =
  | "unknown_client"
  | "wrong_secret"
  | "wrong_redirect"
  | "unknown_code"
  | "expired_code"
  | "wrong_verifier"
  | "unknown_refresh_token"
  | "expired_refresh_token"
  /** A single-use token came a second time. */
  | "reused_refresh_token"
  | "revoked";

export type OAuthAnswer =
  | { readonly ok: true; readonly grant: Grant }
  | { readonly ok: false; readonly refusal: OAuthRefusal };

export type TokenCheck =
  | { readonly ok: true; readonly clientId: string }
  | { readonly ok: false; readonly reason: "unknown" | "expired" | "revoked" };

export interface OAuthServerOptions {
  readonly clock: SandboxClock;
  readonly apps: readonly OAuthApp[];
  readonly accessLifeMs: number;
  readonly refreshLifeMs: number;
  /**
   * What a refresh does with the refresh token: `keep` it; replace it (`single-use`: the old one is refused from then
   * on); or replace it and take its return for theft (`revoke-on-reuse`: all tokens of the grant end).
   */
  readonly rotation: "keep" | "single-use" | "revoke-on-reuse";
  readonly pkce?: "optional" | "required";
  /** Default 20 minutes. */
  readonly codeLifeMs?: number;
}

export interface OAuthServer {
  /** The person says yes at once. Gives the code for the callback. */
  authorize(request: { readonly clientId: string; readonly codeChallenge?: string }): string;
  exchange(request: {
    readonly clientId: string;
    readonly clientSecret: string | undefined;
    readonly code: string;
    readonly redirectUrl: string | undefined;
    readonly codeVerifier?: string | undefined;
  }): OAuthAnswer;
  refresh(request: {
    readonly clientId: string;
    readonly clientSecret: string | undefined;
    readonly refreshToken: string;
  }): OAuthAnswer;
  /** Tokens without the ceremony, for tests that begin connected. */
  issue(clientId?: string): Grant;
  /** A token without an end and without a refresh token. */
  issueLongLived(clientId?: string): string;
  check(accessToken: string | undefined): TokenCheck;
  /** The person removed the app: every token ends. */
  revokeAll(): void;
  readonly counts: { exchanges: number; refreshes: number; reuses: number; refused: number };
}

interface Family {
  readonly clientId: string;
  revoked: boolean;
}

/** The token side of a sandbox. Expiry follows the sandbox's clock, so scaled time ends tokens sooner. */
export const makeOAuthServer = (options: OAuthServerOptions): OAuthServer => {
  const { clock, apps, accessLifeMs, refreshLifeMs, rotation } = options;
  const codes = new Map<string, { clientId: string; challenge: string | undefined; endsAtMs: number }>();
  const access = new Map<string, { family: Family; endsAtMs: number }>();
  const refreshTokens = new Map<string, { family: Family; endsAtMs: number; used: boolean }>();
  const families = new Set<Family>();
  const counts = { exchanges: 0, refreshes: 0, reuses: 0, refused: 0 };
  const token = (): string => randomBytes(24).toString("base64url");
  const firstApp = (): string => apps[0]?.clientId ?? "";

  const refuse = (refusal: OAuthRefusal): OAuthAnswer => {
    counts.refused += 1;
    return { ok: false, refusal };
  };
  const newFamily = (clientId: string): Family => {
    const family = { clientId, revoked: false };
    families.add(family);
    return family;
  };
  const grantFor = (family: Family, kept?: string): Grant => {
    const grant = { accessToken: token(), refreshToken: kept ?? token(), expiresInMs: accessLifeMs };
    access.set(grant.accessToken, { family, endsAtMs: clock() + accessLifeMs });
    refreshTokens.set(grant.refreshToken, { family, endsAtMs: clock() + refreshLifeMs, used: false });
    return { clientId: family.clientId, ...grant };
  };
  const clientRefusal = (clientId: string, clientSecret: string | undefined): OAuthRefusal | undefined => {
    const app = apps.find((candidate) => candidate.clientId === clientId);
    if (app === undefined) return "unknown_client";
    return app.clientSecret === clientSecret ? undefined : "wrong_secret";
  };

  return {
    counts,
    authorize: ({ clientId, codeChallenge }) => {
      const code = token();
      codes.set(code, { clientId, challenge: codeChallenge, endsAtMs: clock() + (options.codeLifeMs ?? 1_200_000) });
      return code;
    },
    exchange: ({ clientId, clientSecret, code, redirectUrl, codeVerifier }) => {
      const refusal = clientRefusal(clientId, clientSecret);
      if (refusal !== undefined) return refuse(refusal);
      const known = codes.get(code);
      codes.delete(code);
      if (known === undefined || known.clientId !== clientId) return refuse("unknown_code");
      if (known.endsAtMs <= clock()) return refuse("expired_code");
      if (apps.find((app) => app.clientId === clientId)?.redirectUrl !== redirectUrl) return refuse("wrong_redirect");
      if (options.pkce === "required" && known.challenge === undefined) return refuse("wrong_verifier");
      if (known.challenge !== undefined) {
        const challenge = createHash("sha256")
          .update(codeVerifier ?? "")
          .digest("base64url");
        if (challenge !== known.challenge) return refuse("wrong_verifier");
      }
      counts.exchanges += 1;
      return { ok: true, grant: grantFor(newFamily(clientId)) };
    },
    refresh: ({ clientId, clientSecret, refreshToken }) => {
      const refusal = clientRefusal(clientId, clientSecret);
      if (refusal !== undefined) return refuse(refusal);
      const known = refreshTokens.get(refreshToken);
      if (known === undefined || known.family.clientId !== clientId) return refuse("unknown_refresh_token");
      if (known.family.revoked) return refuse("revoked");
      if (known.used) {
        counts.reuses += 1;
        if (rotation === "revoke-on-reuse") known.family.revoked = true;
        return refuse("reused_refresh_token");
      }
      if (known.endsAtMs <= clock()) return refuse("expired_refresh_token");
      counts.refreshes += 1;
      if (rotation === "keep") return { ok: true, grant: grantFor(known.family, refreshToken) };
      known.used = true;
      return { ok: true, grant: grantFor(known.family) };
    },
    issue: (clientId = firstApp()) => grantFor(newFamily(clientId)),
    issueLongLived: (clientId = firstApp()) => {
      const value = token();
      access.set(value, { family: newFamily(clientId), endsAtMs: Number.POSITIVE_INFINITY });
      return value;
    },
    check: (accessToken) => {
      const known = access.get(accessToken ?? "");
      if (known === undefined) return { ok: false, reason: "unknown" };
      if (known.family.revoked) return { ok: false, reason: "revoked" };
      return known.endsAtMs <= clock()
        ? { ok: false, reason: "expired" }
        : { ok: true, clientId: known.family.clientId };
    },
    revokeAll: () => {
      for (const family of families) family.revoked = true;
    },
  };
};
