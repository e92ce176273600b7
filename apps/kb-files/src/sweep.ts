import type { PayloadOf } from "@gpt-agent/jobs/define-queue";
import type { kbFiles } from "@gpt-agent/jobs/queues/kb-files";

interface DueRow {
  readonly orgId: string;
  readonly documentId: string;
}

/** Installation-wide read of rows that nobody holds a lease on, ordered by document id. */
export interface DueDocuments {
  due(input: {
    readonly stage: "process" | "delete";
    readonly limit: number;
    readonly after?: string;
  }): Promise<readonly DueRow[]>;
}

const pageSize = 200;

/** Every document that waits to be read or removed, page by page. */
export const makeDue = (documents: DueDocuments) =>
  async function* due(): AsyncGenerator<PayloadOf<typeof kbFiles>> {
    for (const kind of ["process", "delete"] as const) {
      let after: string | undefined;
      do {
        const rows = await documents.due({ stage: kind, limit: pageSize, ...(after === undefined ? {} : { after }) });
        for (const { orgId, documentId } of rows) yield { kind, orgId, documentId };
        after = rows.length < pageSize ? undefined : rows.at(-1)?.documentId;
      } while (after !== undefined);
    }
  };
