import { z } from "zod";
import type { Supabase } from "./client.ts";
import { nothing, row } from "./rows.ts";
import { call } from "./rpc.ts";

interface Base {
  readonly orgId: string;
  readonly knowledgeBaseId: string;
}

const judgement = row({ pairKey: z.string(), verdict: z.enum(["same", "different", "unsure"]) });
/** What a judge said of two names, known by a key that its caller makes of the judge, their type and the names. */
export type Judgement = z.output<typeof judgement>;

export interface GraphJudgements {
  find(input: Base & { readonly pairKeys: readonly string[] }): Promise<readonly Judgement[]>;
  /** Books what the request cost, once; what was said of a pair before stands. */
  store(
    input: Base & {
      readonly provider: string;
      readonly model: string;
      readonly requestId: string;
      readonly tokens: number;
      readonly costUsd: number;
      readonly verdicts: readonly Judgement[];
    },
  ): Promise<void>;
}

export const makeGraphJudgements = (supabase: Supabase): GraphJudgements => {
  const args = ({ orgId, knowledgeBaseId }: Base) => ({ p_org_id: orgId, p_knowledge_base_id: knowledgeBaseId });
  return {
    find: ({ pairKeys, ...base }) =>
      call(supabase, "find_graph_judgements", { ...args(base), p_pair_keys: pairKeys }, z.array(judgement)),

    store: ({ provider, model, requestId, tokens, costUsd, verdicts, ...base }) =>
      call(
        supabase,
        "store_graph_judgements",
        {
          ...args(base),
          p_provider: provider,
          p_model: model,
          p_request_id: requestId,
          p_tokens: tokens,
          p_cost_usd: costUsd,
          p_verdicts: verdicts,
        },
        nothing,
      ),
  };
};
