import express, { type Express } from "express";
import type { AdminAccess } from "./admin-access.ts";
import { makeAuthenticate } from "./auth.ts";
import type { Endpoint } from "./endpoint.ts";
import { mount } from "./mount.ts";
import type { Ports } from "./ports.ts";
import { Problem, problemHandler } from "./problem.ts";
import { requestLog, securityHeaders } from "./request.ts";
import { adminRoutes } from "./routes/admin.ts";
import { crmConflictRoutes } from "./routes/crm-conflicts.ts";
import { crmConnectionRoutes } from "./routes/crm-connections.ts";
import { crmHooks } from "./routes/crm-hooks.ts";
import { crmOAuthCallback, crmOAuthRoutes } from "./routes/crm-oauth.ts";
import { crmRecordRoutes } from "./routes/crm-records.ts";
import { dashboardRoutes } from "./routes/dashboard.ts";
import { documentEventRoutes } from "./routes/document-events.ts";
import { documentViewRoutes } from "./routes/document-views.ts";
import { documentPasswordRoutes } from "./routes/document-passwords.ts";
import { limitRoutes } from "./routes/limits.ts";
import { documentRoutes } from "./routes/documents.ts";
import { embeddingLimitRoutes } from "./routes/embedding-limits.ts";
import { embeddingRoutes } from "./routes/embeddings.ts";
import { fleetRoutes } from "./routes/fleet.ts";
import { graphCostRoutes } from "./routes/graph-costs.ts";
import { graphExplorationRoutes } from "./routes/graph-exploration.ts";
import { graphMergeRoutes } from "./routes/graph-merges.ts";
import { graphRoutes } from "./routes/graph.ts";
import { ontologyRoutes } from "./routes/ontologies.ts";
import { healthRoutes } from "./routes/health.ts";
import { type HookOptions, hooks } from "./routes/hooks.ts";
import { inboundEventRoutes } from "./routes/inbound-events.ts";
import { jobRoutes } from "./routes/jobs.ts";
import { knowledgeBaseRoutes } from "./routes/knowledge-bases.ts";
import { knowledgeBaseProfileRoutes } from "./routes/knowledge-base-profiles.ts";
import { openapiRoute } from "./routes/openapi.ts";
import { organisationRoutes } from "./routes/organisation.ts";
import { quarantineRoutes } from "./routes/quarantine.ts";
import { searchRoutes } from "./routes/search.ts";
import { usageRoutes } from "./routes/usage.ts";
import { webhookDeliveryRoutes } from "./routes/webhook-deliveries.ts";
import { webhookEndpointRoutes } from "./routes/webhook-endpoints.ts";
import { webhookMessageRoutes } from "./routes/webhook-messages.ts";
import { webhookSourceRoutes } from "./routes/webhook-sources.ts";
import { makeDocumentWatch } from "./watch.ts";

export interface AppOptions extends AdminAccess, HookOptions {
  /** Aborts when the process begins to stop. */
  readonly stopping: AbortSignal;
  /** Requests a minute of a key that has no rate of its own; 0: as many as it likes. */
  readonly ratePerMinute: number;
  /** How often a watched document is read. */
  readonly watchIntervalMs?: number;
  /** Where uploads wait on disk; default the system's temporary folder. */
  readonly uploadFolder?: string;
}

/** Every operation behind an API key, in the order of the documentation. */
export const makeEndpoints = (ports: Ports, watchIntervalMs?: number): readonly Endpoint[] => [
  ...documentRoutes(ports),
  ...documentViewRoutes(ports),
  ...documentPasswordRoutes(ports),
  ...quarantineRoutes(ports),
  ...limitRoutes(ports),
  ...embeddingLimitRoutes(ports),
  ...documentEventRoutes({ ...ports, watch: makeDocumentWatch(ports.documents, ports.log, watchIntervalMs) }),
  ...embeddingRoutes(ports),
  ...searchRoutes(ports),
  ...graphRoutes(ports),
  ...graphExplorationRoutes(ports),
  ...graphMergeRoutes(ports),
  ...graphCostRoutes(ports),
  ...ontologyRoutes(ports),
  ...knowledgeBaseRoutes(ports),
  ...knowledgeBaseProfileRoutes(ports),
  ...webhookEndpointRoutes(ports),
  ...webhookMessageRoutes(ports),
  ...webhookDeliveryRoutes(ports),
  ...webhookSourceRoutes(ports),
  ...inboundEventRoutes(ports),
  ...crmConnectionRoutes(ports),
  ...crmOAuthRoutes(ports),
  ...crmRecordRoutes(ports),
  ...crmConflictRoutes(ports),
  ...jobRoutes(ports),
  ...usageRoutes(ports),
  ...organisationRoutes(ports),
];

/** The whole HTTP face, ready to listen. */
export const makeApp = (ports: Ports, options: AppOptions): Express => {
  const { log } = ports;
  const { stopping } = options;
  const endpoints = makeEndpoints(ports, options.watchIntervalMs);

  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.set("trust proxy", options.trustedProxyHops);

  app.use(hooks(ports, options));
  app.use(requestLog(log), securityHeaders);
  app.use(healthRoutes(ports, stopping));
  app.use(fleetRoutes(ports, options));
  app.use(openapiRoute(endpoints));
  app.use(adminRoutes(ports, options));
  app.use(dashboardRoutes(options));
  app.use(crmOAuthCallback(ports));
  app.use(crmHooks(ports, options));
  const authenticate = makeAuthenticate(ports.apiKeys);
  mount(app, endpoints, { ...ports, ...options, authenticate });
  app.use(() => {
    throw new Problem("not_found", "There is nothing at this address. /openapi.json lists what there is.");
  });
  app.use(problemHandler);
  return app;
};
