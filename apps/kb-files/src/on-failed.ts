import type { PayloadOf } from "@gpt-agent/jobs/define-queue";
import { endState, type ErrorCode, isTakenOver } from "@gpt-agent/jobs/error-codes";
import type { kbFiles } from "@gpt-agent/jobs/queues/kb-files";
import type { Documents } from "./ports.ts";

/** Marks the row when a job has failed for good. A deletion stays `deleting`: the sweep tries it again. */
export const makeOnFailed =
  ({ documents }: { readonly documents: Pick<Documents, "fail"> }) =>
  async (
    { kind, orgId, documentId }: PayloadOf<typeof kbFiles>,
    { code, message }: { readonly code: ErrorCode; readonly message: string },
  ): Promise<void> => {
    if (kind === "delete" || isTakenOver(code)) return;
    await documents.fail({ orgId, documentId, state: endState(code), code, message });
  };
