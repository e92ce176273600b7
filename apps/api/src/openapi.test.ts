import { Validator } from "@seriousme/openapi-schema-validator";
import { expect, test } from "vitest";
import { startApp } from "./testing/start-app.ts";

interface Operation {
  readonly operationId: string;
  readonly parameters: readonly {
    readonly name: string;
    readonly in: string;
    readonly required: boolean;
    readonly schema: object;
  }[];
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema: { readonly properties: object } }>>;
  };
  readonly responses: Readonly<Record<string, unknown>>;
}

const describeRunningApp = async () => {
  const app = await startApp();
  const response = await fetch(`${app.url}/openapi.json`);
  expect(response.status).toBe(200);
  const description = (await response.json()) as { paths: Record<string, Record<string, Operation>> };
  return { app, description };
};

test("the description is valid OpenAPI 3.1 and every reference in it resolves", async () => {
  const { description } = await describeRunningApp();
  const validator = new Validator();
  expect(await validator.validate(structuredClone(description))).toEqual({ valid: true });
  expect(validator.version).toBe("3.1");
  expect(() => validator.resolveRefs()).not.toThrow();
  expect(JSON.stringify(description)).not.toContain("$defs");
}, 30_000);

test("it lists every endpoint, with its path parameters and the ways it can fail", async () => {
  const { app, description } = await describeRunningApp();
  const listed = Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path.replaceAll(/\{(\w+)\}/g, ":$1")}`),
  );
  expect(listed.sort()).toEqual(app.endpoints.map(({ method, path }) => `${method} ${path}`).sort());

  const operations = Object.values(description.paths).flatMap((methods) => Object.values(methods));
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
  for (const [path, methods] of Object.entries(description.paths)) {
    for (const operation of Object.values(methods)) {
      const declared = operation.parameters.filter((one) => one.in === "path").map(({ name }) => name);
      expect(declared).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
      expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(["400", "401", "500", "503"]));
    }
  }
});

test("an upload is described as a form with a file, or as JSON", async () => {
  const { description } = await describeRunningApp();
  const content = description.paths["/v1/documents"]?.["post"]?.requestBody?.content;
  expect(Object.keys(content ?? {})).toEqual(["multipart/form-data", "application/json"]);
  expect(content?.["multipart/form-data"]?.schema.properties).toHaveProperty("file");
  expect(content?.["application/json"]?.schema.properties).toHaveProperty("objectPath");
});

test("a number in a query is described as a number with its limits", async () => {
  const { description } = await describeRunningApp();
  const limit = description.paths["/v1/documents"]?.["get"]?.parameters.find(({ name }) => name === "limit");
  expect(limit).toMatchObject({ required: false, schema: { type: "integer", minimum: 1, maximum: 200, default: 50 } });
});
