import type { EnvOf } from "@gpt-agent/config/define-env";
import { connectSeal } from "@gpt-agent/crypto/connect-seal";
import { makeGuardedSend } from "@gpt-agent/http/make-guarded-send";
import { makeStandardSigner } from "@gpt-agent/signatures/sign-standard";
import { connectSupabase } from "@gpt-agent/supabase/client";
import { makeDataKeys } from "@gpt-agent/supabase/data-keys";
import { makeInboundEvents } from "@gpt-agent/supabase/inbound-events";
import { makeWebhookDeliveries } from "@gpt-agent/supabase/webhook-deliveries";
import { makeEndpointSecrets } from "./deliver/open-secrets.ts";
import type { DeliverPorts } from "./deliver/ports.ts";
import type { env } from "./env.ts";
import { makeDecide } from "./inbound/decide.ts";
import { handlers } from "./inbound/handlers.ts";
import type { InboundPorts } from "./inbound/ports.ts";

/** The real adapters behind the ports of both kinds of job. No connection is opened before the first use. */
export const connect = ({ supabase: project, encryption, egress, own, worker }: EnvOf<typeof env>) => {
  const supabase = connectSupabase(project);
  const deliveries = makeWebhookDeliveries(supabase);
  const events = makeInboundEvents(supabase);
  const inbound: InboundPorts = { events, decide: makeDecide(handlers) };
  const deliver: DeliverPorts = {
    deliveries,
    secrets: makeEndpointSecrets(connectSeal(encryption, makeDataKeys(supabase))),
    send: makeGuardedSend({ ...egress, ...own }),
    makeSigner: makeStandardSigner,
    slots: worker.concurrency,
    random: Math.random,
    now: () => performance.now(),
  };
  return { supabase, deliveries, events, inbound, deliver };
};
