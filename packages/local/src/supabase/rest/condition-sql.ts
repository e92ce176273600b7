import type { Sql } from "../sql.ts";
import { identifier, integer, join, list, sql, value } from "../sql.ts";
import type { Comparison, Condition, Filter, TextSearch } from "./filter-parser.ts";
import type { Field } from "./scanner.ts";
import type { Table } from "./schema-cache.ts";

/** A table (or a function's result) as one query names it. */
export interface Source {
  readonly alias: Sql;
  /** Unknown for a function whose result is no table. */
  readonly table: Table | undefined;
  /** Whether an embedded resource is there, for `name=is.null`. */
  readonly embedIsNull: ReadonlyMap<string, Sql>;
}

const operators: Readonly<Record<Comparison, Sql>> = {
  eq: sql`=`,
  neq: sql`<>`,
  gt: sql`>`,
  gte: sql`>=`,
  lt: sql`<`,
  lte: sql`<=`,
  like: sql`like`,
  ilike: sql`ilike`,
  match: sql`~`,
  imatch: sql`~*`,
  cs: sql`@>`,
  cd: sql`<@`,
  ov: sql`&&`,
  sl: sql`<<`,
  sr: sql`>>`,
  nxr: sql`&<`,
  nxl: sql`&>`,
  adj: sql`-|-`,
  isdistinct: sql`is distinct from`,
};

const queryParsers: Readonly<Record<TextSearch, Sql>> = {
  fts: sql`to_tsquery`,
  plfts: sql`plainto_tsquery`,
  phfts: sql`phraseto_tsquery`,
  wfts: sql`websearch_to_tsquery`,
};

const isTests = {
  null: sql`is null`,
  not_null: sql`is not null`,
  true: sql`is true`,
  false: sql`is false`,
  unknown: sql`is unknown`,
};

const typeOf = (source: Source, field: Field): string | undefined => source.table?.columns.get(field.column)?.type;

export const fieldSql = (source: Source, field: Field): Sql => {
  const column = sql`${source.alias}.${identifier(field.column)}`;
  if (field.path.length === 0) return column;
  const type = typeOf(source, field);
  const document = type === "json" || type === "jsonb" ? column : sql`to_jsonb(${column})`;
  return field.path.reduce((whole, { arrow, key, isIndex }) => {
    const step = isIndex ? integer(Number(key)) : value(key);
    return arrow === "->" ? sql`${whole} -> ${step}` : sql`${whole} ->> ${step}`;
  }, document);
};

const searchSql = (
  source: Source,
  field: Field,
  parser: TextSearch,
  language: string | undefined,
  text: string,
): Sql => {
  const configuration = language === undefined ? sql`` : sql`${value(language)}::regconfig, `;
  const query = sql`${queryParsers[parser]}(${configuration}${value(text)})`;
  const type = field.path.length > 0 ? "text" : typeOf(source, field);
  const isDocument = type !== undefined && /^(text|character varying|character|json|jsonb)\b/u.test(type);
  const searched = fieldSql(source, field);
  return isDocument ? sql`to_tsvector(${configuration}${searched}) @@ ${query}` : sql`${searched} @@ ${query}`;
};

const testSql = (source: Source, { field, operation }: Filter): Sql => {
  const tested = fieldSql(source, field);
  switch (operation.kind) {
    case "is":
      return sql`${tested} ${isTests[operation.value]}`;
    case "in":
      return operation.values.length === 0 ? sql`false` : sql`${tested} in (${list(operation.values.map(value))})`;
    case "search":
      return searchSql(source, field, operation.operator, operation.language, operation.value);
    case "compare": {
      const { operator, quantifier } = operation;
      const isLike = operator === "like" || operator === "ilike";
      const operand = value(isLike ? operation.value.replaceAll("*", "%") : operation.value);
      if (quantifier === "any") return sql`${tested} ${operators[operator]} any (${operand})`;
      if (quantifier === "all") return sql`${tested} ${operators[operator]} all (${operand})`;
      return sql`${tested} ${operators[operator]} ${operand}`;
    }
  }
};

/** `name=is.null` and `name=not.is.null` where the name is an embedded resource. */
const embedTest = (source: Source, { field, operation }: Filter): Sql | undefined => {
  const isNull = field.path.length === 0 ? source.embedIsNull.get(field.column) : undefined;
  if (isNull === undefined || operation.kind !== "is") return undefined;
  if (operation.value === "null") return isNull;
  return operation.value === "not_null" ? sql`not (${isNull})` : undefined;
};

export const conditionSql = (source: Source, condition: Condition): Sql => {
  const test =
    condition.kind === "filter"
      ? (embedTest(source, condition) ?? testSql(source, condition))
      : join(
          condition.conditions.map((inner) => conditionSql(source, inner)),
          condition.operator === "and" ? sql` and ` : sql` or `,
        );
  return condition.negated ? sql`not (${test})` : sql`(${test})`;
};

/** ` where …`, or nothing. */
export const whereSql = (conditions: readonly Sql[]): Sql =>
  conditions.length === 0 ? sql`` : sql` where ${join(conditions, sql` and `)}`;
