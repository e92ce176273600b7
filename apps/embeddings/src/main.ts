import { budgetedEmbedders } from "@gpt-agent/ai/budgeted-embedder";
import { loadEnv } from "@gpt-agent/config/load-env";
import { embeddings } from "@gpt-agent/jobs/queues/embeddings";
import { connectSupabase, pingSupabase } from "@gpt-agent/supabase/client";
import { makeDocuments } from "@gpt-agent/supabase/documents";
import { makeEmbeddingBudgets } from "@gpt-agent/supabase/embedding-budgets";
import { makeEmbeddingStore } from "@gpt-agent/supabase/embedding-store";
import { makeSweepLease } from "@gpt-agent/supabase/leases";
import { runWorker } from "@gpt-agent/worker/run-worker";
import { makeLimiter } from "@gpt-agent/limits/make-limiter";
import { env as definition } from "./env.ts";
import { makeHandler } from "./handler.ts";
import { makeDue } from "./due.ts";
import { makeOnFailed } from "./on-failed.ts";

const env = loadEnv(definition);
const supabase = connectSupabase(env.supabase);
const documents = makeDocuments(supabase);
const budgets = makeEmbeddingBudgets(supabase);
const limiter = makeLimiter(env.redis, { code: "ai_rate_limited" });
const embedders = budgetedEmbedders({ ...env, limiter });

await runWorker({
  queue: embeddings,
  redis: env.redis,
  ...env.worker,
  logLevel: env.log.level,
  handle: makeHandler({
    store: makeEmbeddingStore(supabase),
    documents,
    budgets,
    embedderFor: (profile, { orgId }) => embedders(profile, { orgId, lane: "backfill" }),
    now: () => performance.now(),
  }),
  onFailed: makeOnFailed({ documents }),
  sweep: { lease: makeSweepLease(supabase), due: makeDue({ budgets, documents }) },
  checks: { supabase: (signal) => pingSupabase(supabase, signal) },
});
