import { knowledgeGraph } from "@gpt-agent/jobs/queues/knowledge-graph";
import type { GraphPart } from "@gpt-agent/supabase/graph";
import { z } from "zod";
import { defineEndpoint, type Endpoint, streamed } from "../endpoint.ts";
import { graphFormats, sendGraphFile } from "../graph-file.ts";
import { enqueueOrLeaveToSweep } from "../add-document.ts";
import type { Ports } from "../ports.ts";
import { notFound, Problem } from "../problem.ts";
import { distantGraph, edge, entity, graph } from "../resources/graph.ts";
import { pageQuery } from "../resources/page.ts";
import { line } from "../resources/text.ts";
import { id } from "../resources/id.ts";

const tag = "Graph";
const maxHops = z.coerce.number().int().min(1);

/** The knowledge graph, as far as published generations tell it. */
export const graphRoutes = ({
  graph: reader,
  graphResolution: resolution,
  knowledgeBases,
  documents,
  enqueue,
}: Pick<Ports, "graph" | "graphResolution" | "knowledgeBases" | "documents" | "enqueue">): readonly Endpoint[] => {
  /** @throws {Problem} not_found for another organisation's scope: an empty graph would be a lie. */
  const checkScope = async (orgId: string, { knowledgeBaseId, documentId }: Scope): Promise<void> => {
    if (knowledgeBaseId && !(await knowledgeBases.get({ orgId, knowledgeBaseId }))) throw notFound("knowledge base");
    if (documentId && !(await documents.get({ orgId, documentId }))) throw notFound("document");
  };

  return [
    defineEndpoint({
      method: "get",
      path: "/v1/graph/entities",
      operationId: "listEntities",
      summary: "Entities, the most mentioned first",
      tag,
      query: z.strictObject({
        knowledgeBaseId: id.optional(),
        documentId: id.optional(),
        type: line(100).optional(),
        query: line(200).optional().describe("A part of the name, or something close to it."),
        ...pageQuery(200, 50),
      }),
      answers: {
        200: {
          description: "A page; without `nextCursor` it is the last",
          schema: z.object({ entities: z.array(entity), nextCursor: z.string().optional() }),
        },
      },
      errors: ["not_found"],
      handle: async ({ query }, { orgId }) => {
        await checkScope(orgId, query);
        return { status: 200, body: await reader.entities({ orgId, ...query }) };
      },
    }),

    defineEndpoint({
      method: "get",
      path: "/v1/graph/neighbours",
      operationId: "listNeighbours",
      summary: "What lies within a few steps of an entity",
      tag,
      query: z.strictObject({
        entityId: id,
        hops: maxHops.max(3).default(1),
        limit: z.coerce.number().int().min(1).max(500).default(100).describe("Most entities to return."),
      }),
      answers: {
        200: {
          description: "Entities with their distance, nearest first, and the edges between them",
          schema: distantGraph,
        },
      },
      errors: ["not_found"],
      handle: async ({ query }, { orgId }) => {
        const found = await reader.neighbours({ orgId, ...query });
        if (!found) throw notFound("entity");
        return { status: 200, body: found };
      },
    }),

    defineEndpoint({
      method: "get",
      path: "/v1/graph/path",
      operationId: "findPath",
      summary: "A shortest chain of relations between two entities",
      tag,
      query: z.strictObject({ fromId: id, toId: id, maxHops: maxHops.max(6).default(4) }),
      answers: {
        200: {
          description: "`path` lists the entities' ids in order",
          schema: graph.extend({ path: z.array(id) }),
        },
      },
      errors: ["not_found"],
      handle: async ({ query }, { orgId }) => {
        const found = await reader.path({ orgId, ...query });
        if (found) return { status: 200, body: found };
        throw new Problem(
          "not_found",
          `Your organisation has no such two entities within ${query.maxHops} steps of each other.`,
        );
      },
    }),

    defineEndpoint({
      method: "get",
      path: "/v1/graph/export",
      operationId: "exportGraph",
      summary: "The whole graph of a knowledge base, page by page",
      description: "All pages together hold every entity once and every edge once, beside the entity it starts at.",
      tag,
      query: z.strictObject({
        knowledgeBaseId: id,
        documentId: id.optional(),
        ...pageQuery(500, 200),
      }),
      answers: {
        200: {
          description: "A page; without `nextCursor` it is the last",
          schema: z.object({ entities: z.array(entity), edges: z.array(edge), nextCursor: z.string().optional() }),
        },
      },
      errors: ["not_found"],
      handle: async ({ query }, { orgId }) => {
        await checkScope(orgId, query);
        return { status: 200, body: await reader.export({ orgId, ...query }) };
      },
    }),

    defineEndpoint({
      method: "get",
      path: "/v1/graph/export/:format",
      operationId: "exportGraphFile",
      summary: "The whole graph of a knowledge base as one file",
      description: "JSON-LD for the web, GraphML for Gephi, yEd and networkx, Cypher for Neo4j and its like.",
      tag,
      params: z.object({ format: z.enum(["jsonld", "graphml", "cypher"]) }),
      query: z.strictObject({ knowledgeBaseId: id, documentId: id.optional() }),
      answers: { 200: { description: "The file, written while it is read", contentType: "application/octet-stream" } },
      errors: ["not_found"],
      handle: async ({ params, query }, { orgId, res, signal }) => {
        await checkScope(orgId, query);
        const pages = () => allPages(reader, { orgId, ...query });
        await sendGraphFile({ pages, format: graphFormats[params.format], res, signal });
        return streamed;
      },
    }),

    defineEndpoint({
      method: "post",
      path: "/v1/graph/decisions",
      operationId: "decideEntities",
      summary: "Say that two entities are one thing, or are not",
      description: "Counts more than their names, from the next resolution on. `undecided` takes it back.",
      tag,
      body: z.strictObject({
        knowledgeBaseId: id,
        entityId: id,
        otherId: id,
        verdict: z.enum(["same", "apart", "undecided"]),
      }),
      answers: { 202: { description: "Kept; the base is resolved anew" } },
      errors: ["not_found", "invalid_request"],
      handle: async ({ body: { verdict, ...pair } }, { orgId, log }) => {
        if (pair.entityId === pair.otherId) {
          throw new Problem("invalid_request", "An entity is the same thing as itself: name two.");
        }
        await checkScope(orgId, pair);
        await resolution.decide({ orgId, ...pair, verdict: verdict === "undecided" ? undefined : verdict });
        const { knowledgeBaseId } = pair;
        await enqueueOrLeaveToSweep(enqueue, knowledgeGraph, { kind: "resolve", orgId, knowledgeBaseId }, log);
        return { status: 202 };
      },
    }),
  ];
};

interface Scope {
  readonly knowledgeBaseId?: string | undefined;
  readonly documentId?: string | undefined;
}

const allPages = async function* (
  reader: Ports["graph"],
  scope: Scope & { readonly orgId: string; readonly knowledgeBaseId: string },
): AsyncIterable<GraphPart> {
  for (let cursor: string | undefined; ;) {
    const { nextCursor, ...part } = await reader.export({ ...scope, cursor });
    yield part;
    if (nextCursor === undefined) return;
    cursor = nextCursor;
  }
};
