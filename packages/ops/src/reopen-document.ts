import type { QueueDefinition } from "@gpt-agent/jobs/define-queue";
import type { Enqueue } from "@gpt-agent/jobs/handler";
import { kbFiles } from "@gpt-agent/jobs/queues/kb-files";
import { knowledgeGraph } from "@gpt-agent/jobs/queues/knowledge-graph";
import type { Documents } from "@gpt-agent/supabase/documents";

interface ReopenPorts {
  readonly documents: Pick<Documents, "get" | "reprocess">;
  readonly enqueue: Enqueue;
}

interface DocumentKey {
  readonly orgId: string;
  readonly documentId: string;
}

/** Undefined for a job that is not about a document's content. */
const documentOf = (payload: unknown): DocumentKey | undefined => {
  const { orgId, documentId, kind } = (payload ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof orgId !== "string" || typeof documentId !== "string" || kind === "delete") return undefined;
  return { orgId, documentId };
};

const hasEnded = (state: string): boolean => state === "failed" || state === "blocked";

/**
 * The row is the truth: a job finds nothing to do for a document that its failure marked. So the document gets its next
 * generation before the job runs again; what is live stays searchable, and unchanged chunks cost nothing.
 * @returns a function that says whether it did so; false where the row is gone, live, or under way
 */
export const makeReopenDocument =
  ({ documents, enqueue }: ReopenPorts) =>
  async (queue: Pick<QueueDefinition, "name">, payload: unknown): Promise<boolean> => {
    const key = documentOf(payload);
    const row = key && (await documents.get(key));
    if (key === undefined || row === undefined || row.state === "deleting") return false;
    if (!hasEnded(queue.name === knowledgeGraph.name ? row.graphState : row.state)) return false;
    await documents.reprocess(key);
    // A generation begins with the file, whichever stage it was that failed.
    await enqueue(kbFiles, { kind: "process", ...key });
    return true;
  };
