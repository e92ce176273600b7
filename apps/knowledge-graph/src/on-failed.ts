import { endState, type ErrorCode, isTakenOver } from "@gpt-agent/jobs/error-codes";
import type { PayloadOf } from "@gpt-agent/jobs/define-queue";
import type { knowledgeGraph } from "@gpt-agent/jobs/queues/knowledge-graph";
import type { Scope } from "./ports.ts";

interface FailableDocuments {
  /** Touches the graph's state alone, and only while this generation's graph is pending. */
  failGraph(
    failure: Scope & { readonly state: "failed" | "blocked"; readonly code: ErrorCode; readonly message: string },
  ): Promise<void>;
}

/**
 * Marks the graph, never the document, when its job failed for good: search goes on without it. A base whose names could not be
 * resolved stays due.
 */
export const makeOnFailed =
  ({ documents }: { readonly documents: FailableDocuments }) =>
  async (
    payload: PayloadOf<typeof knowledgeGraph>,
    { code, message }: { readonly code: ErrorCode; readonly message: string },
  ): Promise<void> => {
    if (isTakenOver(code) || payload.kind === "resolve") return;
    const { kind: _, ...scope } = payload;
    await documents.failGraph({ ...scope, state: endState(code), code, message });
  };
