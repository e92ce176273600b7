import { defineConfig } from "oxlint";

/**
 * Who may import which of our packages. `jobs ← queue ← worker ← apps`; an app wires the rest.
 * A package that is not listed here may import none of ours.
 */
const mayImport: Record<string, readonly string[]> = {
  "packages/queue": ["jobs"],
  "packages/worker": ["jobs", "queue"],
  "packages/supabase": ["jobs"],
  "packages/ai": ["jobs"],
  "packages/local": ["supabase"],
  "packages/ops": ["config", "jobs", "queue", "supabase"],
  "packages/bench": ["ai", "jobs", "local", "queue", "supabase", "worker"],
  "apps/kb-files": ["config", "jobs", "queue", "supabase", "worker"],
  "apps/embeddings": ["ai", "config", "jobs", "queue", "supabase", "worker"],
  "apps/knowledge-graph": ["ai", "config", "jobs", "queue", "supabase", "worker"],
  "apps/api": ["ai", "config", "crypto", "jobs", "queue", "supabase"],
};
const ours = ["ai", "bench", "config", "crypto", "jobs", "local", "ops", "queue", "supabase", "worker"];

/** Libraries that belong to one layer, and the folders that may use them. */
const libraryHomes: Record<string, readonly string[]> = {
  bullmq: ["packages/queue", "packages/worker"],
  ioredis: ["packages/queue", "packages/worker"],
  "@supabase/*": ["packages/supabase"],
  openai: ["packages/ai"],
  pg: ["packages/local", "packages/ops"],
  "@electric-sql/*": ["packages/local"],
};

const folders = ["packages/config", "packages/crypto", "packages/jobs", ...Object.keys(mayImport)];

const boundaries = folders.map((folder) => {
  const self = folder.replace(/^packages\//, "");
  const allowed = new Set([...(mayImport[folder] ?? []), self]);
  const packages = ours
    .filter((name) => !allowed.has(name))
    .flatMap((name) => [`@gpt-agent/${name}`, `@gpt-agent/${name}/**`]);
  const libraries = Object.entries(libraryHomes)
    .filter(([, homes]) => !homes.includes(folder))
    .flatMap(([library]) => [library, `${library.replace("/*", "")}/**`]);
  return {
    // Tests may reach across layers: they prove that the layers fit.
    files: [`${folder}/src/**/*.ts`],
    excludeFiles: ["**/*.test.ts"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            { group: packages, message: `${folder} may not import this package: see the table in oxlint.config.ts.` },
            { group: libraries, message: "This library belongs to another layer: see the table in oxlint.config.ts." },
            { group: ["@gpt-agent/app-*", "**/apps/**"], message: "Nobody imports an app." },
          ],
        },
      ],
    },
  };
});

export default defineConfig({
  plugins: ["typescript", "unicorn", "oxc", "import", "node", "promise", "vitest"],
  categories: { correctness: "error", suspicious: "error", perf: "error" },
  options: { typeAware: true },
  ignorePatterns: ["**/dist/**", "**/node_modules/**"],
  rules: {
    "typescript/no-floating-promises": "error",
    "typescript/no-misused-promises": "error",
    "typescript/no-explicit-any": "error",
    "typescript/consistent-type-imports": "error",
    "typescript/switch-exhaustiveness-check": "error",
    "node/no-process-env": "error",
    "no-console": "error",
    eqeqeq: "error",
    // One after another is often the point: order, back-pressure, leases.
    "no-await-in-loop": "off",
    // Shadowing in small closures reads better than a second name for the same thing.
    "no-shadow": "off",
    "import/no-named-as-default-member": "off",
    "import/no-unassigned-import": "off",
    "unicorn/consistent-function-scoping": "off",
    "unicorn/no-array-sort": "off",
    "vitest/require-mock-type-parameters": "off",
  },
  overrides: [
    ...boundaries,
    { files: ["packages/config/src/**/*.ts", "**/*.config.ts"], rules: { "node/no-process-env": "off" } },
    {
      files: ["**/src/cli/**/*.ts", "packages/ops/src/**/*.ts", "packages/bench/src/**/*.ts"],
      rules: { "no-console": "off" },
    },
  ],
});
