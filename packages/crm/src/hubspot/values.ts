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

/** All values are texts on the wire; choices by their value, which is what writes take. */
export const readValue = (
  property: Pick<Property, "type" | "fieldType">,
  value: string | null | undefined,
): FieldValue => {
  if (value === null || value === undefined || value === "") return ourType(property) === "choices" ? [] : null;
  switch (ourType(property)) {
    case "number":
      return Number.isFinite(Number(value)) ? Number(value) : value;
    case "boolean":
      return value === "true";
    case "time":
      return /^-?\d+$/u.test(value) ? isoTime(Number(value)) : isoTime(value);
    case "choices":
      return value.split(";").filter((choice) => choice !== "");
    default:
      return value;
  }
};

/** The empty text clears. Times go as ISO 8601; a property of type `date` takes the day alone. */
export const writeValue = (value: FieldValue, type?: string): string => {
  if (value === null) return "";
  if (typeof value === "object") return value.join(";");
  return type === "date" && typeof value === "string" ? value.slice(0, 10) : String(value);
};
