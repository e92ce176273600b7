import { type App, graceSeconds, isPublic, isWeb, namesOf, neededOf, settingsBehindProxy } from "../app.ts";
import { type RenderBlueprint, renderBlueprint } from "../contracts/render.ts";
import { type GeneratedFile, yamlFile } from "../generated-file.ts";
import { deployedName, installation } from "../installation.ts";

type Service = RenderBlueprint["services"][number];
type Worker = Extract<Service, { type: "worker" }>;
type Variable = Worker["envVars"][number];

const { region, branch } = installation.render;
const store = deployedName("queues");

/** The smallest plan that has the memory: starter 512 MB, standard 2 GB, pro 4 GB. */
const planFor = (memoryMb: number) => (memoryMb <= 512 ? "starter" : memoryMb <= 2_048 ? "standard" : "pro");

/** Asked for once, at the service of the API; the others take it from there. Groups cannot ask for secrets. */
const neededVariable = (app: App, web: App | undefined, key: string): Variable => {
  if (key === "REDIS_URL") return { key, fromService: { type: "keyvalue", name: store, property: "connectionString" } };
  if (web !== undefined && web !== app && namesOf(web).includes(key)) {
    return { key, fromService: { type: "web", name: deployedName(web.name), envVarKey: key } };
  }
  // 256 random bits in base64: one of the forms of that key.
  if (key === "ENCRYPTION_KEY") return { key, generateValue: true };
  return { key, sync: false };
};

const service = (app: App, web: App | undefined): Service => {
  const { name, deploy } = app;
  const common: Omit<Worker, "type"> = {
    name: deployedName(name),
    runtime: "docker",
    region,
    plan: planFor(deploy.memoryMb),
    branch,
    dockerfilePath: `./apps/${name}/Dockerfile`,
    dockerContext: ".",
    autoDeployTrigger: "checksPass",
    numInstances: deploy.instances.min,
    maxShutdownDelaySeconds: graceSeconds,
    buildFilter: { paths: [`apps/${name}/**`, "packages/**", "pnpm-lock.yaml"] },
    envVars: [
      ...Object.entries(settingsBehindProxy(app)).map(([key, value]) => ({ key, value })),
      ...neededOf(app).map(({ name: key }) => neededVariable(app, web, key)),
    ],
  };
  return isPublic(app) ? { type: "web", healthCheckPath: "/health", ...common } : { type: "worker", ...common };
};

/** `render.yaml`, where Render looks for it. */
export const renderFiles = (apps: readonly App[]): GeneratedFile[] => {
  const web = apps.find(isWeb);
  const blueprint: RenderBlueprint = {
    services: [
      { type: "keyvalue", name: store, region, plan: "starter", ipAllowList: [], maxmemoryPolicy: "noeviction" },
      ...apps.map((app) => service(app, web)),
    ],
  };
  const names = [...new Set(apps.flatMap(namesOf))];
  return [
    yamlFile(
      "render.yaml",
      renderBlueprint(names),
      [blueprint],
      [
        "Render checks the health of web services alone: the API's /health/workers tells of the workers.",
        "Instances are scaled by CPU and memory in the dashboard, or by numInstances here; Render does not know the queues.",
      ],
    ),
  ];
};
