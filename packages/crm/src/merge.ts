import type { FieldValue } from "./provider.ts";

export type FieldValues = Readonly<Record<string, FieldValue>>;

/** Who wins a field that both sides changed since they last agreed; `manual` leaves it to a person. */
export type MergePolicy = "crm_wins" | "ours_wins" | "newest" | "manual";

export interface MergeInput {
  /** What both sides last agreed on. */
  readonly base: FieldValues;
  readonly ours: FieldValues;
  /** What the CRM tells now; a field it does not tell stays as it was. */
  readonly crm: FieldValues;
  /** Fields with an open conflict: neither side is written until it is decided. */
  readonly held: ReadonlySet<string>;
  readonly policy: MergePolicy;
  /** Fields that only the CRM may change are taken from it, whatever the policy. */
  readonly writable: (field: string) => boolean;
  /** Epoch; for `newest`. */
  readonly oursChangedAtMs: number | undefined;
  readonly crmChangedAtMs: number | undefined;
}

export interface FieldConflict {
  readonly field: string;
  readonly ours: FieldValue;
  readonly crm: FieldValue;
  readonly base: FieldValue;
  /** Null: it stays open for a person. */
  readonly resolution: "ours" | "crm" | null;
}

export interface Merged {
  readonly fields: FieldValues;
  readonly base: FieldValues;
  /** Taken from the CRM. */
  readonly pulled: readonly string[];
  /** Still to be written to it. */
  readonly pushes: readonly string[];
  readonly conflicts: readonly FieldConflict[];
  /** Held fields on which both sides agree by now. */
  readonly closes: readonly string[];
}

/** Lists are compared as sets of values: providers give e-mails and phones back in an order of their own. */
export const sameValue = (a: FieldValue | undefined, b: FieldValue | undefined): boolean => {
  if (isList(a) && isList(b)) {
    const [left, right] = [a.toSorted(), b.toSorted()];
    return left.length === right.length && left.every((one, n) => one === right[n]);
  }
  return empty(a) ? empty(b) : a === b;
};

const isList = (value: FieldValue | undefined): value is readonly string[] => Array.isArray(value);
/** Providers do not tell an empty field from one that never had a value. */
const empty = (value: FieldValue | undefined): boolean =>
  value === undefined || value === null || value === "" || (isList(value) && value.length === 0);

/** What is ours and not yet the CRM's. */
export const changedFields = ({
  fields,
  base,
  held,
  writable,
}: {
  readonly fields: FieldValues;
  readonly base: FieldValues;
  readonly held: ReadonlySet<string>;
  readonly writable: (field: string) => boolean;
}): string[] =>
  Object.keys({ ...base, ...fields }).filter(
    (field) => !held.has(field) && writable(field) && !sameValue(fields[field], base[field]),
  );

/**
 * Three-way merge, field by field. What only one side changed goes to the other; what both changed alike is agreed; what
 * both changed differently is decided by the policy and told as a conflict. Merging the outcome with the same CRM state
 * again changes nothing: our own writes, coming back as events, are recognised by their content.
 */
export const mergeFields = (input: MergeInput): Merged => {
  const { base, ours, crm, held, writable } = input;
  const fields: Record<string, FieldValue> = { ...ours };
  const agreed: Record<string, FieldValue> = { ...base };
  const pulled: string[] = [];
  const conflicts: FieldConflict[] = [];
  const closes: string[] = [];

  const take = (field: string, value: FieldValue): void => {
    fields[field] = value;
    agreed[field] = value;
  };
  for (const [field, theirs] of Object.entries(crm)) {
    const mine = ours[field] ?? null;
    const before = base[field] ?? null;
    if (sameValue(mine, theirs)) {
      if (held.has(field)) closes.push(field);
      take(field, theirs);
    } else if (held.has(field)) {
      if (!sameValue(theirs, before)) {
        conflicts.push({ field, ours: mine, crm: theirs, base: before, resolution: null });
      }
    } else if (sameValue(mine, before) || !writable(field)) {
      take(field, theirs);
      pulled.push(field);
    } else if (!sameValue(theirs, before)) {
      const resolution = winner(input);
      conflicts.push({ field, ours: mine, crm: theirs, base: before, resolution });
      if (resolution === "crm") {
        take(field, theirs);
        pulled.push(field);
      }
      // Ours is written over what the CRM has now: that is what both know it to hold.
      if (resolution === "ours") agreed[field] = theirs;
    }
  }
  const waiting = new Set([...held, ...conflicts.filter((one) => one.resolution === null).map(({ field }) => field)]);
  for (const field of closes) waiting.delete(field);
  return {
    fields,
    base: agreed,
    pulled,
    pushes: changedFields({ fields, base: agreed, held: waiting, writable }),
    conflicts,
    closes,
  };
};

const winner = ({ policy, oursChangedAtMs, crmChangedAtMs }: MergeInput): "ours" | "crm" | null => {
  if (policy === "manual") return null;
  if (policy === "crm_wins") return "crm";
  if (policy === "ours_wins") return "ours";
  return (oursChangedAtMs ?? 0) > (crmChangedAtMs ?? 0) ? "ours" : "crm";
};
