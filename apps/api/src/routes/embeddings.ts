import { embeddings } from "@gpt-agent/jobs/queues/embeddings";
import { z } from "zod";
import { enqueueOrLeaveToSweep } from "../add-document.ts";
import { defineEndpoint, type Endpoint } from "../endpoint.ts";
import type { Ports } from "../ports.ts";

export const embeddingRoutes = ({
  embeddingBudgets,
  enqueue,
}: Pick<Ports, "embeddingBudgets" | "enqueue">): readonly Endpoint[] => [
  defineEndpoint({
    method: "post",
    path: "/v1/embeddings/resume",
    operationId: "resumeEmbedding",
    summary: "Go on embedding after the account was topped up or the budget raised",
    description:
      "Documents that are `blocked` with `ai_payment_required` or `ai_budget_spent` wait for their vectors again. " +
      "Without this call that happens by itself, an hour after the provider's refusal or with the budget's next period.",
    tag: "Documents",
    answers: {
      200: { description: "They go on", schema: z.object({ documents: z.number().int().describe("How many") }) },
    },
    handle: async (_input, { orgId, log }) => {
      const resumed = await embeddingBudgets.resume({ orgId });
      for (const document of resumed) await enqueueOrLeaveToSweep(enqueue, embeddings, document, log);
      return { status: 200, body: { documents: resumed.length } };
    },
  }),
];
