import { inspect } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { defineEnv, variablesOf } from "./define-env.ts";
import { aiEnv } from "./fragments/ai.ts";
import { apiEnv } from "./fragments/api.ts";
import { databaseEnv } from "./fragments/database.ts";
import { encryptionEnv } from "./fragments/encryption.ts";
import { redisEnv } from "./fragments/redis.ts";
import { supabaseEnv } from "./fragments/supabase.ts";
import { configExitCode, loadEnv } from "./load-env.ts";
import type { EnvProcess } from "./load-env.ts";
import type { EnvSource } from "./read-env.ts";

const definition = defineEnv({
  redis: redisEnv,
  supabase: supabaseEnv,
  ai: aiEnv,
  encryption: encryptionEnv,
  api: apiEnv,
  database: databaseEnv,
});
const secretNames = variablesOf(definition).flatMap((one) => (one.secret ? [one.name] : []));

class Exit extends Error {}

/** Loads as a process would, with files from a record; gives what the process printed and how it ended. */
const run = (source: EnvSource, files: Readonly<Record<string, string>> = {}) => {
  let stderr = "";
  let exitCode: number | undefined;
  const host: EnvProcess = {
    readFile: (path) => {
      const text = files[path];
      if (text === undefined)
        throw Object.assign(new Error(`ENOENT: no such file, open '${path}'`), { code: "ENOENT" });
      return text;
    },
    inContainer: () => true,
    writeError: (text) => void (stderr += text),
    exit: (code) => {
      exitCode = code;
      throw new Exit();
    },
  };
  try {
    return { env: loadEnv(definition, source, host), stderr, exitCode };
  } catch (error) {
    if (!(error instanceof Exit)) throw error;
    return { env: undefined, stderr, exitCode };
  }
};

const redisOnly = defineEnv({ redis: redisEnv });

test("every problem is in one message, each with its fix, and the exit code is 78", () => {
  const { stderr, exitCode } = run({
    REDIS_URL: "ftp://x",
    JOB_QUEUE_NAME: "a:b",
    NODE_ENV: "production",
    PORT: "http",
  });
  expect(exitCode).toBe(configExitCode);
  const names = ["REDIS_URL", "JOB_QUEUE_NAME", "SUPABASE_URL", "SUPABASE_SERVICE_ROLE_KEY", "SUPABASE_DB_URL"];
  for (const name of [...names, "OPENROUTER_API_KEY", "ENCRYPTION_KEY", "PORT"]) expect(stderr).toContain(`  ${name} `);
  expect(stderr.match(/^ {2}[A-Z]/gm)).toHaveLength(8);
  expect(stderr.match(/^ {6}Fix: \S/gm)).toHaveLength(8);
});

test("an app meets only its own variables", () => {
  const host: EnvProcess = {
    readFile: () => "",
    inContainer: () => false,
    writeError: () => undefined,
    exit: () => {
      throw new Exit();
    },
  };
  expect(loadEnv(redisOnly, { REDIS_URL: "redis://h", SUPABASE_URL: "nonsense" }, host).redis.baseName).toBe(
    "agent-jobs",
  );
});

const good = {
  REDIS_URL: "redis://h",
  SUPABASE_URL: "http://127.0.0.1:1",
  SUPABASE_SERVICE_ROLE_KEY: "sb_secret_abcdefghijkl",
  SUPABASE_DB_URL: "postgres://h/db",
  AI_PROVIDER: "local",
};

test("any secret may come from a file, whose last line break is dropped", () => {
  const files = { "/run/token": "0123456789abcdefTOKEN\n", "/run/redis": "redis://from-file\r\n" };
  const { REDIS_URL: _, ...rest } = good;
  const { env } = run({ ...rest, REDIS_URL_FILE: "/run/redis", ADMIN_TOKEN_FILE: "/run/token" }, files);
  expect(env?.redis.url.reveal()).toBe("redis://from-file");
  expect(env?.api.adminToken?.reveal()).toBe("0123456789abcdefTOKEN");
  expect(secretNames.length).toBeGreaterThanOrEqual(8);
  for (const name of secretNames) {
    expect(run({ ...good, [name]: undefined, [`${name}_FILE`]: "/nowhere" }).stderr).toContain(
      `${name}_FILE names a file that cannot be read (ENOENT)`,
    );
  }
});

test("a file and a value together, and an empty file, are refused", () => {
  expect(run({ ...good, REDIS_URL_FILE: "/run/redis" }).stderr).toContain("REDIS_URL_FILE and REDIS_URL are both set");
  const { REDIS_URL: _, ...rest } = good;
  expect(run({ ...rest, REDIS_URL_FILE: "/e" }, { "/e": "\n" }).stderr).toContain("REDIS_URL_FILE names an empty file");
});

test("a variable that is no secret has no file form", () => {
  expect(run({ ...good, SUPABASE_URL_FILE: "/nowhere" }).exitCode).toBeUndefined();
});

test("quotes and spaces around a value are left out, with a warning", () => {
  const { env, stderr } = run({ ...good, REDIS_URL: ' "redis://h" ' });
  expect(env?.redis.url.reveal()).toBe("redis://h");
  expect(stderr).toContain("Warning: REDIS_URL has spaces or quotes around it");
});

// No text of this shape occurs in our own messages, so finding one means it leaked.
const token = fc.stringMatching(/^[QZJXK][A-Z0-9]{15}[QZJXK]$/);
const wrapped = token.chain((secret) =>
  fc
    .constantFrom(
      secret,
      `redis://:${secret}@h:6379`,
      `redis://h/${secret}`,
      `https://${secret}@h`,
      `ftp://${secret}`,
      `postgres://u:${secret}@h:6543/db`,
      `sb_secret_${secret}`,
      `sb_publishable_${secret}`,
      `${secret}.e30.${secret}`,
      `hex:${secret}`,
      `"${secret}"`,
      `${secret}${secret}`.slice(0, 32),
      `${secret} ${secret}`,
      `${secret}\n${secret}`,
    )
    .map((text) => ({ secret: secret.slice(0, 14), text })),
);

test("no secret is ever in the message, in JSON, in an inspection or in an error's text", () => {
  const settings = fc.record(
    Object.fromEntries(secretNames.map((name) => [name, fc.option(wrapped, { nil: undefined })])),
  );
  const base = fc.constantFrom<EnvSource>({}, good, { ...good, NODE_ENV: "production" });
  fc.assert(
    fc.property(base, settings, fc.boolean(), (source, given, byFile) => {
      const files: Record<string, string> = {};
      const set: Record<string, string | undefined> = { ...source };
      for (const [name, one] of Object.entries(given)) {
        if (one === undefined) continue;
        // A secret written where a path belongs must not be printed either.
        set[byFile ? `${name}_FILE` : name] = one.text;
        if (byFile && name.length % 2 === 0) files[one.text] = one.text;
        if (byFile) delete set[name];
      }
      const { env, stderr, exitCode } = run(set, files);
      const shown = [
        stderr,
        JSON.stringify({ env }),
        inspect(env, { depth: null, showHidden: true }),
        inspect(new Error(`no connection with ${inspect(env)}`, { cause: env })),
        String(env?.redis.url),
      ].join("\n");
      for (const one of Object.values(given)) if (one !== undefined) expect(shown).not.toContain(one.secret);
      expect(env === undefined).toBe(exitCode === configExitCode);
    }),
    { numRuns: 500 },
  );
});
