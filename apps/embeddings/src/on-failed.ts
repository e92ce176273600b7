import type { ErrorCode } from "@gpt-agent/jobs/error-codes";
import type { Scope } from "./ports.ts";

interface FailableDocuments {
  /** Without effect unless the generation is still being built. */
  fail(
    failure: Scope & { readonly state: "failed" | "blocked"; readonly code: ErrorCode; readonly message: string },
  ): Promise<void>;
}

/** The row is somebody else's, or gone: nothing to mark. */
const notOurs: ReadonlySet<ErrorCode> = new Set(["stale_lease", "superseded", "tenant_mismatch"]);
/** Nothing is wrong with the document: it waits for a person to pay or to change the key, and is then retried. */
const needsAPerson: ReadonlySet<ErrorCode> = new Set(["ai_payment_required", "ai_unauthorized"]);

/** Marks the document when its job failed for good. What was published before stays searchable. */
export const makeOnFailed =
  ({ documents }: { readonly documents: FailableDocuments }) =>
  async (scope: Scope, { code, message }: { readonly code: ErrorCode; readonly message: string }): Promise<void> => {
    if (notOurs.has(code)) return;
    await documents.fail({ ...scope, state: needsAPerson.has(code) ? "blocked" : "failed", code, message });
  };
