import { describe, expect, test } from "vitest";
import { queueName, redisAddress } from "./connection.ts";

describe("redisAddress", () => {
  test("reads host, port, credentials and database", () => {
    expect(redisAddress("redis://user:p%40ss%2Fword@cache.internal:6380/3")).toMatchObject({
      host: "cache.internal",
      port: 6380,
      username: "user",
      password: "p@ss/word",
      db: 3,
    });
  });

  test("rediss:// means TLS, verified against the host's name", () => {
    expect(redisAddress("rediss://default:token@eu1.upstash.io")).toMatchObject({
      port: 6379,
      tls: { servername: "eu1.upstash.io" },
    });
    expect(redisAddress("redis://localhost")).not.toHaveProperty("tls");
  });

  test("takes an IPv6 host", () => {
    expect(redisAddress("redis://[fd00::1]:6379").host).toBe("fd00::1");
  });

  test.each([
    "https://user:hunter2@host",
    "redis://",
    "user:hunter2@host:6379",
    "redis://:hunter2@host/not-a-number",
    "redis://:hunter2@host/-1",
  ])("refuses %s without repeating it", (address) => {
    expect(() => redisAddress(address)).toThrow(TypeError);
    expect(() => redisAddress(address)).not.toThrow(/hunter2/);
  });
});

test("a queue's full name is the base name and its own", () => {
  expect(queueName("agent-jobs", { name: "kb-files" })).toBe("agent-jobs-kb-files");
});
