import fc, { type Arbitrary } from "fast-check";
import { z } from "zod";

type Json = Readonly<Record<string, unknown>>;

interface Pool {
  /** Ids that exist, for the depths behind a look-up. */
  readonly ids: readonly string[];
}

/** Values that a schema takes, as far as its JSON schema tells; what a refinement wants on top is left to luck. */
export const arbitraryOf = (schema: z.ZodType, pool: Pool): Arbitrary<unknown> => {
  const json = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Json;
  return build(json, (json["$defs"] ?? {}) as Json, pool, 0);
};

const number = (value: unknown, fallback: number): number => (typeof value === "number" ? value : fallback);

const build = (schema: unknown, defs: Json, pool: Pool, depth: number): Arbitrary<unknown> => {
  if (typeof schema !== "object" || schema === null || depth > 6) return fc.constant(null);
  const { $ref, const: constant, enum: values, anyOf, oneOf, allOf, type } = schema as Json;
  const next = (one: unknown): Arbitrary<unknown> => build(one, defs, pool, depth + 1);
  if (typeof $ref === "string") return next(defs[$ref.split("/").at(-1) ?? ""] ?? schema);
  if (constant !== undefined) return fc.constant(constant);
  if (Array.isArray(values)) return fc.constantFrom(...(values as unknown[]));
  const variants = (anyOf ?? oneOf) as readonly unknown[] | undefined;
  if (variants) return fc.oneof(...variants.map(next));
  if (Array.isArray(allOf)) return next(Object.assign({}, ...(allOf as object[])));
  switch (Array.isArray(type) ? type[0] : type) {
    case "string":
      return text(schema as Json, pool);
    case "integer":
      return fc.integer(bounds(schema as Json));
    case "number":
      return fc.double({ ...bounds(schema as Json), noNaN: true });
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "array":
      return list(schema as Json, next);
    case "object":
      return record(schema as Json, next);
    default:
      return fc.jsonValue({ maxDepth: 1 });
  }
};

const bounds = ({ minimum, maximum, exclusiveMinimum }: Json): { min: number; max: number } => ({
  min: Math.max(number(minimum, number(exclusiveMinimum, -2_147_483_648)), -2_147_483_648),
  max: Math.min(number(maximum, 2_147_483_647), 2_147_483_647),
});

/** What breaks parsers, databases and logs: NUL, half of a pair, quotes, controls, marks. fast-check's own take seconds to build. */
export const oddCharacter = fc.constantFrom(
  "a",
  "Ж",
  "😀",
  "\0",
  "\ud800",
  "'",
  '"',
  "\\",
  "%",
  "/",
  " ",
  "\n",
  "\u0301",
  "\u202e",
  "$",
  "{",
);

const text = ({ format, pattern, minLength, maxLength }: Json, { ids }: Pool): Arbitrary<string> => {
  if (format === "uuid" || format === "guid") return fc.oneof(fc.constantFrom(...ids), fc.uuid());
  if (format === "date-time")
    return fc
      .date({ min: new Date(0), max: new Date("2100-01-01"), noInvalidDate: true })
      .map((date) => date.toISOString());
  if (format === "uri") return fc.webUrl();
  // Matching an expression costs seconds; a few words that such fields take do.
  if (typeof pattern === "string") return fc.constantFrom(...ids, "order.created", "https://example.com/", "a", "ё");
  const [min, max] = [number(minLength, 0), Math.min(number(maxLength, 40), 40)];
  return fc.oneof(
    fc.string({ minLength: min, maxLength: Math.max(min, max), unit: oddCharacter }),
    fc.constantFrom(...ids, "kommo", "github"),
  );
};

const list = (
  { items, minItems, maxItems }: Json,
  next: (schema: unknown) => Arbitrary<unknown>,
): Arbitrary<unknown> => {
  const minLength = number(minItems, 0);
  return fc.array(next(items ?? {}), { minLength, maxLength: Math.max(minLength, Math.min(number(maxItems, 3), 3)) });
};

const record = (schema: Json, next: (schema: unknown) => Arbitrary<unknown>): Arbitrary<unknown> => {
  const properties = (schema["properties"] ?? {}) as Json;
  const requiredKeys = ((schema["required"] ?? []) as string[]).filter((name) => name in properties);
  const named = fc.record(Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, next(one)])), {
    requiredKeys,
  });
  if (Object.keys(properties).length > 0 || schema["additionalProperties"] === false) return named;
  return fc.dictionary(fc.string({ maxLength: 10 }), next(schema["additionalProperties"]), { maxKeys: 3 });
};

/** The same with one thing wrong: a field that is missing, of another type, or not known. */
export const spoiled = (valid: Arbitrary<unknown>): Arbitrary<unknown> =>
  fc
    .tuple(valid, fc.nat(), fc.constantFrom("drop", "retype", "add", "whole"), fc.jsonValue({ maxDepth: 2 }))
    .map(([value, index, how, junk]) => {
      if (how === "whole" || typeof value !== "object" || value === null || Array.isArray(value)) return junk;
      const names = Object.keys(value);
      const name = names[index % Math.max(names.length, 1)];
      if (how === "add" || name === undefined) return { ...value, "не знаю": junk };
      const { [name]: _gone, ...rest } = value as Record<string, unknown>;
      return how === "drop" ? rest : { ...rest, [name]: junk };
    });
