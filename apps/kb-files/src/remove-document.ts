import type { JobContext } from "@gpt-agent/jobs/handler";
import { leaseSeconds } from "@gpt-agent/jobs/lease";
import { kbFiles } from "@gpt-agent/jobs/queues/kb-files";
import { textPath } from "@gpt-agent/supabase/files";
import type { Document, DocumentRef, Ports } from "./ports.ts";

/**
 * Objects first, the row last: killed in between, the row is still there to start again from. Attachments were marked
 * with their parent; each has a job of its own, and the sweep finds those whose job was lost.
 */
export const makeRemoveDocument =
  (ports: Ports) =>
  async (ref: DocumentRef, { enqueue }: JobContext): Promise<void> => {
    const claim = await ports.documents.claimDelete({ ...ref, leaseSeconds });
    if (claim?.lease === undefined) return;
    const { orgId, documentId } = ref;
    const { objectPath, supersededPaths, generation } = claim.document;
    for await (const child of attachmentsOf(ports, ref)) {
      await enqueue(kbFiles, { kind: "delete", orgId, documentId: child });
    }
    const texts = Array.from({ length: generation }, (_, index) => textPath(orgId, documentId, index + 1));
    const paths = [...new Set([objectPath, ...supersededPaths, ...texts])];
    await ports.files.remove({ orgId, paths });
    await ports.documents.finishDelete(ref);
  };

/** Ids, page by page. */
async function* attachmentsOf({ documents }: Ports, { orgId, documentId }: DocumentRef): AsyncGenerator<string> {
  for (let cursor: string | undefined; ;) {
    const page = await documents.list({ orgId, parentDocumentId: documentId, limit: 200, cursor });
    for (const { id } of page.documents) yield id;
    cursor = page.nextCursor;
    if (cursor === undefined) return;
  }
}

/** What older versions have left in Storage, once the newest one is searched. The sweep brings documents here. */
export const removeOlderVersions = async (
  { files, versions }: Pick<Ports, "files" | "versions">,
  { id, orgId, state, generation, liveGeneration, objectPath, supersededPaths }: Document,
): Promise<void> => {
  const published = (state === "ready" || state === "ready_partial") && liveGeneration === generation;
  if (!published || supersededPaths.length === 0) return;
  await files.remove({ orgId, paths: supersededPaths.filter((path) => path !== objectPath) });
  await versions.forgetPaths({ orgId, documentId: id, paths: supersededPaths });
};
