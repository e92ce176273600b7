import { z } from "zod";
import { label } from "./forms.ts";

const fromService = (names: readonly string[]) =>
  z.union([
    z.strictObject({ type: z.literal("keyvalue"), name: label, property: z.literal("connectionString") }),
    z.strictObject({ type: z.literal("web"), name: label, envVarKey: z.enum(names) }),
  ]);

const variable = (names: readonly string[]) =>
  z.union([
    z.strictObject({ key: z.enum(names), value: z.string() }),
    z.strictObject({ key: z.enum(names), sync: z.literal(false) }),
    z.strictObject({ key: z.enum(names), generateValue: z.literal(true) }),
    z.strictObject({ key: z.enum(names), fromService: fromService(names) }),
  ]);

const regions = z.enum(["frankfurt", "ohio", "oregon", "singapore", "virginia"]);

const app = (names: readonly string[]) => ({
  name: label,
  runtime: z.literal("docker"),
  region: regions,
  plan: z.enum(["starter", "standard", "pro"]),
  branch: z.string(),
  dockerfilePath: z.string().startsWith("./apps/"),
  dockerContext: z.literal("."),
  autoDeployTrigger: z.enum(["checksPass", "commit", "off"]),
  numInstances: z.int().min(1).max(100),
  maxShutdownDelaySeconds: z.int().min(1).max(300),
  buildFilter: z.strictObject({ paths: z.array(z.string()).min(1) }),
  envVars: z.array(variable(names)).min(1),
});

/** The part of Render's blueprint that is used here. A background worker has no health check there. */
export const renderBlueprint = (names: readonly string[]) =>
  z.strictObject({
    services: z.array(
      z.discriminatedUnion("type", [
        z.strictObject({ type: z.literal("worker"), ...app(names) }),
        z.strictObject({ type: z.literal("web"), healthCheckPath: z.string().startsWith("/"), ...app(names) }),
        z.strictObject({
          type: z.literal("keyvalue"),
          name: label,
          region: regions,
          plan: z.enum(["starter", "standard", "pro"]),
          ipAllowList: z.array(z.never()),
          maxmemoryPolicy: z.literal("noeviction"),
        }),
      ]),
    ),
  });
export type RenderBlueprint = z.infer<ReturnType<typeof renderBlueprint>>;
