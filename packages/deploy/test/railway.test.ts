import { createRailwayContext, project, validateGraph, type ResourceNode } from "railway/iac";
import { expect, test } from "vitest";
import program from "../../../.railway/railway.ts";
import { namesOf, neededOf } from "../src/app.ts";
import { readApps } from "../src/read-apps.ts";
import { join } from "node:path";

const apps = await readApps(join(import.meta.dirname, "../../.."));

/** The program as the Railway CLI evaluates it, with no account and no network. */
const evaluate = async (): Promise<ResourceNode[]> => {
  const { resources = [] } = await program(createRailwayContext({ environmentName: "production" }), project);
  return resources.flat();
};

test("it evaluates offline to a valid graph: a store and a service for each app", async () => {
  const resources = await evaluate();
  const graph = { version: 1 as const, project: { name: "gpt-agent" }, environments: [], resources, edges: [] };
  expect(validateGraph(graph)).toEqual([]);
  expect(resources.map(({ address }) => address)).toEqual([
    "database.queues",
    ...apps.map(({ name }) => `service.gpt-agent-${name}`),
  ]);
});

test.each(apps.map((app) => [app.name, app] as const))(
  "%s: its Dockerfile, health, drain and variables",
  async (name, app) => {
    const node = (await evaluate()).find(({ address }) => address === `service.gpt-agent-${name}`);
    expect(node).toMatchObject({
      kind: "github",
      build: { builder: "DOCKERFILE", dockerfilePath: `apps/${name}/Dockerfile` },
      deploy: { healthcheckPath: "/health", drainingSeconds: 300, restartPolicyType: "ALWAYS" },
    });
    const variables = Object.keys(node !== undefined && "variables" in node ? (node.variables ?? {}) : {});
    expect(namesOf(app)).toEqual(expect.arrayContaining(variables));
    expect(variables).toEqual(expect.arrayContaining(neededOf(app).map((variable) => variable.name)));
  },
);
