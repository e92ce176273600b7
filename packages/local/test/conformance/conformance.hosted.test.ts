import { beforeAll, describe, test } from "vitest";
import { environment } from "../../src/process/environment.ts";
import { conformanceCases } from "./cases.ts";
import type { ConformanceCase, Target } from "./target.ts";
import { openTarget } from "./target.ts";

// A real project, after applying fixture.sql to it and exposing its schema.
const {
  SUPABASE_CONFORMANCE_URL: url,
  SUPABASE_CONFORMANCE_SERVICE_ROLE_KEY: serviceRoleKey,
  SUPABASE_CONFORMANCE_ANON_KEY: anonKey,
} = environment;

/** Without a project the report says so in one line, as skipped: nothing was proven. */
const notRun: ConformanceCase = {
  name: `not run: ${conformanceCases.length} cases wait for SUPABASE_CONFORMANCE_URL`,
  run: () => Promise.reject(new Error("There is no project to test")),
};

describe.skipIf(url === undefined)("conformance of a hosted Supabase", () => {
  let target: Target;

  beforeAll(() => {
    if (url === undefined || serviceRoleKey === undefined || anonKey === undefined) {
      throw new Error(
        "Set SUPABASE_CONFORMANCE_SERVICE_ROLE_KEY and SUPABASE_CONFORMANCE_ANON_KEY beside SUPABASE_CONFORMANCE_URL",
      );
    }
    target = openTarget({ url, serviceRoleKey, anonKey });
  });

  test.for(url === undefined ? [notRun] : conformanceCases)("$name", ({ needsTokens, run }, { skip }) => {
    skip(needsTokens === true, "A hosted project does not tell the secret that signs users' tokens");
    return run(target);
  });
});
