import { endState, type ErrorCode, isTakenOver } from "@gpt-agent/jobs/error-codes";
import type { Scope } from "./ports.ts";

interface FailableDocuments {
  /** Touches the graph's state alone, and only while this generation's graph is pending. */
  failGraph(
    failure: Scope & { readonly state: "failed" | "blocked"; readonly code: ErrorCode; readonly message: string },
  ): Promise<void>;
}

/** Marks the graph, never the document, when its job failed for good: search goes on without it. */
export const makeOnFailed =
  ({ documents }: { readonly documents: FailableDocuments }) =>
  async (scope: Scope, { code, message }: { readonly code: ErrorCode; readonly message: string }): Promise<void> => {
    if (isTakenOver(code)) return;
    await documents.failGraph({ ...scope, state: endState(code), code, message });
  };
