import { type ErrorCode, errorCodes } from "@gpt-agent/jobs/error-codes";
import { z } from "zod";
import type { Answer, Endpoint } from "./endpoint.ts";
import { Problem } from "./problem.ts";
import { scopeOf } from "./scope.ts";

/** Of the interface, not of the code behind it. */
const apiVersion = "1.0.0";

type Json = Record<string, unknown>;

/** Every way an operation can fail: what all endpoints have in common, then its own. */
export const errorsOf = (endpoint: Endpoint): readonly ErrorCode[] => [
  ...new Set<ErrorCode>([
    "invalid_request",
    "unauthorized",
    "forbidden",
    "rate_limited",
    "internal_error",
    "database_unavailable",
    // Its Idempotency-Key with another request.
    ...(takesIdempotencyKey(endpoint) ? (["conflict"] as const) : []),
    ...(endpoint.errors ?? []),
  ]),
];

const takesIdempotencyKey = ({ method, idempotency }: Endpoint): boolean => method !== "get" && idempotency !== "own";

const idempotencyHeader = {
  "Idempotency-Key":
    "Yours, for this write: up to 200 visible ASCII characters. Whoever repeats the request with it within a day gets " +
    "the answer that was given, and nothing is done twice.",
};

const problem = z
  .object({
    type: z.string().describe("`urn:gpt-agent:error:` and the code."),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe("What happened, to what, what to do."),
    code: z.string().describe("From docs/error-codes.md."),
    requestId: z.string().describe("Finds the log line; also in the header X-Request-Id."),
    errors: z
      .array(z.object({ in: z.enum(["body", "query", "path", "form"]), pointer: z.string(), message: z.string() }))
      .optional(),
  })
  .meta({ id: "Problem" });

/** The OpenAPI 3.1 description, from the schemas that validate. */
export const describeApi = (endpoints: readonly Endpoint[]): Json => {
  const components: Json = {};
  const schemaOf = makeSchemaOf(components);
  const paths: Record<string, Json> = {};
  for (const endpoint of endpoints) {
    const path = endpoint.path.replaceAll(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [endpoint.method]: describeEndpoint(endpoint, schemaOf) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "GPT-agent workers",
      version: apiVersion,
      description: "Documents into searchable knowledge with its source, and a graph with evidence.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    security: [{ apiKey: [] }],
    tags: [...new Set(endpoints.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        apiKey: { type: "http", scheme: "bearer", description: "An API key; it decides the organisation." },
      },
      schemas: components,
    },
  };
};

type SchemaOf = (schema: z.ZodType, io: "input" | "output") => Json;

/** zod puts schemas with an id into `$defs` of each schema that uses them; OpenAPI keeps them once, in components. */
const makeSchemaOf =
  (components: Json): SchemaOf =>
  (schema, io) => {
    const text = JSON.stringify(z.toJSONSchema(schema, { io }))
      .replaceAll('"#/$defs/', '"#/components/schemas/')
      // The one schema that refers to itself: z.json().
      .replaceAll(/__schema\d+/g, "Json");
    const { $schema: _dialect, $defs, id, ...inline } = JSON.parse(text) as Json & { $defs?: Json; id?: string };
    for (const [name, definition] of Object.entries($defs ?? {})) {
      const { id: _id, ...rest } = definition as Json;
      components[name] = rest;
    }
    if (id === undefined) return inline;
    components[id] = inline;
    return { $ref: `#/components/schemas/${id}` };
  };

const describeEndpoint = (endpoint: Endpoint, schemaOf: SchemaOf): Json => {
  const { operationId, summary, description, tag, params, query, answers } = endpoint;
  const headers = { ...(takesIdempotencyKey(endpoint) && idempotencyHeader), ...endpoint.headers };
  const scope = scopeOf(endpoint);
  const content = bodyContent(endpoint, schemaOf);
  return {
    operationId,
    summary,
    description: [description, `Scope: \`${scope}\`.`].filter(Boolean).join(" "),
    tags: [tag],
    security: [{ apiKey: [scope] }],
    parameters: [
      ...parameters("path", params, schemaOf),
      ...parameters("query", query, schemaOf),
      ...Object.entries(headers).map(([name, description]) => ({
        name,
        in: "header",
        required: false,
        description,
        schema: { type: "string" },
      })),
    ],
    ...(content && { requestBody: { required: true, content } }),
    responses: {
      ...Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, success(answer, schemaOf)])),
      ...failures(errorsOf(endpoint), schemaOf),
    },
  };
};

/** The output side: a number in a query arrives as text and is coerced, but a number it is. A list stays the text it is. */
const readParameters = (schema: z.ZodType, schemaOf: SchemaOf): Json => {
  try {
    return schemaOf(schema, "output");
  } catch {
    return schemaOf(schema, "input");
  }
};

const parameters = (place: "path" | "query", schema: z.ZodType | undefined, schemaOf: SchemaOf): Json[] => {
  if (!schema) return [];
  const { properties = {}, required = [] } = readParameters(schema, schemaOf) as {
    properties?: Json;
    required?: string[];
  };
  return Object.entries(properties).map(([name, property]) => {
    const hasDefault = typeof property === "object" && property !== null && "default" in property;
    return { name, in: place, required: required.includes(name) && !hasDefault, schema: property };
  });
};

const bodyContent = ({ body, form }: Endpoint, schemaOf: SchemaOf): Json | undefined => {
  if (!body && !form) return undefined;
  const content: Json = {};
  if (form) {
    const {
      properties,
      required = [],
      ...rest
    } = schemaOf(form, "input") as { properties?: Json; required?: string[] };
    const file = { type: "string", contentMediaType: "application/octet-stream", description: "The document." };
    const schema = { ...rest, properties: { file, ...properties }, required: ["file", ...required] };
    content["multipart/form-data"] = { schema };
  }
  if (body) content["application/json"] = { schema: schemaOf(body, "input") };
  return content;
};

const success = ({ description, schema, contentType, headers }: Answer, schemaOf: SchemaOf): Json => ({
  description,
  ...(headers && { headers: mapValues(headers, (text) => ({ description: text, schema: { type: "string" } })) }),
  ...((schema ?? contentType) && {
    content: { [contentType ?? "application/json"]: schema ? { schema: schemaOf(schema, "output") } : {} },
  }),
});

const retryAfterStatuses: ReadonlySet<number> = new Set([429, 503]);
const retryAfterHeader = { "Retry-After": { description: "Seconds to wait.", schema: { type: "integer" } } };

/** One response per status; its description lists the codes that lead to it. */
const failures = (codes: readonly ErrorCode[], schemaOf: SchemaOf): Json => {
  const byStatus = Map.groupBy(new Set(codes), (code) => new Problem(code, "").status);
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      {
        description: codes.map((code) => `\`${code}\`: ${errorCodes[code]}`).join(" "),
        ...(retryAfterStatuses.has(status) && { headers: retryAfterHeader }),
        content: { "application/problem+json": { schema: schemaOf(problem, "output") } },
      },
    ]),
  );
};

const mapValues = <In, Out>(record: Readonly<Record<string, In>>, map: (value: In) => Out): Record<string, Out> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
