import { z } from "zod";
import { kbFiles } from "@gpt-agent/jobs/queues/kb-files";
import { addDocument, documentForm, documentReference, enqueueOrLeaveToSweep } from "../add-document.ts";
import { defineEndpoint, type Endpoint } from "../endpoint.ts";
import type { Ports } from "../ports.ts";
import { notFound, Problem } from "../problem.ts";
import { document, documentState, toDocument } from "../resources/document.ts";
import { pageQuery } from "../resources/page.ts";
import { id } from "../resources/id.ts";

const params = z.object({ documentId: id });
const tag = "Documents";
const accepted = (description: string) => ({
  202: { description, schema: document, headers: { location: "Where to follow it" } },
});

export const documentRoutes = (
  ports: Pick<Ports, "documents" | "knowledgeBases" | "newBaseProfileId" | "files" | "enqueue">,
): readonly Endpoint[] => [
  defineEndpoint({
    method: "post",
    path: "/v1/documents",
    operationId: "addDocument",
    summary: "Add a document",
    description:
      "Upload a file, or name an object that already lies under the organisation's own path in Storage. The answer " +
      "comes once the row is stored; processing follows, also when the queue is away for a while.",
    tag,
    form: documentForm,
    body: documentReference,
    answers: accepted("Stored; processing follows"),
    errors: ["not_found", "file_missing", "file_too_large", "storage_unavailable"],
    handle: async ({ body, file }, call) => {
      const row = await addDocument(ports, body, file, call);
      return { status: 202, body: toDocument(row), headers: { location: `/v1/documents/${row.id}` } };
    },
  }),

  defineEndpoint({
    method: "get",
    path: "/v1/documents",
    operationId: "listDocuments",
    summary: "Documents, newest first",
    tag,
    query: z.strictObject({
      knowledgeBaseId: id.optional(),
      state: documentState.optional(),
      ...pageQuery(200, 50),
    }),
    answers: {
      200: {
        description: "A page; without `nextCursor` it is the last",
        schema: z.object({ documents: z.array(document), nextCursor: z.string().optional() }),
      },
    },
    errors: ["not_found"],
    handle: async ({ query }, { orgId }) => {
      const { knowledgeBaseId } = query;
      if (knowledgeBaseId && !(await ports.knowledgeBases.get({ orgId, knowledgeBaseId }))) {
        throw notFound("knowledge base");
      }
      const { documents, nextCursor } = await ports.documents.list({ orgId, ...query });
      return { status: 200, body: { documents: documents.map(toDocument), nextCursor } };
    },
  }),

  defineEndpoint({
    method: "get",
    path: "/v1/documents/:documentId",
    operationId: "getDocument",
    summary: "One document: state, progress, counts, cost, error",
    tag,
    params,
    answers: { 200: { description: "Found", schema: document } },
    errors: ["not_found"],
    handle: async ({ params: { documentId } }, { orgId }) => {
      const row = await ports.documents.get({ orgId, documentId });
      if (!row) throw notFound("document");
      return { status: 200, body: toDocument(row) };
    },
  }),

  defineEndpoint({
    method: "delete",
    path: "/v1/documents/:documentId",
    operationId: "deleteDocument",
    summary: "Delete a document with its file, chunks, vectors and graph",
    description: "It is not found by any search from now on; the row goes once everything else is gone.",
    tag,
    params,
    answers: accepted("Deletion has begun"),
    errors: ["not_found"],
    handle: async ({ params: { documentId } }, { orgId, log }) => {
      const row = await ports.documents.beginDelete({ orgId, documentId });
      if (!row) throw notFound("document");
      await enqueueOrLeaveToSweep(ports.enqueue, kbFiles, { kind: "delete", orgId, documentId }, log);
      return { status: 202, body: toDocument(row), headers: { location: `/v1/documents/${documentId}` } };
    },
  }),

  defineEndpoint({
    method: "post",
    path: "/v1/documents/:documentId/reprocess",
    operationId: "reprocessDocument",
    summary: "Read the file again, as a new generation",
    description: "What is searchable now stays so until the new generation is complete.",
    tag,
    params,
    answers: accepted("Queued"),
    errors: ["not_found", "conflict"],
    handle: async ({ params: { documentId } }, { orgId, log }) => {
      const before = await ports.documents.get({ orgId, documentId });
      if (!before) throw notFound("document");
      if (before.state === "deleting") throw new Problem("conflict", "The document is being deleted.");
      const row = await ports.documents.reprocess({ orgId, documentId });
      await enqueueOrLeaveToSweep(ports.enqueue, kbFiles, { kind: "process", orgId, documentId }, log);
      return { status: 202, body: toDocument(row), headers: { location: `/v1/documents/${documentId}` } };
    },
  }),
];
