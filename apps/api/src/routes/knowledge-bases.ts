import { PermanentError } from "@gpt-agent/jobs/errors";
import { z } from "zod";
import { defineEndpoint, type Endpoint } from "../endpoint.ts";
import type { Ports } from "../ports.ts";
import { notFound, Problem } from "../problem.ts";
import { knowledgeBase, knowledgeBaseChanges, newKnowledgeBase, toKnowledgeBase } from "../resources/knowledge-base.ts";
import { id } from "../resources/id.ts";

const params = z.object({ knowledgeBaseId: id });
const tag = "Knowledge bases";

export const knowledgeBaseRoutes = ({
  knowledgeBases,
  newBaseProfileId,
  documents,
}: Pick<Ports, "knowledgeBases" | "newBaseProfileId" | "documents">): readonly Endpoint[] => [
  defineEndpoint({
    method: "get",
    path: "/v1/knowledge-bases",
    operationId: "listKnowledgeBases",
    summary: "All knowledge bases of the organisation",
    description: "The one named `default` appears with the first document that names no other.",
    tag,
    answers: { 200: { description: "Oldest first", schema: z.object({ knowledgeBases: z.array(knowledgeBase) }) } },
    handle: async (_input, { orgId }) => {
      const rows = await knowledgeBases.list({ orgId });
      return { status: 200, body: { knowledgeBases: rows.map(toKnowledgeBase) } };
    },
  }),

  defineEndpoint({
    method: "post",
    path: "/v1/knowledge-bases",
    operationId: "createKnowledgeBase",
    summary: "Create a knowledge base",
    tag,
    body: newKnowledgeBase,
    answers: { 201: { description: "Created", schema: knowledgeBase, headers: { location: "Its address" } } },
    errors: ["conflict"],
    handle: async ({ body: { name, chunking } }, { orgId }) => {
      const profileId = await newBaseProfileId();
      const row = await refuseTakenName(name, knowledgeBases.create({ orgId, name, profileId, chunking }));
      return { status: 201, body: toKnowledgeBase(row), headers: { location: `/v1/knowledge-bases/${row.id}` } };
    },
  }),

  defineEndpoint({
    method: "get",
    path: "/v1/knowledge-bases/:knowledgeBaseId",
    operationId: "getKnowledgeBase",
    summary: "One knowledge base",
    tag,
    params,
    answers: { 200: { description: "Found", schema: knowledgeBase } },
    errors: ["not_found"],
    handle: async ({ params: { knowledgeBaseId } }, { orgId }) => {
      const row = await knowledgeBases.get({ orgId, knowledgeBaseId });
      if (!row) throw notFound("knowledge base");
      return { status: 200, body: toKnowledgeBase(row) };
    },
  }),

  defineEndpoint({
    method: "patch",
    path: "/v1/knowledge-bases/:knowledgeBaseId",
    operationId: "updateKnowledgeBase",
    summary: "Rename it or change how its documents are cut",
    description: "Documents that are already processed keep their chunks until they are reprocessed.",
    tag,
    params,
    body: knowledgeBaseChanges,
    answers: { 200: { description: "Changed", schema: knowledgeBase } },
    errors: ["not_found", "conflict"],
    handle: async ({ params: { knowledgeBaseId }, body }, { orgId }) => {
      const row = await refuseTakenName(body.name, knowledgeBases.update({ orgId, knowledgeBaseId, ...body }));
      if (!row) throw notFound("knowledge base");
      return { status: 200, body: toKnowledgeBase(row) };
    },
  }),

  defineEndpoint({
    method: "delete",
    path: "/v1/knowledge-bases/:knowledgeBaseId",
    operationId: "deleteKnowledgeBase",
    summary: "Delete an empty knowledge base",
    tag,
    params,
    answers: { 204: { description: "Gone" } },
    errors: ["not_found", "conflict"],
    handle: async ({ params: { knowledgeBaseId } }, { orgId }) => {
      if (!(await knowledgeBases.get({ orgId, knowledgeBaseId }))) throw notFound("knowledge base");
      // Its documents' files are removed by the worker, document by document; rows alone would leave them behind.
      const { documents: remaining } = await documents.list({ orgId, knowledgeBaseId, limit: 1 });
      if (remaining.length > 0) {
        throw new Problem("conflict", "The knowledge base still holds documents. Delete them first, then the base.");
      }
      await knowledgeBases.remove({ orgId, knowledgeBaseId });
      return { status: 204 };
    },
  }),
];

const refuseTakenName = async <Row>(name: string | undefined, write: Promise<Row>): Promise<Row> => {
  try {
    return await write;
  } catch (error) {
    if (!(error instanceof PermanentError && error.code === "conflict")) throw error;
    throw new Problem("conflict", `The organisation already has a knowledge base called "${name}".`, { cause: error });
  }
};
