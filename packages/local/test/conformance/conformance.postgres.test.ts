import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, inject, test } from "vitest";
import { signJwt } from "../../src/supabase/keys.ts";
import type { LocalSupabase } from "../../src/supabase/start-supabase.ts";
import { startSupabase } from "../../src/supabase/start-supabase.ts";
import "../../src/testing/provided-context.ts";
import { conformanceCases } from "./cases.ts";
import { fixtureSql } from "./fixture.ts";
import type { Target } from "./target.ts";
import { openTarget } from "./target.ts";

describe("conformance of the local server on a real Postgres", () => {
  const database = `conformance_${randomUUID().replaceAll("-", "")}`;
  let admin: pg.Client;
  let supabase: LocalSupabase;
  let target: Target;

  beforeAll(async () => {
    const url = inject("stack").SUPABASE_DB_URL;
    if (url === undefined) throw new Error("The postgres project must provide SUPABASE_DB_URL");
    admin = new pg.Client({ connectionString: url });
    await admin.connect();
    await admin.query(`create database ${database}`);
    const own = new URL(url);
    own.pathname = `/${database}`;
    supabase = await startSupabase({ postgresUrl: own.href, sql: await fixtureSql() });
    const { jwtSecret } = supabase;
    target = openTarget({ ...supabase, signToken: (claims) => signJwt(claims, jwtSecret) });
  });
  afterAll(async () => {
    await supabase?.stop();
    await admin?.query(`drop database if exists ${database} with (force)`);
    await admin?.end();
  });

  test.for(conformanceCases)("$name", ({ run }) => run(target));
});
