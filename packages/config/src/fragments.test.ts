import { expect, test } from "vitest";
import { defineEnv } from "./define-env.ts";
import type { EnvOf } from "./define-env.ts";
import { aiEnv } from "./fragments/ai.ts";
import { apiEnv } from "./fragments/api.ts";
import { databaseEnv } from "./fragments/database.ts";
import { encryptionEnv } from "./fragments/encryption.ts";
import { logEnv } from "./fragments/log.ts";
import { ownHostsEnv } from "./fragments/public-url.ts";
import { redisEnv } from "./fragments/redis.ts";
import { supabaseEnv } from "./fragments/supabase.ts";
import { workerEnv } from "./fragments/worker.ts";
import { readEnv } from "./read-env.ts";
import type { EnvSource } from "./read-env.ts";

const definition = defineEnv({
  redis: redisEnv,
  supabase: supabaseEnv,
  ai: aiEnv,
  encryption: encryptionEnv,
  api: apiEnv,
  worker: workerEnv("kb-files"),
  database: databaseEnv,
  log: logEnv,
});

const jwt = (claims: object) =>
  ["e30", Buffer.from(JSON.stringify(claims)).toString("base64url"), "c2lnbmF0dXJl"].join(".");

const key = "q7Zr0vKp3XwB9sTnYc5LhJd8MfGa2EuR";
const good = {
  REDIS_URL: "redis://localhost:6379",
  SUPABASE_URL: "https://abcdefghijklmnop.supabase.co",
  SUPABASE_SERVICE_ROLE_KEY: jwt({ role: "service_role", ref: "abcdefghijklmnop" }),
  SUPABASE_DB_URL: "postgresql://postgres:pw@db.example.com:5432/postgres",
  OPENROUTER_API_KEY: "sk-or-v1-0123456789",
};
const production = { ...good, NODE_ENV: "production", ENCRYPTION_KEY: key };

const read = (source: EnvSource, inContainer = false) =>
  readEnv(definition, source, { readFile: () => "", inContainer: () => inContainer });

const envOf = (source: EnvSource): EnvOf<typeof definition> => {
  const result = read(source);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.env;
};

/** "VARIABLE what" of every problem. */
const problemsOf = (source: EnvSource): string[] => {
  const result = read(source);
  return result.ok ? [] : result.problems.map(({ variable, what }) => `${variable} ${what}`);
};

const warningsOf = (source: EnvSource, inContainer = false): string[] =>
  read(source, inContainer).warnings.map(({ variable, what }) => `${variable} ${what}`);

test("a good environment gives typed values and defaults", () => {
  const env = envOf(good);
  expect(env.redis).toMatchObject({ baseName: "agent-jobs", prefix: "bull" });
  expect(env.redis.url.reveal()).toBe("redis://localhost:6379");
  expect(env.supabase.url).toBe("https://abcdefghijklmnop.supabase.co");
  expect(env.worker).toEqual({ concurrency: 5, port: 3001, shutdownTimeoutMs: 30_000 });
  expect(env.api).toMatchObject({ port: 3000, trustedProxyHops: 0, publicUrl: undefined, adminToken: undefined });
  expect(env.log.level).toBe("info");
  expect(env.ai).toMatchObject({ provider: "openrouter", embeddingModel: "openai/text-embedding-3-small" });
  expect(env.encryption).toEqual({ activeKey: undefined, previousKeys: [] });
  expect(env.runtime.production).toBe(false);
  expect(env.egress.allow).toEqual([]);
});

test("what is required: the stores always, the encryption key in production", () => {
  const missing = ["REDIS_URL", "SUPABASE_URL", "SUPABASE_SERVICE_ROLE_KEY", "SUPABASE_DB_URL"];
  expect(problemsOf({})).toEqual(missing.map((name) => `${name} is not set.`));
  expect(problemsOf({ ...production, ENCRYPTION_KEY: "" })).toEqual([
    "ENCRYPTION_KEY is not set, and NODE_ENV is production.",
  ]);
  expect(problemsOf(production)).toEqual([]);
});

test("a misspelt NODE_ENV is refused, and counts as production", () => {
  expect(problemsOf({ ...good, NODE_ENV: "prod" })).toEqual([
    "ENCRYPTION_KEY is not set, and NODE_ENV is production.",
    "NODE_ENV is not one of development, production, test.",
  ]);
});

test.each([
  ["redis://user:p%40ss@host:1/0", "redis://user:p%40ss@host:1/0"],
  [" rediss://h ", "rediss://h"],
  ["https://tok%2Fen@eu1.upstash.io", "rediss://default:tok%2Fen@eu1.upstash.io:6379"],
  ["https://:abc@eu1.upstash.io/", "rediss://default:abc@eu1.upstash.io:6379"],
  ["https://default:abc@eu1.upstash.io:443", "rediss://default:abc@eu1.upstash.io:6379"],
])("REDIS_URL %s", (given, url) => {
  expect(envOf({ ...good, REDIS_URL: given }).redis.url.reveal()).toBe(url);
});

test("an Upstash address takes its token from the variable beside it", () => {
  const env = envOf({ ...good, REDIS_URL: "https://eu1.upstash.io", UPSTASH_REDIS_REST_TOKEN: "AX+/=" });
  expect(env.redis.url.reveal()).toBe("rediss://default:AX%2B%2F%3D@eu1.upstash.io:6379");
});

test("a container whose Redis is on localhost is warned, others are not", () => {
  expect(warningsOf(good, true)).toEqual([expect.stringContaining("REDIS_URL points at localhost")]);
  expect(warningsOf(good)).toEqual([]);
  expect(warningsOf({ ...good, REDIS_URL: "redis://redis:6379" }, true)).toEqual([]);
});

test.each([
  ["JOB_CONCURRENCY", "12", 12],
  ["JOB_CONCURRENCY_KB_FILES", "7", 7],
])("%s sets the concurrency", (name, text, concurrency) => {
  expect(envOf({ ...good, JOB_CONCURRENCY: "3", [name]: text }).worker.concurrency).toBe(concurrency);
});

test.each([
  ["https://abcdefghijklmnop.supabase.co/", "https://abcdefghijklmnop.supabase.co"],
  ["https://abcdefghijklmnop.supabase.co/rest/v1/", "https://abcdefghijklmnop.supabase.co"],
  ["http://127.0.0.1:54321", "http://127.0.0.1:54321"],
  ["http://kong:8000", "http://kong:8000"],
])("SUPABASE_URL %s", (given, url) => {
  expect(envOf({ ...good, SUPABASE_URL: given }).supabase.url).toBe(url);
});

test("without a key development uses the local AI and says so; production must be told", () => {
  const { OPENROUTER_API_KEY: _, ...keyless } = production;
  expect(envOf({ ...keyless, NODE_ENV: "development" }).ai.provider).toBe("local");
  expect(warningsOf({ ...keyless, NODE_ENV: "development" })).toEqual([
    expect.stringContaining("the local AI answers"),
  ]);
  expect(problemsOf(keyless)).toEqual(["OPENROUTER_API_KEY is not set, and NODE_ENV is production."]);
  expect(envOf({ ...keyless, AI_PROVIDER: "local" }).ai.provider).toBe("local");
  expect(envOf({ ...production, AI_PROVIDER: "local" }).ai.provider).toBe("local");
  expect(problemsOf({ ...keyless, NODE_ENV: "test", AI_PROVIDER: "openrouter" })).toEqual([
    "OPENROUTER_API_KEY is not set, and AI_PROVIDER is openrouter.",
  ]);
});

test("encryption keys", () => {
  const previous = Buffer.from(key).toString("base64");
  const env = envOf({
    ...good,
    ENCRYPTION_KEY: `${key}\n`,
    ENCRYPTION_KEYS_PREVIOUS: `${previous}, hex:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08`,
  });
  expect(env.encryption.activeKey?.reveal().trim()).toBe(key);
  expect(env.encryption.previousKeys).toHaveLength(2);
  expect(problemsOf({ ...good, ENCRYPTION_KEYS_PREVIOUS: previous })).toEqual([
    "ENCRYPTION_KEYS_PREVIOUS is set, and ENCRYPTION_KEY is not.",
  ]);
});

test("destinations beyond the guard are exact, canonical, and public in production", () => {
  const allowed = "127.0.0.1:4010, [::1]:80 0x7f.1:9,Example.com:443";
  expect(envOf({ ...good, EGRESS_ALLOW: allowed }).egress.allow).toEqual([
    { host: "127.0.0.1", port: 4010 },
    { host: "[::1]", port: 80 },
    { host: "127.0.0.1", port: 9 },
    { host: "example.com", port: 443 },
  ]);
  expect(problemsOf({ ...production, EGRESS_ALLOW: `${allowed},169.254.169.254:80,redis:6379` })).toEqual([
    "EGRESS_ALLOW opens a way inside in production (entry number 1, loopback; entry number 2, loopback; entry number 3, loopback; entry number 5, metadata; entry number 6, private).",
  ]);
  expect(envOf({ ...production, EGRESS_ALLOW: "example.com:8443" }).egress.allow).toHaveLength(1);
});

test.each([
  ["REDIS_URL", "http://h", "does not begin with"],
  ["REDIS_URL", "localhost:6379", "does not begin with"],
  ["REDIS_URL", "redis-cli -u redis://h", "is not a URL"],
  ["REDIS_URL", "redis://:p%zz@h", "not percent-encoded"],
  ["REDIS_URL", "redis://...", "placeholder"],
  ["REDIS_URL", "redis://h/queue", "not a database number"],
  ["REDIS_URL", "https://eu1.upstash.io", "without a token"],
  ["JOB_QUEUE_NAME", "agent:jobs", 'holds a ":"'],
  ["JOB_QUEUE_PREFIX", "bull:", 'holds a ":"'],
  ["JOB_QUEUE_PREFIX", "bu ll", "outside A-Z"],
  ["SUPABASE_URL", "abcdefghijklmnop.supabase.co", "not an https URL"],
  ["SUPABASE_URL", "http://example.com", "in the open"],
  ["SUPABASE_URL", "https://your-project.supabase.co", "placeholder"],
  ["SUPABASE_SERVICE_ROLE_KEY", "sb_publishable_abcdefghij", "publishable"],
  ["SUPABASE_SERVICE_ROLE_KEY", jwt({ role: "anon" }), "anon key"],
  ["SUPABASE_SERVICE_ROLE_KEY", jwt({ sub: "x" }), "role is not service_role"],
  ["SUPABASE_SERVICE_ROLE_KEY", jwt({ role: "service_role", ref: "another" }), "another project"],
  ["SUPABASE_SERVICE_ROLE_KEY", "eyJ...", "placeholder"],
  ["SUPABASE_SERVICE_ROLE_KEY", "e30.!!!.e30", "neither a JWT"],
  ["SUPABASE_SERVICE_ROLE_KEY", "e30.bm90IGpzb24.e30", "neither a JWT"],
  ["SUPABASE_DB_URL", "https://h", "does not begin with postgres"],
  ["SUPABASE_DB_URL", "postgres://postgres:[YOUR-PASSWORD]@db.h.co:5432/postgres", "placeholder"],
  ["ENCRYPTION_KEY", "your-32-char-key", "16 characters"],
  ["ENCRYPTION_KEYS_PREVIOUS", `${key},short`, "number 2"],
  ["OPENROUTER_API_KEY", "sk-or-...", "placeholder"],
  ["OPENROUTER_API_KEY", "sk or", "holds a space"],
  ["AI_PROVIDER", "gpt", "openrouter, local"],
  ["OPENROUTER_BASE_URL", "http://example.com", "in the open"],
  ["EMBEDDING_MODEL", "text-embedding", "not a model's name"],
  ["JOB_CONCURRENCY", "0", "from 1 to 500"],
  ["JOB_CONCURRENCY", "5.5", "from 1 to 500"],
  ["JOB_CONCURRENCY_KB_FILES", "many", "from 1 to 500"],
  ["PORT", "65536", "from 0 to 65535"],
  ["PORT", "-1", "from 0 to 65535"],
  ["LISTEN_HOST", "localhost", "is not an IP address"],
  ["SHUTDOWN_TIMEOUT_MS", "30s", "from 1000 to 300000"],
  ["LOG_LEVEL", "loud", "error, warn, info, debug"],
  ["PUBLIC_URL", "ftp://h", "not an http or https URL"],
  ["PUBLIC_URL", "https://u:p@h", "user name or password"],
  ["ADMIN_TOKEN", "short", "shorter than 16"],
  ["TRUSTED_PROXY_HOPS", "all", "from 0 to 10"],
  ["EGRESS_ALLOW", "http://h:1", "exact host:port"],
  ["EGRESS_ALLOW", "h", "exact host:port"],
  ["EGRESS_ALLOW", "*.example.com:443", "exact host:port"],
  ["EGRESS_ALLOW", "h:0", "exact host:port"],
  ["EGRESS_ALLOW", "h:70000", "exact host:port"],
])("%s=%s is refused, alone", (name, text, reason) => {
  const problems = problemsOf({ ...good, ENCRYPTION_KEY: key, [name]: text });
  expect(problems).toEqual([expect.stringMatching(new RegExp(`^${name} `))]);
  expect(problems[0]).toContain(reason);
});

test("an empty text, and one of spaces, count as not set", () => {
  expect(envOf({ ...good, CHAT_MODEL: "", LOG_LEVEL: "  ", ADMIN_TOKEN: "" }).log.level).toBe("info");
});

test("our own public host is told to those who must not call it", () => {
  const own = (source: EnvSource) => {
    const result = readEnv(defineEnv({ own: ownHostsEnv }), source, { readFile: () => "", inContainer: () => false });
    return result.ok && result.env.own.ownHosts;
  };
  expect(own({ PUBLIC_URL: "https://Agents.Example.com/api/" })).toEqual(["agents.example.com"]);
  expect(own({})).toEqual([]);
});
