import { z } from "zod";
import { defineEndpoint, type Endpoint } from "../endpoint.ts";
import type { Ports } from "../ports.ts";
import { notFound } from "../problem.ts";
import { id } from "../resources/id.ts";

const tag = "Graph";
const bill = { requests: z.int(), tokens: z.int(), costUsd: z.number() };
const instant = z.iso.datetime({ offset: true });

/** What models were paid for reading the graph: of a passage, a document, the organisation. */
export const graphCostRoutes = ({ graphCosts }: Pick<Ports, "graphCosts">): readonly Endpoint[] => [
  defineEndpoint({
    method: "get",
    path: "/v1/graph/costs",
    operationId: "getGraphCosts",
    summary: "What the organisation's graphs cost, the dearest documents first",
    tag,
    query: z.strictObject({
      from: instant.default("2000-01-01T00:00:00Z"),
      to: instant.default("2100-01-01T00:00:00Z").describe("Exclusive."),
      limit: z.coerce.number().int().min(1).max(200).default(50).describe("Most documents to name."),
    }),
    answers: {
      200: {
        description: "The whole bill, which also holds documents that are gone, and what is left of it by document",
        schema: z.object({
          ...bill,
          documents: z.array(z.object({ documentId: id, documentName: z.string(), ...bill })),
        }),
      },
    },
    handle: async ({ query }, { orgId }) => ({
      status: 200,
      body: await graphCosts.organisation({ orgId, ...query }),
    }),
  }),

  defineEndpoint({
    method: "get",
    path: "/v1/graph/costs/:documentId",
    operationId: "getDocumentGraphCosts",
    summary: "What a document's graph cost, passage by passage",
    description:
      "A passage's share of the answers it was read from; what was asked twice is in the document's bill alone.",
    tag,
    params: z.object({ documentId: id }),
    answers: {
      200: {
        description: "The document's bill and its passages in order, with what was found and refused in each",
        schema: z.object({
          ...bill,
          chunks: z.array(
            z.object({
              chunkId: z.int(),
              ordinal: z.int(),
              extractor: z.string().describe("What read it."),
              entityCount: z.int(),
              edgeCount: z.int(),
              rejectedCount: z.int(),
              tokens: z.int(),
              costUsd: z.number(),
            }),
          ),
        }),
      },
    },
    errors: ["not_found"],
    handle: async ({ params }, { orgId }) => {
      const found = await graphCosts.document({ orgId, ...params });
      if (!found) throw notFound("document");
      return { status: 200, body: found };
    },
  }),
];
