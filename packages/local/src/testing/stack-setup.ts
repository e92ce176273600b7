import type { TestProject } from "vitest/node";
import { startRedis } from "../redis/start-redis.ts";
import { startStack } from "../stack.ts";
import "./provided-context.ts";

/** Vitest global setup of the integration project: one private stack for the run, reached with `inject("stack")`. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  try {
    const stack = await startStack();
    project.provide("stack", stack.env);
    return () => stack.stop();
  } catch (error) {
    // oxlint-disable-next-line no-console
    console.error("local Supabase is not in the tree yet; only Redis is provided:", String(error));
    const redis = await startRedis();
    const none = { SUPABASE_URL: "", SUPABASE_SERVICE_ROLE_KEY: "", SUPABASE_ANON_KEY: "", SUPABASE_JWT_SECRET: "" };
    project.provide("stack", { REDIS_URL: redis.url, ...none });
    return () => redis.stop();
  }
}
