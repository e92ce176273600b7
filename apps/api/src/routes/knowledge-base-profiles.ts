import type { Log } from "@gpt-agent/jobs/handler";
import { embeddings } from "@gpt-agent/jobs/queues/embeddings";
import { z } from "zod";
import { defineEndpoint, type Endpoint } from "../endpoint.ts";
import type { Ports } from "../ports.ts";
import { notFound, Problem } from "../problem.ts";
import { baseProfiles, embeddingProfile, toBaseProfiles, toEmbeddingProfile } from "../resources/embedding-profile.ts";
import { id } from "../resources/id.ts";
import { line } from "../resources/text.ts";

const params = z.object({ knowledgeBaseId: id });
const tag = "Knowledge bases";
const path = "/v1/knowledge-bases/:knowledgeBaseId/profile";

/** As many jobs are queued at once; the sweep queues the others within a minute or two. */
const jobsAtOnce = 900;

type MovePorts = Pick<Ports, "profileMoves" | "embeddingModels" | "knowledgeBases" | "enqueueMany">;

export const knowledgeBaseProfileRoutes = (ports: MovePorts): readonly Endpoint[] => [
  defineEndpoint({
    method: "get",
    path: "/v1/embeddings/models",
    operationId: "listEmbeddingModels",
    summary: "Models that a knowledge base may be embedded with",
    tag,
    answers: {
      200: {
        description: "All that this installation knows",
        schema: z.object({
          models: z.array(
            embeddingProfile.extend({
              isAvailable: z.boolean().describe("False: the installation has no key for it."),
            }),
          ),
        }),
      },
    },
    handle: async () => {
      const models = ports.embeddingModels
        .list()
        .map(({ isAvailable, ...profile }) => ({ ...toEmbeddingProfile(profile), isAvailable }));
      return { status: 200, body: { models } };
    },
  }),

  defineEndpoint({
    method: "get",
    path,
    operationId: "getKnowledgeBaseProfile",
    summary: "What a knowledge base is searched with, and how far a move to another model is",
    tag,
    params,
    answers: { 200: { description: "Found", schema: baseProfiles } },
    errors: ["not_found"],
    handle: async ({ params: { knowledgeBaseId } }, { orgId }) => {
      const profiles = await ports.profileMoves.get({ orgId, knowledgeBaseId });
      if (!profiles) throw notFound("knowledge base");
      return { status: 200, body: toBaseProfiles(profiles) };
    },
  }),

  defineEndpoint({
    method: "put",
    path,
    operationId: "moveKnowledgeBaseToModel",
    summary: "Move a knowledge base to another model",
    description:
      "Every passage is embedded with it beside the vectors that are there, while searches go on with those. With the " +
      "last one the base switches, in one step. The old vectors stay, so that the way back costs only what came since. " +
      "The active model ends a move that is under way; the model that is moved to takes up one that stopped.",
    tag,
    params,
    body: z.strictObject({ model: line(200).describe("As `/v1/embeddings/models` names it.") }),
    answers: {
      200: { description: "Nothing is left to do: the model is active", schema: baseProfiles },
      202: { description: "Under way", schema: baseProfiles },
    },
    errors: ["not_found"],
    handle: async ({ params: { knowledgeBaseId }, body: { model } }, { orgId, log }) => {
      if (!(await ports.knowledgeBases.get({ orgId, knowledgeBaseId }))) throw notFound("knowledge base");
      const profileId = await ports.embeddingModels.profileId(model);
      if (profileId === undefined) {
        const known = ports.embeddingModels.list().filter(({ isAvailable }) => isAvailable);
        const names = known.map((profile) => profile.model).join(", ");
        throw new Problem("invalid_request", `This installation cannot embed with "${model}". Choose one of ${names}.`);
      }
      return move(ports, { orgId, knowledgeBaseId, profileId }, log);
    },
  }),

  defineEndpoint({
    method: "post",
    path: `${path}/switch-back`,
    operationId: "switchKnowledgeBaseBack",
    summary: "Go back to the model before",
    description: "At once where no document came since the switch; otherwise when those have their vectors.",
    tag,
    params,
    answers: {
      200: { description: "The model before is active again", schema: baseProfiles },
      202: { description: "Documents that came since are being embedded with it", schema: baseProfiles },
    },
    errors: ["not_found", "conflict"],
    handle: async ({ params: { knowledgeBaseId } }, { orgId, log }) => {
      const profiles = await ports.profileMoves.get({ orgId, knowledgeBaseId });
      if (!profiles) throw notFound("knowledge base");
      if (!profiles.previous) {
        throw new Problem(
          "conflict",
          "The knowledge base has no model to go back to: it never moved, or it gave up the way.",
        );
      }
      return move(ports, { orgId, knowledgeBaseId, profileId: profiles.previous.id }, log);
    },
  }),

  defineEndpoint({
    method: "delete",
    path: `${path}/previous`,
    operationId: "forgetPreviousProfile",
    summary: "Give up the way back: remove the vectors of earlier models",
    tag,
    params,
    answers: { 204: { description: "Gone" } },
    errors: ["not_found"],
    handle: async ({ params: { knowledgeBaseId } }, { orgId }) => {
      if (!(await ports.knowledgeBases.get({ orgId, knowledgeBaseId }))) throw notFound("knowledge base");
      await ports.profileMoves.forget({ orgId, knowledgeBaseId });
      return { status: 204 };
    },
  }),
];

const move = async (
  { profileMoves, enqueueMany }: MovePorts,
  target: { readonly orgId: string; readonly knowledgeBaseId: string; readonly profileId: number },
  log: Log,
) => {
  const profiles = await profileMoves.begin(target);
  if (!profiles.building) return { status: 200, body: toBaseProfiles(profiles) };
  const { orgId, knowledgeBaseId } = target;
  const waiting = await profileMoves.waiting({ orgId, knowledgeBaseId, limit: jobsAtOnce });
  try {
    await enqueueMany(
      embeddings,
      waiting.map((document) => ({ orgId, ...document })),
    );
  } catch (error) {
    log.warn("the jobs of a move could not be queued, the sweep will", { knowledgeBaseId, error });
  }
  return { status: 202, body: toBaseProfiles(profiles) };
};
