import { isoTime } from "../fields.ts";
import type { FieldValue } from "../provider.ts";
import { at } from "../transport/read-body.ts";
import type { Field } from "./schemas.ts";

const ourTypes: Readonly<Record<string, string>> = {
  varchar: "text",
  varchar_auto: "text",
  text: "text",
  phone: "text",
  double: "number",
  monetary: "number",
  date: "time",
  enum: "choice",
  set: "choices",
};

/** Our reading of a field's type; a mapping converts by it. */
export const ourType = ({ field_type }: Pick<Field, "field_type">): string => ourTypes[field_type] ?? "other";

/** A sum needs its currency beside it, which a mapping has no place for. */
export const isWritable = (field: Pick<Field, "field_type">): boolean =>
  ourType(field) !== "other" && field.field_type !== "monetary";

const plain = (value: unknown): string | number | boolean | null => {
  if (value === null || value === undefined || value === "") return null;
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? value
    : JSON.stringify(value);
};

const labelOf = (field: Field, id: unknown): string =>
  field.options.find((option) => String(option.id) === String(id))?.label ?? String(id);

/** A custom field's value; choices by their label, sums without the currency, structures as their text or JSON. */
export const readValue = (field: Field, value: unknown): FieldValue => {
  switch (field.field_type) {
    case "set":
      return Array.isArray(value) ? value.map((id) => labelOf(field, id)) : [];
    case "enum":
      return value === null || value === undefined ? null : labelOf(field, value);
    case "monetary":
      return plain(at(value, "value") ?? value);
    case "date":
      return typeof value === "string" ? isoTime(value) : null;
    case "address":
      return plain(at(value, "value") ?? value);
    default:
      return plain(value);
  }
};

/** Null clears; an empty list is no value that the API takes. */
export const writeValue = (field: Field | undefined, value: FieldValue): unknown => {
  const idOf = (label: string): string | number | boolean =>
    field?.options.find((option) => option.label === label)?.id ?? label;
  if (value === null || value === "") return null;
  if (typeof value === "object") return value.length === 0 ? null : value.map(idOf);
  if (typeof value !== "string") return value;
  if (field?.field_type === "date") return value.slice(0, 10);
  return field?.field_type === "enum" ? idOf(value) : value;
};
