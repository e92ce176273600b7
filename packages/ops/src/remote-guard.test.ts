import { expect, test } from "vitest";
import { guardRemote } from "./remote-guard.ts";

test.each(["localhost", "127.0.0.1", "[::1]"])("%s is this machine", (host) => {
  expect(() => guardRemote("REDIS_URL", host, false)).not.toThrow();
});

test.each(["redis", "10.0.0.5", "db.abcdef.supabase.co", "localhost.example.com"])("%s needs --remote", (host) => {
  expect(() => guardRemote("REDIS_URL", host, false)).toThrow(/REDIS_URL is on another machine .* Add --remote/);
  expect(() => guardRemote("REDIS_URL", host, true)).not.toThrow();
});
