import { embeddings } from "@gpt-agent/jobs/queues/embeddings";
import { z } from "zod";
import { enqueueOrLeaveToSweep } from "../add-document.ts";
import { type Call, defineEndpoint, type Endpoint, type Reply } from "../endpoint.ts";
import type { Ports } from "../ports.ts";
import { notFound, Problem } from "../problem.ts";
import { document, toDocument } from "../resources/document.ts";
import { id } from "../resources/id.ts";
import { pageQuery } from "../resources/page.ts";
import { passage, toPassage } from "../resources/passage.ts";

const tag = "Documents";
const params = z.object({ documentId: id });
const quarantined = passage
  .extend({
    tokens: z.int(),
    code: z.string().describe("From docs/error-codes.md."),
    message: z.string().describe("The provider's own words."),
  })
  .meta({ id: "QuarantinedPassage" });
const goesOn = { 202: { description: "It goes on; `state` is `embedding` until it is done", schema: document } };

/** Passages that could not be embedded, and their next try. */
export const quarantineRoutes = (ports: Pick<Ports, "documents" | "quarantine" | "enqueue">): readonly Endpoint[] => {
  const retry = async (documentId: string, chunkId: number | undefined, { orgId, log }: Call): Promise<Reply> => {
    if (!(await ports.documents.get({ orgId, documentId }))) throw notFound("document");
    const row = await ports.quarantine.retry({ orgId, documentId, chunkId });
    if (!row) {
      throw new Problem("conflict", "Nothing here waits for another try. A file is read again with …/reprocess.");
    }
    await enqueueOrLeaveToSweep(ports.enqueue, embeddings, { orgId, documentId, generation: row.generation }, log);
    return { status: 202, body: toDocument(row), headers: { location: `/v1/documents/${documentId}` } };
  };

  return [
    defineEndpoint({
      method: "get",
      path: "/v1/documents/:documentId/quarantine",
      operationId: "listQuarantine",
      summary: "Passages that could not be embedded, each with its reason",
      description: "The rest of the document is searchable; these are found by their words alone.",
      tag,
      params,
      query: z.strictObject(pageQuery(200, 50)),
      answers: {
        200: {
          description: "A page, in the order of the text; without `nextCursor` it is the last",
          schema: z.object({ passages: z.array(quarantined), nextCursor: z.string().optional() }),
        },
      },
      errors: ["not_found"],
      handle: async ({ params: { documentId }, query }, { orgId }) => {
        const row = await ports.documents.get({ orgId, documentId });
        if (!row) throw notFound("document");
        const { generation } = row;
        const { passages, nextCursor } = await ports.quarantine.list({ orgId, documentId, generation, ...query });
        const told = passages.map(({ tokenCount, quarantineCode, quarantineMessage, ...place }) => {
          return { ...toPassage(place), tokens: tokenCount, code: quarantineCode, message: quarantineMessage ?? "" };
        });
        return { status: 200, body: { passages: told, nextCursor } };
      },
    }),

    defineEndpoint({
      method: "post",
      path: "/v1/documents/:documentId/quarantine/:chunkId/retry",
      operationId: "retryPassage",
      summary: "Try to embed one passage again",
      description: "What is searchable stays so meanwhile. Nothing else of the document is embedded or paid for again.",
      tag,
      params: params.extend({ chunkId: z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER) }),
      answers: goesOn,
      errors: ["not_found", "conflict"],
      handle: ({ params: { documentId, chunkId } }, call) => retry(documentId, chunkId, call),
    }),

    defineEndpoint({
      method: "post",
      path: "/v1/documents/:documentId/retry",
      operationId: "retryDocument",
      summary: "Try to embed again whatever of a document could not be",
      description:
        "All passages that were set aside, or a document that failed or was blocked after its file had been read. What " +
        "has its vector keeps it. A file that could not be read is read again with …/reprocess.",
      tag,
      params,
      answers: goesOn,
      errors: ["not_found", "conflict"],
      handle: ({ params: { documentId } }, call) => retry(documentId, undefined, call),
    }),
  ];
};
