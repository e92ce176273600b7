import { readdirSync } from "node:fs";
import { join } from "node:path";
import { defineConfig, type OxlintOverride } from "oxlint";

/**
 * Who may import which of our packages. `jobs ← queue ← worker ← apps`; an app wires the rest.
 * A package that is not listed here may import none of ours, an app what every worker does.
 */
const mayImport: Record<string, readonly string[]> = {
  "packages/crypto": ["config"],
  "packages/queue": ["jobs"],
  "packages/worker": ["jobs", "queue"],
  "packages/supabase": ["jobs"],
  "packages/ai": ["jobs", "limits"],
  "packages/limits": ["jobs", "queue"],
  "packages/http": ["config", "jobs"],
  "packages/crm": ["http", "jobs", "limits"],
  "packages/dashboard": ["client"],
  "packages/local": ["queue", "signatures", "supabase"],
  "packages/ops": ["config", "crypto", "jobs", "queue", "supabase"],
  "packages/deploy": ["config", "jobs", "local", "queue", "supabase"],
  "packages/bench": [
    "ai",
    "crm",
    "crypto",
    "http",
    "jobs",
    "limits",
    "local",
    "queue",
    "signatures",
    "supabase",
    "worker",
  ],
  "apps/kb-files": ["config", "crypto", "jobs", "queue", "supabase", "worker"],
  "apps/embeddings": ["ai", "config", "jobs", "limits", "queue", "supabase", "worker"],
  "apps/knowledge-graph": ["ai", "config", "jobs", "queue", "supabase", "worker"],
  "apps/crm-sync": ["config", "crm", "crypto", "http", "jobs", "limits", "queue", "supabase", "worker"],
  "apps/webhooks": ["config", "crm", "crypto", "http", "jobs", "limits", "queue", "signatures", "supabase", "worker"],
  "apps/api": ["ai", "config", "crm", "crypto", "http", "jobs", "limits", "queue", "signatures", "supabase", "worker"],
};
const ours = readdirSync(join(import.meta.dirname, "packages"));

/** Libraries that belong to one layer, and the folders that may use them. */
const libraryHomes: Record<string, readonly string[]> = {
  // bench measures bare BullMQ beside ours.
  bullmq: ["packages/queue", "packages/worker", "packages/bench"],
  ioredis: ["packages/queue", "packages/worker", "packages/limits", "packages/bench"],
  "@supabase/*": ["packages/supabase"],
  openai: ["packages/ai"],
  // supabase asks PostgREST with it; bench measures it bare beside ours.
  undici: ["packages/http", "packages/supabase", "packages/bench"],
  // bench measures a bare COPY beside ours, and exact scans beside the search.
  pg: ["packages/local", "packages/ops", "packages/bench"],
  "@electric-sql/*": ["packages/local"],
};

/** kb-files takes the name of the extracted text (`textPath`) from the repository that owns it: a pure function. */
const handlerExceptions: Record<string, readonly string[]> = { "apps/kb-files": ["supabase"] };

/** What a worker may import that `pnpm gen worker` has just made; list it above once it needs more. */
const newWorker = ["config", "jobs", "queue", "supabase", "worker"];

const folders = ["packages", "apps"].flatMap((parent) =>
  readdirSync(join(import.meta.dirname, parent)).map((name) => `${parent}/${name}`),
);
const allowedIn = (folder: string): readonly string[] =>
  mayImport[folder] ?? (folder.startsWith("apps/") ? newWorker : []);

/** What files may not import: packages of ours beyond `allowed`, libraries of other layers, and any app. */
const restrict = (
  files: string,
  allowed: readonly string[],
  folder: string,
  message: string,
  further: readonly string[] = [],
): OxlintOverride => {
  const packages = ours.flatMap((name) =>
    allowed.includes(name) ? [] : [`@gpt-agent/${name}`, `@gpt-agent/${name}/**`],
  );
  const libraries = Object.entries(libraryHomes)
    .filter(([, homes]) => !homes.includes(folder))
    .flatMap(([library]) => [library, `${library.replace("/*", "")}/**`]);
  return {
    files: [files],
    // Tests may reach across layers: they prove that the layers fit.
    excludeFiles: ["**/*.test.ts"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            { group: [...packages, ...further], message },
            { group: libraries, message: "This library belongs to another layer: see the table in oxlint.config.ts." },
            { group: ["@gpt-agent/app-*", "**/apps/**"], message: "Nobody imports an app." },
          ],
        },
      ],
    },
  };
};

const boundaries = folders.map((folder) =>
  restrict(
    `${folder}/src/**/*.{ts,tsx}`,
    [...allowedIn(folder), folder.replace(/^packages\//, "")],
    folder,
    `${folder} may not import this package: see the table in oxlint.config.ts.`,
  ),
);

/** The job itself: contracts, its ports and pure files beside it. What is wired to them is main.ts's business. */
const handlers = folders
  .filter((folder) => folder.startsWith("apps/") && folder !== "apps/api")
  .map((folder) =>
    restrict(
      `${folder}/src/handler.ts`,
      ["jobs", ...(handlerExceptions[folder] ?? [])],
      folder,
      "A handler imports jobs, its ports and pure files beside it; adapters come in through the ports.",
      ["./env.ts", "./main.ts"],
    ),
  );

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
    "vitest/consistent-test-it": ["error", { fn: "test", withinDescribe: "test" }],
    // Assertions stand where JSON or a message of our own arrives; what comes from outside goes through zod.
    "typescript/no-unsafe-type-assertion": "off",
    // Spreading a string into code points is what our offsets count.
    "typescript/no-misused-spread": "off",
    // Ports are plain objects of functions, none of which uses `this`.
    "typescript/unbound-method": "off",
    // One after another is often the point: order, back-pressure, leases.
    "no-await-in-loop": "off",
    // Shadowing in small closures reads better than a second name for the same thing.
    "no-shadow": "off",
    "no-underscore-dangle": "off",
    // Text arrives with control characters, and ports that are refused are tried with `new` for their error.
    "no-control-regex": "off",
    "no-new": "off",
    // `noImplicitReturns` of the compiler says it with types.
    "typescript/consistent-return": "off",
    // Express 5 takes promises.
    "oxc/no-async-endpoint-handlers": "off",
    "oxc/no-map-spread": "off",
    "unicorn/no-new-array": "off",
    "promise/always-return": "off",
    "import/no-named-as-default-member": "off",
    "import/no-unassigned-import": "off",
    "unicorn/consistent-function-scoping": "off",
    "unicorn/no-array-sort": "off",
    "vitest/expect-expect": "off",
    "vitest/no-conditional-expect": "off",
    "vitest/require-mock-type-parameters": "off",
    "vitest/require-to-throw-message": "off",
  },
  overrides: [
    ...boundaries,
    ...handlers,
    {
      // The one reader; packages/local/src/process/environment.ts hands it on, and says so there.
      files: ["packages/config/src/load-env.ts"],
      rules: { "node/no-process-env": "off" },
    },
    {
      files: ["**/src/cli/**/*.ts", "packages/ops/src/**/*.ts", "packages/bench/src/**/*.ts"],
      rules: { "no-console": "off" },
    },
  ],
});
