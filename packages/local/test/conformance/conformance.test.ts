import { afterAll, beforeAll, describe, test } from "vitest";
import { signJwt } from "../../src/supabase/keys.ts";
import type { LocalSupabase } from "../../src/supabase/start-supabase.ts";
import { startSupabase } from "../../src/supabase/start-supabase.ts";
import { conformanceCases } from "./cases.ts";
import { fixtureSql } from "./fixture.ts";
import type { Target } from "./target.ts";
import { openTarget } from "./target.ts";

describe("conformance of the local server on PGlite", () => {
  let supabase: LocalSupabase;
  let target: Target;

  beforeAll(async () => {
    supabase = await startSupabase({ sql: await fixtureSql() });
    const { jwtSecret } = supabase;
    target = openTarget({ ...supabase, signToken: (claims) => signJwt(claims, jwtSecret) });
  });
  afterAll(() => supabase?.stop());

  test.for(conformanceCases)("$name", ({ run }) => run(target));
});
