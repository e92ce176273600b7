import { loadEnv } from "@gpt-agent/config/load-env";
import { webhooks } from "@gpt-agent/jobs/queues/webhooks";
import { pingSupabase } from "@gpt-agent/supabase/client";
import { makeSweepLease } from "@gpt-agent/supabase/leases";
import { runWorker } from "@gpt-agent/worker/run-worker";
import { connect } from "./connect.ts";
import { makeDeliver } from "./deliver/handle.ts";
import { makeDeliverDue } from "./deliver/sweep.ts";
import { env as definition } from "./env.ts";
import { makeHandler, type Payload } from "./handler.ts";
import { inTurn } from "./in-turn.ts";
import { makeInbound } from "./inbound/handle.ts";
import { makeInboundDue, makeInboundFailed } from "./inbound/sweep.ts";

const env = loadEnv(definition);
const { supabase, deliveries, events, inbound, deliver } = connect(env);

await runWorker({
  queue: webhooks,
  redis: env.redis,
  ...env.worker,
  logLevel: env.log.level,
  handle: makeHandler({ inbound: makeInbound(inbound), deliver: makeDeliver(deliver) }),
  onFailed: makeInboundFailed(events),
  sweep: { lease: makeSweepLease(supabase), due: inTurn<Payload>(makeInboundDue(events), makeDeliverDue(deliveries)) },
  checks: { supabase: (signal) => pingSupabase(supabase, signal) },
});
