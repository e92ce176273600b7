import { openAsBlob } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { PermanentError } from "@gpt-agent/jobs/errors";
import type { JobContext } from "@gpt-agent/jobs/handler";
import { leaseSeconds } from "@gpt-agent/jobs/lease";
import { embeddings } from "@gpt-agent/jobs/queues/embeddings";
import { knowledgeGraph } from "@gpt-agent/jobs/queues/knowledge-graph";
import { textPath } from "@gpt-agent/supabase/files";
import { storeAttachments } from "./store-attachments.ts";
import { readChunkBatches } from "./chunk-file.ts";
import { download } from "./download.ts";
import { checkCounts, limitsOf } from "./file-limits.ts";
import { keepLease } from "./lease.ts";
import type { Document, DocumentRef, Ports } from "./ports.ts";
import { removeOlderVersions } from "./remove-document.ts";
import { sha256OfFile } from "./sha256-of-file.ts";
import { withWorkFolder } from "./work-folder.ts";

/** Most chunks that one call stores. */
const batchSize = 200;

/**
 * Repeatable at every step: the text is overwritten, the first batch clears what an earlier attempt stored, attachments
 * are found again by their ids, and the lease's token keeps a worker that lost the row from writing.
 */
export const makeReadDocument =
  (ports: Ports) =>
  async (ref: DocumentRef, ctx: JobContext): Promise<void> => {
    const { document, lease } = await ports.documents.claimProcessing({ ...ref, leaseSeconds });
    if (lease === undefined) {
      // Processed before, and perhaps killed before the next stages were told.
      if (document.state === "embedding") await enqueueNext(document, ctx);
      else await removeOlderVersions(ports, document);
      return;
    }
    await keepLease({ ...ref, lease, renew: ports.documents.renewLease, signal: ctx.signal }, (signal) =>
      withWorkFolder((folder) => readFile(ports, { document, lease, folder, signal, ctx })),
    );
    await enqueueNext(document, ctx);
  };

interface Run {
  readonly document: Document;
  readonly lease: string;
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly ctx: JobContext;
}

const readFile = async (ports: Ports, { document, lease, folder, signal, ctx }: Run): Promise<void> => {
  const { documents, chunks, files, parse } = ports;
  const { id: documentId, orgId, knowledgeBaseId, generation, name } = document;
  const write = { orgId, documentId, generation, lease };
  const [knowledgeBase, limits, password] = await Promise.all([
    ports.knowledgeBases.get({ orgId, knowledgeBaseId }),
    limitsOf(ports, orgId),
    ports.passwords.get({ orgId, documentId }),
  ]);
  if (knowledgeBase === undefined) throw new PermanentError("not_found", `the knowledge base of "${name}" is gone`);

  const paths = {
    inputPath: join(folder, "original"),
    textPath: join(folder, "text.txt"),
    chunksPath: join(folder, "chunks.jsonl"),
    attachmentsFolder: join(folder, "attachments"),
  };
  await mkdir(paths.attachmentsFolder);
  const rawSha256 = await download({
    files,
    document,
    toPath: paths.inputPath,
    maxBytes: limits.maxFileBytes,
    signal,
  });
  await ctx.progress({ stage: "reading" });
  const parsed = await parse(
    {
      ...paths,
      orgId,
      fileName: name,
      ...knowledgeBase.chunking,
      mailDepth: document.attachmentDepth,
      ...(password !== undefined && { password }),
      ...(limits.maxParseSeconds !== null && { timeoutMs: limits.maxParseSeconds * 1000 }),
    },
    signal,
  );
  checkCounts(name, parsed, limits);

  const body = await openAsBlob(paths.textPath, { type: "text/plain; charset=utf-8" });
  await files.upload({ orgId, path: textPath(orgId, documentId, generation), body, contentType: body.type });
  await storeAttachments(
    ports,
    { write, folder: paths.attachmentsFolder, enqueue: ctx.enqueue, signal },
    parsed.attachments ?? [],
  );
  const { chunkCount, charCount, pageCount, language, format, warnings = [] } = parsed;
  let stored = 0;
  for await (const batch of readChunkBatches(paths.chunksPath, batchSize)) {
    signal.throwIfAborted();
    await chunks.store({ ...write, first: stored === 0, total: chunkCount, chunks: batch });
    stored += batch.length;
    await ctx.progress({ stage: "storing", chunks: stored, of: chunkCount });
  }
  const textSha256 = await sha256OfFile(paths.textPath);
  const counts = { chunkCount, charCount, pageCount, language };
  await documents.finishProcessing({ ...write, ...counts, rawSha256, textSha256, warnings });
  ctx.log.info("file read", { documentId, generation, format, ...counts, warnings: warnings.length });
};

/** Search and graph go side by side; neither waits for the other. */
const enqueueNext = async ({ orgId, id, generation }: Document, { enqueue }: JobContext): Promise<void> => {
  const payload = { orgId, documentId: id, generation };
  await Promise.all([enqueue(embeddings, payload), enqueue(knowledgeGraph, payload)]);
};
