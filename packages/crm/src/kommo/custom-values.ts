import { isoTime } from "../fields.ts";
import type { FieldValue } from "../provider.ts";
import type { CustomValue } from "./schemas.ts";

const numbers = new Set(["numeric", "price", "monetary"]);
const times = new Set(["date", "date_time", "birthday"]);
const lists = new Set(["multiselect", "multitext", "smart_address", "category"]);

/** One value of a custom field as ours; structures (legal entities, files, items) become their JSON. */
const single = (type: string, value: unknown): string | number | boolean | null => {
  if (value === null || value === undefined || value === "") return null;
  if (times.has(type) && (typeof value === "number" || typeof value === "string")) {
    return /^-?\d+$/u.test(String(value)) ? isoTime(Number(value), "s") : isoTime(value);
  }
  if (numbers.has(type) && Number.isFinite(Number(value))) return Number(value);
  if (typeof value === "boolean" || typeof value === "number" || typeof value === "string") return value;
  return JSON.stringify(value);
};

/** A custom field's value by its type: one value, or a list where the type holds several. */
export const readCustomValue = ({ field_type, values }: CustomValue): FieldValue => {
  const type = field_type ?? "text";
  if (!lists.has(type)) return single(type, values[0]?.value);
  return values.flatMap(({ value }) => {
    const one = single(type, value);
    return one === null ? [] : [String(one)];
  });
};

/** Texts of a multi-value field such as PHONE, the first first. */
export const textsOf = (values: readonly CustomValue[], code: string): string[] =>
  values
    .filter(({ field_code }) => field_code === code)
    .flatMap((field) => field.values.map(({ value }) => (typeof value === "string" ? value : "")))
    .filter((value) => value !== "");

const ourTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/u;

/** Times go as RFC 3339 without fractions, which is what the API's own SDK sends. */
const outgoing = (value: string | number | boolean): string | number | boolean =>
  typeof value === "string" && ourTime.test(value) ? value.replace(/\.\d{3}Z$/u, "+00:00") : value;

/** `values` for one custom field; null empties it. Values replace what was there. */
export const writeCustomValue = (value: FieldValue, extra: object = {}): readonly object[] | null => {
  if (value === null) return null;
  const several = typeof value === "object" ? value : [value];
  return several.length === 0 ? null : several.map((one) => ({ value: outgoing(one), ...extra }));
};
