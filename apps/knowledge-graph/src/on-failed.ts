import type { ErrorCode } from "@gpt-agent/jobs/error-codes";
import type { Scope } from "./ports.ts";

interface FailableDocuments {
  /** Touches the graph's state alone, and only while this generation's graph is pending. */
  failGraph(
    failure: Scope & { readonly state: "failed" | "blocked"; readonly code: ErrorCode; readonly message: string },
  ): Promise<void>;
}

/** The row is somebody else's, or gone: nothing to mark. */
const notOurs: ReadonlySet<ErrorCode> = new Set(["stale_lease", "superseded", "tenant_mismatch"]);
/** Nothing is wrong with the document: it waits for a person to pay or to change the key, and is then retried. */
const needsAPerson: ReadonlySet<ErrorCode> = new Set(["ai_payment_required", "ai_unauthorized"]);

/** Marks the graph, never the document, when its job failed for good: search goes on without it. */
export const makeOnFailed =
  ({ documents }: { readonly documents: FailableDocuments }) =>
  async (scope: Scope, { code, message }: { readonly code: ErrorCode; readonly message: string }): Promise<void> => {
    if (notOurs.has(code)) return;
    await documents.failGraph({ ...scope, state: needsAPerson.has(code) ? "blocked" : "failed", code, message });
  };
