import { ApiError } from "../api-error.ts";
import type { DatabaseFunction, SchemaCache } from "./schema-cache.ts";

export interface FunctionMatch {
  readonly found: DatabaseFunction;
  /** The whole body is the one argument, which has no name. */
  readonly wholeBody: boolean;
}

const signature = ({ schema, name, parameters }: DatabaseFunction): string =>
  `${schema}.${name}(${parameters.map((parameter) => `${parameter.name} => ${parameter.type}`).join(", ")})`;

const accepts = ({ parameters }: DatabaseFunction, given: ReadonlySet<string>): boolean =>
  parameters.every(({ name, required }) => name !== "" && (!required || given.has(name))) &&
  [...given].every((name) => parameters.some((parameter) => parameter.name === name));

const takesWholeBody = ({ parameters }: DatabaseFunction): boolean =>
  parameters.length === 1 && parameters[0]?.name === "" && ["json", "jsonb", "text"].includes(parameters[0].type);

const notFound = (cache: SchemaCache, schema: string, name: string, given: readonly string[]): ApiError => {
  const names = given.toSorted().join(", ");
  const [near] = cache.functions(schema, name);
  return new ApiError(
    404,
    "PGRST202",
    `Could not find the function ${schema}.${name}${names === "" ? "" : `(${names})`} in the schema cache`,
    {
      details: `Searched for the function ${schema}.${name} ${
        names === "" ? "without parameters" : `with parameters ${names}`
      }, but no matches were found in the schema cache.`,
      hint:
        near === undefined
          ? null
          : `Perhaps you meant to call the function ${schema}.${name}(${near.parameters.map((p) => p.name).join(", ")})`,
    },
  );
};

/**
 * The function of that name whose parameters the given names fit.
 * @throws {ApiError} PGRST202 where none fits, PGRST203 where several do
 */
export const findFunction = (
  cache: SchemaCache,
  schema: string,
  name: string,
  given: readonly string[],
  hasBody: boolean,
): FunctionMatch => {
  const all = cache.functions(schema, name);
  const names = new Set(given);
  const fitting = all.filter((candidate) => accepts(candidate, names));
  const [first, second] = fitting;
  if (first !== undefined && second === undefined) return { found: first, wholeBody: false };
  if (first !== undefined) {
    throw new ApiError(
      300,
      "PGRST203",
      `Could not choose the best candidate function between: ${fitting.map(signature).join(", ")}`,
      {
        hint: "Try renaming the parameters or the function itself in the database so function overloading can be resolved",
      },
    );
  }
  const whole = hasBody ? all.find(takesWholeBody) : undefined;
  if (whole !== undefined) return { found: whole, wholeBody: true };
  throw notFound(cache, schema, name, given);
};
