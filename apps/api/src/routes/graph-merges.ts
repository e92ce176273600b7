import { knowledgeGraph } from "@gpt-agent/jobs/queues/knowledge-graph";
import { z } from "zod";
import { enqueueOrLeaveToSweep } from "../add-document.ts";
import { defineEndpoint, type Endpoint } from "../endpoint.ts";
import type { Ports } from "../ports.ts";
import { notFound } from "../problem.ts";
import { entityMember } from "../resources/graph.ts";
import { id } from "../resources/id.ts";
import { pageQuery } from "../resources/page.ts";

const tag = "Graph";

/** What became one thing by itself or by somebody's word, and taking it back. */
export const graphMergeRoutes = ({
  graphMerges: merges,
  knowledgeBases,
  enqueue,
}: Pick<Ports, "graphMerges" | "knowledgeBases" | "enqueue">): readonly Endpoint[] => [
  defineEndpoint({
    method: "get",
    path: "/v1/graph/merges",
    operationId: "listMerges",
    summary: "Entities that became one, or were parted, the latest first",
    tag,
    query: z.strictObject({ knowledgeBaseId: id, ...pageQuery(200, 50) }),
    answers: {
      200: {
        description: "A page; without `nextCursor` it is the last",
        schema: z.object({
          merges: z.array(
            z.object({
              id: z.int(),
              kind: z.enum(["joined", "parted"]),
              beforeId: id.describe("The entity that the members were shown as."),
              afterId: id.describe("The entity that they are shown as since."),
              members: z.array(entityMember),
              others: z.array(entityMember).describe("Those that they were joined with, or parted from."),
              undoneAt: z.string().nullable(),
              createdAt: z.string(),
            }),
          ),
          nextCursor: z.string().optional(),
        }),
      },
    },
    errors: ["not_found"],
    handle: async ({ query }, { orgId }) => {
      const { knowledgeBaseId } = query;
      if (!(await knowledgeBases.get({ orgId, knowledgeBaseId }))) throw notFound("knowledge base");
      return { status: 200, body: await merges.list({ orgId, ...query }) };
    },
  }),

  defineEndpoint({
    method: "post",
    path: "/v1/graph/merges/:mergeId/undo",
    operationId: "undoMerge",
    summary: "Take a merge back, or a parting",
    description: "Becomes decisions, which count more than names do, from the next resolution on. Safe to repeat.",
    tag,
    params: z.object({ mergeId: z.coerce.number().int().min(1) }),
    body: z.strictObject({ knowledgeBaseId: id }),
    answers: { 202: { description: "Kept; the base is resolved anew" } },
    errors: ["not_found"],
    handle: async ({ params: { mergeId }, body: { knowledgeBaseId } }, { orgId, log }) => {
      if (!(await merges.undo({ orgId, knowledgeBaseId, mergeId }))) throw notFound("merge");
      await enqueueOrLeaveToSweep(enqueue, knowledgeGraph, { kind: "resolve", orgId, knowledgeBaseId }, log);
      return { status: 202 };
    },
  }),
];
