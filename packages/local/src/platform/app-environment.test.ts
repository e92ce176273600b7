import { expect, test } from "vitest";
import { aiProviderOf, privateEnvironment } from "./app-environment.ts";

const stack = {
  REDIS_URL: "redis://127.0.0.1:1",
  SUPABASE_URL: "http://127.0.0.1:2",
  SUPABASE_SERVICE_ROLE_KEY: "service",
  SUPABASE_ANON_KEY: "anon",
  SUPABASE_JWT_SECRET: "secret",
};

test("nothing of the shell leads an app to another installation", () => {
  const shell = {
    PATH: "/bin",
    LANG: "ru_RU.UTF-8",
    REDIS_URL: "redis://production",
    REDIS_URL_FILE: "/run/redis",
    UPSTASH_REDIS_REST_TOKEN: "token",
    SUPABASE_URL: "https://production",
    SUPABASE_DB_URL: "postgresql://production",
    SUPABASE_SERVICE_ROLE_KEY_FILE: "/run/key",
    JOB_QUEUE_PREFIX: "theirs",
    ENCRYPTION_KEYS_PREVIOUS: "old",
    NODE_ENV: "production",
    NODE_OPTIONS: "--inspect",
    LISTEN_HOST: "0.0.0.0",
    PORT: "80",
    PORT_API: "80",
  };
  expect(privateEnvironment(shell, stack, "key")).toEqual({
    PATH: "/bin",
    LANG: "ru_RU.UTF-8",
    ...stack,
    AI_PROVIDER: "local",
    ENCRYPTION_KEY: "key",
    NODE_ENV: "development",
    LISTEN_HOST: "127.0.0.1",
  });
});

test.each([
  [{}, "local"],
  [{ OPENROUTER_API_KEY: "k" }, "openrouter"],
  [{ OPENROUTER_API_KEY_FILE: "/k" }, "openrouter"],
  [{ OPENROUTER_API_KEY: "k", AI_PROVIDER: "local" }, "local"],
  [{ AI_PROVIDER: "openrouter" }, "openrouter"],
] as const)("%o uses %s", (shell, provider) => {
  expect(aiProviderOf(shell)).toBe(provider);
});
