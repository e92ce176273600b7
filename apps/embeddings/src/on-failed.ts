import { endState, type ErrorCode, isTakenOver } from "@gpt-agent/jobs/error-codes";
import type { Scope } from "./ports.ts";

interface FailableDocuments {
  /** Without effect unless the generation is still being built. */
  fail(
    failure: Scope & { readonly state: "failed" | "blocked"; readonly code: ErrorCode; readonly message: string },
  ): Promise<void>;
}

/** Marks the document when its job failed for good. What was published before stays searchable. */
export const makeOnFailed =
  ({ documents }: { readonly documents: FailableDocuments }) =>
  async (scope: Scope, { code, message }: { readonly code: ErrorCode; readonly message: string }): Promise<void> => {
    if (isTakenOver(code)) return;
    await documents.fail({ ...scope, state: endState(code), code, message });
  };
