import { crmFields, type FieldDefinition } from "./fields.ts";
import type { FieldValues } from "./merge.ts";
import type { CrmEntity, FieldValue } from "./provider.ts";

/** How one field is named and typed here. */
export interface MappedField {
  /** Our name. */
  readonly name: string;
  readonly type: "text" | "texts" | "number" | "boolean" | "time";
  /** A standard field by our list (`fields.ts`), or … */
  readonly field?: string | undefined;
  /** … one of the account's custom fields, by the provider's id. */
  readonly customField?: string | undefined;
  /** `in`: only read; `out`: only written. */
  readonly direction: "both" | "in" | "out";
}

/** Of one entity. Undefined: the standard fields under their own names; custom fields stay in the record, unread. */
export type EntityMapping = readonly MappedField[] | undefined;

interface CrmSide {
  readonly fields: FieldValues;
  readonly customFields: FieldValues;
}

/** A value that does not fit its field; the field is left out, the rest of the record is not. */
export interface MappingProblem {
  readonly field: string;
  readonly message: string;
}

const standardField = (entity: CrmEntity, name: string): FieldDefinition | undefined =>
  (crmFields[entity] as Readonly<Record<string, FieldDefinition>>)[name];

/** Names that may be written to the CRM. */
export const isWritable =
  (entity: CrmEntity, mapping: EntityMapping) =>
  (name: string): boolean => {
    if (mapping === undefined) {
      const standard = standardField(entity, name);
      return standard !== undefined && standard.readOnly !== true;
    }
    const mapped = mapping.find((one) => one.name === name);
    if (mapped === undefined || mapped.direction === "in") return false;
    return mapped.field === undefined || standardField(entity, mapped.field)?.readOnly !== true;
  };

/** The CRM's record by our names. A mapped custom field that the CRM leaves out is empty; a standard one is not told. */
export const toOurs = (
  crm: CrmSide,
  mapping: EntityMapping,
): { readonly values: FieldValues; readonly problems: readonly MappingProblem[] } => {
  if (mapping === undefined) return { values: crm.fields, problems: [] };
  const values: Record<string, FieldValue> = {};
  const problems: MappingProblem[] = [];
  for (const { name, type, field, customField, direction } of mapping) {
    if (direction === "out") continue;
    const told = customField === undefined ? crm.fields[field ?? name] : (crm.customFields[customField] ?? null);
    if (told === undefined) continue;
    const value = convert(told, type);
    if (value === undefined) problems.push({ field: name, message: `"${name}" is not a ${type} in the CRM.` });
    else values[name] = value;
  }
  return { values, problems };
};

/** Values by our names as a write takes them; names that nothing maps are left out and told. */
export const toCrm = (
  changes: FieldValues,
  entity: CrmEntity,
  mapping: EntityMapping,
): CrmSide & { readonly problems: readonly MappingProblem[] } => {
  const fields: Record<string, FieldValue> = {};
  const customFields: Record<string, FieldValue> = {};
  const problems: MappingProblem[] = [];
  const writable = isWritable(entity, mapping);
  for (const [name, value] of Object.entries(changes)) {
    if (!writable(name)) {
      problems.push({ field: name, message: `"${name}" cannot be written to the CRM.` });
      continue;
    }
    const mapped = mapping?.find((one) => one.name === name);
    const type = mapped?.type ?? typeOf(standardField(entity, name));
    const converted = convert(value, type);
    if (converted === undefined) problems.push({ field: name, message: `"${name}" is not a ${type}.` });
    else if (mapped?.customField !== undefined) customFields[mapped.customField] = converted;
    else fields[mapped?.field ?? name] = converted;
  }
  return { fields, customFields, problems };
};

const typeOf = (definition: FieldDefinition | undefined): MappedField["type"] => {
  const type = definition?.type;
  return type === "texts" || type === "number" || type === "boolean" || type === "time" ? type : "text";
};

const isText = (value: FieldValue): value is string => typeof value === "string";

/** Undefined: it does not fit. An empty value fits every type. */
const convert = (value: FieldValue, type: MappedField["type"]): FieldValue | undefined => {
  if (value === null || value === "") return type === "texts" ? [] : null;
  switch (type) {
    case "texts":
      return Array.isArray(value) ? value : [String(value)];
    case "text":
      return Array.isArray(value) ? value.join(", ") : String(value);
    case "number": {
      const number = isText(value) ? Number(value.replace(",", ".").replaceAll(/\s/gu, "")) : Number(value);
      return Array.isArray(value) || !Number.isFinite(number) ? undefined : number;
    }
    case "boolean":
      if (typeof value === "boolean") return value;
      if (value === 1 || value === "1" || value === "true" || value === "Y") return true;
      return value === 0 || value === "0" || value === "false" || value === "N" ? false : undefined;
    case "time": {
      const ms = typeof value === "number" ? value : isText(value) ? Date.parse(value) : Number.NaN;
      return Number.isFinite(ms) ? new Date(ms).toISOString() : undefined;
    }
  }
};
