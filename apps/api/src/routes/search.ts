import { z } from "zod";
import { defineEndpoint, type Endpoint } from "../endpoint.ts";
import type { Ports } from "../ports.ts";
import { hit, toHit } from "../resources/hit.ts";
import { line } from "../resources/text.ts";
import { findHits } from "../search.ts";
import { id } from "../resources/id.ts";

export const searchRoutes = (
  ports: Pick<Ports, "documents" | "knowledgeBases" | "search" | "embedQuery">,
): readonly Endpoint[] => [
  defineEndpoint({
    method: "post",
    path: "/v1/search",
    operationId: "search",
    summary: "Passages that answer a question, with their place in the source",
    description:
      "By meaning and by words, fused by rank. Without a knowledge base or a document, all of the organisation's.",
    tag: "Search",
    body: z.strictObject({
      query: line(2000),
      knowledgeBaseId: id.optional(),
      documentId: id.optional(),
      limit: z.int().min(1).max(50).default(10),
      minScore: z.number().min(0).max(1).optional(),
    }),
    answers: {
      200: {
        description: "Best first",
        schema: z.object({
          hits: z.array(hit),
          degraded: z
            .literal("text_only")
            .optional()
            .describe("The embedding provider was away; words alone were searched."),
        }),
      },
    },
    errors: ["not_found"],
    handle: async ({ body }, { orgId, signal }) => {
      const { hits, degraded } = await findHits(ports, { orgId, ...body }, signal);
      return { status: 200, body: { hits: hits.map(toHit), ...(degraded && { degraded: "text_only" }) } };
    },
  }),
];
