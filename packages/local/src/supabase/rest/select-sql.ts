import { ApiError } from "../api-error.ts";
import type { Sql } from "../sql.ts";
import { clientType, identifier, integer, join, list, qualified, sql } from "../sql.ts";
import type { Source } from "./condition-sql.ts";
import { conditionSql, fieldSql, whereSql } from "./condition-sql.ts";
import type { OrderTerm } from "./order-parser.ts";
import type { QueryNode } from "./query-tree.ts";
import type { Relationship } from "./relationships.ts";
import { findRelationship, isToOne } from "./relationships.ts";
import type { SchemaCache, Table } from "./schema-cache.ts";
import type { ColumnItem, EmbedItem } from "./select-parser.ts";
import { outputName } from "./select-parser.ts";

export interface SelectContext {
  readonly cache: SchemaCache;
  /** No table gives more rows than this, whatever `limit` says; Supabase's default is 1,000. */
  readonly maxRows: number | undefined;
  /** A number that no other alias of the statement has. */
  readonly nextNumber: () => number;
}

export const selectContext = (cache: SchemaCache, maxRows: number | undefined): SelectContext => {
  let number = 0;
  return { cache, maxRows, nextNumber: () => (number += 1) };
};

export interface SelectSource {
  readonly from: Sql;
  readonly alias: Sql;
  readonly table: Table | undefined;
  /** What ties an embedded table to the row around it. */
  readonly conditions?: readonly Sql[];
}

interface Embedding {
  readonly join: Sql;
  readonly columns: readonly Sql[];
  readonly isNull: Sql;
  readonly relationship: Relationship;
}

const columnSql = (source: Source, item: ColumnItem): Sql => {
  if (item.aggregate !== undefined) {
    throw new ApiError(400, "PGRST123", "Use of aggregate functions is not allowed");
  }
  const field = fieldSql(source, item.field);
  const name = identifier(outputName(item));
  if (item.cast === undefined) return sql`${field} as ${name}`;
  const type = clientType(item.cast);
  if (type === undefined)
    throw new ApiError(400, "PGRST100", `"failed to parse select parameter": '${item.cast}' is not a type`);
  return sql`cast(${field} as ${type}) as ${name}`;
};

/** Names that an embedded select gives its columns, for spreading them. */
const spreadNames = (node: QueryNode, table: Table): string[] =>
  node.select.flatMap((item) => {
    if (item.kind === "all") return [...table.columns.keys()];
    if (item.kind === "column") return [outputName(item)];
    if (!item.spread) return [item.alias ?? item.name];
    throw new ApiError(400, "PGRST100", "A spread inside a spread is not supported by the local server");
  });

const embedSql = (
  context: SelectContext,
  origin: SelectSource,
  name: string,
  item: EmbedItem,
  node: QueryNode,
): Embedding => {
  if (origin.table === undefined) {
    throw new ApiError(
      400,
      "PGRST200",
      `Could not find a relationship between the function's result and '${name}' in the schema cache`,
    );
  }
  const relationship = findRelationship(context.cache, origin.table, item);
  const { table } = relationship;
  const number = context.nextNumber();
  const alias = identifier(`${table.name}_${number}`);
  const joined = identifier(`pgrst_embed_${number}`);
  const rows = selectSql(context, node, {
    from: sql`${qualified(table.schema, table.name)} as ${alias}`,
    alias,
    table,
    conditions: [relationship.on(origin.alias, alias)],
  });
  const joinType = item.inner ? sql`inner join lateral` : sql`left join lateral`;
  const output = identifier(name);
  const hidden = item.select.length === 0;
  if (isToOne(relationship)) {
    return {
      relationship,
      join: sql` ${joinType} (${rows}) as ${joined} on true`,
      columns: hidden
        ? []
        : item.spread
          ? spreadNames(node, table).map((column) => sql`${joined}.${identifier(column)}`)
          : [sql`row_to_json(${joined}.*) as ${output}`],
      isNull: sql`${joined} is not distinct from null`,
    };
  }
  const spread = item.spread ? spreadNames(node, table) : [];
  const arrays = spread.map((column) => sql`, json_agg(pgrst_row.${identifier(column)}) as ${identifier(column)}`);
  const joinRows = sql`(select json_agg(pgrst_row) as pgrst_rows${join(arrays, sql``)} from (${rows}) as pgrst_row) as ${joined}`;
  const present = sql`${joined}.pgrst_rows is not null`;
  return {
    relationship,
    join: sql` ${joinType} ${joinRows} on ${item.inner ? present : sql`true`}`,
    columns: hidden
      ? []
      : item.spread
        ? spread.map((column) => sql`coalesce(${joined}.${identifier(column)}, '[]') as ${identifier(column)}`)
        : [sql`coalesce(${joined}.pgrst_rows, '[]') as ${output}`],
    isNull: sql`not (${present})`,
  };
};

const relatedOrderSql = (
  origin: SelectSource,
  embed: string,
  embedding: Embedding | undefined,
  term: OrderTerm,
): Sql => {
  if (embedding === undefined) {
    throw new ApiError(400, "PGRST108", `'${embed}' is not an embedded resource in this request`, {
      hint: `Verify that '${embed}' is included in the 'select' query parameter.`,
    });
  }
  const { relationship } = embedding;
  if (!isToOne(relationship)) {
    throw new ApiError(400, "PGRST118", `A related order on '${embed}' is not possible`, {
      details: `'${origin.table?.name ?? ""}' and '${embed}' do not form a many-to-one or one-to-one relationship`,
    });
  }
  const { table } = relationship;
  const alias = identifier("pgrst_order");
  const field = fieldSql({ alias, table, embedIsNull: new Map() }, term.field);
  return sql`(select ${field} from ${qualified(table.schema, table.name)} as ${alias} where ${relationship.on(origin.alias, alias)})`;
};

const orderSql = (
  origin: SelectSource,
  source: Source,
  embeddings: ReadonlyMap<string, Embedding>,
  order: readonly OrderTerm[],
): Sql => {
  if (order.length === 0) return sql``;
  const terms = order.map((term) => {
    const by =
      term.embed === undefined
        ? fieldSql(source, term.field)
        : relatedOrderSql(origin, term.embed, embeddings.get(term.embed), term);
    const direction = term.direction === undefined ? sql`` : term.direction === "asc" ? sql` asc` : sql` desc`;
    const nulls = term.nulls === undefined ? sql`` : term.nulls === "first" ? sql` nulls first` : sql` nulls last`;
    return sql`${by}${direction}${nulls}`;
  });
  return sql` order by ${list(terms)}`;
};

const rangeSql = ({ limit, offset }: QueryNode, maxRows: number | undefined): Sql => {
  const most = limit === undefined ? maxRows : Math.min(limit, maxRows ?? limit);
  return sql`${most === undefined ? sql`` : sql` limit ${integer(most)}`}${offset === undefined ? sql`` : sql` offset ${integer(offset)}`}`;
};

interface SelectParts {
  readonly columns: Sql;
  readonly fromWhere: Sql;
  readonly orderRange: Sql;
}

const selectParts = (context: SelectContext, node: QueryNode, origin: SelectSource): SelectParts => {
  const embeddings = new Map(
    [...node.embeds].map(([name, embed]) => [name, embedSql(context, origin, name, embed.item, embed.node)]),
  );
  const embedIsNull = new Map([...embeddings].map(([name, { isNull }]) => [name, isNull]));
  const source: Source = { alias: origin.alias, table: origin.table, embedIsNull };
  const columns = node.select.flatMap((item) => {
    if (item.kind === "all") return [sql`${origin.alias}.*`];
    if (item.kind === "column") return [columnSql(source, item)];
    return embeddings.get(item.alias ?? item.name)?.columns ?? [];
  });
  const conditions = [
    ...(origin.conditions ?? []),
    ...node.conditions.map((condition) => conditionSql(source, condition)),
  ];
  return {
    columns: list(columns),
    fromWhere: sql` from ${origin.from}${join(
      [...embeddings.values()].map((embedding) => embedding.join),
      sql``,
    )}${whereSql(conditions)}`,
    orderRange: sql`${orderSql(origin, source, embeddings, node.order)}${rangeSql(node, context.maxRows)}`,
  };
};

/** The rows that a node of the query wants, its embedded resources as JSON columns. */
export const selectSql = (context: SelectContext, node: QueryNode, origin: SelectSource): Sql => {
  const { columns, fromWhere, orderRange } = selectParts(context, node, origin);
  return sql`select ${columns}${fromWhere}${orderRange}`;
};

/** The same rows without order and range, for counting. */
export const countSql = (context: SelectContext, node: QueryNode, origin: SelectSource): Sql =>
  sql`select 1${selectParts(context, node, origin).fromWhere}`;

/** Columns of the table that its node reads: what a write must return. `undefined`: all of them. */
export const columnsRead = (cache: SchemaCache, node: QueryNode, table: Table): readonly string[] | undefined => {
  const names = new Set<string>();
  for (const item of node.select) {
    if (item.kind === "all") return undefined;
    if (item.kind === "column") {
      if (!table.columns.has(item.field.column)) return undefined;
      names.add(item.field.column);
    } else {
      for (const column of findRelationship(cache, table, item).originColumns) names.add(column);
    }
  }
  for (const { field, embed } of node.order) if (embed === undefined) names.add(field.column);
  return [...names];
};
