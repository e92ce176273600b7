import { createHash, timingSafeEqual } from "node:crypto";
import type { ApiKeyFinder } from "./ports.ts";
import { Problem } from "./problem.ts";

/** Who calls. The organisation is the key's; nothing in a request can name another. */
export interface Identity {
  readonly keyId: string;
  readonly orgId: string;
  readonly scopes: readonly string[];
  /** Null: as the installation says. */
  readonly ratePerMinute: number | null;
}

interface AuthOptions {
  /** A revoked key works at most this much longer. */
  readonly ttlMs?: number;
  /** A key that was refused is not looked up again for this long: guessing costs the database nothing. */
  readonly rejectedTtlMs?: number;
  readonly maxEntries?: number;
  readonly now?: () => number;
}

interface CacheEntry {
  readonly identity: Promise<Identity | undefined>;
  expiresAt: number;
}

/**
 * `Authorization: Bearer <key>` → organisation. Lookups are kept in memory for a short time, under the key's SHA-256:
 * neither the key itself nor a timing of its comparison is to be had from this process.
 * @returns a function that throws {Problem} `unauthorized`, and whatever the lookup throws.
 */
export const makeAuthenticate = (apiKeys: ApiKeyFinder, options: AuthOptions = {}) => {
  const { ttlMs = 30_000, rejectedTtlMs = 5_000, maxEntries = 10_000, now = Date.now } = options;
  const cache = new Map<string, CacheEntry>();

  const lookUp = (presentedKey: string): Promise<Identity | undefined> => {
    const digest = sha256(presentedKey).toString("base64");
    const cached = cache.get(digest);
    if (cached && cached.expiresAt > now()) return cached.identity;

    const identity = find(apiKeys, presentedKey);
    // Concurrent calls with one key share a lookup; what it found decides how long it is kept.
    const entry: CacheEntry = { identity, expiresAt: now() + rejectedTtlMs };
    cache.delete(digest);
    cache.set(digest, entry);
    identity.then(
      (found) => {
        if (found) entry.expiresAt = now() + ttlMs;
      },
      () => cache.delete(digest),
    );
    const oldest = cache.keys().next();
    if (cache.size > maxEntries && !oldest.done) cache.delete(oldest.value);
    return identity;
  };

  return async (authorization: string | undefined): Promise<Identity> => {
    const presentedKey = bearer(authorization);
    const identity = presentedKey === undefined ? undefined : await lookUp(presentedKey);
    if (identity) return identity;
    const detail =
      presentedKey === undefined
        ? "Send an API key in the header Authorization: Bearer <key>."
        : "This API key is unknown or revoked. Check it, or have a new one made.";
    throw new Problem("unauthorized", detail, { headers: { "www-authenticate": 'Bearer realm="api"' } });
  };
};

const find = async (apiKeys: ApiKeyFinder, presentedKey: string): Promise<Identity | undefined> => {
  const found = await apiKeys.find({ presentedKey });
  if (!found) return undefined;
  const { id, orgId, scopes, ratePerMinute } = found;
  return { keyId: id, orgId, scopes, ratePerMinute };
};

/** Printable ASCII of a sane length; anything else cannot be one of our keys. */
const bearer = (authorization: string | undefined): string | undefined =>
  /^bearer +([!-~]{16,200}) *$/i.exec(authorization ?? "")?.[1];

const sha256 = (text: string): Buffer => createHash("sha256").update(text).digest();

/** Compares secrets in a time that tells neither their content nor their length. */
export const sameSecret = (a: string, b: string): boolean => timingSafeEqual(sha256(a), sha256(b));
