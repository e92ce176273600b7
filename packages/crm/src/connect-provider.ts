import type { SendGuarded } from "@gpt-agent/http/guarded-request";
import type { Limiter } from "@gpt-agent/limits/limiter";
import type { CrmProvider, ProviderName, TokenSet } from "./provider.ts";

export interface AccessToken {
  readonly value: string;
  /** Grows with every refresh; tells a token that was replaced meanwhile from the newest one. */
  readonly version: number;
  /** `TokenSet.accountKey`, where the token's answer told it. */
  readonly accountKey?: string;
}

/** Where the transport takes tokens from. Refreshing, storing and its races are behind it. */
export interface TokenSource {
  /** The newest, refreshed ahead of its end. @throws {PermanentError} `crm_unauthorized` once nothing can renew it */
  current(signal: AbortSignal): Promise<AccessToken>;
  /** After a 401 for `refused`: the newest one if that is another, else a refresh, one for all who ask at once. */
  renewed(refused: AccessToken, signal: AbortSignal): Promise<AccessToken>;
}

/** All that makes a provider's client for one connection. */
export interface ProviderConnection {
  readonly connectionId: string;
  /** Scope of the limits, with the provider's name before it; see `AccountInfo.accountKey`. */
  readonly accountKey: string;
  readonly baseUrl: string;
  readonly tokens: TokenSource;
  readonly send: SendGuarded;
  readonly limiter: Limiter;
  /** The OAuth app's id: some providers count and mark changes by app. */
  readonly clientId?: string;
  /** The account's plan where limits depend on it: `{ plan: "enterprise", seats: 12 }`; as stored with the connection. */
  readonly plan?: Readonly<Record<string, string | number>>;
  /** Where the provider's fields for our external ids are, once made: by entity, the provider's field id. */
  readonly externalIdFields?: Readonly<Partial<Record<string, string>>>;
}

export type ConnectProvider = (connection: ProviderConnection) => CrmProvider;

/** The OAuth side of a provider. Hosts are pinned: a host that a callback names is checked before anything is sent. */
export interface ProviderOAuth {
  readonly name: ProviderName;
  readonly pkce: boolean;
  authorizeUrl(request: {
    readonly clientId: string;
    readonly redirectUrl: string;
    readonly state: string;
    readonly codeChallenge?: string;
    readonly scopes?: readonly string[];
    /**
     * Where the person signs in, as they typed it: the portal (Bitrix24 needs it), a My Domain or test host (Salesforce).
     * For every provider a sandbox on this machine, which nothing reaches unless `EGRESS_ALLOW` names it.
     */
    readonly account?: string;
  }): string;
  /** `callback` is the whole query of the callback: some providers name the account's host there. */
  exchange(request: {
    readonly send: SendGuarded;
    readonly clientId: string;
    readonly clientSecret: string;
    readonly redirectUrl: string;
    readonly code: string;
    readonly codeVerifier?: string;
    /** As it was given to `authorizeUrl`: a code is good where it was issued. */
    readonly account?: string;
    readonly callback: Readonly<Record<string, string>>;
  }): Promise<TokenSet>;
  /** Not aborted once it is sent: the answer may hold the only valid refresh token. */
  refresh(request: {
    readonly send: SendGuarded;
    readonly clientId: string;
    readonly clientSecret: string;
    readonly redirectUrl: string;
    readonly refreshToken: string;
    readonly baseUrl: string;
  }): Promise<TokenSet>;
}
