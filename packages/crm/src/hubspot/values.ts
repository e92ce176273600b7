import { isoTime } from "../fields.ts";
import type { FieldValue } from "../provider.ts";
import type { Property } from "./schemas.ts";

/** Our reading of a property's type; a mapping converts by it. */
export const ourType = ({ type, fieldType }: Pick<Property, "type" | "fieldType">): string => {
  switch (type) {
    case "string":
    case "phone_number":
      return "text";
    case "number":
      return "number";
    case "bool":
      return "boolean";
    case "date":
    case "datetime":
      return "time";
    case "enumeration":
      return fieldType === "checkbox" ? "choices" : "choice";
    default:
      return "other";
  }
};

type Kind = Pick<Property, "type" | "fieldType" | "options">;

/** All values are texts on the wire. Of a choice, its label is what people see and what we hold. */
export const readValue = (property: Kind, value: string | null | undefined): FieldValue => {
  const kind = ourType(property);
  if (value === null || value === undefined || value === "") return kind === "choices" ? [] : null;
  const label = (choice: string): string => property.options.find((option) => option.value === choice)?.label ?? choice;
  switch (kind) {
    case "number":
      return Number.isFinite(Number(value)) ? Number(value) : value;
    case "boolean":
      return value === "true";
    case "time":
      return /^-?\d+$/u.test(value) ? isoTime(Number(value)) : isoTime(value);
    case "choice":
      return label(value);
    case "choices":
      return value
        .split(";")
        .filter((choice) => choice !== "")
        .map(label);
    default:
      return value;
  }
};

/** The empty text clears. Times go as ISO 8601; a property of type `date` takes the day alone. */
export const writeValue = (value: FieldValue, property?: Kind): string => {
  if (value === null) return "";
  const choice = (label: string): string => property?.options.find((option) => option.label === label)?.value ?? label;
  if (typeof value === "object") return value.map(choice).join(";");
  if (typeof value !== "string") return String(value);
  return property?.type === "date" ? value.slice(0, 10) : choice(value);
};
