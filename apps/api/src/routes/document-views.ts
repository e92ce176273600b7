import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import { defineEndpoint, type Endpoint, streamed } from "../endpoint.ts";
import type { Ports } from "../ports.ts";
import { notFound, Problem } from "../problem.ts";
import { documentState } from "../resources/document.ts";
import { id } from "../resources/id.ts";
import { pageQuery } from "../resources/page.ts";
import { documentStage, passage, toDocumentStage, toPassage } from "../resources/passage.ts";

const tag = "Documents";
const params = z.object({ documentId: id });

/** A document as people look at it: its way through the stages, its text, its file. */
export const documentViewRoutes = ({
  documents,
  documentStages,
  passages,
  files,
}: Pick<Ports, "documents" | "documentStages" | "passages" | "files">): readonly Endpoint[] => {
  const read = async (orgId: string, documentId: string) => {
    const row = await documents.get({ orgId, documentId });
    if (!row) throw notFound("document");
    return row;
  };
  return [
    defineEndpoint({
      method: "get",
      path: "/v1/documents/:documentId/stages",
      operationId: "listDocumentStages",
      summary: "Where a document has been, and when",
      tag,
      params,
      answers: {
        200: {
          description: "Of its last five generations, oldest first; the next one's time ends a stage",
          schema: z.object({ stages: z.array(documentStage), state: documentState }),
        },
      },
      errors: ["not_found"],
      handle: async ({ params: { documentId } }, { orgId }) => {
        const { state } = await read(orgId, documentId);
        const rows = await documentStages.list({ orgId, documentId });
        return { status: 200, body: { stages: rows.map(toDocumentStage), state } };
      },
    }),

    defineEndpoint({
      method: "get",
      path: "/v1/documents/:documentId/passages",
      operationId: "listPassages",
      summary: "A document's text, passage by passage",
      description: "Of the version that is searched. With a hit's `charStart` as `fromChar` it opens where the hit is.",
      tag,
      params,
      query: z.strictObject({
        fromChar: z.coerce
          .number()
          .int()
          .min(0)
          .max(2_147_483_647)
          .optional()
          .describe("Code points in the extracted text."),
        ...pageQuery(200, 50),
      }),
      answers: {
        200: {
          description: "A page, in the order of the text; without `nextCursor` it is the last",
          schema: z.object({ passages: z.array(passage), nextCursor: z.string().optional() }),
        },
      },
      errors: ["not_found"],
      handle: async ({ params: { documentId }, query }, { orgId }) => {
        const { liveGeneration } = await read(orgId, documentId);
        const page = await passages.list({ orgId, documentId, generation: liveGeneration, ...query });
        return { status: 200, body: { passages: page.passages.map(toPassage), nextCursor: page.nextCursor } };
      },
    }),

    defineEndpoint({
      method: "get",
      path: "/v1/documents/:documentId/file",
      operationId: "downloadDocument",
      summary: "The file itself, as it was uploaded",
      tag,
      params,
      answers: { 200: { description: "Its bytes", contentType: "application/octet-stream" } },
      errors: ["not_found", "file_missing", "storage_unavailable"],
      handle: async ({ params: { documentId } }, { orgId, res, signal }) => {
        const { objectPath, name } = await read(orgId, documentId);
        const { body } = await files.download({ orgId, path: objectPath });
        if (!body) throw new Problem("file_missing", "The stored file is gone. Upload it again.");
        res.status(200).set({
          // Never as what it claims to be: a page of a tenant's must not run under this address.
          "content-type": "application/octet-stream",
          "content-disposition": `attachment; filename*=UTF-8''${encodeURIComponent(name.toWellFormed())}`,
        });
        await pipeline(Readable.fromWeb(body), res, { signal });
        return streamed;
      },
    }),
  ];
};
