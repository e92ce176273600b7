// OpenAPI as TypeScript: what a caller gives and gets, and a table of what goes where.

type Json = Readonly<Record<string, unknown>>;

interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required: boolean;
  readonly description?: string;
  readonly schema: Json;
}

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Json }>> };
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema?: Json }>> }>
  >;
}

const comment = (text: unknown, indent = ""): string =>
  typeof text === "string" && text !== ""
    ? `${indent}/** ${text.replaceAll("*/", "*\\/").replaceAll(/\s+/g, " ")} */\n`
    : "";

const key = (name: string): string => (/^[\w$]+$/.test(name) ? name : JSON.stringify(name));

/** A JSON schema as a type. Limits and formats are the API's to check. */
const typeOf = (schema: unknown, indent: string): string => {
  if (schema === false) return "never";
  if (typeof schema !== "object" || schema === null || Object.keys(schema).length === 0) return "unknown";
  const { $ref, enum: values, const: value, anyOf, oneOf, allOf, type, ...rest } = schema as Json;
  if (typeof $ref === "string") return $ref.split("/").at(-1) ?? "unknown";
  if (value !== undefined) return JSON.stringify(value);
  if (Array.isArray(values)) return values.map((one) => JSON.stringify(one)).join(" | ");
  const variants = (anyOf ?? oneOf) as readonly unknown[] | undefined;
  if (variants) return [...new Set(variants.map((one) => typeOf(one, indent)))].join(" | ");
  if (Array.isArray(allOf)) return allOf.map((one) => `(${typeOf(one, indent)})`).join(" & ");
  if (Array.isArray(type))
    return [...new Set(type.map((one) => typeOf({ ...rest, type: one as string }, indent)))].join(" | ");
  switch (type) {
    case "string":
    case "boolean":
    case "null":
      return type;
    case "integer":
    case "number":
      return "number";
    case "array":
      return arrayOf(rest, indent);
    default:
      return objectOf(rest, indent);
  }
};

const arrayOf = ({ items, prefixItems }: Json, indent: string): string =>
  Array.isArray(prefixItems)
    ? `readonly [${prefixItems.map((one) => typeOf(one, indent)).join(", ")}]`
    : `readonly (${typeOf(items ?? {}, indent)})[]`;

const objectOf = ({ properties, required = [], additionalProperties }: Json, indent: string): string => {
  if (properties === undefined) {
    const values = typeof additionalProperties === "object" ? typeOf(additionalProperties, indent) : "unknown";
    return additionalProperties === false
      ? "Readonly<Record<string, never>>"
      : `{ readonly [name: string]: ${values} }`;
  }
  const names = new Set(required as readonly string[]);
  const lines = Object.entries(properties as Json).map(([name, property]) =>
    field(name, property, names.has(name), `${indent}  `),
  );
  return lines.length === 0 ? "object" : `{\n${lines.join("")}${indent}}`;
};

const field = (name: string, schema: unknown, isRequired: boolean, indent: string): string => {
  const description =
    typeof schema === "object" && schema !== null && "description" in schema ? schema.description : "";
  const type = typeOf(schema, indent);
  return `${comment(description, indent)}${indent}readonly ${key(name)}${isRequired ? "" : "?"}: ${type}${isRequired ? "" : " | undefined"};\n`;
};

const parameters = (all: readonly Parameter[]): string => {
  const fields = all.map(({ name, required, schema, in: place }) =>
    field(name, schema, required || place === "path", "    "),
  );
  return fields.length === 0 ? "" : `{\n${fields.join("")}  }`;
};

const contentOf = (operation: Operation, type: string): Json | undefined =>
  operation.requestBody?.content[type]?.schema;

/** A file is a Blob here; other fields of a form are text, or JSON that the client writes. */
const formType = (schema: Json): string => {
  const { file: _file, ...properties } = schema["properties"] as Json;
  const required = (schema["required"] as readonly string[]).filter((name) => name !== "file");
  const others = typeOf({ ...schema, properties, required }, "  ");
  return `({ readonly file: Blob } & ${others})`;
};

const inputOf = (operation: Operation): string => {
  const [form, json] = [contentOf(operation, "multipart/form-data"), contentOf(operation, "application/json")];
  const given = parameters(operation.parameters.filter((one) => one.in !== "header"));
  const bodies = [form && formType(form), json && `(${typeOf(json, "  ")})`].filter(Boolean).join(" | ");
  return [given, bodies && `(${bodies})`].filter(Boolean).join(" & ") || "object";
};

/** The successful answer: its type, and how it is read. */
const answerOf = ({ responses }: Operation): { readonly type: string; readonly answer: string | undefined } => {
  const types: string[] = [];
  for (const [status, { content }] of Object.entries(responses)) {
    if (!status.startsWith("2") || content === undefined) continue;
    const [media = "", { schema } = {}] = Object.entries(content)[0] ?? [];
    if (media === "text/event-stream")
      return { type: `AsyncGenerator<ServerEvent<${typeOf(schema, "  ")}>>`, answer: "events" };
    if (media !== "application/json") return { type: "Promise<Response>", answer: "stream" };
    types.push(typeOf(schema, "  "));
  }
  if (types.length === 0) return { type: "Promise<void>", answer: undefined };
  return { type: `Promise<${[...new Set(types)].join(" | ")}>`, answer: "json" };
};

const bodyOf = (operation: Operation): string | undefined => {
  const kinds = Object.keys(operation.requestBody?.content ?? {});
  if (kinds.length === 0) return undefined;
  return kinds.length > 1 ? "either" : kinds[0] === "application/json" ? "json" : "form";
};

const propertyNames = ({ properties = {}, anyOf = [], oneOf = [] }: Json): readonly string[] => [
  ...Object.keys(properties as Json),
  ...[...(anyOf as readonly Json[]), ...(oneOf as readonly Json[])].flatMap(propertyNames),
];

/** @throws {Error} where a path, a query and a body use one name: the client puts them all in one object */
const checkNames = ({ operationId, parameters: all, requestBody }: Operation): void => {
  const names = all.filter((one) => one.in !== "header").map(({ name }) => name);
  const inBody = new Set(Object.values(requestBody?.content ?? {}).flatMap(({ schema }) => propertyNames(schema)));
  const twice = names.find((name, index) => names.indexOf(name) !== index || inBody.has(name));
  if (twice !== undefined) throw new Error(`${operationId} has two parameters called ${twice}`);
};

/** The text of packages/client/src/generated.ts. @param api as /openapi.json shows it */
export const writeClientTypes = (api: Json): string => {
  const { paths, components } = api as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
    readonly components: { readonly schemas: Json };
  };
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const types = Object.entries(components.schemas).map(
    ([name, schema]) => `export type ${name} = ${typeOf(schema, "")};\n`,
  );
  const entries = all.map(({ operation }) => {
    checkNames(operation);
    const { type } = answerOf(operation);
    const about = comment(`${operation.summary}. ${operation.description ?? ""}`, "  ");
    return `${about}  readonly ${operation.operationId}: { readonly input: ${inputOf(operation)}; readonly output: ${type} };\n`;
  });
  const table = all.map(({ path, method, operation }) => {
    const query = operation.parameters.filter((one) => one.in === "query").map(({ name }) => name);
    const { answer } = answerOf(operation);
    const body = bodyOf(operation);
    const row = { method, path, ...(query.length > 0 && { query }), ...(body && { body }), ...(answer && { answer }) };
    return `  ${operation.operationId}: ${JSON.stringify(row)},\n`;
  });
  return [
    "// Generated from the API's own schemas by `pnpm client-types`. Do not edit.\n",
    'import type { ServerEvent } from "./events.ts";\n',
    types.join("\n"),
    `export interface Operations {\n${entries.join("")}}\n`,
    `/** What goes where. */\nexport const operations = {\n${table.join("")}} as const;\n`,
  ].join("\n");
};
