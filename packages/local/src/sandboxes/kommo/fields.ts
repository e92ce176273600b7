import { z } from "zod";
import type { Author, RecordStore } from "../record-store.ts";
import type { SandboxAnswer, SandboxRequest } from "../sandbox-server.ts";
import { jsonOf } from "../sandbox-server.ts";
import type { CustomField, FieldValues } from "./account.ts";
import { isLinkedType } from "./account.ts";
import type { ValidationError } from "./answers.ts";
import { hal, problem } from "./answers.ts";

const id = z.coerce.number().int();

/** One field's values as a body names them: by the field's id, or by its code. */
export const fieldChange = z.object({
  field_id: id.optional(),
  field_code: z.string().nullish(),
  values: z
    .array(z.object({ value: z.unknown(), enum_id: id.optional(), enum_code: z.string().optional() }))
    .nullable(),
});
type FieldChange = z.infer<typeof fieldChange>;

const findField = (fields: readonly CustomField[], value: FieldChange): CustomField | undefined =>
  fields.find((field) =>
    value.field_id === undefined ? field.code === value.field_code : field.id === value.field_id,
  );

export const checkFields = (
  fields: readonly CustomField[],
  requestId: string,
  changes: readonly FieldChange[],
): ValidationError[] =>
  changes.flatMap((value, at): ValidationError[] => {
    const path = `custom_fields_values.${at}`;
    const field = findField(fields, value);
    if (field === undefined) {
      const detail = "The value you selected is not a valid choice.";
      return [{ requestId, code: "NotSupportedChoice", path: `${path}.field_id`, detail }];
    }
    return (value.values ?? []).flatMap(({ value: own, enum_id: enumId }, index): ValidationError[] => {
      const here = { requestId, path: `${path}.values.${index}.value` };
      if (field.type === "numeric" && Number.isNaN(Number(own))) {
        return [{ ...here, code: "InvalidType", detail: "This value should be of type numeric." }];
      }
      const isChoice = field.type === "select" || field.type === "multiselect" || field.type === "radiobutton";
      const known = field.enums?.some((choice) => choice.id === enumId || choice.value === own) ?? false;
      if (isChoice && !known) {
        return [{ ...here, code: "NotSupportedChoice", detail: "The value you selected is not a valid choice." }];
      }
      return [];
    });
  });

/** Dates are taken as RFC 3339 or in seconds, and given in seconds. */
const stored = ({ type }: CustomField, value: unknown): unknown =>
  /^(?:date|date_time|birthday)$/u.test(type) && typeof value === "string" && !/^\d+$/u.test(value)
    ? Math.floor(Date.parse(value) / 1_000)
    : value;

/** Fields that are not named stay; empty values clear a field. */
export const mergedFields = (
  fields: readonly CustomField[],
  before: readonly FieldValues[],
  changes: readonly FieldChange[],
): readonly FieldValues[] => {
  const merged = new Map(before.map((value) => [value.field_id, value]));
  for (const change of changes) {
    const field = findField(fields, change);
    if (field === undefined) continue;
    const kept = (change.values ?? [])
      .filter(({ value }) => value !== null && value !== "")
      .map(({ value, enum_id: enumId, enum_code: enumCode }) => ({
        value: stored(field, value),
        ...(enumId === undefined ? {} : { enum_id: enumId }),
        ...(enumCode === undefined ? {} : { enum_code: enumCode }),
      }));
    if (kept.length === 0) merged.delete(field.id);
    else merged.set(field.id, { field_id: field.id, values: kept });
  }
  return [...merged.values()];
};

const newField = z.looseObject({
  name: z.string(),
  type: z.string(),
  code: z.string().nullish(),
  is_api_only: z.boolean().optional(),
  request_id: z.coerce.string().optional(),
  enums: z.array(z.looseObject({ value: z.string(), sort: z.number().optional() })).nullish(),
});

/** `POST /api/v4/<type>/custom_fields`. */
export const createFields = (request: SandboxRequest, type: string, store: RecordStore, by: Author): SandboxAnswer => {
  const parsed = isLinkedType(type) ? z.array(newField).safeParse(jsonOf(request)) : undefined;
  if (parsed === undefined || !parsed.success)
    return problem(400, "Bad Request", "Fields must have a name and a type.");
  const made = parsed.data.map((field, at) => {
    const record = store.add(
      `custom_fields:${type}`,
      {
        name: field.name,
        type: field.type,
        code: field.code ?? null,
        is_api_only: field.is_api_only ?? false,
        enums:
          field.enums?.map((choice, index) => ({
            id: 90_000 + index,
            value: choice.value,
            sort: choice.sort ?? index,
          })) ?? null,
      },
      { by },
    );
    return { id: Number(record.id), ...record.data, request_id: field.request_id ?? String(at) };
  });
  return hal({ _total_items: made.length, _embedded: { custom_fields: made } });
};
