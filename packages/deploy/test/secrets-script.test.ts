import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { pnpmProgram, writePrograms } from "./stand-ins.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../../..");

/** `fly`, which notes what it is given. */
const noting = (folder: string): string => `#!/bin/sh\n{ echo "$@"; cat; echo; } >> "${folder}/sent"\n`;

test("infra/fly/secrets.sh sends an app its own variables and no other's", async () => {
  const folder = await mkdtemp(join(tmpdir(), "fly-secrets-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writePrograms(folder, { fly: noting(folder), pnpm: pnpmProgram });
  const values = {
    REDIS_URL: "rediss://default:p%3D@example.upstash.io:6379",
    SUPABASE_URL: "https://abcdefghijklmnop.supabase.co",
    SUPABASE_SERVICE_ROLE_KEY: "sb_secret_0123456789",
    ENCRYPTION_KEY: "q7Zr0vKp3XwB9sTnYc5LhJd8MfGa2EuR",
    OPENROUTER_API_KEY: "sk-or-v1-0123456789",
    JOB_CONCURRENCY: "5",
  };
  const file = join(folder, ".env.production");
  await writeFile(
    file,
    Object.entries(values)
      .map(([name, value]) => `${name}="${value}"\n`)
      .join(""),
  );

  const { stdout } = await run(join(root, "infra/fly/secrets.sh"), [file, "webhooks", "embeddings"], {
    env: { PATH: `${folder}:${dirname(process.execPath)}:/usr/bin:/bin` },
  });

  const shared = ["REDIS_URL", "SUPABASE_URL", "SUPABASE_SERVICE_ROLE_KEY"] as const;
  const lines = (...names: (keyof typeof values)[]) => names.map((name) => `${name}=${values[name]}\n`).join("");
  expect(await readFile(join(folder, "sent"), "utf8")).toBe(
    `secrets import --stage --app gpt-agent-webhooks\n${lines(...shared, "ENCRYPTION_KEY")}\n` +
      `secrets import --stage --app gpt-agent-embeddings\n${lines(...shared, "OPENROUTER_API_KEY")}\n`,
  );
  expect(stdout).toMatch(/^gpt-agent-webhooks: REDIS_URL SUPABASE_URL/);
  expect(stdout).not.toContain("sb_secret");
});
