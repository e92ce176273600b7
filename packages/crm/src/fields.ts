import type { CrmEntity, FieldValue } from "./provider.ts";

/**
 * How a field's value is written in `RemoteRecord.fields`:
 * `text` a string · `texts` strings, the main one first, [] for none · `number` · `boolean` · `time` ISO 8601 in UTC with
 * milliseconds (`2026-11-23T20:15:00.000Z`) · `user`, `pipeline`, `stage` the provider's id as text · `choice` one of
 * `choices`. `null` is an empty field; in a write it clears, a field left out stays as it is.
 */
export type FieldType = "text" | "texts" | "number" | "boolean" | "time" | "user" | "pipeline" | "stage" | "choice";

export interface FieldDefinition {
  readonly type: FieldType;
  /** Set by the provider; a write leaves it out. */
  readonly readOnly?: true;
  readonly choices?: readonly string[];
}

const responsible = { type: "user" } as const;
const createdAt = { type: "time", readOnly: true } as const;

/** Our names, by entity. A provider that lacks a field leaves it out; it never invents a value. */
export const crmFields = {
  contact: {
    name: { type: "text" },
    firstName: { type: "text" },
    lastName: { type: "text" },
    position: { type: "text" },
    email: { type: "texts" },
    phone: { type: "texts" },
    responsible,
    createdAt,
  },
  company: {
    name: { type: "text" },
    email: { type: "texts" },
    phone: { type: "texts" },
    website: { type: "text" },
    address: { type: "text" },
    responsible,
    createdAt,
  },
  deal: {
    name: { type: "text" },
    /** In the currency's main unit. */
    amount: { type: "number" },
    /** ISO 4217. Missing where the account has one currency for all. */
    currency: { type: "text" },
    pipeline: { type: "pipeline" },
    stage: { type: "stage" },
    /** What the stage means. */
    status: { type: "choice", choices: ["open", "won", "lost"], readOnly: true },
    responsible,
    /** When it is expected to close; a day is midnight in UTC. */
    expectedCloseAt: { type: "time" },
    closedAt: { type: "time", readOnly: true },
    createdAt,
  },
  note: {
    text: { type: "text" },
    /** The provider's own kind: `common`, `service_message`, `comment`. */
    kind: { type: "text", readOnly: true },
    responsible,
    createdAt,
  },
  task: {
    name: { type: "text" },
    text: { type: "text" },
    dueAt: { type: "time" },
    done: { type: "boolean" },
    /** The provider's own kind: `call`, `meeting`, an id. */
    kind: { type: "text" },
    responsible,
    createdAt,
  },
  pipeline: {
    name: { type: "text", readOnly: true },
    main: { type: "boolean", readOnly: true },
    archived: { type: "boolean", readOnly: true },
  },
  user: {
    name: { type: "text", readOnly: true },
    email: { type: "texts", readOnly: true },
    active: { type: "boolean", readOnly: true },
  },
  field: {
    name: { type: "text", readOnly: true },
    /** What `customFields` of its entity name it by; its remote id, where that is unique by itself. */
    key: { type: "text", readOnly: true },
    /** The entity that has it, by our name. */
    of: { type: "text", readOnly: true },
    /** The provider's code, where it has one beside the id. */
    code: { type: "text", readOnly: true },
    /** The provider's own type. */
    kind: { type: "text", readOnly: true },
    /** Our reading of it; a mapping converts by it. */
    type: {
      type: "choice",
      choices: ["text", "texts", "number", "boolean", "time", "choice", "choices", "other"],
      readOnly: true,
    },
    writable: { type: "boolean", readOnly: true },
  },
} as const satisfies Record<CrmEntity, Readonly<Record<string, FieldDefinition>>>;

export type FieldName<E extends CrmEntity> = keyof (typeof crmFields)[E] & string;

/** `fields` of a record of entity E, with our names only. */
export type FieldsOf<E extends CrmEntity> = Readonly<Partial<Record<FieldName<E>, FieldValue>>>;

/** Epoch seconds, milliseconds or a text with a zone → a `time`; null for what is empty or no time. */
export const isoTime = (value: number | string | null | undefined, unit: "s" | "ms" = "ms"): string | null => {
  if (value === null || value === undefined || value === "" || value === 0) return null;
  const ms = typeof value === "number" ? value * (unit === "s" ? 1_000 : 1) : Date.parse(value);
  return Number.isFinite(ms) && Math.abs(ms) < 8.64e15 ? new Date(ms).toISOString() : null;
};

/** A `time` of ours → epoch seconds; null clears. */
export const epochSeconds = (value: FieldValue | undefined): number | null => {
  const ms = typeof value === "string" ? Date.parse(value) : typeof value === "number" ? value : Number.NaN;
  return Number.isFinite(ms) ? Math.floor(ms / 1_000) : null;
};
