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
