import { PermanentError, RetryLaterError } from "@gpt-agent/jobs/errors";
import type { AccessToken, TokenSource } from "./connect-provider.ts";
import type { TokenSet } from "./provider.ts";
import { openTokens, sealTokens, type ConnectionKey, type Seal, type SealedTokens } from "./sealed-tokens.ts";
import { delay, persist, unlessAborted } from "./token-patience.ts";
import type { SpooledTokens, TokenSpool } from "./token-spool.ts";

/** Sealed tokens in their row; the repository `crm-tokens` of packages/supabase is one. */
export interface TokenStore {
  read(key: ConnectionKey): Promise<StoredTokens | undefined>;
  takeLease(
    key: ConnectionKey & { readonly version: number; readonly leaseSeconds: number },
  ): Promise<string | undefined>;
  beginRefresh(
    key: ConnectionKey & { readonly version: number; readonly lease: string; readonly leaseSeconds: number },
  ): Promise<boolean>;
  rescue(key: ConnectionKey & SealedTokens & { readonly version: number }): Promise<void>;
  commit(key: ConnectionKey & { readonly version: number }): Promise<boolean>;
  release(key: ConnectionKey & { readonly lease: string }): Promise<void>;
}

export interface StoredTokens {
  readonly version: number;
  /** Sealed; null: not connected yet. */
  readonly tokens: string | null;
  readonly refreshable: boolean;
  /** A refresh was sent and its answer is not stored; ISO 8601. */
  readonly refreshIntentAt: string | null;
}

/** Where a refresh is; told as it gets there. */
export type RefreshStep = "leased" | "begun" | "answered" | "rescued" | "committed";

export interface TokenKeeperPorts {
  readonly store: TokenStore;
  readonly seal: Seal;
  /** Asks the provider for new tokens. Never aborted. */
  readonly refresh: (connection: ConnectionKey, tokens: TokenSet) => Promise<TokenSet>;
  /** Nothing can renew the tokens of this version any more: a person has to connect the account again. */
  readonly giveUp: (
    connection: ConnectionKey,
    why: { readonly code: "crm_unauthorized"; readonly message: string; readonly tokenVersion: number },
  ) => Promise<unknown>;
  /** Takes the answer before the database does. */
  readonly spool?: TokenSpool;
  readonly onStep?: (step: RefreshStep) => void;
  readonly now?: () => number;
}

export interface TokenKeeper {
  sourceOf(connection: ConnectionKey): TokenSource;
  /** Refreshes whether or not the access token is near its end: a refresh token that lies unused too long dies. */
  renew(connection: ConnectionKey, signal: AbortSignal): Promise<void>;
  /** Brings answers that an earlier process left in the spool to the database, once; every refresh does so first. */
  recover(): Promise<number>;
}

/** Refreshed this long before its end. */
const aheadMs = 60_000;
/** Until the request is sent; then long enough for the request (60 s) and for storing its answer. */
const leaseSeconds = 30;
const requestLeaseSeconds = 150;
/** A process that was frozen since it took the lease must not send: another may have by now. */
const maxFrozenMs = 20_000;
const pollMs = 150;
const longestWaitMs = 180_000;

interface Current extends AccessToken {
  readonly expiresAtMs: number | undefined;
}

/**
 * Keeps tokens fresh where a refresh token may be good for a single use. Whoever in this process asks at once shares one
 * attempt; processes exclude each other by a lease on the row and its version; the answer is kept on this machine the
 * moment it arrives, then stored twice, first in a table of its own, before anybody uses it. A process that dies leaves
 * either an unused refresh token, or its answer. The one loss that remains is an answer that never arrived.
 */
export const makeTokenKeeper = (ports: TokenKeeperPorts): TokenKeeper => {
  const { store, seal, now = Date.now } = ports;
  const kept = new Map<string, Current>();
  const refreshing = new Map<string, Promise<Current>>();
  const loading = new Map<string, Promise<Current & { readonly refreshable: boolean }>>();

  const remember = (connection: ConnectionKey, tokens: TokenSet, version: number): Current => {
    const { accessToken: value, expiresAtMs, accountKey } = tokens;
    const current = { value, version, expiresAtMs, ...(accountKey !== undefined && { accountKey }) };
    kept.set(connection.connectionId, current);
    return current;
  };
  const ends = ({ expiresAtMs }: Current): boolean => expiresAtMs !== undefined && expiresAtMs - aheadMs <= now();

  const read = async (connection: ConnectionKey): Promise<StoredTokens & { readonly tokens: string }> => {
    const stored = await store.read(connection);
    if (stored?.tokens === null || stored?.tokens === undefined) {
      throw new PermanentError("crm_unauthorized", "The account is not connected yet. Connect it first.");
    }
    return { ...stored, tokens: stored.tokens };
  };
  const load = async (connection: ConnectionKey): Promise<Current & { readonly refreshable: boolean }> => {
    const { tokens, version, refreshable } = await read(connection);
    return { ...remember(connection, await openTokens(seal, connection, tokens), version), refreshable };
  };

  /** Who asks while somebody reads gets the same answer: hundreds of callers are one question to the database. */
  const loadOnce = (connection: ConnectionKey): ReturnType<typeof load> => {
    const underWay = loading.get(connection.connectionId);
    if (underWay) return underWay;
    const reading = load(connection).finally(() => loading.delete(connection.connectionId));
    loading.set(connection.connectionId, reading);
    return reading;
  };

  /** One refresh of the tokens of `version`, whoever does it; gives what is newer than them. */
  const refreshPast = async (connection: ConnectionKey, version: number): Promise<Current> => {
    await recoverOnce();
    for (const givenUpAt = now() + longestWaitMs; now() < givenUpAt;) {
      const stored = await read(connection);
      if (stored.version > version) return load(connection);
      const lease = await store.takeLease({ ...connection, version, leaseSeconds });
      if (lease !== undefined) {
        const renewed = await refreshUnder(connection, stored, lease);
        if (renewed !== undefined) return renewed;
      }
      await delay(pollMs * (0.5 + Math.random()));
    }
    throw new RetryLaterError(10_000, "crm_unavailable", "Another process has been renewing the CRM's token for long.");
  };

  const refreshUnder = async (
    connection: ConnectionKey,
    stored: StoredTokens & { readonly tokens: string },
    lease: string,
  ): Promise<Current | undefined> => {
    const { version } = stored;
    ports.onStep?.("leased");
    // Opened now, so that nothing but one write stands between the answer and its storage.
    const tokens = await openTokens(seal, connection, stored.tokens);
    const askedAt = performance.now();
    if (!(await store.beginRefresh({ ...connection, version, lease, leaseSeconds: requestLeaseSeconds }))) return;
    if (performance.now() - askedAt > maxFrozenMs) return;
    ports.onStep?.("begun");
    const answer = await askProvider(connection, tokens, stored, lease);
    if (answer === undefined) return load(connection);
    const renewed: TokenSet = { ...tokens, ...answer };
    const spooled = { ...connection, ...(await sealTokens(seal, connection, renewed)), version: version + 1 };
    ports.spool?.put(spooled);
    ports.onStep?.("answered");
    await storeTwice(spooled);
    return remember(connection, renewed, version + 1);
  };

  const storeTwice = async (tokens: SpooledTokens): Promise<void> => {
    await persist(() => store.rescue(tokens));
    ports.onStep?.("rescued");
    await persist(() => store.commit(tokens));
    ports.onStep?.("committed");
    ports.spool?.drop(tokens);
  };

  /** Undefined: refused, but newer tokens are there by now. */
  const askProvider = async (
    connection: ConnectionKey,
    tokens: TokenSet,
    stored: StoredTokens,
    lease: string,
  ): Promise<TokenSet | undefined> => {
    try {
      return await ports.refresh(connection, tokens);
    } catch (error) {
      if (error instanceof PermanentError && error.code === "crm_unauthorized") {
        if ((await read(connection)).version > stored.version) return undefined;
        const lost =
          stored.refreshIntentAt === null ? "" : " The answer to an earlier renewal never arrived; that used it up.";
        const message = `The CRM refused to renew the token.${lost} Connect the account again. (${error.message})`;
        await ports.giveUp(connection, { code: "crm_unauthorized", message, tokenVersion: stored.version });
      }
      await store.release({ ...connection, lease }).catch(() => undefined);
      throw error;
    }
  };

  const recover = async (): Promise<number> => {
    const left = ports.spool?.all() ?? [];
    for (const tokens of left) {
      const version = (await store.read(tokens))?.version;
      // Of another installation on this machine: not ours to judge.
      if (version === undefined) continue;
      if (version === tokens.version - 1) await storeTwice(tokens);
      else ports.spool?.drop(tokens);
    }
    return left.length;
  };
  let recovered: Promise<number> | undefined;
  const recoverOnce = (): Promise<number> =>
    (recovered ??= recover().catch((error: unknown) => {
      recovered = undefined;
      throw error;
    }));

  const refreshOnce = (connection: ConnectionKey, version: number): Promise<Current> => {
    const underWay = refreshing.get(connection.connectionId);
    if (underWay) return underWay;
    const attempt = refreshPast(connection, version).finally(() => refreshing.delete(connection.connectionId));
    refreshing.set(connection.connectionId, attempt);
    return attempt;
  };

  return {
    sourceOf: (connection) => ({
      async current(signal) {
        signal.throwIfAborted();
        const known = kept.get(connection.connectionId);
        if (known && !ends(known)) return known;
        const loaded = await loadOnce(connection);
        return ends(loaded) && loaded.refreshable
          ? unlessAborted(refreshOnce(connection, loaded.version), signal)
          : loaded;
      },

      async renewed(refused, signal) {
        signal.throwIfAborted();
        const loaded = await loadOnce(connection);
        if (loaded.version > refused.version) return loaded;
        if (!loaded.refreshable) {
          const message = "The CRM refused the token, and it cannot be renewed. Connect the account again.";
          await ports.giveUp(connection, { code: "crm_unauthorized", message, tokenVersion: loaded.version });
          throw new PermanentError("crm_unauthorized", message);
        }
        return unlessAborted(refreshOnce(connection, refused.version), signal);
      },
    }),

    async renew(connection, signal) {
      const { version, refreshable } = await load(connection);
      if (refreshable) await unlessAborted(refreshOnce(connection, version), signal);
    },

    recover: recoverOnce,
  };
};
