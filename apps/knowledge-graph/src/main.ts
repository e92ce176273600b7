import { loadEnv } from "@gpt-agent/config/load-env";
import { knowledgeGraph } from "@gpt-agent/jobs/queues/knowledge-graph";
import { connectSupabase, pingSupabase } from "@gpt-agent/supabase/client";
import { makeDocuments } from "@gpt-agent/supabase/documents";
import { makeGraph } from "@gpt-agent/supabase/graph";
import { makeGraphAnswers } from "@gpt-agent/supabase/graph-answers";
import { makeGraphJudgements } from "@gpt-agent/supabase/graph-judgements";
import { makeGraphOntologies } from "@gpt-agent/supabase/graph-ontologies";
import { makeGraphResolution } from "@gpt-agent/supabase/graph-resolution";
import { makeSweepLease } from "@gpt-agent/supabase/leases";
import { runWorker } from "@gpt-agent/worker/run-worker";
import { allDue } from "./all-due.ts";
import { connectModels } from "./connect-models.ts";
import { env as definition } from "./env.ts";
import { makeHandler } from "./handler.ts";
import { makeOnFailed } from "./on-failed.ts";

const env = loadEnv(definition);
const supabase = connectSupabase(env.supabase);
const documents = makeDocuments(supabase);
const resolution = makeGraphResolution(supabase);

await runWorker({
  queue: knowledgeGraph,
  redis: env.redis,
  ...env.worker,
  logLevel: env.log.level,
  handle: makeHandler({
    graph: makeGraph(supabase),
    documents,
    ontologies: makeGraphOntologies(supabase),
    resolution,
    ...connectModels(env.ai, { answers: makeGraphAnswers(supabase), judgements: makeGraphJudgements(supabase) }),
    now: () => performance.now(),
  }),
  onFailed: makeOnFailed({ documents }),
  sweep: { lease: makeSweepLease(supabase), due: () => allDue(documents, resolution) },
  checks: { supabase: (signal) => pingSupabase(supabase, signal) },
});
