import { budgetedEmbedders } from "@gpt-agent/ai/budgeted-embedder";
import { localProfile, openrouterProfile } from "@gpt-agent/ai/profile";
import type { EnvOf } from "@gpt-agent/config/define-env";
import { providerEntry } from "@gpt-agent/crm/providers";
import { connectSeal } from "@gpt-agent/crypto/connect-seal";
import { makeGuardedSend } from "@gpt-agent/http/make-guarded-send";
import type { Log } from "@gpt-agent/jobs/handler";
import { makeRateCounter } from "@gpt-agent/limits/rate-counter";
import { intake } from "@gpt-agent/jobs/queues/intake";
import { makeLimiter } from "@gpt-agent/limits/make-limiter";
import { makeQueueBoard } from "@gpt-agent/queue/board";
import { makeQueueClient } from "@gpt-agent/queue/client";
import { makeTenantJobs } from "@gpt-agent/queue/tenant-jobs";
import { makeApiKeys } from "@gpt-agent/supabase/api-keys";
import { connectSupabase, pingSupabase } from "@gpt-agent/supabase/client";
import { makeCrmConflicts } from "@gpt-agent/supabase/crm-conflicts";
import { makeCrmConnections } from "@gpt-agent/supabase/crm-connections";
import { makeCrmMappings } from "@gpt-agent/supabase/crm-mappings";
import { makeCrmOAuthStates } from "@gpt-agent/supabase/crm-oauth-states";
import { makeCrmOutbox } from "@gpt-agent/supabase/crm-outbox";
import { makeCrmRecords } from "@gpt-agent/supabase/crm-records";
import { makeCrmRefetches } from "@gpt-agent/supabase/crm-refetches";
import { makeCrmTokens } from "@gpt-agent/supabase/crm-tokens";
import { makeDataKeys } from "@gpt-agent/supabase/data-keys";
import { makeDocuments } from "@gpt-agent/supabase/documents";
import { makeEmbeddingBudgets } from "@gpt-agent/supabase/embedding-budgets";
import { makeDocumentStages } from "@gpt-agent/supabase/document-stages";
import { eraseOrganisation } from "@gpt-agent/supabase/erase-organisation";
import { makeFiles } from "@gpt-agent/supabase/files";
import { makeGraph } from "@gpt-agent/supabase/graph";
import { makeGraphOntologies } from "@gpt-agent/supabase/graph-ontologies";
import { makeGraphCosts } from "@gpt-agent/supabase/graph-costs";
import { makeGraphExploration } from "@gpt-agent/supabase/graph-exploration";
import { makeGraphMerges } from "@gpt-agent/supabase/graph-merges";
import { makeGraphResolution } from "@gpt-agent/supabase/graph-resolution";
import { makeIdempotency } from "@gpt-agent/supabase/idempotency";
import { makeInboundEvents } from "@gpt-agent/supabase/inbound-events";
import { makeKnowledgeBases } from "@gpt-agent/supabase/knowledge-bases";
import { makeDocumentPasswords } from "@gpt-agent/supabase/document-passwords";
import { makeLegacy } from "@gpt-agent/supabase/legacy";
import { makeLimits } from "@gpt-agent/supabase/limits";
import { makeOrganisations } from "@gpt-agent/supabase/organisations";
import { makePassages } from "@gpt-agent/supabase/passages";
import { makeProfiles } from "@gpt-agent/supabase/profiles";
import { makeProfileMoves } from "@gpt-agent/supabase/profile-moves";
import { makeQuarantine } from "@gpt-agent/supabase/quarantine";
import { makeSearch } from "@gpt-agent/supabase/search";
import { makeUsage } from "@gpt-agent/supabase/usage";
import { makeVersions } from "@gpt-agent/supabase/versions";
import { makeWebhookDeliveries } from "@gpt-agent/supabase/webhook-deliveries";
import { makeWebhookEndpoints } from "@gpt-agent/supabase/webhook-endpoints";
import { makeWebhookMessages } from "@gpt-agent/supabase/webhook-messages";
import { makeWebhookSources } from "@gpt-agent/supabase/webhook-sources";
import { runIntake } from "@gpt-agent/worker/run-intake";
import { makeEmbedQuery, remember } from "./embed-query.ts";
import { makeEmbeddingModels } from "./embedding-models.ts";
import type { env } from "./env.ts";
import { makeIntake } from "./intake/make-intake.ts";
import type { Ports } from "./ports.ts";
import { queues } from "./queues.ts";

/** A person waits: first in line for the budget, and not for long. */
const asking = (orgId: string) => ({ orgId, lane: "interactive", maxWaitMs: 2_000, evenUncounted: true }) as const;

/** The real adapters. Connections are opened when first used, or in the background: nothing here waits for a server. */
export const connect = (
  { redis, supabase: project, ai, budget, encryption, crmApps, egress, api }: EnvOf<typeof env>,
  log: Log,
) => {
  const supabase = connectSupabase(project);
  const queue = makeQueueClient(redis);
  const files = makeFiles(supabase);
  const board = makeQueueBoard(redis, [...queues, intake]);
  const rates = makeRateCounter(redis);
  const send = makeGuardedSend({ allow: egress.allow });
  const profiles = makeProfiles(supabase);
  const usage = makeUsage(supabase);
  const limiter = makeLimiter(redis, { code: "ai_rate_limited" });
  const embedders = budgetedEmbedders({ ai, budget, limiter });
  const newBaseProfile = ai.provider === "local" ? localProfile : openrouterProfile(ai.embeddingModel);

  const ports: Ports = {
    apiKeys: makeApiKeys(supabase),
    idempotency: makeIdempotency(supabase),
    rates,
    documents: makeDocuments(supabase),
    documentStages: makeDocumentStages(supabase),
    passages: makePassages(supabase),
    usage,
    eraseOrganisation: async (options) => {
      const jobs = makeTenantJobs(redis, queues);
      const organisations = makeOrganisations(supabase);
      try {
        return await eraseOrganisation({ organisations, files, jobs }, options);
      } finally {
        await jobs.close();
      }
    },
    versions: makeVersions(supabase),
    limits: makeLimits(supabase),
    embeddingBudgets: makeEmbeddingBudgets(supabase),
    quarantine: makeQuarantine(supabase),
    setWeights: queue.setWeights,
    documentPasswords: makeDocumentPasswords(supabase),
    knowledgeBases: makeKnowledgeBases(supabase),
    newBaseProfileId: remember(async () => (await profiles.ensure(newBaseProfile)).id),
    files,
    search: makeSearch(supabase),
    embedQuery: makeEmbedQuery({
      profiles,
      embedderFor: (profile, orgId) => embedders(profile, asking(orgId)),
      usage,
      log,
    }),
    embeddingModels: makeEmbeddingModels({ profiles, hasKey: ai.openrouterApiKey !== undefined }),
    profileMoves: makeProfileMoves(supabase),
    graph: makeGraph(supabase),
    graphOntologies: makeGraphOntologies(supabase),
    graphCosts: makeGraphCosts(supabase),
    graphExploration: makeGraphExploration(supabase),
    graphMerges: makeGraphMerges(supabase),
    graphResolution: makeGraphResolution(supabase),
    webhookEndpoints: makeWebhookEndpoints(supabase),
    webhookMessages: makeWebhookMessages(supabase),
    webhookDeliveries: makeWebhookDeliveries(supabase),
    webhookSources: makeWebhookSources(supabase),
    inboundEvents: makeInboundEvents(supabase),
    crm: {
      connections: makeCrmConnections(supabase),
      tokens: makeCrmTokens(supabase),
      oauthStates: makeCrmOAuthStates(supabase),
      mappings: makeCrmMappings(supabase),
      records: makeCrmRecords(supabase),
      outbox: makeCrmOutbox(supabase),
      refetches: makeCrmRefetches(supabase),
      conflicts: makeCrmConflicts(supabase),
      apps: crmApps,
      provider: providerEntry,
      send,
      publicUrl: api.publicUrl,
    },
    seal: connectSeal(encryption, makeDataKeys(supabase)),
    enqueue: queue.enqueue,
    jobs: { queues, status: queue.status },
    fleet: queue,
    enqueueMany: queue.enqueueMany,
    board: { open: board.open, ping: queue.ping },
    checks: {
      supabase: { required: true, check: (signal) => pingSupabase(supabase, signal) },
      redis: { required: false, check: queue.ping },
    },
    log,
  };
  const close = async (): Promise<void> => {
    limiter.close();
    rates.close();
    await Promise.all([queue.close(), board.close(), send.close()]);
  };
  const legacy = makeLegacy(supabase);
  /** Takes old producers' jobs; undefined where another process does. */
  const startIntake = () =>
    api.intake === "on"
      ? runIntake({
          redis,
          ...api,
          concurrency: 5,
          log,
          enqueue: queue.enqueue,
          handle: makeIntake({ ...ports, files, legacy }),
        })
      : undefined;
  return { ports, startIntake, close };
};
