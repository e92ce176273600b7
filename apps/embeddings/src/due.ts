import type { Scope } from "./ports.ts";

interface DuePorts {
  readonly budgets: { resumeDue(): Promise<unknown> };
  readonly documents: { allDue(stage: "embed"): AsyncIterable<Scope> };
}

/** What the sweep enqueues: documents that wait for vectors, after the pauses whose time is over have ended. */
export const makeDue = ({ budgets, documents }: DuePorts) =>
  async function* due(): AsyncIterable<Scope> {
    await budgets.resumeDue();
    yield* documents.allDue("embed");
  };
