import { makeEmbedder } from "@gpt-agent/ai/embedder";
import { localProfile, openrouterProfile } from "@gpt-agent/ai/profile";
import type { EnvOf } from "@gpt-agent/config/define-env";
import { connectSeal } from "@gpt-agent/crypto/connect-seal";
import type { Log } from "@gpt-agent/jobs/handler";
import { embeddings } from "@gpt-agent/jobs/queues/embeddings";
import { kbFiles } from "@gpt-agent/jobs/queues/kb-files";
import { knowledgeGraph } from "@gpt-agent/jobs/queues/knowledge-graph";
import { webhooks } from "@gpt-agent/jobs/queues/webhooks";
import { makeQueueBoard } from "@gpt-agent/queue/board";
import { makeQueueClient } from "@gpt-agent/queue/client";
import { makeApiKeys } from "@gpt-agent/supabase/api-keys";
import { connectSupabase, pingSupabase } from "@gpt-agent/supabase/client";
import { makeDataKeys } from "@gpt-agent/supabase/data-keys";
import { makeDocuments } from "@gpt-agent/supabase/documents";
import { makeFiles } from "@gpt-agent/supabase/files";
import { makeGraph } from "@gpt-agent/supabase/graph";
import { makeInboundEvents } from "@gpt-agent/supabase/inbound-events";
import { makeKnowledgeBases } from "@gpt-agent/supabase/knowledge-bases";
import { makeLimits } from "@gpt-agent/supabase/limits";
import { makeProfiles } from "@gpt-agent/supabase/profiles";
import { makeSearch } from "@gpt-agent/supabase/search";
import { makeVersions } from "@gpt-agent/supabase/versions";
import { makeWebhookDeliveries } from "@gpt-agent/supabase/webhook-deliveries";
import { makeWebhookEndpoints } from "@gpt-agent/supabase/webhook-endpoints";
import { makeWebhookMessages } from "@gpt-agent/supabase/webhook-messages";
import { makeWebhookSources } from "@gpt-agent/supabase/webhook-sources";
import { makeEmbedQuery, remember } from "./embed-query.ts";
import type { env } from "./env.ts";
import type { Ports } from "./ports.ts";

/** The real adapters. Connections are opened when first used, or in the background: nothing here waits for a server. */
export const connect = ({ redis, supabase: project, ai, encryption }: EnvOf<typeof env>, log: Log) => {
  const supabase = connectSupabase(project);
  const queue = makeQueueClient(redis);
  const board = makeQueueBoard(redis, [kbFiles, embeddings, knowledgeGraph, webhooks]);
  const profiles = makeProfiles(supabase);
  const newBaseProfile = ai.provider === "local" ? localProfile : openrouterProfile(ai.embeddingModel);

  const ports: Ports = {
    apiKeys: makeApiKeys(supabase),
    documents: makeDocuments(supabase),
    versions: makeVersions(supabase),
    limits: makeLimits(supabase),
    knowledgeBases: makeKnowledgeBases(supabase),
    newBaseProfileId: remember(async () => (await profiles.ensure(newBaseProfile)).id),
    files: makeFiles(supabase),
    search: makeSearch(supabase),
    embedQuery: makeEmbedQuery({ profiles, makeEmbedder: (profile) => makeEmbedder(profile, ai), log }),
    graph: makeGraph(supabase),
    webhookEndpoints: makeWebhookEndpoints(supabase),
    webhookMessages: makeWebhookMessages(supabase),
    webhookDeliveries: makeWebhookDeliveries(supabase),
    webhookSources: makeWebhookSources(supabase),
    inboundEvents: makeInboundEvents(supabase),
    seal: connectSeal(encryption, makeDataKeys(supabase)),
    enqueue: queue.enqueue,
    enqueueMany: queue.enqueueMany,
    board: { open: board.open, ping: queue.ping },
    checks: {
      supabase: { required: true, check: (signal) => pingSupabase(supabase, signal) },
      redis: { required: false, check: queue.ping },
    },
    log,
  };
  const close = async (): Promise<void> => {
    await Promise.all([queue.close(), board.close()]);
  };
  return { ports, close };
};
