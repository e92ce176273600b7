import { z } from "zod";

const step = z.union([
  z.strictObject({
    uses: z.string().regex(/^[\w./-]+@[0-9a-f]{40}$/, "an action is pinned by its commit"),
    with: z
      .strictObject({
        "fetch-depth": z.literal(0).optional(),
        "persist-credentials": z.literal(false).optional(),
        version: z.string().optional(),
      })
      .optional(),
  }),
  z.strictObject({
    id: z.literal("changed").optional(),
    run: z.string(),
    env: z.strictObject({ TURBO_SCM_BASE: z.string().optional(), FLY_API_TOKEN: z.string().optional() }).optional(),
  }),
]);

const job = {
  "runs-on": z.string().regex(/^ubuntu-\d/),
  "timeout-minutes": z.int().min(1),
  steps: z.array(step),
};

/** The deploy workflow alone; actionlint knows the rest of GitHub's grammar. */
export const workflow = z.strictObject({
  name: z.string(),
  on: z.strictObject({ push: z.strictObject({ branches: z.array(z.string()) }) }),
  permissions: z.strictObject({ contents: z.literal("read") }),
  jobs: z.strictObject({
    changed: z.strictObject({ ...job, outputs: z.strictObject({ apps: z.string() }) }),
    fly: z.strictObject({
      ...job,
      needs: z.literal("changed"),
      if: z.string(),
      strategy: z.strictObject({ "fail-fast": z.literal(false), matrix: z.strictObject({ app: z.string() }) }),
      environment: z.string(),
      concurrency: z.strictObject({ group: z.string(), "cancel-in-progress": z.literal(false) }),
    }),
  }),
});
export type Workflow = z.infer<typeof workflow>;
