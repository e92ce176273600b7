import { plainText } from "../plain-text.ts";

export type Row = Readonly<Record<string, unknown>>;
type Predicate = (row: Row) => boolean;

const pattern = /^(>=|<=|!=%|!%=|!=|!@|!%|=%|%=|>|<|=|!|@|%)?(.+)$/su;

const times = /T\d{2}:\d{2}/u;

/** Numbers compare as numbers, times as instants, everything else as text. */
const comparable = (value: unknown): number | string => {
  const text = plainText(value);
  if (times.test(text)) return Date.parse(text);
  const number = Number(text);
  return text !== "" && Number.isFinite(number) ? number : text;
};

const compare = (one: unknown, other: unknown): number => {
  const [a, b] = [comparable(one), comparable(other)];
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a) < String(b) ? -1 : String(a) === String(b) ? 0 : 1;
};

const equal = (one: unknown, other: unknown): boolean => compare(one, other) === 0;

const listOf = (value: unknown): readonly unknown[] =>
  typeof value === "object" && value !== null ? Object.values(value) : [value];

const conditionOf = (operator: string, name: string, wanted: unknown): Predicate => {
  const test = (value: unknown): boolean => {
    switch (operator) {
      case ">":
        return compare(value, wanted) > 0;
      case ">=":
        return compare(value, wanted) >= 0;
      case "<":
        return compare(value, wanted) < 0;
      case "<=":
        return compare(value, wanted) <= 0;
      case "!":
      case "!=":
        return !equal(value, wanted);
      case "@":
        return listOf(wanted).some((one) => equal(value, one));
      case "!@":
        return !listOf(wanted).some((one) => equal(value, one));
      case "%":
        return plainText(value).toLowerCase().includes(plainText(wanted).toLowerCase());
      default:
        // A list without a prefix means IN as well.
        return listOf(wanted).some((one) => equal(value, one));
    }
  };
  return (row) => test(row[name]);
};

/** The `filter` of list methods: prefixes of comparison, AND by default, nested groups with `logic: OR`. */
export const filterOf = (filter: unknown, nameOf: (name: string) => string = (name) => name): Predicate => {
  if (typeof filter !== "object" || filter === null) return () => true;
  const entries = Object.entries(filter);
  const logic = plainText((filter as Row)["logic"]).toUpperCase() || "AND";
  const conditions = entries
    .filter(([key]) => key !== "logic")
    .map(([key, value]): Predicate => {
      if (/^\d+$/u.test(key)) return filterOf(value, nameOf);
      const [, operator = "=", name = key] = pattern.exec(key) ?? [];
      return conditionOf(operator, nameOf(name), value);
    });
  if (conditions.length === 0) return () => true;
  return (row) => (logic === "OR" ? conditions.some((holds) => holds(row)) : conditions.every((holds) => holds(row)));
};

/** The `order` of list methods. */
export const ordered = (
  rows: readonly Row[],
  order: unknown,
  nameOf: (name: string) => string = (name) => name,
): Row[] => {
  const fields = typeof order === "object" && order !== null ? Object.entries(order) : [];
  return rows.toSorted((a, b) => {
    for (const [name, direction] of fields) {
      const difference = compare(a[nameOf(name)], b[nameOf(name)]);
      if (difference !== 0) return plainText(direction).toUpperCase() === "DESC" ? -difference : difference;
    }
    return 0;
  });
};

export interface ListAnswer {
  readonly rows: readonly Row[];
  readonly total?: number;
  readonly next?: number;
}

/** Pages of 50. `start: -1` counts nothing: no `total`, no `next`, which is what makes it fast on the real thing. */
export const pageOf = (rows: readonly Row[], start: number): ListAnswer => {
  const from = Math.trunc(start);
  if (from < 0) return { rows: rows.slice(0, 50) };
  return {
    rows: rows.slice(from, from + 50),
    total: rows.length,
    ...(rows.length > from + 50 ? { next: from + 50 } : {}),
  };
};
