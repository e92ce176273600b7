import { budgetedEmbedders } from "@gpt-agent/ai/budgeted-embedder";
import type { EmbeddingBudget } from "@gpt-agent/ai/limited-embedder";
import type { EnvOf } from "@gpt-agent/config/define-env";
import { embeddings } from "@gpt-agent/jobs/queues/embeddings";
import { makeLimiter } from "@gpt-agent/limits/make-limiter";
import { makeQueueClient } from "@gpt-agent/queue/client";
import { connectSupabase, pingSupabase } from "@gpt-agent/supabase/client";
import { makeDocuments } from "@gpt-agent/supabase/documents";
import { makeEmbeddingBudgets } from "@gpt-agent/supabase/embedding-budgets";
import { makeEmbeddingStore } from "@gpt-agent/supabase/embedding-store";
import { makeSweepLease } from "@gpt-agent/supabase/leases";
import { runWorker } from "@gpt-agent/worker/run-worker";
import type { Tuning } from "@gpt-agent/worker/tuning";
import { makeDue } from "./due.ts";
import type { env as definition } from "./env.ts";
import { makeHandler } from "./handler.ts";
import { makeOnFailed } from "./on-failed.ts";

/** What production leaves alone: measurements run the clock faster. */
interface Pace {
  readonly tuning?: Partial<Tuning>;
  readonly minuteMs?: EmbeddingBudget["minuteMs"];
}

/** Which of the limiter's lanes a job's requests take; questions go before both. */
const laneOf = { interactive: "delta", backfill: "backfill" } as const;

type Env = Pick<EnvOf<typeof definition>, "redis" | "supabase" | "ai" | "budget" | "worker" | "log">;

/** The wiring, and nothing else. */
export const startEmbeddings = async (env: Env, { tuning = {}, minuteMs }: Pace = {}) => {
  const supabase = connectSupabase(env.supabase);
  const documents = makeDocuments(supabase);
  const budgets = makeEmbeddingBudgets(supabase);
  const limiter = makeLimiter(env.redis, { code: "ai_rate_limited" });
  const budget = { ...env.budget, ...(minuteMs === undefined ? {} : { minuteMs }) };
  const embedders = budgetedEmbedders({ ai: env.ai, budget, limiter });
  const { setWeights } = makeQueueClient(env.redis);

  return runWorker({
    queue: embeddings,
    redis: env.redis,
    ...env.worker,
    logLevel: env.log.level,
    handle: makeHandler({
      store: makeEmbeddingStore(supabase),
      documents,
      budgets,
      embedderFor: (profile, { lane, ...asking }) => embedders(profile, { ...asking, lane: laneOf[lane] }),
      now: () => performance.now(),
    }),
    onFailed: makeOnFailed({ documents }),
    sweep: { lease: makeSweepLease(supabase), due: makeDue({ budgets, documents, setWeights }) },
    checks: { supabase: (signal) => pingSupabase(supabase, signal) },
    tuning,
  });
};
