/** The part of OpenAPI's schemas that the fixtures beside this file use. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly nullable?: boolean;
  readonly enum?: readonly unknown[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
}

const typeOf = (value: unknown): string =>
  value === null ? "null" : Array.isArray(value) ? "array" : Number.isInteger(value) ? "integer" : typeof value;

/** Where a value departs from a schema: [] where it does not. Names that the schema does not have count as departures. */
export const departures = (
  value: unknown,
  schema: Schema,
  schemas: Readonly<Record<string, Schema>>,
  path = "body",
): string[] => {
  const target = schema.$ref === undefined ? undefined : schemas[schema.$ref];
  if (target !== undefined) return departures(value, target, schemas, path);
  if (value === null && schema.nullable === true) return [];
  const type = typeOf(value);
  if (schema.type !== undefined && type !== schema.type && !(schema.type === "number" && type === "integer")) {
    return [`${path} is ${type}, not ${schema.type}`];
  }
  if (schema.enum !== undefined && !schema.enum.includes(value)) return [`${path} is none of the allowed values`];
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined ? [] : value.flatMap((item, at) => departures(item, items, schemas, `${path}[${at}]`));
  }
  if (typeof value !== "object" || value === null) return [];
  const missing = (schema.required ?? [])
    .filter((name) => !(name in value))
    .map((name) => `${path}.${name} is missing`);
  const inner = Object.entries(value).flatMap(([name, own]) => {
    const known = schema.properties?.[name] ?? schema.additionalProperties;
    return known === undefined ? [`${path}.${name} is unknown`] : departures(own, known, schemas, `${path}.${name}`);
  });
  return [...missing, ...inner];
};
