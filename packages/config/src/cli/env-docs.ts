// Writes apps/*/.env.example and docs/environment.md from the apps' definitions; with --check, fails where they differ.
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import type { EnvDefinition } from "../define-env.ts";
import { renderEnvExample, renderEnvironmentPage } from "../describe-env.ts";
import type { App } from "../describe-env.ts";

const root = resolve(import.meta.dirname, "../../../..");

const isDefinition = (value: unknown): value is EnvDefinition =>
  typeof value === "object" && value !== null && "fragments" in value;

const load = async (path: string): Promise<App> => {
  const module: unknown = await import(pathToFileURL(join(root, path)).href);
  const definition = typeof module === "object" && module !== null && "env" in module ? module.env : undefined;
  if (!isDefinition(definition)) throw new Error(`${path}: export const env = defineEnv({ … }) is missing`);
  return { folder: dirname(dirname(path)), definition };
};

const { values } = parseArgs({ options: { check: { type: "boolean", default: false } } });
// The operator's commands have variables of their own; they are documented, but no process is deployed with them.
const paths = [...globSync("apps/*/src/env.ts", { cwd: root }).toSorted(), "packages/ops/src/env.ts"];
const apps = await Promise.all(paths.filter((path) => existsSync(join(root, path))).map(load));
const files = [
  ...apps
    .filter(({ folder }) => folder.startsWith("apps/"))
    .map((app) => ({ path: `${app.folder}/.env.example`, text: renderEnvExample(app) })),
  { path: "docs/environment.md", text: renderEnvironmentPage(apps) },
];
const stale = files.filter(({ path, text }) => {
  const full = join(root, path);
  return !existsSync(full) || readFileSync(full, "utf8") !== text;
});
for (const { path, text } of stale) {
  if (!values.check) writeFileSync(join(root, path), text);
  process.stdout.write(`${values.check ? "differs from the code" : "written"}: ${path}\n`);
}
if (values.check && stale.length > 0) {
  process.stdout.write("Run `pnpm env-docs` and commit what it writes.\n");
  process.exitCode = 1;
}
