import { loadEnv } from "@gpt-agent/config/load-env";
import { crmSync } from "@gpt-agent/jobs/queues/crm-sync";
import { connectSupabase, pingSupabase } from "@gpt-agent/supabase/client";
import { makeSweepLease } from "@gpt-agent/supabase/leases";
import { runWorker } from "@gpt-agent/worker/run-worker";
import { connect } from "./connect.ts";
import { env as definition } from "./env.ts";
import { makeHandler } from "./handler.ts";
import { makeOnFailed } from "./on-failed.ts";

const env = loadEnv(definition);
const supabase = connectSupabase(env.supabase);
const { ports, due } = connect(env, supabase);

await runWorker({
  queue: crmSync,
  redis: env.redis,
  ...env.worker,
  logLevel: env.log.level,
  handle: makeHandler(ports),
  onFailed: makeOnFailed(ports),
  sweep: { lease: makeSweepLease(supabase), due },
  checks: { supabase: (signal) => pingSupabase(supabase, signal) },
});
