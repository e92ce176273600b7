import type { TestProject } from "vitest/node";
import { startPostgres } from "../postgres/start-postgres.ts";
import { startStack } from "../stack.ts";
import "./provided-context.ts";

/**
 * Vitest global setup of the postgres project: the same stack over a real PostgreSQL with many connections. Fails
 * the run where none can be had.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const postgres = await startPostgres();
  try {
    const stack = await startStack({ postgresUrl: postgres.url });
    project.provide("stack", stack.env);
    return async () => {
      await stack.stop();
      await postgres.stop();
    };
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}
