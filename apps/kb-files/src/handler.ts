import { join } from "node:path";
import { openAsBlob } from "node:fs";
import { PermanentError } from "@gpt-agent/jobs/errors";
import type { Handler, JobContext } from "@gpt-agent/jobs/handler";
import { leaseSeconds } from "@gpt-agent/jobs/lease";
import { embeddings } from "@gpt-agent/jobs/queues/embeddings";
import type { kbFiles } from "@gpt-agent/jobs/queues/kb-files";
import { knowledgeGraph } from "@gpt-agent/jobs/queues/knowledge-graph";
import { textPath } from "@gpt-agent/supabase/files";
import { readChunkBatches } from "./chunk-file.ts";
import { download } from "./download.ts";
import { keepLease } from "./lease.ts";
import type { Document, Ports } from "./ports.ts";
import { withWorkFolder } from "./work-folder.ts";

interface DocumentRef {
  readonly orgId: string;
  readonly documentId: string;
}

/** Most chunks that one call stores. */
const batchSize = 200;

/** `process`: a stored file into text and chunks of a new generation. `delete`: everything of a document removed. */
export const makeHandler = (ports: Ports): Handler<typeof kbFiles> => {
  const process = makeProcess(ports);
  const remove = makeRemove(ports);
  return ({ kind, ...ref }, ctx) => (kind === "process" ? process(ref, ctx) : remove(ref));
};

/**
 * Repeatable at every step: the text is overwritten, the first batch clears what an earlier attempt stored, and the
 * lease's token keeps a worker that lost the row from writing.
 */
const makeProcess =
  ({ documents, chunks, knowledgeBases, files, parse, maxFileBytes }: Ports) =>
  async (ref: DocumentRef, ctx: JobContext): Promise<void> => {
    const { document, lease } = await documents.claimProcessing({ ...ref, leaseSeconds });
    if (lease === undefined) {
      // Processed before, and perhaps killed before the next stages were told.
      if (document.state === "embedding") await enqueueNext(document, ctx);
      return;
    }
    const { generation, name } = document;
    const write = { ...ref, generation, lease };
    const knowledgeBase = await knowledgeBases.get({ orgId: ref.orgId, knowledgeBaseId: document.knowledgeBaseId });
    if (knowledgeBase === undefined) throw new PermanentError("not_found", `the knowledge base of "${name}" is gone`);

    await keepLease({ ...ref, lease, renew: documents.renewLease, signal: ctx.signal }, (signal) =>
      withWorkFolder(async (folder) => {
        const paths = {
          inputPath: join(folder, "original"),
          textPath: join(folder, "text.txt"),
          chunksPath: join(folder, "chunks.jsonl"),
        };
        await download({ files, document, toPath: paths.inputPath, maxBytes: maxFileBytes, signal });
        await ctx.progress({ stage: "extracting" });
        const parsed = await parse({ ...paths, fileName: name, ...knowledgeBase.chunking }, signal);

        const body = await openAsBlob(paths.textPath, { type: "text/plain; charset=utf-8" });
        await files.upload({
          orgId: ref.orgId,
          path: textPath(ref.orgId, ref.documentId, generation),
          body,
          contentType: body.type,
        });
        let stored = 0;
        for await (const batch of readChunkBatches(paths.chunksPath, batchSize)) {
          signal.throwIfAborted();
          await chunks.store({ ...write, first: stored === 0, chunks: batch });
          stored += batch.length;
          await ctx.progress({ stage: "storing", chunks: stored, of: parsed.chunkCount });
        }
        const { chunkCount, charCount, pageCount, language, format } = parsed;
        await documents.finishProcessing({ ...write, chunkCount, charCount, pageCount, language });
        ctx.log.info("file read", { documentId: document.id, generation, format, pageCount, charCount, chunkCount });
      }),
    );
    await enqueueNext(document, ctx);
  };

/** Search and graph go side by side; neither waits for the other. */
const enqueueNext = async ({ orgId, id, generation }: Document, { enqueue }: JobContext): Promise<void> => {
  const payload = { orgId, documentId: id, generation };
  await Promise.all([enqueue(embeddings, payload), enqueue(knowledgeGraph, payload)]);
};

/** Objects first, the row last: killed in between, the row is still there to start again from. */
const makeRemove =
  ({ documents, files }: Ports) =>
  async (ref: DocumentRef): Promise<void> => {
    const claim = await documents.claimDelete({ ...ref, leaseSeconds });
    if (claim?.lease === undefined) return;
    const { document } = claim;
    const texts = Array.from({ length: document.generation }, (_, index) =>
      textPath(ref.orgId, ref.documentId, index + 1),
    );
    await files.remove({ orgId: ref.orgId, paths: [document.objectPath, ...texts] });
    await documents.finishDelete(ref);
  };
