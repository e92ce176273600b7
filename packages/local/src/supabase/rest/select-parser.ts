import type { Field, Scanner } from "./scanner.ts";
import { atEnd, expect, fail, looksAt, scan, take, takeJsonPath, takeMatch, takeName } from "./scanner.ts";

export type SelectItem = ColumnItem | EmbedItem | { readonly kind: "all" };

export interface ColumnItem {
  readonly kind: "column";
  readonly field: Field;
  readonly alias: string | undefined;
  readonly cast: string | undefined;
  /** `amount.sum()`, or `count()` with the column `*`. */
  readonly aggregate: string | undefined;
}

/** A related table's rows inside the row. */
export interface EmbedItem {
  readonly kind: "embed";
  readonly name: string;
  readonly alias: string | undefined;
  /** Which relationship, where there are several: a foreign key, a column or a junction table. */
  readonly hint: string | undefined;
  readonly inner: boolean;
  /** `...name(…)`: its columns become the row's own. */
  readonly spread: boolean;
  readonly select: readonly SelectItem[];
}

const aggregates = new Set(["count", "sum", "avg", "min", "max"]);

const takeCast = (scanner: Scanner): string | undefined =>
  take(scanner, "::") ? (takeMatch(scanner, /[\w. ]+(\[\])?/u) ?? fail(scanner, "a type")) : undefined;

const takeEmbed = (scanner: Scanner, name: string, alias: string | undefined, spread: boolean): EmbedItem => {
  let hint: string | undefined;
  let inner = false;
  while (take(scanner, "!")) {
    const word = takeName(scanner);
    if (word === "inner") inner = true;
    else if (word !== "left") hint = word;
  }
  expect(scanner, "(");
  const select = looksAt(scanner, ")") ? [] : takeItems(scanner);
  expect(scanner, ")");
  return { kind: "embed", name, alias, hint, inner, spread, select };
};

const takeItem = (scanner: Scanner): SelectItem => {
  const spread = take(scanner, "...");
  if (take(scanner, "*")) return { kind: "all" };
  let name = takeName(scanner);
  let alias: string | undefined;
  if (looksAt(scanner, ":") && !looksAt(scanner, "::")) {
    scanner.at += 1;
    alias = name;
    name = takeName(scanner);
  }
  if (name === "count" && take(scanner, "()")) {
    return { kind: "column", field: { column: "*", path: [] }, alias, cast: takeCast(scanner), aggregate: "count" };
  }
  if (looksAt(scanner, "!") || looksAt(scanner, "(")) return takeEmbed(scanner, name, alias, spread);
  if (spread) return fail(scanner, '"("');
  const path = takeJsonPath(scanner);
  const cast = takeCast(scanner);
  let aggregate: string | undefined;
  if (take(scanner, ".")) {
    aggregate = takeName(scanner);
    if (!aggregates.has(aggregate)) fail(scanner, "an aggregate: count, sum, avg, min or max");
    expect(scanner, "()");
  }
  return { kind: "column", field: { column: name, path }, alias, cast: cast ?? takeCast(scanner), aggregate };
};

const takeItems = (scanner: Scanner): SelectItem[] => {
  const items = [takeItem(scanner)];
  while (take(scanner, ",")) items.push(takeItem(scanner));
  return items;
};

/** The `select` parameter; without one, or with an empty one, every column. */
export const parseSelect = (text: string | undefined): readonly SelectItem[] => {
  if (text === undefined || text.trim() === "") return [{ kind: "all" }];
  const scanner = scan(text, "select parameter");
  const items = takeItems(scanner);
  if (!atEnd(scanner)) fail(scanner, '"," or the end');
  return items;
};

/** The name under which PostgREST returns a column. */
export const outputName = ({ alias, field, aggregate }: ColumnItem): string => {
  if (alias !== undefined) return alias;
  if (aggregate !== undefined) return aggregate;
  const lastKey = field.path.findLast((step) => !step.isIndex);
  return lastKey?.key ?? field.column;
};

export const embedName = (embed: EmbedItem): string => embed.alias ?? embed.name;
