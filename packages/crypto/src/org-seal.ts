import { createDataKey, openDataKey } from "./data-key.ts";
import type { DataKey } from "./data-key.ts";
import type { KeyRing } from "./key-ring.ts";
import { SealError } from "./seal-error.ts";
import { open, seal } from "./seal.ts";

/** Where an organisation's value lives; all of it is bound into the ciphertext. */
export interface OrgPlace {
  readonly orgId: string;
  readonly table: string;
  readonly rowId: string;
  readonly column: string;
}

/** Where wrapped data keys are kept; `makeDataKeys` of packages/supabase is one. */
export interface DataKeyStore {
  get(input: { readonly orgId: string }): Promise<string | undefined>;
  /** The given record, or the one that was there before. */
  create(input: { readonly orgId: string; readonly record: string }): Promise<string>;
}

export interface OrgSeal {
  /** Gives the organisation its data key on first use. */
  seal(place: OrgPlace, plaintext: string): Promise<string>;
  /** @throws {SealError} */
  open(place: OrgPlace, sealed: string): Promise<string>;
}

export interface OrgSealPorts {
  readonly ring: KeyRing;
  readonly dataKeys: DataKeyStore;
  readonly now?: () => number;
}

/** How many organisations' opened keys a process keeps, and for how long. Rotation never changes an opened key. */
const maxKept = 1_000;
const keptMs = 300_000;

/**
 * Seals and opens an organisation's credentials with its own data key, which is opened once and kept for a while: an
 * erased organisation's key is out of every process's memory after five minutes.
 */
export const makeOrgSeal = ({ ring, dataKeys, now = Date.now }: OrgSealPorts): OrgSeal => {
  // In order of their reading, so that the first is the oldest. Promises: callers that come at once share one read.
  const kept = new Map<string, { readonly key: Promise<DataKey | undefined>; readonly until: number }>();

  const keep = (orgId: string, key: Promise<DataKey | undefined>): Promise<DataKey | undefined> => {
    const entry = { key, until: now() + keptMs };
    const forget = () => {
      if (kept.get(orgId) === entry) kept.delete(orgId);
    };
    kept.delete(orgId);
    kept.set(orgId, entry);
    const [oldest] = kept.keys();
    if (kept.size > maxKept && oldest !== undefined) kept.delete(oldest);
    // An absent key may be there the next moment, and a failure is not worth keeping.
    key.then((found) => {
      if (found === undefined) forget();
    }, forget);
    return key;
  };

  const read = async (orgId: string): Promise<DataKey | undefined> => {
    const record = await dataKeys.get({ orgId });
    return record === undefined ? undefined : openDataKey(ring, orgId, record);
  };
  const create = async (orgId: string): Promise<DataKey> =>
    openDataKey(ring, orgId, await dataKeys.create({ orgId, record: createDataKey(ring, orgId).record }));

  const keyOf = (orgId: string): Promise<DataKey | undefined> => {
    const entry = kept.get(orgId);
    return entry !== undefined && entry.until > now() ? entry.key : keep(orgId, read(orgId));
  };

  const opened = (key: DataKey | undefined, { table, rowId, column }: OrgPlace, sealed: string): string => {
    if (key === undefined) {
      throw new SealError(
        "unknown_key",
        `The value in ${table}.${column} is sealed; its organisation has no data key.`,
      );
    }
    return open(key, { table, row: rowId, column }, sealed);
  };

  return {
    async seal({ orgId, table, rowId, column }, plaintext) {
      const key = (await keyOf(orgId)) ?? (await keep(orgId, create(orgId)));
      if (key === undefined) throw new Error("unreachable: create gives a key");
      return seal(key, { table, row: rowId, column }, plaintext);
    },

    async open(place, sealed) {
      try {
        return opened(await keyOf(place.orgId), place, sealed);
      } catch (error) {
        if (!(error instanceof SealError) || error.reason !== "unknown_key") throw error;
        // The organisation may have been erased and set up anew since its key was kept.
        return opened(await keep(place.orgId, read(place.orgId)), place, sealed);
      }
    },
  };
};
