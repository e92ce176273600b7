import { z } from "zod";
import { defineEndpoint, type Endpoint, streamed } from "../endpoint.ts";
import type { Ports } from "../ports.ts";
import { notFound } from "../problem.ts";
import { document, toDocument } from "../resources/document.ts";
import { openEventStream } from "../sse.ts";
import type { DocumentWatch } from "../watch.ts";
import { id } from "../resources/id.ts";

/** Live progress of one document. */
export const documentEventRoutes = ({
  documents,
  watch,
}: Pick<Ports, "documents"> & { readonly watch: DocumentWatch }): readonly Endpoint[] => [
  defineEndpoint({
    method: "get",
    path: "/v1/documents/:documentId/events",
    operationId: "watchDocument",
    summary: "Follow a document until it is settled",
    description:
      "Server-sent events: `progress` with the document at once and after every change, `deleted` when it is gone. " +
      "The last event is `end`; then the server closes. An EventSource must close on `end`, or it reconnects.",
    tag: "Documents",
    params: z.object({ documentId: id }),
    answers: {
      200: { description: "`data` of each progress event", schema: document, contentType: "text/event-stream" },
    },
    errors: ["not_found"],
    handle: async ({ params: { documentId } }, { orgId, res, signal }) => {
      if (!(await documents.get({ orgId, documentId }))) throw notFound("document");

      const stream = openEventStream(res, signal);
      for await (const row of watch({ orgId, documentId }, signal)) {
        if (row) await stream.send("progress", toDocument(row));
        else await stream.send("deleted", { id: documentId });
      }
      await stream.send("end", {});
      stream.end();
      return streamed;
    },
  }),
];
