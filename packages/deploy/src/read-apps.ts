import { globSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Deploy } from "@gpt-agent/config/deploy";
import { type EnvDefinition, variablesOf } from "@gpt-agent/config/define-env";
import { z } from "zod";
import { type App, isWorker } from "./app.ts";

const machine = {
  cpus: z.literal([1, 2, 4]),
  memoryMb: z.literal([512, 1024, 2048, 4096]),
  instances: z
    .strictObject({ min: z.int().min(1), max: z.int().max(50) })
    .refine(({ min, max }) => min <= max, "min is above max"),
};

/** What the type says, and its bounds: a value may come from a file that nobody type-checked. */
const deploy: z.ZodType<Deploy> = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("worker"),
    ...machine,
    concurrency: z.int().min(1).max(500),
    scaleAtLatencySeconds: z.int().min(1),
    health: z.enum(["private", "public"]),
  }),
  z.strictObject({ kind: z.literal("web"), ...machine }),
]);

const isDefinition = (value: unknown): value is EnvDefinition =>
  typeof value === "object" && value !== null && "fragments" in value;

const load = async (path: string): Promise<object> => {
  const module: unknown = await import(pathToFileURL(path).href);
  return typeof module === "object" && module !== null ? module : {};
};

const readApp = async (folder: string): Promise<App> => {
  const [run, environment] = await Promise.all([load(join(folder, "deploy.ts")), load(join(folder, "src/env.ts"))]);
  const parsed = deploy.safeParse("deploy" in run ? run.deploy : undefined);
  if (!parsed.success) throw new Error(`${folder}/deploy.ts: ${z.prettifyError(parsed.error)}`);
  const definition = "env" in environment ? environment.env : undefined;
  if (!isDefinition(definition))
    throw new Error(`${folder}/src/env.ts: export const env = defineEnv({ … }) is missing`);
  return { name: basename(folder), deploy: parsed.data, variables: variablesOf(definition) };
};

/**
 * Every app below `root`/apps, workers by name and the API after them.
 * @throws {Error} naming the folder whose deploy.ts or env.ts says nothing of use
 */
export const readApps = async (root: string): Promise<App[]> => {
  const folders = globSync("apps/*/src/main.ts", { cwd: root }).map((main) => dirname(dirname(join(root, main))));
  const apps = await Promise.all(folders.map(readApp));
  return apps.toSorted((a, b) => Number(isWorker(b)) - Number(isWorker(a)) || a.name.localeCompare(b.name));
};
