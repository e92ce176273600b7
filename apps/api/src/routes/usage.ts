import { z } from "zod";
import { defineEndpoint, type Endpoint } from "../endpoint.ts";
import type { Ports } from "../ports.ts";
import { Problem } from "../problem.ts";

const moment = z.iso.datetime({ offset: true });
const total = z.object({
  purpose: z
    .string()
    .describe(
      "`embedding`, `graph`, `query`, or `reuse`: tokens that were not bought, because an equal text had its vector.",
    ),
  provider: z.string(),
  model: z.string(),
  requests: z.int(),
  tokens: z.number(),
  costUsd: z.number(),
  usdSaved: z.number().describe("What texts would have cost that had their vectors already."),
});

const startOfMonth = (now: Date): Date => new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1));

export const usageRoutes = ({ usage }: Pick<Ports, "usage">): readonly Endpoint[] => [
  defineEndpoint({
    method: "get",
    path: "/v1/usage",
    operationId: "getUsage",
    summary: "What the organisation's documents and questions cost",
    tag: "Limits",
    query: z.strictObject({
      from: moment.optional().describe("Inclusive; default the start of this month, UTC."),
      to: moment.optional().describe("Exclusive; default now."),
    }),
    answers: {
      200: {
        description: "Totals by purpose and model",
        schema: z.object({
          from: moment,
          to: moment,
          totals: z.array(total),
          tokens: z.number().describe("Bought."),
          costUsd: z.number(),
          usdSaved: z.number(),
        }),
      },
    },
    handle: async ({ query }, { orgId }) => {
      const now = new Date();
      const [from, to] = [query.from ?? startOfMonth(now).toISOString(), query.to ?? now.toISOString()];
      if (Date.parse(from) > Date.parse(to)) throw new Problem("invalid_request", "`from` lies after `to`.");
      const rows = await usage.summarise({ orgId, from, to });
      const totals = rows.map(({ purpose, provider, model, requests, tokens, costUsd, usdSaved }) => {
        return { purpose, provider, model, requests, tokens, costUsd, usdSaved };
      });
      const sum = (pick: (row: (typeof totals)[number]) => number): number =>
        totals.reduce((all, row) => all + pick(row), 0);
      const tokens = sum(({ purpose, tokens }) => (purpose === "reuse" ? 0 : tokens));
      const money = { costUsd: sum(({ costUsd }) => costUsd), usdSaved: sum(({ usdSaved }) => usdSaved) };
      return { status: 200, body: { from, to, totals, tokens, ...money } };
    },
  }),
];
