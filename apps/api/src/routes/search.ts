import { z } from "zod";
import { defineEndpoint, type Endpoint } from "../endpoint.ts";
import type { Ports } from "../ports.ts";
import { hit, toHit } from "../resources/hit.ts";
import { jsonObject, line } from "../resources/text.ts";
import { findRelated, relatedHit } from "../related.ts";
import { findHits } from "../search.ts";
import { id } from "../resources/id.ts";

const question = z.strictObject({
  query: line(2000).describe('Words in any inflection, Russian or English. "phrase", -word and OR mean what they say.'),
  knowledgeBaseId: id.optional(),
  documentId: id.optional(),
  metadata: jsonObject(4 * 1024)
    .optional()
    .describe("Only documents whose metadata contains these keys with these values, as deep as they go."),
  limit: z.int().min(1).max(50).default(10),
  minScore: z.number().min(0).max(1).optional().describe("By rank: see a hit's `score`."),
  minSimilarity: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe("What is less similar is not found by meaning; by words it may be. What is much depends on the model."),
  highlight: z.boolean().default(true).describe("Whether each hit has a snippet."),
  neighbours: z.int().min(0).max(5).default(0).describe("As many passages before and after each hit."),
  related: z
    .int()
    .min(1)
    .max(20)
    .optional()
    .describe("Also give up to so many passages that the knowledge graph connects with the hits."),
  rerank: z.boolean().default(false).describe("Have a model put the hits in order; where this installation has one."),
});

export const searchRoutes = (
  ports: Pick<Ports, "documents" | "knowledgeBases" | "search" | "embedQuery" | "rerank" | "graphExploration">,
): readonly Endpoint[] => [
  defineEndpoint({
    method: "post",
    path: "/v1/search",
    operationId: "search",
    summary: "Passages that answer a question, with their place in the source",
    description:
      "By meaning and by words, fused by rank. Without a knowledge base or a document, all of the organisation's. " +
      "Only published versions are searched.",
    tag: "Search",
    scope: "search:read",
    body: question,
    answers: {
      200: {
        description: "Best first",
        schema: z.object({
          hits: z.array(hit),
          related: z
            .array(relatedHit)
            .optional()
            .describe("With `related`: further passages, the best connected first."),
          degraded: z
            .literal("text_only")
            .optional()
            .describe("The embedding provider was away; words alone were searched."),
          reranked: z
            .boolean()
            .optional()
            .describe("With `rerank`: whether the order is the reranker's. False: it was away, the order is by score."),
        }),
      },
    },
    errors: ["not_found"],
    handle: async ({ body }, { orgId, signal, log }) => {
      const { found, degraded, reranked } = await findHits(ports, { orgId, ...body }, { signal, log });
      const related =
        body.related &&
        (await findRelated(
          ports,
          { orgId, ...body },
          found.map(({ hit }) => hit),
          body.related,
        ));
      return {
        status: 200,
        body: {
          hits: found.map((one) => toHit(one, body.highlight)),
          ...(related && { related }),
          ...(degraded && { degraded: "text_only" }),
          ...(body.rerank && { reranked }),
        },
      };
    },
  }),
];
