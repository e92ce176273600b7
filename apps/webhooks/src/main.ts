import { loadEnv } from "@gpt-agent/config/load-env";
import { connectSeal } from "@gpt-agent/crypto/connect-seal";
import { makeGuardedSend } from "@gpt-agent/http/make-guarded-send";
import { webhooks } from "@gpt-agent/jobs/queues/webhooks";
import { makeStandardSigner } from "@gpt-agent/signatures/sign-standard";
import { connectSupabase, pingSupabase } from "@gpt-agent/supabase/client";
import { makeDataKeys } from "@gpt-agent/supabase/data-keys";
import { makeInboundEvents } from "@gpt-agent/supabase/inbound-events";
import { makeSweepLease } from "@gpt-agent/supabase/leases";
import { makeWebhookDeliveries } from "@gpt-agent/supabase/webhook-deliveries";
import { runWorker } from "@gpt-agent/worker/run-worker";
import { makeDeliver } from "./deliver/handle.ts";
import { makeEndpointSecrets } from "./deliver/open-secrets.ts";
import { makeDeliverDue } from "./deliver/sweep.ts";
import { env as definition } from "./env.ts";
import { makeHandler, type Payload } from "./handler.ts";
import { makeDecide } from "./inbound/decide.ts";
import { makeInbound } from "./inbound/handle.ts";
import { handlers } from "./inbound/handlers.ts";
import { makeInboundDue, makeInboundFailed } from "./inbound/sweep.ts";
import { inTurn } from "./in-turn.ts";

const env = loadEnv(definition);
const supabase = connectSupabase(env.supabase);
const deliveries = makeWebhookDeliveries(supabase);
const events = makeInboundEvents(supabase);
const seal = connectSeal(env.encryption, makeDataKeys(supabase));

await runWorker({
  queue: webhooks,
  redis: env.redis,
  ...env.worker,
  logLevel: env.log.level,
  handle: makeHandler({
    inbound: makeInbound({ events, decide: makeDecide(handlers) }),
    deliver: makeDeliver({
      deliveries,
      secrets: makeEndpointSecrets(seal),
      send: makeGuardedSend(env.egress),
      makeSigner: makeStandardSigner,
      slots: env.worker.concurrency,
      random: Math.random,
      now: () => performance.now(),
    }),
  }),
  onFailed: makeInboundFailed(events),
  sweep: { lease: makeSweepLease(supabase), due: inTurn<Payload>(makeInboundDue(events), makeDeliverDue(deliveries)) },
  checks: { supabase: (signal) => pingSupabase(supabase, signal) },
});
