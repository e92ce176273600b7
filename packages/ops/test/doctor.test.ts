import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, inject, test } from "vitest";
import { checkSupabase } from "../src/doctor/check-supabase.ts";
import { jsonOf, runOps } from "./run-ops.ts";

const stack = inject("stack");
const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** A Supabase that gives one answer to every request for rows, and has the bucket. */
const answering = async (status: number, body: object): Promise<string> => {
  const server = createServer((request, response) => {
    const rows = request.url?.startsWith("/rest/v1/") ?? false;
    response
      .writeHead(rows ? status : 200, { "content-type": "application/json" })
      .end(JSON.stringify(rows ? body : {}));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => new Promise((resolve) => server.close(resolve)));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

const key = { reveal: () => "sb_secret_0123456789" };

test("everything is in order on the local stack", async () => {
  const env = {
    REDIS_URL: stack.REDIS_URL,
    SUPABASE_URL: stack.SUPABASE_URL,
    SUPABASE_SERVICE_ROLE_KEY: stack.SUPABASE_SERVICE_ROLE_KEY,
  };
  const ended = await runOps(["doctor", "--json"], env);
  expect(jsonOf(ended)).toEqual({
    checks: [
      { name: "redis", ok: true, found: expect.stringMatching(/^answers in/) },
      { name: "redis eviction", ok: true, found: "noeviction" },
      { name: "supabase", ok: true, found: "answers" },
      { name: "service-role key", ok: true, found: "accepted" },
      { name: "schema agent_jobs", ok: true, found: "exposed and migrated" },
      { name: "bucket agent-jobs", ok: true, found: "exists" },
    ],
  });
  expect(ended.exitCode).toBe(0);
});

test("nothing there: both are named, and the exit code says so", async () => {
  const env = {
    REDIS_URL: "redis://127.0.0.1:1",
    SUPABASE_URL: "http://127.0.0.1:1",
    SUPABASE_SERVICE_ROLE_KEY: "sb_secret_0123456789",
  };
  const ended = await runOps(["doctor"], env);
  expect(ended.exitCode).toBe(1);
  expect(ended.stdout).toMatch(/^WRONG redis: .*ECONNREFUSED/m);
  expect(ended.stdout).toMatch(/^WRONG supabase: does not answer/m);
  expect(ended.stdout + ended.stderr).not.toContain("sb_secret_0123456789");
});

test.each([
  [
    "a schema that is not exposed",
    406,
    { code: "PGRST106", message: "The schema must be one of …" },
    /not exposed/,
    /Exposed schemas: add "agent_jobs"/,
  ],
  [
    "a schema without tables",
    404,
    { code: "PGRST205", message: "Could not find the table" },
    /missing/,
    /pnpm ops migrate/,
  ],
  ["rights that are missing", 403, { code: "42501", message: "permission denied" }, /may not read/, /pnpm ops migrate/],
  [
    "a key that is refused",
    401,
    { message: "Invalid API key" },
    /refused \(HTTP 401, Invalid API key\)/,
    /of this very project/,
  ],
  ["an outage", 503, { code: "PGRST000", message: "no connection" }, /HTTP 503, PGRST000/, /logs/],
])("%s is told apart, with what to do", async (_, status, body, found, fix) => {
  const checks = await checkSupabase({ url: await answering(status, body), serviceRoleKey: key });
  const wrong = checks.filter(({ ok }) => !ok);
  expect(wrong).toHaveLength(1);
  expect(wrong[0]?.found).toMatch(found);
  expect(wrong[0]?.fix).toMatch(fix);
});
