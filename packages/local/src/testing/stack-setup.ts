import type { TestProject } from "vitest/node";
import { startStack } from "../stack.ts";
import { holdSweeps } from "./hold-sweeps.ts";
import "./provided-context.ts";

/** Vitest global setup of the integration project: one private stack for the run, reached with `inject("stack")`. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const stack = await startStack();
  await holdSweeps(stack.env);
  project.provide("stack", stack.env);
  return () => stack.stop();
}
