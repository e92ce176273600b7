import type { StackEnv } from "../stack.ts";

declare module "vitest" {
  /** What the global setups hand to tests: `inject("stack")`. */
  interface ProvidedContext {
    stack: StackEnv;
  }
}
