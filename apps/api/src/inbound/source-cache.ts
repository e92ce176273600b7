import type { OrgSeal } from "@gpt-agent/crypto/org-seal";
import { type Scheme, type SchemeOptions, schemes } from "@gpt-agent/signatures/scheme";
import { type FoundSource, hashToken, secretPlace, type WebhookSources } from "@gpt-agent/supabase/webhook-sources";

/** A source that messages may come from, its secrets open. */
export interface ActiveSource {
  readonly id: string;
  readonly orgId: string;
  readonly scheme: Scheme;
  readonly options: SchemeOptions;
  readonly laneBy: readonly string[] | null;
  readonly secrets: readonly string[];
}

interface CacheOptions {
  /** Younger ones are taken as they are. */
  readonly freshMs?: number;
  /** Older ones are not taken at all; in between, they are taken once more while they are read again. */
  readonly staleMs?: number;
  readonly maxEntries?: number;
  readonly now?: () => number;
}

interface Entry {
  readonly source: Promise<ActiveSource | undefined>;
  readonly readAtMs: number;
  renewing: boolean;
}

/**
 * The source behind a token, kept for seconds: a busy one costs no question per message, and one that was disabled is
 * refused soon here and at once where messages are stored. Unknown tokens have a memory of their own, so that guessing
 * neither pushes real ones out nor asks the database twice.
 */
export const makeSourceCache = (
  sources: Pick<WebhookSources, "find">,
  seal: Pick<OrgSeal, "open">,
  { freshMs = 2_000, staleMs = 5_000, maxEntries = 5_000, now = Date.now }: CacheOptions = {},
) => {
  const known = new Map<string, Entry>();
  const unknown = new Map<string, Entry>();

  const read = async (tokenHash: string): Promise<ActiveSource | undefined> => {
    const found = await sources.find({ tokenHash });
    return found && isScheme(found.scheme) ? openSource(found, found.scheme, seal) : undefined;
  };

  const keep = (cache: Map<string, Entry>, tokenHash: string, entry: Entry): void => {
    cache.delete(tokenHash);
    cache.set(tokenHash, entry);
    const [oldest] = cache.keys();
    if (cache.size > maxEntries && oldest !== undefined) cache.delete(oldest);
  };

  const renew = (tokenHash: string): Entry["source"] => {
    const entry: Entry = { source: read(tokenHash), readAtMs: now(), renewing: false };
    // Those who come meanwhile share the question. What became of it decides where it is kept.
    const previous = known.get(tokenHash);
    if (!previous) keep(unknown, tokenHash, entry);
    entry.source.then(
      (source) => {
        unknown.delete(tokenHash);
        known.delete(tokenHash);
        keep(source ? known : unknown, tokenHash, entry);
      },
      () => {
        if (unknown.get(tokenHash) === entry) unknown.delete(tokenHash);
        if (previous) previous.renewing = false;
      },
    );
    return entry.source;
  };

  return async (token: string): Promise<ActiveSource | undefined> => {
    const tokenHash = hashToken(token);
    const entry = known.get(tokenHash) ?? unknown.get(tokenHash);
    const ageMs = entry ? now() - entry.readAtMs : Number.POSITIVE_INFINITY;
    if (!entry || ageMs > staleMs) return renew(tokenHash);
    if (ageMs > freshMs && !entry.renewing) {
      entry.renewing = true;
      renew(tokenHash).catch(() => {});
    }
    return entry.source;
  };
};

const isScheme = (name: string): name is Scheme => (schemes as readonly string[]).includes(name);

const openSource = async (
  { id, orgId, options, laneBy, secrets }: FoundSource,
  scheme: Scheme,
  seal: Pick<OrgSeal, "open">,
): Promise<ActiveSource> => ({
  id,
  orgId,
  scheme,
  options,
  laneBy,
  secrets: await Promise.all(
    secrets.map((secret) => seal.open({ orgId, rowId: secret.id, ...secretPlace }, secret.sealed)),
  ),
});
