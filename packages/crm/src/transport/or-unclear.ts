import { RetryLaterError } from "@gpt-agent/jobs/errors";
import type { WriteOperation, WriteResult } from "../provider.ts";
import { WriteUnclearError } from "./errors.ts";

/** Runs one write request; when its answer is lost, every operation it carried is unclear. */
export const orUnclear = async (
  operations: readonly WriteOperation[],
  write: () => Promise<readonly WriteResult[]>,
): Promise<readonly WriteResult[]> => {
  try {
    return await write();
  } catch (error) {
    if (!(error instanceof WriteUnclearError)) throw error;
    return operations.map(() => ({ state: "unclear", message: error.message }));
  }
};

const defaultDelayMs = 5_000;

/**
 * Runs the several requests that a batch takes; each puts its results into the map. What stops a later request (a limit, a
 * refused token) must not lose the results of an earlier one, or its records would be created twice: those that were not
 * sent are `unsent` then. While nothing has reached the CRM, it is thrown.
 */
export const allResults = async (
  title: string,
  operations: readonly WriteOperation[],
  write: (results: Map<WriteOperation, WriteResult>) => Promise<void>,
): Promise<readonly WriteResult[]> => {
  const results = new Map<WriteOperation, WriteResult>();
  let missing: WriteResult = { state: "unclear", message: `${title} did not say what became of it.` };
  try {
    await write(results);
  } catch (error) {
    if (![...results.values()].some(({ state }) => state === "written" || state === "unclear")) throw error;
    const delayMs = error instanceof RetryLaterError ? error.delayMs : defaultDelayMs;
    missing = {
      state: "unsent",
      message: error instanceof Error ? error.message : `${title} stopped the batch.`,
      delayMs,
    };
  }
  return operations.map((operation) => results.get(operation) ?? missing);
};
