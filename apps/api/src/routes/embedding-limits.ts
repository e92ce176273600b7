import { z } from "zod";
import { type Call, defineEndpoint, type Endpoint } from "../endpoint.ts";
import type { Ports } from "../ports.ts";

const tag = "Limits";
const usd = z.number().min(0).max(99_999_999).nullable();
const weight = z.number().min(0.1).max(100);
const settings = {
  maxUsdPerDay: usd.describe("US dollars a day, UTC, over everything in the ledger; null: no limit."),
  maxUsdPerMonth: usd.describe("The same a month."),
  weight: weight.describe("Turns in the queues, and the share of the provider's budget, where others have 1."),
};
const pause = z.object({
  code: z.enum(["ai_budget_spent", "ai_payment_required"]),
  message: z.string(),
  pausedAt: z.iso.datetime({ offset: true }),
  resumesAt: z.iso.datetime({ offset: true }).describe("By itself; sooner with POST /v1/embeddings/resume."),
});
const limits = z
  .object({
    ...settings,
    usdToday: z.number().describe("Spent."),
    usdThisMonth: z.number(),
    pause: pause.nullable().describe("While it stands, documents that wait for vectors are `blocked`."),
  })
  .meta({ id: "EmbeddingLimits" });

/** Give keys with `limits:write` to the platform alone: who holds one decides about its own weight. */
export const embeddingLimitRoutes = ({
  embeddingBudgets,
  setWeights,
}: Pick<Ports, "embeddingBudgets" | "setWeights">): readonly Endpoint[] => [
  defineEndpoint({
    method: "get",
    path: "/v1/limits/embeddings",
    operationId: "getEmbeddingLimits",
    summary: "What may be spent, what is spent, and the pause that stands",
    tag,
    answers: { 200: { description: "As it stands", schema: limits } },
    handle: async (_, { orgId }) => ({ status: 200, body: await embeddingBudgets.get({ orgId }) }),
  }),

  defineEndpoint({
    method: "patch",
    path: "/v1/limits/embeddings",
    operationId: "setEmbeddingLimits",
    summary: "Set budgets and weight",
    description: "What is left out stays as it is. A pause that stands ends with POST /v1/embeddings/resume.",
    tag,
    body: z.strictObject(settings).partial(),
    answers: { 200: { description: "As it stands now", schema: limits } },
    handle: async ({ body }, { orgId, log }) => {
      await embeddingBudgets.set({ orgId, ...body });
      if (body.weight !== undefined) await tellQueues(setWeights, orgId, body.weight, log);
      return { status: 200, body: await embeddingBudgets.get({ orgId }) };
    },
  }),
];

/** The row is the truth, and the worker's sweep tells the queues within a minute: a Redis that is away may miss this. */
const tellQueues = async (
  setWeights: Ports["setWeights"],
  orgId: string,
  weight: number,
  log: Call["log"],
): Promise<void> => {
  await setWeights(new Map([[orgId, weight]])).catch((error: unknown) => {
    log.warn("the queues will hear of the weight from the sweep", { error });
  });
};
