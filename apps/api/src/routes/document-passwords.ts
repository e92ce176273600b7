import { kbFiles } from "@gpt-agent/jobs/queues/kb-files";
import { z } from "zod";
import { enqueueOrLeaveToSweep } from "../add-document.ts";
import { defineEndpoint, type Endpoint } from "../endpoint.ts";
import { keepPassword, password } from "../keep-password.ts";
import type { Ports } from "../ports.ts";
import { notFound, Problem } from "../problem.ts";
import { document, toDocument } from "../resources/document.ts";
import { id } from "../resources/id.ts";

export const documentPasswordRoutes = (
  ports: Pick<Ports, "documents" | "documentPasswords" | "seal" | "enqueue">,
): readonly Endpoint[] => [
  defineEndpoint({
    method: "put",
    path: "/v1/documents/:documentId/password",
    operationId: "setDocumentPassword",
    summary: "Give the password of a protected PDF",
    description:
      "For a document that is `blocked` with `password_required`: it is read again with this password. The password is " +
      "stored sealed, never shown, and goes with the document.",
    tag: "Documents",
    params: z.object({ documentId: id }),
    body: z.strictObject({ password }),
    answers: {
      202: { description: "Queued", schema: document, headers: { location: "Where to follow it" } },
    },
    errors: ["not_found", "conflict"],
    handle: async ({ params: { documentId }, body }, { orgId, log }) => {
      const before = await ports.documents.get({ orgId, documentId });
      if (!before) throw notFound("document");
      if (before.state === "deleting") throw new Problem("conflict", "The document is being deleted.");
      await keepPassword(ports, { orgId, documentId }, body.password);
      const row = await ports.documents.reprocess({ orgId, documentId });
      await enqueueOrLeaveToSweep(ports.enqueue, kbFiles, { kind: "process", orgId, documentId }, log);
      return { status: 202, body: toDocument(row), headers: { location: `/v1/documents/${documentId}` } };
    },
  }),
];
