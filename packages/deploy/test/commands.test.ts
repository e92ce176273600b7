import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { environment } from "@gpt-agent/local/process/environment";
import { findRedis } from "@gpt-agent/local/redis/find-redis";
import { makeApiKeys } from "@gpt-agent/supabase/api-keys";
import { connectSupabase } from "@gpt-agent/supabase/client";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { commandsOf, readPages } from "../src/testing/documents.ts";
import { publishDocument, sample, startInstallation } from "./installation.ts";
import { curlProgram, pnpmProgram, vendorProgram, writePrograms } from "./stand-ins.ts";

// The documentation's shell lines, run. Ours are the real programs; vendors' are stand-ins that look whether the files they
// are given exist, so that a line's own syntax, paths and pipes are tried with them.
const run = promisify(execFile);
const root = join(import.meta.dirname, "../../..");
const vendors = ["docker", "fly", "railway", "kubectl", "npm"];

/** Lines that are run by another test, or that need what no test has. */
const elsewhere: readonly (readonly [RegExp, string])[] = [
  [/^npx -y pnpm@[\d.]+ demo$/, "packages/local/test/demo-command.test.ts"],
  [/^npx -y pnpm@[\d.]+ test$/, "packages/deploy/test/commands.test.ts"],
  [/^pnpm install$/, "packages/queue/test/packed.test.ts"],
  [/^pnpm dev$/, "packages/local/test/start-apps.test.ts"],
  [/ops migrate/, "packages/ops/test/migrate.postgres.test.ts"],
  [/^pnpm -r .*pack/, "packages/queue/test/packed.test.ts"],
  [/^npm install \/tmp/, "packages/queue/test/packed.test.ts"],
  // It writes the tree; --check, which is run here, computes the same.
  [/^pnpm infra$/, "packages/deploy/src/all-files.test.ts"],
  // Minutes an image: on demand.
  [/^pnpm images:verify/, "packages/deploy/src/cli/images-verify.ts"],
  // A model of OpenRouter needs its key.
  [/knowledge-bases\/\$BASE\/profile/, "apps/api/src/knowledge-base-profiles.test.ts"],
  // Placeholders of what the prelude sets.
  [/^API=/, "packages/deploy/test/commands.test.ts"],
];

let folder: string;
let stopAll: () => Promise<void>;
let shellEnv: Record<string, string>;
let hasRedisCli: boolean;

beforeAll(async () => {
  const installation = await startInstallation();
  stopAll = installation.stop;
  const stack = inject("stack");
  const [worker, api] = [installation.urlOf("embeddings"), installation.urlOf("api")];
  const serviceRoleKey = { reveal: () => stack.SUPABASE_SERVICE_ROLE_KEY };
  const supabase = connectSupabase({ url: stack.SUPABASE_URL, serviceRoleKey });
  const { key } = await makeApiKeys(supabase).create({
    orgId: crypto.randomUUID(),
    name: "documentation",
    scopes: ["read", "write"],
  });
  const document = await publishDocument(api, { Authorization: `Bearer ${key}` });

  // A clone as its owner has it: the repository, his values, a file to upload, and his programs.
  folder = await mkdtemp(join(tmpdir(), "documentation-"));
  for (const name of await readdir(root)) {
    if (name !== ".git") await symlink(join(root, name), join(folder, name));
  }
  await copyFile(sample, join(folder, "Договор.pdf"));
  const values = {
    REDIS_URL: "rediss://default:secret@example.com:6379",
    SUPABASE_URL: "https://abcdefghijklmnop.supabase.co",
    SUPABASE_SERVICE_ROLE_KEY: "sb_secret_0123456789",
    ENCRYPTION_KEY: "q7Zr0vKp3XwB9sTnYc5LhJd8MfGa2EuR",
    OPENROUTER_API_KEY: "sk-or-v1-0123456789",
  };
  await writeFile(
    join(folder, ".env.production"),
    Object.entries(values)
      .map((one) => `${one.join("=")}\n`)
      .join(""),
  );
  const bin = join(folder, "programs");
  await mkdir(bin);
  const { stdout: curl } = await run("which", ["curl"]);
  const programs = {
    ...Object.fromEntries(vendors.map((name) => [name, vendorProgram])),
    pnpm: pnpmProgram,
    curl: curlProgram(curl.trim(), worker, api),
  };
  await writePrograms(bin, programs);
  const redisProgram = (await findRedis(environment["PATH"] ?? "")).command({
    port: 0,
    dataDir: folder,
    appendOnly: false,
  });
  const redisFolder = dirname(redisProgram.command);
  hasRedisCli = existsSync(join(redisFolder, "redis-cli"));
  shellEnv = {
    PATH: [bin, dirname(process.execPath), redisFolder, "/usr/local/bin", "/usr/bin", "/bin"].join(":"),
    ...redisProgram.env,
    ...stack,
    ...document,
    REDIS_URL: installation.redis.url,
    API: api,
    KEY: key,
  };
}, 240_000);

afterAll(async () => {
  await stopAll();
  await rm(folder, { recursive: true, force: true });
});

const isElsewhere = (command: string): boolean => elsewhere.some(([pattern]) => pattern.test(command));

/** Runs a page's commands in one shell, stopping at the first that fails. @returns what they printed */
const runPage = async (path: string): Promise<string> => {
  const page = readPages(root).find((one) => one.path === path);
  if (page === undefined) throw new Error(`${path} is gone`);
  const commands = commandsOf(page)
    .filter((command) => !isElsewhere(command))
    .filter((command) => hasRedisCli || !command.startsWith("redis-cli"));
  const script = [
    "exec </dev/null",
    "set -euo pipefail",
    `trap 'echo "failed: $BASH_COMMAND" >&2' ERR`,
    ...commands,
  ].join("\n");
  const { stdout } = await run("bash", ["--norc", "-c", script], {
    cwd: folder,
    env: shellEnv,
    maxBuffer: 2 ** 24,
    timeout: 110_000,
  });
  return stdout;
};

test("what is run elsewhere is still there", () => {
  expect(elsewhere.map(([, path]) => path).filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

test("the API's README", async () => {
  expect(await runPage("apps/api/README.md")).toContain('"hits"');
}, 120_000);

test("the deploy guide: health, connections, queues, and what vendors' programs are given", async () => {
  const printed = await runPage("docs/deploy.md");
  expect(printed).toContain('"status":"ok"');
  expect(printed).not.toMatch(/WRONGTYPE|\(error\)/);
  if (hasRedisCli) expect(printed).toContain("PONG");
}, 120_000);

test("what the guide says of the original's LLEN", async () => {
  if (!hasRedisCli) return;
  const line = 'redis-cli -u "$REDIS_URL" LLEN bull:agent-jobs-embeddings:completed 2>&1 || true';
  const { stdout } = await run("bash", ["--norc", "-c", `exec </dev/null; ${line}`], { env: shellEnv });
  expect(stdout).toContain("WRONGTYPE");
});

test.each(["docs/runbook.md", "docs/upgrade.md"])(
  "%s",
  async (path) => {
    await runPage(path);
  },
  120_000,
);

test("using the workers from a platform", async () => {
  const printed = await runPage("docs/integration.md");
  expect(printed).toContain('"hits"');
  expect(printed).toContain('"entities"');
}, 120_000);

test("every page with commands is one of these, or has none left to run", () => {
  const tried = new Set([
    "apps/api/README.md",
    "docs/deploy.md",
    "docs/runbook.md",
    "docs/upgrade.md",
    "docs/integration.md",
  ]);
  // The Russian guides have the same commands as the English ones: documents.test.ts.
  const same = new Set(["docs/deploy.ru.md", "docs/integration.ru.md"]);
  const left = readPages(root)
    .filter(({ path }) => !tried.has(path) && !same.has(path))
    .flatMap((page) =>
      commandsOf(page)
        .filter((command) => !isElsewhere(command))
        .map((command) => `${page.path}: ${command}`),
    );
  expect(left).toEqual([]);
});
