import { expect, test } from "vitest";
import { devTarget } from "./dev-target.ts";

test("neither address: the embedded stack; empty counts as not set", () => {
  expect(devTarget({}, false)).toBe("embedded");
  expect(devTarget({ REDIS_URL: "", SUPABASE_URL: " " }, false)).toBe("embedded");
});

test.each(["localhost", "127.0.0.1", "[::1]"])("both on this machine (%s): the shell's", (host) => {
  expect(devTarget({ REDIS_URL: `redis://${host}:6379`, SUPABASE_URL: `http://${host}:54321` }, false)).toBe("shell");
});

test("one without the other is refused, by name", () => {
  expect(() => devTarget({ REDIS_URL: "redis://localhost:6379" }, false)).toThrow(
    "REDIS_URL is set and SUPABASE_URL is not",
  );
  expect(() => devTarget({ SUPABASE_URL: "http://localhost:1" }, true)).toThrow(
    "SUPABASE_URL is set and REDIS_URL is not",
  );
});

test.each([
  { REDIS_URL: "rediss://redis.example.com:6379", SUPABASE_URL: "http://localhost:54321" },
  { REDIS_URL: "redis://localhost:6379", SUPABASE_URL: "https://project.supabase.example" },
  { REDIS_URL: "redis://localhost.example.com:6379", SUPABASE_URL: "http://localhost:54321" },
  { REDIS_URL_FILE: "/run/secrets/redis", SUPABASE_URL: "http://localhost:54321" },
])("another machine needs --remote: %o", (shell) => {
  expect(() => devTarget(shell, false)).toThrow("is not on this machine");
  expect(devTarget(shell, true)).toBe("shell");
});
