import type { Scope } from "./ports.ts";

interface DuePorts {
  readonly budgets: { resumeDue(): Promise<unknown>; weights(): Promise<ReadonlyMap<string, number>> };
  readonly documents: { allDue(stage: "embed"): AsyncIterable<Scope> };
  readonly setWeights: (weights: ReadonlyMap<string, number>) => Promise<void>;
}

/**
 * What the sweep enqueues: documents that wait for vectors, after the pauses whose time is over have ended. A Redis that
 * starts over learns the organisations' weights anew.
 */
export const makeDue = ({ budgets, documents, setWeights }: DuePorts) =>
  async function* due(): AsyncIterable<Scope> {
    await budgets.resumeDue();
    await setWeights(await budgets.weights());
    yield* documents.allDue("embed");
  };
