import { z } from "zod";
import { findCommunities } from "../communities.ts";
import { defineEndpoint, type Endpoint } from "../endpoint.ts";
import type { Ports } from "../ports.ts";
import { notFound } from "../problem.ts";
import { distantGraph, entity, entityMember } from "../resources/graph.ts";
import { id } from "../resources/id.ts";

const tag = "Graph";
/** Louvain over so many takes a fraction of a second of the API's one thread. */
const mostLinks = 20_000;

const chunkIds = z
  .string()
  .regex(/^\d{1,15}(?:,\d{1,15}){0,49}$/)
  .transform((text) => text.split(",").map(Number))
  .describe("`chunkId`s of hits, joined by commas, at most 50.");

/** The graph around a passage, what a thing is made of, and what belongs together. */
export const graphExplorationRoutes = ({
  graphExploration: reader,
  knowledgeBases,
}: Pick<Ports, "graphExploration" | "knowledgeBases">): readonly Endpoint[] => [
  defineEndpoint({
    method: "get",
    path: "/v1/graph/entities/:entityId",
    operationId: "getEntity",
    summary: "An entity, and the names' entities that it is made of",
    description: "Any of their ids finds it. Two members that are not one thing: `POST /v1/graph/decisions`, `apart`.",
    tag,
    params: z.object({ entityId: id }),
    answers: {
      200: {
        description: "The entity and its members, by their own ids",
        schema: z.object({ entity, members: z.array(entityMember) }),
      },
    },
    errors: ["not_found"],
    handle: async ({ params }, { orgId }) => {
      const found = await reader.entity({ orgId, ...params });
      if (!found) throw notFound("entity");
      return { status: 200, body: found };
    },
  }),

  defineEndpoint({
    method: "get",
    path: "/v1/graph/around",
    operationId: "listAroundPassages",
    summary: "The graph around passages, as around the hits of a search",
    tag,
    query: z.strictObject({
      chunkIds,
      hops: z.coerce.number().int().min(1).max(3).default(1),
      limit: z.coerce.number().int().min(1).max(500).default(50).describe("Most entities to return."),
    }),
    answers: {
      200: {
        description: "What the passages name, at distance 0, and what lies within the hops of it, nearest first",
        schema: distantGraph,
      },
    },
    errors: ["not_found"],
    handle: async ({ query }, { orgId }) => {
      const found = await reader.around({ orgId, ...query });
      if (!found) throw notFound("passage");
      return { status: 200, body: found };
    },
  }),

  defineEndpoint({
    method: "get",
    path: "/v1/graph/communities",
    operationId: "listCommunities",
    summary: "Groups of entities that have more to do with one another than with the rest",
    description: `Computed when asked, by the Louvain method, over the ${mostLinks} statements that most passages make.`,
    tag,
    query: z.strictObject({
      knowledgeBaseId: id,
      limit: z.coerce.number().int().min(1).max(100).default(20).describe("Most groups to return."),
      members: z.coerce.number().int().min(1).max(50).default(10).describe("Entities to name of each."),
    }),
    answers: {
      200: {
        description: "The largest first, each with its best connected entities first",
        schema: z.object({
          communities: z.array(
            z.object({
              size: z.int(),
              weight: z.int().describe("What passages say within it."),
              entities: z.array(entity),
            }),
          ),
          modularity: z.number().describe("-0.5 to 1: how far apart the groups are."),
          complete: z.boolean().describe("Every statement of the knowledge base was taken into account."),
        }),
      },
    },
    errors: ["not_found"],
    handle: async ({ query: { knowledgeBaseId, limit, members } }, { orgId }) => {
      if (!(await knowledgeBases.get({ orgId, knowledgeBaseId }))) throw notFound("knowledge base");
      const { complete, ...links } = await reader.links({ orgId, knowledgeBaseId, limit: mostLinks });
      const { communities, modularity } = findCommunities(links);
      const shown = communities.slice(0, limit).map((one) => ({ ...one, named: one.members.slice(0, members) }));
      const described = await reader.find({ orgId, entityIds: shown.flatMap(({ named }) => named) });
      const byId = new Map(described.map((one) => [one.id, one]));
      const groups = shown.map((one) => ({
        size: one.members.length,
        weight: one.weight,
        entities: one.named.flatMap((named) => byId.get(named) ?? []),
      }));
      return { status: 200, body: { communities: groups, modularity, complete } };
    },
  }),
];
