import { isWritable, toOurs, type EntityMapping } from "@gpt-agent/crm/mapping";
import { mergeFields, type MergePolicy } from "@gpt-agent/crm/merge";
import type { RemoteRecord } from "@gpt-agent/crm/provider";
import type { CrmRecordToMerge, MergedCrmRecord } from "@gpt-agent/supabase/crm-records";
import { isDeepStrictEqual } from "node:util";

export interface MergedRecord {
  /** Undefined: nothing about the record changed, or what came is older than what we know. */
  readonly row: MergedCrmRecord | undefined;
  /** Values that do not fit their field's type. */
  readonly problems: readonly string[];
}

const epoch = (iso: string | null | undefined): number | undefined =>
  iso === null || iso === undefined ? undefined : Date.parse(iso);

/** What becomes of our copy when the CRM tells its record. Pure: rows in, row out. */
export const mergeRecord = (
  remote: RemoteRecord,
  known: CrmRecordToMerge | undefined,
  { mapping, policy }: { readonly mapping: EntityMapping; readonly policy: MergePolicy },
): MergedRecord => {
  const knownUpdatedAtMs = epoch(known?.remoteUpdatedAt);
  // A page that was on its way while we wrote: older than the answer to our own write.
  if (remote.updatedAtMs !== undefined && knownUpdatedAtMs !== undefined && remote.updatedAtMs < knownUpdatedAtMs) {
    return { row: undefined, problems: [] };
  }
  const { values, problems } = toOurs(remote, mapping);
  const merged = mergeFields({
    base: known?.base ?? {},
    ours: known?.fields ?? {},
    crm: values,
    held: new Set(known?.held),
    policy,
    writable: isWritable(remote.entity, mapping),
    oursChangedAtMs: epoch(known?.localChangedAt),
    crmChangedAtMs: remote.updatedAtMs,
  });
  const seen = { fields: remote.fields, customFields: remote.customFields };
  const unchanged =
    known !== undefined &&
    known.deletedAt === null &&
    knownUpdatedAtMs === remote.updatedAtMs &&
    merged.closes.length === 0 &&
    isDeepStrictEqual(seen, known.remote) &&
    isDeepStrictEqual(remote.links, known.links) &&
    isDeepStrictEqual(merged.fields, known.fields) &&
    isDeepStrictEqual(merged.base, known.base);
  const told = problems.map(({ message }) => message);
  if (unchanged) return { row: undefined, problems: told };
  return {
    problems: told,
    row: {
      remoteId: remote.remoteId,
      version: known?.version ?? 0,
      fields: toMutable(merged.fields),
      base: toMutable(merged.base),
      remote: seen,
      raw: remote.raw,
      links: remote.links,
      remoteUpdatedAtMs: remote.updatedAtMs,
      pulled: known === undefined ? [] : merged.pulled,
      closes: merged.closes,
      push: merged.pushes.length > 0,
      conflicts: merged.conflicts,
    },
  };
};

type Mutable = MergedCrmRecord["fields"];
const toMutable = (values: Readonly<Record<string, Mutable[string] | readonly string[]>>): Mutable =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      Array.isArray(value) ? [...value] : (value as Mutable[string]),
    ]),
  );
