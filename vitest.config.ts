import { defineConfig } from "vitest/config";

const conditions = ["@gpt-agent/source"];
const resolve = { conditions };
const ssr = { resolve: { conditions, externalConditions: conditions } };
// Global setups run in an environment of their own.
const environments = { __vitest__: ssr };

// unit:        pure functions and handlers with fakes; needs nothing.
// integration: one private Redis and one private local Supabase for the run, shared by all files; tests keep apart
//              by organisation id and queue prefix.
// postgres:    the same database functions on a real multi-connection Postgres with pgvector.
export default defineConfig({
  resolve,
  ssr,
  environments,
  test: {
    // Vitest leaves one core free for people; a test run has the machine.
    maxWorkers: "100%",
    reporters: ["default", "./packages/local/src/testing/count-reporter.ts"],
    projects: [
      {
        extends: true,
        test: { name: "unit", include: ["{packages,apps}/*/src/**/*.test.ts"] },
      },
      {
        extends: true,
        test: {
          name: "integration",
          include: ["{packages,apps}/*/test/**/*.test.ts"],
          exclude: ["**/*.postgres.test.ts"],
          globalSetup: ["packages/local/src/testing/stack-setup.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: "postgres",
          include: ["{packages,apps}/*/test/**/*.postgres.test.ts"],
          globalSetup: ["packages/local/src/testing/postgres-setup.ts"],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
