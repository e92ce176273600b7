import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { kbFiles } from "@gpt-agent/jobs/queues/kb-files";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { makeQueueClient } from "../src/client.ts";

// The four packages as another project gets them: built, packed, and installed by npm into an empty folder elsewhere.
const run = promisify(execFile);
const repository = join(import.meta.dirname, "../../..");
const packages = ["jobs", "config", "queue", "supabase"];
const stack = inject("stack");

let root: string;
let project: string;

/** Builds and packs in a copy of the sources, so that the tree gets no `dist` and two runs do not meet. */
const pack = async (): Promise<string[]> => {
  const source = join(root, "source");
  const tarballs = join(root, "tarballs");
  await mkdir(join(source, "packages"), { recursive: true });
  for (const file of ["package.json", "pnpm-workspace.yaml", "pnpm-lock.yaml", "tsconfig.base.json", "turbo.json"]) {
    await cp(join(repository, file), join(source, file));
  }
  for (const name of packages) {
    await cp(join(repository, "packages", name), join(source, "packages", name), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => !/\/(dist|test|\.turbo)$/.test(path),
    });
  }
  await symlink(join(repository, "node_modules"), join(source, "node_modules"));
  const { packageManager } = JSON.parse(await readFile(join(repository, "package.json"), "utf8")) as {
    packageManager: string;
  };
  const filters = packages.map((name) => `--filter=@gpt-agent/${name}`);
  await run("npx", ["-y", packageManager, "-r", ...filters, "pack", "--pack-destination", tarballs], { cwd: source });
  return (await readdir(tarballs)).map((name) => join(tarballs, name));
};

/** The complete example that docs/integration.md shows, so that what people copy is what is tested. */
const program = async (): Promise<string> => {
  const text = await readFile(join(repository, "docs/integration.md"), "utf8");
  const example = /^```ts\n(.*?)^```$/ms.exec(text)?.[1];
  if (example === undefined) throw new Error("docs/integration.md shows no program any more");
  return example;
};

const wrongProgram = `
import { kbFiles } from "@gpt-agent/jobs/queues/kb-files";
import { makeQueueClient } from "@gpt-agent/queue/client";

const queue = makeQueueClient({ url: { reveal: () => "redis://localhost" }, baseName: "agent-jobs", prefix: "bull" });
await queue.enqueue(kbFiles, { kind: "process", orgId: "8f4f6a3e-6f0e-4e58-a3a0-2b8f2f0d7c11", document: "42" });
`;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "packed-"));
  project = join(root, "project");
  await mkdir(project);
  await writeFile(join(project, "package.json"), JSON.stringify({ name: "elsewhere", private: true, type: "module" }));
  const quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"];
  await run("npm", ["install", ...quiet, ...(await pack())], { cwd: project });
  const compilerOptions = {
    module: "nodenext",
    target: "es2024",
    strict: true,
    noEmit: true,
    // supabase-js' own declarations do not check against the newest DOM types.
    skipLibCheck: true,
    // Node's own types come from here, so that nothing but the four packages is installed.
    types: ["node"],
    typeRoots: [join(repository, "node_modules/@types")],
  };
  for (const [name, text] of [
    ["program", await program()],
    ["wrong", wrongProgram],
  ] as const) {
    await writeFile(join(project, `${name}.ts`), text);
    await writeFile(join(project, `tsconfig.${name}.json`), JSON.stringify({ compilerOptions, files: [`${name}.ts`] }));
  }
}, 240_000);
afterAll(() => rm(root, { recursive: true, force: true }));

const typeCheck = (name: string) =>
  run(join(repository, "node_modules/.bin/tsc"), ["-p", `tsconfig.${name}.json`], { cwd: project });

test("a program that creates a document and enqueues it type-checks, and does both", async () => {
  await expect(typeCheck("program")).resolves.toMatchObject({ stdout: "" });
  const prefix = randomUUID();
  const { stdout } = await run(process.execPath, ["program.ts"], {
    cwd: project,
    env: {
      REDIS_URL: stack.REDIS_URL,
      JOB_QUEUE_PREFIX: prefix,
      SUPABASE_URL: stack.SUPABASE_URL,
      SUPABASE_SERVICE_ROLE_KEY: stack.SUPABASE_SERVICE_ROLE_KEY,
    },
  });
  const { orgId, documentId, state } = JSON.parse(stdout) as { orgId: string; documentId: string; state: string };
  expect(state).toBe("queued");
  const queue = makeQueueClient({ url: { reveal: () => stack.REDIS_URL }, baseName: "agent-jobs", prefix });
  try {
    // The same enqueue collapses into the job that the program made, and tells its id.
    const { jobId } = await queue.enqueue(kbFiles, { kind: "process", orgId, documentId });
    expect(await queue.status(kbFiles, jobId)).toMatchObject({ state: "waiting", orgId });
    expect(await queue.state(kbFiles)).toMatchObject({ prioritized: 1 });
  } finally {
    await queue.close();
  }
});

test("a wrong payload does not type-check", async () => {
  await expect(typeCheck("wrong")).rejects.toMatchObject({
    stdout: expect.stringMatching(/wrong\.ts\(6,\d+\): error TS2\d+: .*document/s),
  });
});

test("it pulls in no server, no parser and no AI", async () => {
  const installed = await readdir(join(project, "node_modules"), { recursive: true });
  const heavy = ["express", "mammoth", "openai", "@hyzyla/pdfium", "@gpt-agent/worker", "@gpt-agent/ai"];
  const found = heavy.filter((name) =>
    installed.some((path) => path === name || path.endsWith(`/node_modules/${name}`)),
  );
  expect(found).toEqual([]);
  expect(installed).toContain("bullmq");
});
