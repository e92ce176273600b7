import { isoTime } from "../fields.ts";
import type { FieldValue } from "../provider.ts";
import type { Field } from "./schemas.ts";

const ourTypes: Readonly<Record<string, string>> = {
  string: "text",
  textarea: "text",
  url: "text",
  email: "text",
  phone: "text",
  double: "number",
  currency: "number",
  percent: "number",
  int: "number",
  boolean: "boolean",
  date: "time",
  datetime: "time",
  picklist: "choice",
  combobox: "choice",
  multipicklist: "choices",
};

/** Our reading of a field's type; a mapping converts by it. */
export const ourType = ({ type }: Pick<Field, "type">): string => ourTypes[type] ?? "other";

const labelOf = (field: Field, value: string): string =>
  field.picklistValues.find((choice) => choice.value === value)?.label ?? value;

export const readValue = (field: Field, value: unknown): FieldValue => {
  if (value === null || value === undefined || value === "") return ourType(field) === "choices" ? [] : null;
  switch (ourType(field)) {
    case "time":
      return typeof value === "string" ? isoTime(value) : null;
    case "choices":
      return typeof value === "string" ? value.split(";").map((one) => labelOf(field, one)) : [];
    case "choice":
      return typeof value === "string" ? labelOf(field, value) : null;
    default:
      return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
        ? value
        : JSON.stringify(value);
  }
};

/** Null clears. A field of type `date` takes the day alone. */
export const writeValue = (field: Field | undefined, value: FieldValue): unknown => {
  const valueOf = (label: string): string =>
    field?.picklistValues.find((choice) => (choice.label ?? choice.value) === label)?.value ?? label;
  if (value === null || value === "") return null;
  if (typeof value === "object") return value.length === 0 ? null : value.map(valueOf).join(";");
  if (typeof value !== "string") return value;
  return field?.type === "date" ? value.slice(0, 10) : valueOf(value);
};
