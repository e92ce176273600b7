import type { Field, Scanner } from "./scanner.ts";
import { atEnd, expect, fail, looksAt, scan, take, takeField, takeMatch, takeQuoted } from "./scanner.ts";
import { syntaxError } from "./syntax-error.ts";

/** Operators that stand between a column and one value. */
const comparisons = [
  "eq",
  "neq",
  "gt",
  "gte",
  "lt",
  "lte",
  "like",
  "ilike",
  "match",
  "imatch",
  "cs",
  "cd",
  "ov",
  "sl",
  "sr",
  "nxr",
  "nxl",
  "adj",
  "isdistinct",
] as const;
export type Comparison = (typeof comparisons)[number];

const textSearches = ["fts", "plfts", "phfts", "wfts"] as const;
export type TextSearch = (typeof textSearches)[number];

const isValues = ["null", "not_null", "true", "false", "unknown"] as const;
type IsValue = (typeof isValues)[number];

export type Operation =
  | {
      readonly kind: "compare";
      readonly operator: Comparison;
      readonly quantifier: "any" | "all" | undefined;
      readonly value: string;
    }
  | {
      readonly kind: "search";
      readonly operator: TextSearch;
      readonly language: string | undefined;
      readonly value: string;
    }
  | { readonly kind: "is"; readonly value: IsValue }
  | { readonly kind: "in"; readonly values: readonly string[] };

export interface Filter {
  readonly kind: "filter";
  readonly field: Field;
  readonly negated: boolean;
  readonly operation: Operation;
}

export interface LogicGroup {
  readonly kind: "group";
  readonly operator: "and" | "or";
  readonly negated: boolean;
  readonly conditions: readonly Condition[];
}

export type Condition = Filter | LogicGroup;

const quantifiable: ReadonlySet<string> = new Set(["eq", "like", "ilike", "gt", "gte", "lt", "lte", "match", "imatch"]);

const oneOf = <T extends string>(words: readonly T[], word: string): T | undefined =>
  words.find((known) => known === word);

/** `(a,"b,c",d)`; `()` is no value, `("")` an empty one. */
const takeList = (scanner: Scanner): string[] => {
  expect(scanner, "(");
  if (take(scanner, ")")) return [];
  const values: string[] = [];
  do values.push(takeQuoted(scanner) ?? takeMatch(scanner, /[^,)]*/su) ?? "");
  while (take(scanner, ","));
  expect(scanner, ")");
  return values;
};

/** What follows `not.`; how the value ends is where a filter of its own and one inside and(…) differ. */
const takeOperation = (scanner: Scanner, takeValue: (scanner: Scanner) => string): Operation => {
  const word = takeMatch(scanner, /[a-z]+/u) ?? fail(scanner, "an operator (eq, gt, …)");
  const modifier = take(scanner, "(") ? takeMatch(scanner, /[^)]*/u) : undefined;
  if (modifier !== undefined) expect(scanner, ")");
  expect(scanner, ".");
  const search = oneOf(textSearches, word);
  if (search !== undefined) return { kind: "search", operator: search, language: modifier, value: takeValue(scanner) };
  const comparison = oneOf(comparisons, word);
  if (comparison !== undefined) {
    const quantifier = modifier === undefined ? undefined : oneOf(["any", "all"] as const, modifier);
    if (modifier !== undefined && (quantifier === undefined || !quantifiable.has(word))) {
      fail(scanner, `no modifier (${modifier}) at ${word}`);
    }
    return { kind: "compare", operator: comparison, quantifier, value: takeValue(scanner) };
  }
  if (modifier !== undefined) fail(scanner, `no modifier (${modifier}) at ${word}`);
  if (word === "in") return { kind: "in", values: takeList(scanner) };
  if (word === "is") {
    const value = oneOf(isValues, takeValue(scanner).toLowerCase());
    return value === undefined ? fail(scanner, isValues.join(", ")) : { kind: "is", value };
  }
  throw syntaxError(scanner.parameter, scanner.text, `unknown operator "${word}"`);
};

const takeRest = (scanner: Scanner): string => {
  const rest = scanner.text.slice(scanner.at);
  scanner.at = scanner.text.length;
  return rest;
};

/** A column's own parameter: `field=not.gt.5`. */
export const parseFilter = (field: Field, text: string): Filter => {
  const scanner = scan(text, "filter");
  const negated = take(scanner, "not.");
  const operation = takeOperation(scanner, takeRest);
  if (!atEnd(scanner)) fail(scanner, "the end");
  return { kind: "filter", field, negated, operation };
};

/** Inside a group a value is quoted, an array literal, or runs to the next comma or parenthesis. */
const takeGroupedValue = (scanner: Scanner): string =>
  takeQuoted(scanner) ?? takeMatch(scanner, /\{[^{}]*\}(?=[,)]|$)/su) ?? takeMatch(scanner, /[^,)]*/su) ?? "";

const takeCondition = (scanner: Scanner): Condition => {
  const start = scanner.at;
  const negated = take(scanner, "not.");
  const operator = take(scanner, "and(") ? "and" : take(scanner, "or(") ? "or" : undefined;
  if (operator !== undefined) {
    scanner.at -= 1;
    return { kind: "group", operator, negated, conditions: takeGroup(scanner) };
  }
  scanner.at = start;
  const field = takeField(scanner);
  expect(scanner, ".");
  const isNegated = take(scanner, "not.");
  return { kind: "filter", field, negated: isNegated, operation: takeOperation(scanner, takeGroupedValue) };
};

const takeGroup = (scanner: Scanner): Condition[] => {
  expect(scanner, "(");
  const conditions: Condition[] = [];
  do {
    takeMatch(scanner, / */u);
    conditions.push(takeCondition(scanner));
  } while (take(scanner, ","));
  if (!looksAt(scanner, ")")) fail(scanner, '"," or ")"');
  scanner.at += 1;
  return conditions;
};

/** The value of an `and`, `or`, `not.and` or `not.or` parameter: `(a.eq.1,or(b.is.null,c.gt.2))`. */
export const parseGroup = (operator: "and" | "or", negated: boolean, text: string): LogicGroup => {
  const scanner = scan(text, "logic tree");
  const conditions = takeGroup(scanner);
  if (!atEnd(scanner)) fail(scanner, "the end");
  return { kind: "group", operator, negated, conditions };
};
