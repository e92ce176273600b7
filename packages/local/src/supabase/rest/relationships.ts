import { ApiError } from "../api-error.ts";
import type { Sql } from "../sql.ts";
import { identifier, join, qualified, sql } from "../sql.ts";
import type { ForeignKey, SchemaCache, Table } from "./schema-cache.ts";
import type { EmbedItem } from "./select-parser.ts";

export interface Relationship {
  readonly cardinality: "many-to-one" | "one-to-one" | "one-to-many" | "many-to-many";
  readonly table: Table;
  /** The origin's columns it joins on; a write that returns the embed must return them too. */
  readonly originColumns: readonly string[];
  /** The condition that ties a target row to an origin row. */
  readonly on: (origin: Sql, target: Sql) => Sql;
  /** For the message when several match. */
  readonly description: string;
}

interface Candidate extends Relationship {
  /** Names by which `select` may ask for it instead of the table's. */
  readonly alternativeNames: readonly string[];
  readonly hints: readonly string[];
}

export const isToOne = ({ cardinality }: Relationship): boolean =>
  cardinality === "many-to-one" || cardinality === "one-to-one";

const equalities = (left: Sql, leftColumns: readonly string[], right: Sql, rightColumns: readonly string[]): Sql =>
  join(
    leftColumns.map(
      (column, i) => sql`${left}.${identifier(column)} = ${right}.${identifier(rightColumns[i] ?? column)}`,
    ),
    sql` and `,
  );

const isUnique = (table: Table | undefined, columns: readonly string[]): boolean => {
  const sorted = columns.toSorted();
  return (
    table?.uniqueKeys.some(
      (unique) => unique.length === sorted.length && unique.every((name, i) => name === sorted[i]),
    ) ?? false
  );
};

const outgoing = (cache: SchemaCache, key: ForeignKey): Candidate | undefined => {
  const table = cache.table(key.targetSchema, key.targetTable);
  if (table === undefined) return undefined;
  const single = key.columns.length === 1 ? key.columns : [];
  return {
    cardinality: isUnique(cache.table(key.schema, key.table), key.columns) ? "one-to-one" : "many-to-one",
    table,
    originColumns: key.columns,
    on: (origin, target) => equalities(target, key.targetColumns, origin, key.columns),
    description: `${key.name} using ${key.table}(${key.columns.join(", ")}) and ${key.targetTable}(${key.targetColumns.join(", ")})`,
    alternativeNames: [key.name, ...single],
    hints: [key.name, ...single],
  };
};

const incoming = (cache: SchemaCache, key: ForeignKey): Candidate | undefined => {
  const table = cache.table(key.schema, key.table);
  if (table === undefined) return undefined;
  return {
    cardinality: isUnique(table, key.columns) ? "one-to-one" : "one-to-many",
    table,
    originColumns: key.targetColumns,
    on: (origin, target) => equalities(target, key.columns, origin, key.targetColumns),
    description: `${key.name} using ${key.targetTable}(${key.targetColumns.join(", ")}) and ${key.table}(${key.columns.join(", ")})`,
    alternativeNames: [],
    hints: [key.name, ...(key.columns.length === 1 ? key.columns : [])],
  };
};

/** Through a table whose primary key holds both foreign keys. */
const throughJunction = (cache: SchemaCache, near: ForeignKey, far: ForeignKey): Candidate | undefined => {
  const table = cache.table(far.targetSchema, far.targetTable);
  const junction = cache.table(near.schema, near.table);
  if (table === undefined || junction === undefined) return undefined;
  if (![...near.columns, ...far.columns].every((column) => junction.primaryKey.includes(column))) return undefined;
  const through = identifier("pgrst_junction");
  return {
    cardinality: "many-to-many",
    table,
    originColumns: near.targetColumns,
    on: (origin, target) => sql`exists (select from ${qualified(junction.schema, junction.name)} as ${through}
      where ${equalities(through, near.columns, origin, near.targetColumns)}
        and ${equalities(through, far.columns, target, far.targetColumns)})`,
    description: `${junction.name} using ${near.name}(${near.columns.join(", ")}) and ${far.name}(${far.columns.join(", ")})`,
    alternativeNames: [],
    hints: [junction.name],
  };
};

const candidates = (cache: SchemaCache, origin: Table): Candidate[] => {
  const { foreignKeys } = cache;
  const leaves = (key: ForeignKey): boolean => key.schema === origin.schema && key.table === origin.name;
  const arrives = (key: ForeignKey): boolean => key.targetSchema === origin.schema && key.targetTable === origin.name;
  const found = [
    ...foreignKeys.filter(leaves).map((key) => outgoing(cache, key)),
    ...foreignKeys.filter(arrives).map((key) => incoming(cache, key)),
    ...foreignKeys
      .filter(arrives)
      .flatMap((near) =>
        foreignKeys
          .filter((far) => far !== near && far.schema === near.schema && far.table === near.table)
          .map((far) => throughJunction(cache, near, far)),
      ),
  ];
  return found.filter((candidate) => candidate !== undefined);
};

const notFound = (origin: Table, { name, hint }: EmbedItem): ApiError => {
  const by = hint === undefined ? "" : ` using the hint '${hint}'`;
  return new ApiError(
    400,
    "PGRST200",
    `Could not find a relationship between '${origin.name}' and '${name}' in the schema cache`,
    {
      details: `Searched for a foreign key relationship between '${origin.name}' and '${name}'${by} in the schema '${origin.schema}', but no matches were found.`,
    },
  );
};

const ambiguous = (origin: Table, { name }: EmbedItem, found: readonly Candidate[]): ApiError =>
  new ApiError(
    300,
    "PGRST201",
    `Could not embed because more than one relationship was found for '${origin.name}' and '${name}'`,
    {
      details: found.map(({ cardinality, description, table }) => ({
        cardinality,
        embedding: `${origin.name} with ${table.name}`,
        relationship: description,
      })),
      hint: `Try changing '${name}' to one of the following: ${found
        .map(({ table, hints }) => `'${table.name}!${hints[0] ?? ""}'`)
        .join(", ")}. Find the desired relationship in the 'details' key.`,
    },
  );

/**
 * The relationship that `select=name!hint(…)` means.
 * @throws {ApiError} PGRST200 where there is none, PGRST201 where there are several
 */
export const findRelationship = (cache: SchemaCache, origin: Table, embed: EmbedItem): Relationship => {
  const { name, hint } = embed;
  const found = candidates(cache, origin).filter((candidate) => {
    if (candidate.table.schema !== origin.schema) return false;
    if (hint !== undefined) return candidate.table.name === name && candidate.hints.includes(hint);
    return candidate.table.name === name || candidate.alternativeNames.includes(name);
  });
  const [first] = found;
  if (first === undefined) throw notFound(origin, embed);
  if (found.length === 1) return first;
  // One key of a table to itself is found from both its ends: without a hint the rows below, with its column the row above.
  if (found.length === 2 && found.every(({ table }) => table === origin)) {
    const wanted = hint === undefined ? "one-to-many" : "many-to-one";
    const chosen = found.find(({ cardinality }) => cardinality === wanted);
    if (chosen !== undefined) return chosen;
  }
  throw ambiguous(origin, embed, found);
};
