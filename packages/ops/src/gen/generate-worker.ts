import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { UsageError } from "../command.ts";

const templates = join(import.meta.dirname, "../../templates/worker");
const ending = ".template";

/** The spellings of a name: `invoice-sync`, `invoiceSync`, `INVOICE_SYNC`. */
const spell = (name: string) => ({
  dashed: name,
  camel: name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()),
  upper: name.toUpperCase().replaceAll("-", "_"),
});

/** Templates are written for a queue called `sample-queue`, so that they read as what they become. */
const fillIn = (template: string, name: string): string => {
  const { dashed, camel, upper } = spell(name);
  return template.replaceAll("sample-queue", dashed).replaceAll("sampleQueue", camel).replaceAll("SAMPLE_QUEUE", upper);
};

const filesUnder = async (folder: string): Promise<string[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
};

/** Words that are taken: by JavaScript, or by folders and names of the project. */
const reserved = new Set([
  "api",
  "dashboard",
  "default",
  "delete",
  "export",
  "function",
  "import",
  "new",
  "sample-queue",
]);

/** @throws {UsageError} for a name that cannot be a queue's, a folder's and a variable's at once */
const checkWorkerName = (name: string | undefined): string => {
  if (name === undefined) throw new UsageError("Name the worker, for instance: pnpm gen worker invoice-sync");
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) || name.length > 40 || reserved.has(name)) {
    throw new UsageError(
      `"${name}" cannot be a worker's name. Use a-z, 0-9 and single dashes, for instance invoice-sync.`,
    );
  }
  return name;
};

/**
 * Writes a worker in the shape of all others: its contract in packages/jobs and its app. Nothing is overwritten.
 * @param root the repository's root
 * @returns the paths written, from the root
 * @throws {UsageError} for a bad name, or one that is taken
 */
export const generateWorker = async (root: string, givenName: string | undefined): Promise<string[]> => {
  const name = checkWorkerName(givenName);
  const app = join(root, "apps", name);
  const contract = join(root, "packages/jobs/src/queues", `${name}.ts`);
  for (const taken of [app, contract]) {
    if (existsSync(taken)) throw new UsageError(`${relative(root, taken)} exists already; nothing was written.`);
  }
  const targetOf = (path: string): string => {
    const place = relative(templates, path);
    return place.startsWith("contract") ? contract : join(app, relative("app", place.slice(0, -ending.length)));
  };
  const sources = (await filesUnder(templates)).filter((path) => path.endsWith(ending));
  const targets: string[] = [];
  for (const source of sources) {
    const target = targetOf(source);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, fillIn(await readFile(source, "utf8"), name), { flag: "wx" });
    targets.push(relative(root, target));
  }
  return targets.toSorted();
};
