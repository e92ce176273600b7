import { z } from "zod";
import { kbFiles } from "@gpt-agent/jobs/queues/kb-files";
import {
  addDocument,
  contentForm,
  documentForm,
  documentReference,
  enqueueOrLeaveToSweep,
  replaceDocument,
  type Added,
} from "../add-document.ts";
import { defineEndpoint, type Endpoint, type Reply } from "../endpoint.ts";
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

const unchanged = { 200: { description: "These bytes are the document's already: nothing is done", schema: document } };
const answerAdded = ({ row, changed }: Added): Reply => ({
  status: changed ? 202 : 200,
  body: toDocument(row),
  ...(changed && { headers: { location: `/v1/documents/${row.id}` } }),
});

export const documentRoutes = (
  ports: Pick<
    Ports,
    | "documents"
    | "versions"
    | "limits"
    | "knowledgeBases"
    | "newBaseProfileId"
    | "files"
    | "enqueue"
    | "documentPasswords"
    | "seal"
  >,
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
    answers: { ...accepted("Stored; processing follows"), ...unchanged },
    errors: ["not_found", "file_missing", "file_too_large", "storage_unavailable"],
    handle: async ({ body, file }, call) => {
      return answerAdded(await addDocument(ports, body, file, call));
    },
  }),

  defineEndpoint({
    method: "put",
    path: "/v1/documents/:documentId/content",
    operationId: "replaceDocumentContent",
    summary: "Upload a new version of a document",
    description:
      "What is searchable now stays so until the new version is complete; then the older file is removed. Unchanged " +
      "passages keep their vectors and their part of the graph. The same bytes again are no work.",
    tag,
    params,
    form: contentForm,
    answers: { ...accepted("Stored; processing follows"), ...unchanged },
    errors: ["not_found", "conflict", "file_too_large", "storage_unavailable"],
    handle: async ({ params: { documentId }, body, file }, call) =>
      answerAdded(await replaceDocument(ports, documentId, body ?? {}, file, call)),
  }),

  defineEndpoint({
    method: "get",
    path: "/v1/documents",
    operationId: "listDocuments",
    summary: "Documents, newest first",
    tag,
    query: z.strictObject({
      knowledgeBaseId: id.optional(),
      parentDocumentId: id.optional().describe("Only this document's attachments."),
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
      const { knowledgeBaseId, parentDocumentId } = query;
      if (knowledgeBaseId && !(await ports.knowledgeBases.get({ orgId, knowledgeBaseId }))) {
        throw notFound("knowledge base");
      }
      if (parentDocumentId && !(await ports.documents.get({ orgId, documentId: parentDocumentId }))) {
        throw notFound("document");
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
