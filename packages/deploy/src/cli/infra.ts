// Writes the platforms' files from apps/*/deploy.ts and apps/*/src/env.ts; see `usage`.
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parseArgs, parseEnv } from "node:util";
import { readApps } from "../read-apps.ts";
import { selectSecrets } from "../select-secrets.ts";

const usage = `pnpm infra                      writes every platform's files
pnpm infra --check              fails where one of them differs, or breaks its platform's contract
pnpm infra secrets APP FILE     of an env file, the lines that APP reads and no platform's file sets (infra/fly/secrets.sh)
pnpm infra apps                 the apps, one a line
`;

const root = resolve(import.meta.dirname, "../../../..");

/** What an app that is gone left behind: files of ours that no app makes any more. */
const orphans = (paths: ReadonlySet<string>): string[] =>
  globSync(["apps/*/Dockerfile", "infra/**/*.{toml,yaml,json}"], { cwd: root }).filter((path) => !paths.has(path));

const generate = async (compareOnly: boolean): Promise<boolean> => {
  // Loaded here: the scripts that ask for apps and secrets start a process for each.
  const [{ allFiles }, { readVersions }] = await Promise.all([
    import("../all-files.ts"),
    import("../platforms/dockerfile.ts"),
  ]);
  const files = allFiles(await readApps(root), readVersions(root));
  for (const { path, text, documents, check } of files) {
    try {
      documents(text).forEach(check);
    } catch (error) {
      throw new Error(`${path} breaks its platform's contract`, { cause: error });
    }
  }
  const stale = files.filter(({ path, text }) => {
    const full = join(root, path);
    return !existsSync(full) || readFileSync(full, "utf8") !== text;
  });
  for (const { path, text } of stale) {
    if (!compareOnly) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    process.stdout.write(`${compareOnly ? "differs from the apps" : "written"}: ${path}\n`);
  }
  const left = orphans(new Set(files.map(({ path }) => path)));
  for (const path of left) {
    if (!compareOnly) rmSync(join(root, path));
    process.stdout.write(`${compareOnly ? "belongs to no app" : "removed"}: ${path}\n`);
  }
  return stale.length + left.length === 0;
};

const printSecrets = async (name: string, file: string): Promise<void> => {
  const apps = await readApps(root);
  const app = apps.find((one) => one.name === name);
  if (app === undefined) throw new Error(`There is no app "${name}": ${apps.map((one) => one.name).join(", ")}`);
  const { lines, problems } = selectSecrets(app, parseEnv(readFileSync(file, "utf8")));
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  if (problems.length > 0) process.exitCode = 78;
  else process.stdout.write(lines.map((line) => `${line}\n`).join(""));
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { check: { type: "boolean", default: false }, help: { type: "boolean", default: false } },
});
const [command, app, file] = positionals;
if (values.help) {
  process.stdout.write(usage);
} else if (command === undefined) {
  const same = await generate(values.check);
  if (values.check && !same) {
    process.stdout.write("Run `pnpm infra` and commit what it writes.\n");
    process.exitCode = 1;
  }
} else if (command === "apps") {
  for (const { name } of await readApps(root)) process.stdout.write(`${name}\n`);
} else if (command === "secrets" && app !== undefined && file !== undefined) {
  await printSecrets(app, file);
} else {
  process.stderr.write(usage);
  process.exitCode = 2;
}
