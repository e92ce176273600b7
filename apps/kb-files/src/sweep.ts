import type { PayloadOf } from "@gpt-agent/jobs/define-queue";
import type { kbFiles } from "@gpt-agent/jobs/queues/kb-files";

export interface DueDocuments {
  /** Installation-wide: rows of a stage that nobody holds a lease on. */
  allDue(stage: "process" | "delete"): AsyncIterable<{ readonly orgId: string; readonly documentId: string }>;
}

/** Every document that waits to be read or removed. */
export const makeDue = (documents: DueDocuments) =>
  async function* due(): AsyncGenerator<PayloadOf<typeof kbFiles>> {
    for (const kind of ["process", "delete"] as const) {
      for await (const { orgId, documentId } of documents.allDue(kind)) yield { kind, orgId, documentId };
    }
  };
