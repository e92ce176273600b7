import type { OrgSeal } from "@gpt-agent/crypto/org-seal";
import type { Enqueue, Log } from "@gpt-agent/jobs/handler";
import type { CrmPorts } from "./crm-access.ts";
import type { RateCounter } from "@gpt-agent/limits/rate-counter";
import type { QueueBoard } from "@gpt-agent/queue/board";
import type { QueueClient } from "@gpt-agent/queue/client";
import type { QueueDefinition } from "@gpt-agent/jobs/define-queue";
import type { ApiKeys } from "@gpt-agent/supabase/api-keys";
import type { EmbeddingModels } from "./embedding-models.ts";
import type { DocumentRow, Documents } from "@gpt-agent/supabase/documents";
import type { DocumentStages } from "@gpt-agent/supabase/document-stages";
import type { EmbeddingBudgets } from "@gpt-agent/supabase/embedding-budgets";
import type { eraseOrganisation } from "@gpt-agent/supabase/erase-organisation";
import type { Files } from "@gpt-agent/supabase/files";
import type { Graph } from "@gpt-agent/supabase/graph";
import type { GraphOntologies } from "@gpt-agent/supabase/graph-ontologies";
import type { GraphCosts } from "@gpt-agent/supabase/graph-costs";
import type { GraphExploration } from "@gpt-agent/supabase/graph-exploration";
import type { GraphMerges } from "@gpt-agent/supabase/graph-merges";
import type { GraphResolution } from "@gpt-agent/supabase/graph-resolution";
import type { InboundEvents } from "@gpt-agent/supabase/inbound-events";
import type { KnowledgeBaseRow, KnowledgeBases } from "@gpt-agent/supabase/knowledge-bases";
import type { DocumentPasswords } from "@gpt-agent/supabase/document-passwords";
import type { Limits } from "@gpt-agent/supabase/limits";
import type { Idempotency } from "@gpt-agent/supabase/idempotency";
import type { Passages } from "@gpt-agent/supabase/passages";
import type { ProfileMoves } from "@gpt-agent/supabase/profile-moves";
import type { Quarantine } from "@gpt-agent/supabase/quarantine";
import type { Hit, Search } from "@gpt-agent/supabase/search";
import type { Usage } from "@gpt-agent/supabase/usage";
import type { Versions } from "@gpt-agent/supabase/versions";
import type { WebhookAttemptRow, WebhookDeliveries, WebhookDeliveryRow } from "@gpt-agent/supabase/webhook-deliveries";
import type { WebhookEndpointRow, WebhookEndpoints } from "@gpt-agent/supabase/webhook-endpoints";
import type { WebhookMessageRow, WebhookMessages } from "@gpt-agent/supabase/webhook-messages";
import type { WebhookSources } from "@gpt-agent/supabase/webhook-sources";

export type { DocumentRow, Hit, KnowledgeBaseRow };
export type { WebhookAttemptRow, WebhookDeliveryRow, WebhookEndpointRow, WebhookMessageRow };

export type ApiKeyFinder = Pick<ApiKeys, "find">;
export type DocumentStore = Pick<Documents, "create" | "get" | "list" | "reprocess" | "beginDelete">;
export type VersionStore = Pick<Versions, "findBySource" | "replaceContent">;
export type LimitReader = Pick<Limits, "get">;
export type KnowledgeBaseStore = Pick<
  KnowledgeBases,
  "ensureDefault" | "create" | "get" | "list" | "update" | "remove"
>;
export type FileStore = Pick<Files, "upload" | "download" | "find" | "remove">;
export type SearchIndex = Search;
export type WebhookDeliveryStore = Pick<WebhookDeliveries, "get" | "list" | "attempts" | "redeliver" | "cancel">;
export type InboundEventStore = Pick<
  InboundEvents,
  "accept" | "list" | "get" | "body" | "retry" | "blockedLanes" | "unblock"
>;
export type EnqueueMany = QueueClient["enqueueMany"];
export type GraphReader = Pick<Graph, "entities" | "neighbours" | "path" | "export">;

/** A question as a vector of one profile. Undefined where the profile's provider does not answer: text search remains. */
export type EmbedQuery = (
  question: { readonly orgId: string; readonly profileId: number; readonly query: string },
  signal: AbortSignal,
) => Promise<readonly number[] | undefined>;

/** How well each text answers the question, in the texts' order; more is better. Throws where the reranker is away. */
export type Rerank = (
  question: { readonly orgId: string; readonly query: string; readonly texts: readonly string[] },
  signal: AbortSignal,
) => Promise<readonly number[]>;

/** One line of `/ready`; throws when what it checks is away. */
export interface ReadinessCheck {
  readonly check: (signal: AbortSignal) => Promise<void>;
  /** Without it the API cannot answer. Redis is not required: rows are the truth and the sweep queues them later. */
  readonly required: boolean;
}

/** All that the API needs from the outside. */
export interface Ports {
  readonly apiKeys: ApiKeyFinder;
  /** Stored answers of writes that carried a key. */
  readonly idempotency: Idempotency;
  readonly rates: Pick<RateCounter, "take">;
  readonly documents: DocumentStore;
  readonly documentStages: DocumentStages;
  readonly passages: Passages;
  readonly usage: Pick<Usage, "summarise">;
  readonly eraseOrganisation: (
    options: Parameters<typeof eraseOrganisation>[1],
  ) => ReturnType<typeof eraseOrganisation>;
  readonly versions: VersionStore;
  readonly limits: LimitReader;
  readonly embeddingBudgets: Pick<EmbeddingBudgets, "get" | "set" | "resume">;
  readonly quarantine: Quarantine;
  readonly setWeights: QueueClient["setWeights"];
  readonly documentPasswords: Pick<DocumentPasswords, "set">;
  readonly knowledgeBases: KnowledgeBaseStore;
  /** The profile of new knowledge bases; its row is made on first use. */
  readonly newBaseProfileId: () => Promise<number>;
  readonly files: FileStore;
  readonly search: SearchIndex;
  readonly embedQuery: EmbedQuery;
  /** Where the installation has one. */
  readonly rerank?: Rerank | undefined;
  readonly embeddingModels: EmbeddingModels;
  readonly profileMoves: ProfileMoves;
  readonly graph: GraphReader;
  readonly graphOntologies: GraphOntologies;
  readonly graphCosts: GraphCosts;
  readonly graphExploration: GraphExploration;
  readonly graphMerges: GraphMerges;
  readonly graphResolution: Pick<GraphResolution, "decide">;
  readonly webhookEndpoints: WebhookEndpoints;
  readonly webhookMessages: WebhookMessages;
  readonly webhookDeliveries: WebhookDeliveryStore;
  readonly webhookSources: WebhookSources;
  readonly inboundEvents: InboundEventStore;
  readonly crm: CrmPorts;
  /** For credentials that an organisation gives us, and for those that we give it. */
  readonly seal: OrgSeal;
  readonly enqueue: Enqueue;
  readonly jobs: { readonly queues: readonly QueueDefinition[] } & Pick<QueueClient, "status">;
  readonly fleet: Pick<QueueClient, "workers" | "minutes" | "state">;
  readonly enqueueMany: EnqueueMany;
  /** What Bull Board shows. `ping` fails within two seconds where Redis is away. */
  readonly board: Pick<QueueBoard, "open"> & { ping(): Promise<void> };
  readonly checks: Readonly<Record<string, ReadinessCheck>>;
  readonly log: Log;
}
