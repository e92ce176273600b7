import type { Executor } from "../executor.ts";
import { fromCatalog, quoteLiteral } from "../sql.ts";

export interface Column {
  readonly name: string;
  /** As `format_type` writes it, qualified where it is not in pg_catalog. */
  readonly type: string;
  /** An expression, `nextval(…)` of an identity's sequence included. */
  readonly default: string | null;
}

export interface Table {
  readonly schema: string;
  readonly name: string;
  readonly columns: ReadonlyMap<string, Column>;
  readonly primaryKey: readonly string[];
  /** Column sets, each sorted, that identify at most one row. */
  readonly uniqueKeys: readonly (readonly string[])[];
}

export interface ForeignKey {
  readonly name: string;
  readonly schema: string;
  readonly table: string;
  readonly columns: readonly string[];
  readonly targetSchema: string;
  readonly targetTable: string;
  readonly targetColumns: readonly string[];
}

export interface Parameter {
  /** Empty where the function names none. */
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly variadic: boolean;
}

export interface DatabaseFunction {
  readonly schema: string;
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly returnsSet: boolean;
  /** Rows with columns, a single value, or nothing. */
  readonly returns: "composite" | "scalar" | "void";
  /** The table whose rows it returns, where it is one. */
  readonly returnTable: { readonly schema: string; readonly name: string } | null;
  readonly volatility: "volatile" | "stable" | "immutable";
}

/** What the API knows of the database; everything it does not list does not exist for clients. */
export interface SchemaCache {
  /** Exposed schemas; the first is the default. */
  readonly schemas: readonly string[];
  readonly foreignKeys: readonly ForeignKey[];
  /** By role: settings which PostgREST applies to each of its transactions, statement_timeout above all. */
  readonly roleSettings: ReadonlyMap<string, readonly (readonly [string, string])[]>;
  table(schema: string, name: string): Table | undefined;
  tables(schema: string): readonly Table[];
  functions(schema: string, name: string): readonly DatabaseFunction[];
}

const defaultSchemas = ["public", "graphql_public"];

/** As on Supabase: `alter role authenticator set pgrst.db_schemas = 'public, …'` replaces the default. */
const exposedSchemasQuery = `
select coalesce((
  select substr(setting, length('pgrst.db_schemas=') + 1)
  from pg_db_role_setting s, unnest(s.setconfig) setting
  where s.setrole = 'authenticator'::regrole and setting like 'pgrst.db_schemas=%'
    and s.setdatabase in (0, (select oid from pg_database where datname = current_database()))
  order by s.setdatabase desc limit 1), '') as schemas`;

const namesOf = (relation: string, keys: string): string =>
  `(select coalesce(json_agg(a.attname order by k.position), '[]') from unnest(${keys}) with ordinality k(number, position)
    join pg_attribute a on a.attrelid = ${relation} and a.attnum = k.number)`;

const catalogQuery = (schemas: readonly string[]): string => {
  const exposed = `n.nspname in (${schemas.map(quoteLiteral).join(", ")})`;
  return `select json_build_object(
  'tables', (select coalesce(json_agg(json_build_object(
      'schema', n.nspname, 'name', c.relname,
      'columns', (select coalesce(json_agg(json_build_object(
          'name', a.attname,
          'type', format_type(a.atttypid, a.atttypmod),
          'default', case
            when a.attgenerated <> '' then null
            when a.attidentity <> '' then format('nextval(%L)', pg_get_serial_sequence(c.oid::regclass::text, a.attname))
            else pg_get_expr(d.adbin, d.adrelid) end) order by a.attnum), '[]')
        from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped),
      'keys', (select coalesce(json_agg(json_build_object('primary', i.indisprimary, 'columns', ${namesOf("c.oid", "i.indkey::int2[]")})), '[]')
        from pg_index i where i.indrelid = c.oid and i.indisunique and i.indpred is null and i.indexprs is null))), '[]')
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where ${exposed} and c.relkind in ('r', 'v', 'm', 'p', 'f')),
  'foreignKeys', (select coalesce(json_agg(json_build_object(
      'name', f.conname, 'schema', n.nspname, 'table', c.relname, 'columns', ${namesOf("f.conrelid", "f.conkey")},
      'targetSchema', tn.nspname, 'targetTable', t.relname, 'targetColumns', ${namesOf("f.confrelid", "f.confkey")})
      order by f.conname), '[]')
    from pg_constraint f
    join pg_class c on c.oid = f.conrelid join pg_namespace n on n.oid = c.relnamespace
    join pg_class t on t.oid = f.confrelid join pg_namespace tn on tn.oid = t.relnamespace
    where f.contype = 'f' and f.conparentid = 0 and ${exposed}),
  'functions', (select coalesce(json_agg(json_build_object(
      'schema', n.nspname, 'name', p.proname,
      'parameters', (select coalesce(json_agg(json_build_object(
          'name', coalesce(p.proargnames[arg.position], ''), 'type', format_type(arg.type, null),
          'mode', coalesce(p.proargmodes[arg.position], 'i')) order by arg.position), '[]')
        from unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) with ordinality arg(type, position)),
      'defaults', p.pronargdefaults, 'returnsSet', p.proretset, 'returnType', t.typname, 'returnTypeKind', t.typtype,
      'returnRelation', (select json_build_object('schema', rn.nspname, 'name', r.relname)
        from pg_class r join pg_namespace rn on rn.oid = r.relnamespace where r.oid = t.typrelid and r.relkind <> 'c'),
      'volatility', p.provolatile)), '[]')
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_type t on t.oid = p.prorettype
    where p.prokind = 'f' and ${exposed}),
  'roleSettings', (select coalesce(json_object_agg(r.rolname, s.setconfig), '{}')
    from pg_db_role_setting s join pg_roles r on r.oid = s.setrole where s.setdatabase = 0))::text as catalog`;
};

interface Catalog {
  readonly tables: readonly {
    readonly schema: string;
    readonly name: string;
    readonly columns: readonly Column[];
    readonly keys: readonly { readonly primary: boolean; readonly columns: readonly string[] }[];
  }[];
  readonly foreignKeys: readonly ForeignKey[];
  readonly functions: readonly {
    readonly schema: string;
    readonly name: string;
    readonly parameters: readonly { readonly name: string; readonly type: string; readonly mode: string }[];
    readonly defaults: number;
    readonly returnsSet: boolean;
    readonly returnType: string;
    readonly returnTypeKind: string;
    readonly returnRelation: { readonly schema: string; readonly name: string } | null;
    readonly volatility: string;
  }[];
  readonly roleSettings: Readonly<Record<string, readonly string[]>>;
}

const toFunction = (found: Catalog["functions"][number]): DatabaseFunction => {
  const inputs = found.parameters.filter(({ mode }) => "ibv".includes(mode));
  const hasOutputs = found.parameters.some(({ mode }) => "obt".includes(mode));
  const composite = hasOutputs || found.returnTypeKind === "c" || found.returnType === "record";
  return {
    schema: found.schema,
    name: found.name,
    parameters: inputs.map(({ name, type, mode }, i) => ({
      name,
      type,
      required: i < inputs.length - found.defaults && mode !== "v",
      variadic: mode === "v",
    })),
    returnsSet: found.returnsSet,
    returns: composite ? "composite" : found.returnType === "void" ? "void" : "scalar",
    returnTable: found.returnRelation,
    volatility: found.volatility === "v" ? "volatile" : found.volatility === "s" ? "stable" : "immutable",
  };
};

const key = (schema: string, name: string): string => JSON.stringify([schema, name]);

const parseCatalog = (schemas: readonly string[], catalog: Catalog): SchemaCache => {
  const tables = new Map<string, Table>();
  for (const { schema, name, columns, keys } of catalog.tables) {
    tables.set(key(schema, name), {
      schema,
      name,
      columns: new Map(columns.map((column) => [column.name, column])),
      primaryKey: keys.find(({ primary }) => primary)?.columns ?? [],
      uniqueKeys: keys.map((unique) => unique.columns.toSorted()),
    });
  }
  const functions = Map.groupBy(catalog.functions.map(toFunction), ({ schema, name }) => key(schema, name));
  return {
    schemas,
    foreignKeys: catalog.foreignKeys,
    roleSettings: new Map(
      Object.entries(catalog.roleSettings).map(([role, settings]) => [
        role,
        settings.map((setting) => {
          const equals = setting.indexOf("=");
          return [setting.slice(0, equals), setting.slice(equals + 1)] as const;
        }),
      ]),
    ),
    table: (schema, name) => tables.get(key(schema, name)),
    tables: (schema) => [...tables.values()].filter((table) => table.schema === schema),
    functions: (schema, name) => functions.get(key(schema, name)) ?? [],
  };
};

/** Reads the catalogs. With an empty search_path, so that types come out qualified. */
export const loadSchemaCache = (executor: Executor): Promise<SchemaCache> =>
  executor.tx([["search_path", ""]], async (connection) => {
    const [setting] = await connection.query(fromCatalog(exposedSchemasQuery));
    const listed = (typeof setting?.schemas === "string" ? setting.schemas : "")
      .split(",")
      .map((name) => name.trim().replace(/^"(.*)"$/u, "$1"));
    const schemas = listed.filter((name) => name !== "");
    const exposed = schemas.length > 0 ? schemas : defaultSchemas;
    const [row] = await connection.query(fromCatalog(catalogQuery(exposed)));
    return parseCatalog(exposed, JSON.parse(String(row?.catalog)) as Catalog);
  });
