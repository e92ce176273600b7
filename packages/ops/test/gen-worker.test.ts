import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { generateWorker } from "../src/gen/generate-worker.ts";

const run = promisify(execFile);
const repository = join(import.meta.dirname, "../../..");
const bin = (name: string) => join(repository, "node_modules/.bin", name);
const copyWithLinks = { recursive: true, verbatimSymlinks: true };
const name = "invoice-sync";

// The sources copied out of the tree, with the same dependencies: what the generator writes is tried there.
let root: string;
let written: string[];
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "gen-worker-"));
  const filter = (source: string) => !/\/(dist|test|fixtures|bench)$/.test(source);
  for (const path of ["packages", "tsconfig.base.json", "tsconfig.json"]) {
    await cp(join(repository, path), join(root, path), { ...copyWithLinks, filter });
  }
  await symlink(join(repository, "node_modules"), join(root, "node_modules"));
  written = await generateWorker(root, name);
  // What `pnpm install` will link for it is what a present worker has.
  await cp(join(repository, "apps/kb-files/node_modules"), join(root, "apps", name, "node_modules"), copyWithLinks);
});
afterAll(() => rm(root, { recursive: true, force: true }));

test("it has the shape of every worker", () => {
  expect(written).toEqual([
    "apps/invoice-sync/README.md",
    "apps/invoice-sync/deploy.ts",
    "apps/invoice-sync/package.json",
    "apps/invoice-sync/src/env.ts",
    "apps/invoice-sync/src/handler.test.ts",
    "apps/invoice-sync/src/handler.ts",
    "apps/invoice-sync/src/main.ts",
    "apps/invoice-sync/src/ports.ts",
    "apps/invoice-sync/test/worker.e2e.test.ts",
    "apps/invoice-sync/tsconfig.build.json",
    "packages/jobs/src/queues/invoice-sync.ts",
  ]);
});

test("no trace of the template is left, and every spelling is right", async () => {
  const texts = await Promise.all(written.map((path) => readFile(join(root, path), "utf8")));
  expect(texts.join("\n")).not.toMatch(/sample[-_]?queue/i);
  expect(texts.join("\n")).toContain("JOB_CONCURRENCY_INVOICE_SYNC");
  expect(texts.join("\n")).toContain("export const invoiceSync = defineQueue(");
});

test("it type-checks", async () => {
  const include = [
    `apps/${name}/src`,
    `apps/${name}/test`,
    `apps/${name}/deploy.ts`,
    "packages/local/src/testing/provided-context.ts",
  ];
  await writeFile(join(root, "tsconfig.check.json"), JSON.stringify({ extends: "./tsconfig.json", include }));
  await expect(run(bin("tsc"), ["-p", "tsconfig.check.json"], { cwd: root })).resolves.toMatchObject({ stdout: "" });
});

test("its tests pass as they stand, on the real stack too", async () => {
  const conditions = ["@gpt-agent/source"];
  const config = {
    resolve: { conditions },
    ssr: { resolve: { conditions, externalConditions: conditions } },
    test: { include: [`apps/${name}/**/*.test.ts`], provide: { stack: inject("stack") }, testTimeout: 30_000 },
  };
  await writeFile(join(root, "vitest.config.mjs"), `export default ${JSON.stringify(config)};\n`);
  await run(bin("vitest"), ["run", "--reporter=json", "--outputFile=report.json"], { cwd: root });
  const report: unknown = JSON.parse(await readFile(join(root, "report.json"), "utf8"));
  expect(report).toMatchObject({ success: true, numPassedTests: 4, numFailedTests: 0 });
});

test("nothing is overwritten", async () => {
  await expect(generateWorker(root, name)).rejects.toThrow(/apps\/invoice-sync exists already/);
  await expect(generateWorker(root, "kb-files")).rejects.toThrow(/exists already/);
});

test.each([undefined, "", "Invoice", "invoice_sync", "-a", "a--b", "../a", "api", "delete", "1st"])(
  "%j is no name",
  async (bad) => {
    await expect(generateWorker(root, bad)).rejects.toThrow(/^(Name the worker|".*" cannot be)/);
  },
);
