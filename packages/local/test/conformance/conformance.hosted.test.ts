import { beforeAll, describe, test } from "vitest";
import { conformanceCases } from "./cases.ts";
import type { Target } from "./target.ts";
import { openTarget } from "./target.ts";

// oxlint-disable-next-line node/no-process-env -- which project to test is the tester's choice, no app's configuration
const {
  SUPABASE_CONFORMANCE_URL: url,
  SUPABASE_CONFORMANCE_SERVICE_ROLE_KEY,
  SUPABASE_CONFORMANCE_ANON_KEY,
} = process.env;

/** Against a real project, after applying fixture.sql to it and exposing its schema. Without one: skipped, not passed. */
describe.skipIf(url === undefined)("conformance of a hosted Supabase", () => {
  let target: Target;

  beforeAll(() => {
    if (SUPABASE_CONFORMANCE_SERVICE_ROLE_KEY === undefined || SUPABASE_CONFORMANCE_ANON_KEY === undefined) {
      throw new Error(
        "Set SUPABASE_CONFORMANCE_SERVICE_ROLE_KEY and SUPABASE_CONFORMANCE_ANON_KEY beside SUPABASE_CONFORMANCE_URL",
      );
    }
    target = openTarget({
      url: url ?? "",
      serviceRoleKey: SUPABASE_CONFORMANCE_SERVICE_ROLE_KEY,
      anonKey: SUPABASE_CONFORMANCE_ANON_KEY,
    });
  });

  test.for(conformanceCases)("$name", ({ needsTokens, run }, { skip }) => {
    skip(needsTokens === true, "A hosted project does not tell the secret that signs users' tokens");
    return run(target);
  });
});
