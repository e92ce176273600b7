import { z } from "zod";
import type { Supabase } from "./client.ts";
import { row } from "./rows.ts";
import { call } from "./rpc.ts";

/** A paid request. Embedding requests are booked by `EmbeddingStore.store` with the vectors they made. */
export interface UsageEvent {
  readonly orgId: string;
  /** The provider's: booked once per organisation. */
  readonly requestId: string;
  readonly documentId?: string | undefined;
  readonly purpose: "embedding" | "graph" | "query";
  readonly provider: string;
  readonly model: string;
  readonly tokens: number;
  readonly costUsd: number;
}

const usageTotal = row({
  purpose: z.string(),
  provider: z.string(),
  model: z.string(),
  requests: z.int(),
  tokens: z.number(),
  costUsd: z.number(),
  /** Of purpose `reuse`: what its tokens, which were not bought, would have cost. */
  usdSaved: z.number(),
});
export type UsageTotal = z.output<typeof usageTotal>;

export interface Usage {
  /** Adds it to its document's bill too. False: booked before. */
  record(event: UsageEvent): Promise<boolean>;
  /** Totals from `from` up to `to`, ISO 8601. */
  summarise(input: {
    readonly orgId: string;
    readonly from: string;
    readonly to: string;
  }): Promise<readonly UsageTotal[]>;
}

export const makeUsage = (supabase: Supabase): Usage => ({
  record: ({ orgId, requestId, documentId, purpose, provider, model, tokens, costUsd }) =>
    call(
      supabase,
      "record_usage",
      {
        p_org_id: orgId,
        p_request_id: requestId,
        p_document_id: documentId ?? null,
        p_purpose: purpose,
        p_provider: provider,
        p_model: model,
        p_tokens: tokens,
        p_cost_usd: costUsd,
      },
      z.boolean(),
    ),
  summarise: ({ orgId, from, to }) =>
    call(supabase, "summarise_usage", { p_org_id: orgId, p_from: from, p_to: to }, z.array(usageTotal)),
});
