import { fingerprintOf } from "@gpt-agent/ai/ontology/ontology";
import { z } from "zod";
import { defineEndpoint, type Endpoint } from "../endpoint.ts";
import type { Ports } from "../ports.ts";
import { notFound } from "../problem.ts";
import { id } from "../resources/id.ts";
import { newOntology, ontologyInForce, toOntology } from "../resources/ontology.ts";

const params = z.object({ knowledgeBaseId: id });
const path = "/v1/knowledge-bases/:knowledgeBaseId/ontology";
const tag = "Knowledge bases";
const changed = z.object({
  version: z.int(),
  documents: z.int().describe("How many documents' graphs are made anew. Search goes on meanwhile."),
});

/** Which kinds of things and relations a knowledge base's graph is made of. */
export const ontologyRoutes = ({
  graphOntologies,
  knowledgeBases,
}: Pick<Ports, "graphOntologies" | "knowledgeBases">): readonly Endpoint[] => {
  const checkBase = async (orgId: string, knowledgeBaseId: string): Promise<void> => {
    if (!(await knowledgeBases.get({ orgId, knowledgeBaseId }))) throw notFound("knowledge base");
  };

  return [
    defineEndpoint({
      method: "get",
      path,
      operationId: "getOntology",
      summary: "What a knowledge base's graph is made of",
      tag,
      params,
      answers: { 200: { description: "The ontology in force", schema: ontologyInForce } },
      errors: ["not_found"],
      handle: async ({ params: { knowledgeBaseId } }, { orgId }) => {
        await checkBase(orgId, knowledgeBaseId);
        const [latest] = await graphOntologies.versions({ orgId, knowledgeBaseId, limit: 1 });
        return { status: 200, body: toOntology(latest) };
      },
    }),

    defineEndpoint({
      method: "put",
      path,
      operationId: "putOntology",
      summary: "Give a knowledge base an ontology of its own",
      description:
        "The graphs of its documents are made anew, starting within two minutes. A model is asked again only about what its stored " +
        "answers do not tell: an ontology that merely leaves something out, or one that was in force before, costs no call. The same " +
        "ontology again changes nothing.",
      tag,
      params,
      body: newOntology,
      answers: { 200: { description: "In force", schema: changed } },
      errors: ["not_found"],
      handle: async ({ params: { knowledgeBaseId }, body }, { orgId }) => {
        await checkBase(orgId, knowledgeBaseId);
        const fingerprint = fingerprintOf(body);
        return {
          status: 200,
          body: await graphOntologies.set({ orgId, knowledgeBaseId, definition: body, fingerprint }),
        };
      },
    }),

    defineEndpoint({
      method: "delete",
      path,
      operationId: "resetOntology",
      summary: "Go back to the default ontology",
      tag,
      params,
      answers: { 200: { description: "The default is in force", schema: changed } },
      errors: ["not_found"],
      handle: async ({ params: { knowledgeBaseId } }, { orgId }) => {
        await checkBase(orgId, knowledgeBaseId);
        return {
          status: 200,
          body: await graphOntologies.set({ orgId, knowledgeBaseId, definition: null, fingerprint: "" }),
        };
      },
    }),
  ];
};
