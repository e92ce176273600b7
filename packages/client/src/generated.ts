// Generated from the API's own schemas by `pnpm client-types`. Do not edit.

import type { ServerEvent } from "./events.ts";

export type Json = string | number | boolean | null | readonly (Json)[] | { readonly [name: string]: Json };

export type Document = {
  readonly id: string;
  readonly knowledgeBaseId: string;
  /** Of an attachment: the document it came with. */
  readonly parentDocumentId: string | null;
  /** Your own name for the source. */
  readonly sourceKey: string | null;
  readonly name: string;
  readonly mime: string | null;
  readonly byteSize: number;
  /** Of the newest version's file, in hexadecimal; null until it was read. */
  readonly sha256: string | null;
  readonly metadata: { readonly [name: string]: Json };
  /** Of search. `ready_partial`: parts are missing; `error` says which. */
  readonly state: "queued" | "processing" | "embedding" | "ready" | "ready_partial" | "failed" | "blocked" | "deleting";
  /** Of the knowledge graph; search never waits for it. */
  readonly graphState: "pending" | "ready" | "failed" | "blocked";
  /** Nothing more happens by itself: both states are final. */
  readonly settled: boolean;
  /** What is being done for search. */
  readonly stage: "queued" | "reading" | "storing" | "embedding" | "done";
  /** Share of the way to being searchable. */
  readonly progress: number;
  /** Until searchable, at the pace so far; null while there is no pace yet. */
  readonly etaSeconds: number | null;
  /** Being built, or last built. */
  readonly generation: number;
  /** Being searched; 0 for none. */
  readonly liveGeneration: number;
  readonly counts: {
    readonly pages: number | null;
    readonly characters: number | null;
    /** Of this generation; 0 until the file is read. */
    readonly chunks: number;
    readonly stored: number;
    readonly embedded: number;
    readonly quarantined: number;
    readonly entities: number;
    readonly edges: number;
  };
  readonly language: string | null;
  /** Over all generations; reused: not bought, because an equal text had its vector. */
  readonly cost: {
    readonly tokens: number;
    readonly usd: number;
    readonly tokensReused: number;
    readonly usdSaved: number;
  };
  readonly error: {
    /** From docs/error-codes.md. */
    readonly code: string;
    /** A sentence for people. */
    readonly message: string;
  } | null;
  readonly graphError: {
    /** From docs/error-codes.md. */
    readonly code: string;
    /** A sentence for people. */
    readonly message: string;
  } | null;
  /** Parts of the file that could not be read, at most 100. */
  readonly warnings: readonly ({
    readonly code: string;
    readonly message: string;
    readonly page?: number | undefined;
  })[];
  readonly createdAt: string;
  readonly updatedAt: string;
};

export type Problem = {
  /** `urn:gpt-agent:error:` and the code. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** What happened, to what, what to do. */
  readonly detail: string;
  /** From docs/error-codes.md. */
  readonly code: string;
  /** Finds the log line; also in the header X-Request-Id. */
  readonly requestId: string;
  readonly errors?: readonly ({
    readonly in: "body" | "query" | "path" | "form";
    readonly pointer: string;
    readonly message: string;
  })[] | undefined;
};

export type Passage = {
  /** Verbatim: the document's extracted text from charStart to charEnd. */
  readonly text: string;
  /** What belongs to the passage but stands elsewhere: headings, a table's header. */
  readonly context: string;
  readonly kind: "text" | "table" | "code" | "list";
  /** Or slide, from 1. */
  readonly page: number | null;
  readonly pageTo: number | null;
  /** Of a spreadsheet. */
  readonly sheet: string | null;
  /** Rows of the sheet or table file, as it numbers them, from 1. */
  readonly rowFrom: number | null;
  readonly rowTo: number | null;
  readonly headingPath: readonly (string)[];
  /** Unicode code points in the extracted text, half-open. */
  readonly charStart: number;
  readonly charEnd: number;
  readonly id: number;
  /** From 0. */
  readonly ordinal: number;
};

export type QuarantinedPassage = {
  /** Verbatim: the document's extracted text from charStart to charEnd. */
  readonly text: string;
  /** What belongs to the passage but stands elsewhere: headings, a table's header. */
  readonly context: string;
  readonly kind: "text" | "table" | "code" | "list";
  /** Or slide, from 1. */
  readonly page: number | null;
  readonly pageTo: number | null;
  /** Of a spreadsheet. */
  readonly sheet: string | null;
  /** Rows of the sheet or table file, as it numbers them, from 1. */
  readonly rowFrom: number | null;
  readonly rowTo: number | null;
  readonly headingPath: readonly (string)[];
  /** Unicode code points in the extracted text, half-open. */
  readonly charStart: number;
  readonly charEnd: number;
  readonly id: number;
  /** From 0. */
  readonly ordinal: number;
  readonly tokens: number;
  /** From docs/error-codes.md. */
  readonly code: string;
  /** The provider's own words. */
  readonly message: string;
};

export type Limits = {
  /** Of one file. */
  readonly maxFileBytes: number | null;
  /** Of one file. */
  readonly maxPages: number | null;
  /** Passages of one file. */
  readonly maxChunks: number | null;
  /** For reading one file. */
  readonly maxParseSeconds: number | null;
};

export type EmbeddingLimits = {
  /** US dollars a day, UTC, over everything in the ledger; null: no limit. */
  readonly maxUsdPerDay: number | null;
  /** The same a month. */
  readonly maxUsdPerMonth: number | null;
  /** Turns in the queues, and the share of the provider's budget, where others have 1. */
  readonly weight: number;
  /** Spent. */
  readonly usdToday: number;
  readonly usdThisMonth: number;
  /** While it stands, documents that wait for vectors are `blocked`. */
  readonly pause: {
    readonly code: "ai_budget_spent" | "ai_payment_required";
    readonly message: string;
    readonly pausedAt: string;
    /** By itself; sooner with POST /v1/embeddings/resume. */
    readonly resumesAt: string;
  } | null;
};

export type Hit = {
  readonly chunkId: number;
  /** Verbatim: the document's extracted text from charStart to charEnd. */
  readonly text: string;
  /** What belongs to the passage but stands elsewhere: headings, a table's header. */
  readonly context: string;
  readonly kind: "text" | "table" | "code" | "list";
  /** Or slide, from 1. */
  readonly page: number | null;
  readonly pageTo: number | null;
  /** Unicode code points in the extracted text, half-open. */
  readonly charStart: number;
  readonly charEnd: number;
  readonly documentId: string;
  readonly documentName: string;
  readonly knowledgeBaseId: string;
  /** 0 to 1, by rank: 1 is first in every list that was asked. */
  readonly score: number;
  /** Of meaning, 0 to 1, as the model sees it. Null: not found by meaning. */
  readonly similarity: number | null;
  /** Share of the question's words, rare ones weighing more, 0 to 1. Null: not found by words. */
  readonly textScore: number | null;
  /** What the reranker gave; the order is by it. */
  readonly rerankScore?: number | undefined;
  /** Of a spreadsheet. */
  readonly sheet: string | null;
  /** Rows of the sheet or table file, as it numbers them, from 1. */
  readonly rowFrom: number | null;
  readonly rowTo: number | null;
  readonly headingPath: readonly (string)[];
  /** Left out with `highlight: false`. */
  readonly snippet?: {
    /** The part of the passage where most of the question's words stand, verbatim. */
    readonly text: string;
    /** In the extracted text. */
    readonly charStart: number;
    /** The question's words, in any inflection: code points in the snippet's text, half-open. */
    readonly highlights: readonly ({
      readonly charStart: number;
      readonly charEnd: number;
    })[];
  } | undefined;
  /** With `neighbours`: what stands before it, in the text's order. */
  readonly before?: readonly (NeighbourPassage)[] | undefined;
  readonly after?: readonly (NeighbourPassage)[] | undefined;
};

export type NeighbourPassage = {
  readonly chunkId: number;
  /** Verbatim: the document's extracted text from charStart to charEnd. */
  readonly text: string;
  /** What belongs to the passage but stands elsewhere: headings, a table's header. */
  readonly context: string;
  readonly kind: "text" | "table" | "code" | "list";
  /** Or slide, from 1. */
  readonly page: number | null;
  readonly pageTo: number | null;
  /** Unicode code points in the extracted text, half-open. */
  readonly charStart: number;
  readonly charEnd: number;
};

export type RelatedHit = {
  readonly chunkId: number;
  readonly documentId: string;
  readonly documentName: string;
  readonly knowledgeBaseId: string;
  /** Verbatim: the document's extracted text from charStart to charEnd. */
  readonly text: string;
  /** What belongs to the passage but stands elsewhere: headings, a table's header. */
  readonly context: string;
  readonly kind: "text" | "table" | "code" | "list";
  /** Or slide, from 1. */
  readonly page: number | null;
  readonly pageTo: number | null;
  /** Of a spreadsheet. */
  readonly sheet: string | null;
  /** Rows of the sheet or table file, as it numbers them, from 1. */
  readonly rowFrom: number | null;
  readonly rowTo: number | null;
  readonly headingPath: readonly (string)[];
  /** Unicode code points in the extracted text, half-open. */
  readonly charStart: number;
  readonly charEnd: number;
  /** 0 to 1, relative to the best connected. */
  readonly score: number;
  /** What connects it with the hits, the strongest first. */
  readonly because: readonly ({
    readonly edgeId: string;
    readonly sourceId: string;
    readonly source: string;
    readonly predicate: string;
    readonly targetId: string;
    readonly target: string;
    /** The passage's own words. */
    readonly quote: string;
    readonly confidence: number;
    readonly validFrom: string;
    readonly validTo: string | null;
  })[];
};

export type Entity = {
  readonly id: string;
  readonly knowledgeBaseId: string;
  readonly type: string;
  /** As most mentions write it. */
  readonly name: string;
  /** Its other names in the documents, the most frequent first. */
  readonly aliases: readonly (string)[];
  /** Canonical form: the same in every document. */
  readonly key: string;
  readonly mentionCount: number;
  readonly documentCount: number;
};

export type Edge = {
  readonly id: string;
  readonly sourceId: string;
  readonly predicate: string;
  readonly targetId: string;
  /** Passages that say it. */
  readonly weight: number;
  readonly confidence: number;
  /** Known to hold from then on: by its words, or else by its documents' dates. */
  readonly validFrom: string;
  /** When it ended: by its words, or because something newer took its place. Null: nothing says so. */
  readonly validTo: string | null;
  /** The best passages, each with its quote. */
  readonly evidence: readonly ({
    readonly documentId: string;
    readonly documentName: string;
    readonly chunkId: number;
    /** Verbatim: the chunk's text from charStart to charEnd. */
    readonly quote: string;
    /** Unicode code points in the chunk, half-open. */
    readonly charStart: number;
    readonly charEnd: number;
    readonly confidence: number;
    readonly headingPath: readonly (string)[];
    readonly pageFrom: number | null;
    readonly pageTo: number | null;
  })[];
};

export type KnowledgeBaseOntology = {
  /** Raised with every change; 0 where nobody has given one. */
  readonly version: number;
  /** The release's own, for what companies write about. */
  readonly isDefault: boolean;
  readonly ontology: {
    readonly mode: "strict" | "guided" | "open";
    readonly entityTypes: readonly ({
      readonly name: string;
      /** One line; tells the model what belongs here */
      readonly definition?: string | undefined;
    })[];
    readonly relations: readonly ({
      readonly name: string;
      /** One line; tells the model what belongs here */
      readonly definition?: string | undefined;
      /** Types it may start at; absent: any */
      readonly source?: readonly (string)[] | undefined;
      /** Types it may end at; absent: any */
      readonly target?: readonly (string)[] | undefined;
      /** One at a time: its source has one target (source), its target one source (target); newer ends older */
      readonly functional?: "source" | "target" | undefined;
    })[];
  };
  readonly createdAt?: string | undefined;
};

export type KnowledgeBase = {
  readonly id: string;
  readonly name: string;
  readonly chunking: {
    readonly maxTokens: number;
    readonly overlapTokens: number;
  };
  readonly createdAt: string;
};

export type KnowledgeBaseProfiles = {
  /** What is searched with. */
  readonly active: EmbeddingProfile;
  /** What the base moves to. It is searched with the active one until nothing is left. */
  readonly building: {
    readonly profile: EmbeddingProfile;
    readonly since: string;
    /** That are searched now. */
    readonly documents: number;
    /** Of these, have all their vectors of the new profile. */
    readonly documentsDone: number;
    readonly passagesLeft: number;
    /** Why it does not go on; it is tried again every ten minutes. */
    readonly error: {
      readonly code: string;
      readonly message: string;
    } | null;
  } | null;
  /** Its vectors are kept: the way back. */
  readonly previous: EmbeddingProfile | null;
};

export type EmbeddingProfile = {
  readonly model: string;
  /** local: words compared without a model, for development. */
  readonly provider: "openrouter" | "local";
  readonly dimensions: number;
  /** Per million tokens. */
  readonly priceUsdPerMtok: number;
};

export type WebhookEndpoint = {
  readonly id: string;
  readonly url: string;
  readonly description: string;
  readonly eventTypes: readonly (string)[];
  readonly ordered: boolean;
  readonly concurrency: number;
  readonly ratePerSecond: number | null;
  readonly headerNames: readonly (string)[];
  readonly state: "enabled" | "disabled";
  /** gone: it answered 410. failing: nothing arrived for five days; it is tried again from time to time. */
  readonly disabledReason: "manual" | "gone" | "failing" | null;
  readonly disabledAt: string | null;
  /** The first failure after the last success. */
  readonly failingSince: string | null;
  /** Nothing is sent until then: too many failures in a row, or it asked for time. */
  readonly heldUntil: string | null;
  readonly lastSuccessAt: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
};

export type WebhookEndpointWithSecret = {
  readonly id: string;
  readonly url: string;
  readonly description: string;
  readonly eventTypes: readonly (string)[];
  readonly ordered: boolean;
  readonly concurrency: number;
  readonly ratePerSecond: number | null;
  readonly headerNames: readonly (string)[];
  readonly state: "enabled" | "disabled";
  /** gone: it answered 410. failing: nothing arrived for five days; it is tried again from time to time. */
  readonly disabledReason: "manual" | "gone" | "failing" | null;
  readonly disabledAt: string | null;
  /** The first failure after the last success. */
  readonly failingSince: string | null;
  /** Nothing is sent until then: too many failures in a row, or it asked for time. */
  readonly heldUntil: string | null;
  readonly lastSuccessAt: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Shown this once; what verifies deliveries after Standard Webhooks: `whsec_…` of hmac, the public key `whpk_…` of ed25519. */
  readonly secret: string;
};

export type WebhookMessage = {
  /** Also the header `webhook-id` of its deliveries: the same on every attempt. */
  readonly id: string;
  readonly eventType: string;
  readonly payload: Json;
  readonly createdAt: string;
};

export type WebhookDelivery = {
  readonly id: string;
  readonly messageId: string;
  readonly endpointId: string;
  readonly eventType: string;
  /** paused: its endpoint is disabled. exhausted: ten attempts failed. */
  readonly state: "pending" | "sending" | "delivered" | "retry_wait" | "paused" | "exhausted" | "cancelled";
  readonly attemptsMade: number;
  readonly nextAttemptAt: string | null;
  /** HTTP status of the last answer. */
  readonly lastStatus: number | null;
  readonly error: {
    readonly code: string;
    readonly message: string;
  } | null;
  readonly deliveredAt: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
};

export type WebhookDeliveryWithAttempts = {
  readonly id: string;
  readonly messageId: string;
  readonly endpointId: string;
  readonly eventType: string;
  /** paused: its endpoint is disabled. exhausted: ten attempts failed. */
  readonly state: "pending" | "sending" | "delivered" | "retry_wait" | "paused" | "exhausted" | "cancelled";
  readonly attemptsMade: number;
  readonly nextAttemptAt: string | null;
  /** HTTP status of the last answer. */
  readonly lastStatus: number | null;
  readonly error: {
    readonly code: string;
    readonly message: string;
  } | null;
  readonly deliveredAt: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Newest first, the latest 100; kept for 30 days. */
  readonly attempts: readonly ({
    readonly number: number;
    readonly startedAt: string;
    readonly ms: number;
    readonly status: number | null;
    readonly error: {
      readonly code: string;
      readonly message: string;
    } | null;
    readonly response: {
      readonly headers: { readonly [name: string]: string };
      /** At most 64 KiB, without what looks like a credential. */
      readonly body: string;
      readonly truncated: boolean;
    } | null;
  })[];
};

export type WebhookSource = {
  readonly id: string;
  readonly name: string;
  readonly scheme: string;
  readonly options: { readonly [name: string]: unknown };
  readonly secrets: readonly ({
    readonly id: string;
    readonly createdAt: string;
    readonly expiresAt: string | null;
  })[];
  readonly connectionId: string | null;
  readonly forwardEventType: string | null;
  readonly laneBy: readonly (string)[] | null;
  readonly onPoison: "skip" | "block";
  readonly retentionDays: number;
  readonly state: "active" | "disabled";
  readonly createdAt: string;
  readonly updatedAt: string;
};

export type WebhookAddress = {
  /** Shown this once: only its hash is kept. */
  readonly token: string;
  /** `/hooks/` and the token, under the API's own address. */
  readonly path: string;
};

export type InboundEvent = {
  readonly id: string;
  readonly sourceId: string;
  /** Events of one lane are handled one after another. */
  readonly laneId: string;
  readonly dedupeKey: string;
  readonly eventType: string | null;
  /** What the sender proved: signed the bytes; knows a secret; nothing that counts (read it again). */
  readonly trust: "signed" | "secret" | "hint";
  readonly contentType: string;
  readonly byteSize: number;
  readonly state: "queued" | "done" | "dead";
  readonly attempts: number;
  /** What a done one led to: `refetch`, `message` or `none`. */
  readonly outcome: string | null;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly receivedAt: string;
  readonly finishedAt: string | null;
};

export type InboundEventWithBody = {
  readonly id: string;
  readonly sourceId: string;
  /** Events of one lane are handled one after another. */
  readonly laneId: string;
  readonly dedupeKey: string;
  readonly eventType: string | null;
  /** What the sender proved: signed the bytes; knows a secret; nothing that counts (read it again). */
  readonly trust: "signed" | "secret" | "hint";
  readonly contentType: string;
  readonly byteSize: number;
  readonly state: "queued" | "done" | "dead";
  readonly attempts: number;
  /** What a done one led to: `refetch`, `message` or `none`. */
  readonly outcome: string | null;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly receivedAt: string;
  readonly finishedAt: string | null;
  /** Those that say what it is; no proofs. */
  readonly headers: { readonly [name: string]: string };
  /** As it came; null once its retention is over. */
  readonly body: {
    readonly encoding: "utf8" | "base64";
    readonly content: string;
  } | null;
};

export type CrmConnection = {
  readonly id: string;
  readonly provider: "kommo" | "amocrm" | "bitrix24" | "hubspot" | "pipedrive" | "salesforce";
  readonly name: string;
  readonly state: "connecting" | "backfilling" | "live" | "degraded" | "needs_reauth" | "suspended" | "disconnecting";
  readonly stateCode: string | null;
  /** What a person is to do, where the connection waits for one. */
  readonly stateMessage: string | null;
  readonly accountKey: string | null;
  readonly accountName: string | null;
  readonly baseUrl: string | null;
  readonly policy: "crm_wins" | "ours_wins" | "newest" | "manual";
  /** The account's plan, where limits depend on it, for instance `{ plan: "enterprise", seats: 12 }`. */
  readonly plan: { readonly [name: string]: string | number };
  readonly settings: { readonly [name: string]: unknown };
  readonly clientId: string | null;
  /** How changes reach us; with `polling` at intervals only, and `webhooksMessage` says why. */
  readonly webhooks: "subscribed" | "app" | "polling" | null;
  readonly webhooksMessage: string | null;
  readonly backfilledAt: string | null;
  readonly syncedAt: string | null;
  readonly createdAt: string;
};

export type CrmRecord = {
  readonly id: string;
  readonly entity: string;
  /** Null: not in the CRM yet. */
  readonly remoteId: string | null;
  /** By our names; see the mapping. */
  readonly fields: { readonly [name: string]: string | number | boolean | null | readonly (string)[] };
  /** Fields that the CRM does not have yet as they are here. */
  readonly unsynced: readonly (string)[];
  /** By the CRM's field id, as last seen. */
  readonly customFields: { readonly [name: string]: string | number | boolean | null | readonly (string)[] };
  readonly links: readonly ({
    readonly entity: string;
    readonly remoteId: string;
  })[];
  readonly version: number;
  readonly deletedAt: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
};

export type CrmPlannedWrite = {
  readonly recordId: string;
  readonly entity: string;
  readonly remoteId: string | null;
  readonly kind: "create" | "update" | "message";
  readonly changes: readonly ({
    readonly field: string;
    readonly from: string | number | boolean | null | readonly (string)[];
    readonly to: string | number | boolean | null | readonly (string)[];
  })[];
  /** Fields that wait for a conflict to be decided. */
  readonly held: readonly (string)[];
  /** An earlier attempt may have arrived: it is looked for first. */
  readonly unclear: boolean;
};

export type CrmConflict = {
  readonly id: string;
  readonly recordId: string;
  readonly entity: string;
  readonly field: string;
  readonly reason: "both_changed" | "flipping";
  readonly ours: unknown;
  readonly crm: unknown;
  readonly base: unknown;
  readonly state: "open" | "resolved";
  readonly resolution: "ours" | "crm" | "value" | "agreed" | null;
  readonly resolvedBy: "policy" | "person" | "sync" | null;
  readonly createdAt: string;
  readonly resolvedAt: string | null;
};

export type CrmMapping = {
  readonly entity: string;
  readonly fields: readonly ({
    readonly name: string;
    readonly type: "text" | "texts" | "number" | "boolean" | "time";
    /** One of our standard fields of the entity, or */
    readonly field?: string | undefined;
    /** one of the account's custom fields, by its id. */
    readonly customField?: string | undefined;
    readonly direction: "both" | "in" | "out";
  })[];
};

export type Job = {
  readonly id: string;
  readonly queue: string;
  readonly state: "waiting" | "active" | "delayed" | "completed" | "failed";
  /** Those that ended in an error. */
  readonly attempts: number;
  /** What the job last said of itself, if anything. */
  readonly progress: Json;
  /** Why its last attempt failed: a code and a sentence. */
  readonly error: string | null;
};

export interface Operations {
  /** Add a document. Upload a file, or name an object that already lies under the organisation's own path in Storage. The answer comes once the row is stored; processing follows, also when the queue is away for a while. Scope: `documents:write`. */
  readonly addDocument: { readonly input: (({ readonly file: Blob } & {
    readonly knowledgeBaseId?: string | undefined;
    /** Wins over the file's own name. */
    readonly name?: string | undefined;
    /** A JSON object. */
    readonly metadata?: string | undefined;
    /** Your own name for the source, a path or a URL for instance. One document of the knowledge base has it: sent again with the same bytes nothing is done, with other bytes they become that document's new version. */
    readonly sourceKey?: string | undefined;
    /** Of a protected PDF. It is stored sealed and never shown. */
    readonly password?: string | undefined;
    /** `backfill`, for what may take its time: after everything that somebody waits for. Default `interactive`. */
    readonly lane?: "interactive" | "backfill" | undefined;
  }) | ({
    /** In the bucket `agent-jobs`, beginning with the organisation's id. */
    readonly objectPath: string;
    readonly name: string;
    readonly mime?: string | undefined;
    readonly knowledgeBaseId?: string | undefined;
    readonly metadata?: { readonly [name: string]: Json } | undefined;
    /** `backfill`, for what may take its time: after everything that somebody waits for. Default `interactive`. */
    readonly lane?: "interactive" | "backfill" | undefined;
  })); readonly output: Promise<Document> };
  /** Documents, newest first. Scope: `documents:read`. */
  readonly listDocuments: { readonly input: {
    readonly knowledgeBaseId?: string | undefined;
    /** Only this document's attachments. */
    readonly parentDocumentId?: string | undefined;
    readonly state?: "queued" | "processing" | "embedding" | "ready" | "ready_partial" | "failed" | "blocked" | "deleting" | undefined;
    readonly limit?: number | undefined;
    readonly cursor?: string | undefined;
  }; readonly output: Promise<{
    readonly documents: readonly (Document)[];
    readonly nextCursor?: string | undefined;
  }> };
  /** Upload a new version of a document. What is searchable now stays so until the new version is complete; then the older file is removed. Unchanged passages keep their vectors and their part of the graph. The same bytes again are no work. Scope: `documents:write`. */
  readonly replaceDocumentContent: { readonly input: {
    readonly documentId: string;
  } & (({ readonly file: Blob } & {
    /** Wins over the file's own name. */
    readonly name?: string | undefined;
    /** A JSON object. */
    readonly metadata?: string | undefined;
    /** Of a protected PDF. It is stored sealed and never shown. */
    readonly password?: string | undefined;
    /** `backfill`, for what may take its time: after everything that somebody waits for. Default `interactive`. */
    readonly lane?: "interactive" | "backfill" | undefined;
  })); readonly output: Promise<Document> };
  /** One document: state, progress, counts, cost, error. Scope: `documents:read`. */
  readonly getDocument: { readonly input: {
    readonly documentId: string;
  }; readonly output: Promise<Document> };
  /** Delete a document with its file, chunks, vectors and graph. It is not found by any search from now on; the row goes once everything else is gone. Scope: `documents:write`. */
  readonly deleteDocument: { readonly input: {
    readonly documentId: string;
  }; readonly output: Promise<Document> };
  /** Read the file again, as a new generation. What is searchable now stays so until the new generation is complete. Scope: `documents:write`. */
  readonly reprocessDocument: { readonly input: {
    readonly documentId: string;
  }; readonly output: Promise<Document> };
  /** Where a document has been, and when. Scope: `documents:read`. */
  readonly listDocumentStages: { readonly input: {
    readonly documentId: string;
  }; readonly output: Promise<{
    readonly stages: readonly ({
      readonly generation: number;
      readonly state: "queued" | "processing" | "embedding" | "ready" | "ready_partial" | "failed" | "blocked" | "deleting";
      readonly graphState: "pending" | "ready" | "failed" | "blocked";
      readonly errorCode: string | null;
      readonly graphErrorCode: string | null;
      /** When it came to this. */
      readonly at: string;
    })[];
    readonly state: "queued" | "processing" | "embedding" | "ready" | "ready_partial" | "failed" | "blocked" | "deleting";
  }> };
  /** A document's text, passage by passage. Of the version that is searched. With a hit's `charStart` as `fromChar` it opens where the hit is. Scope: `documents:read`. */
  readonly listPassages: { readonly input: {
    readonly documentId: string;
    /** Code points in the extracted text. */
    readonly fromChar?: number | undefined;
    readonly limit?: number | undefined;
    readonly cursor?: string | undefined;
  }; readonly output: Promise<{
    readonly passages: readonly (Passage)[];
    readonly nextCursor?: string | undefined;
  }> };
  /** The file itself, as it was uploaded. Scope: `documents:read`. */
  readonly downloadDocument: { readonly input: {
    readonly documentId: string;
  }; readonly output: Promise<Response> };
  /** Give the password of a protected PDF. For a document that is `blocked` with `password_required`: it is read again with this password. The password is stored sealed, never shown, and goes with the document. Scope: `documents:write`. */
  readonly setDocumentPassword: { readonly input: {
    readonly documentId: string;
  } & (({
    /** Of a protected PDF. It is stored sealed and never shown. */
    readonly password: string;
  })); readonly output: Promise<Document> };
  /** Passages that could not be embedded, each with its reason. The rest of the document is searchable; these are found by their words alone. Scope: `documents:read`. */
  readonly listQuarantine: { readonly input: {
    readonly documentId: string;
    readonly limit?: number | undefined;
    readonly cursor?: string | undefined;
  }; readonly output: Promise<{
    readonly passages: readonly (QuarantinedPassage)[];
    readonly nextCursor?: string | undefined;
  }> };
  /** Try to embed one passage again. What is searchable stays so meanwhile. Nothing else of the document is embedded or paid for again. Scope: `documents:write`. */
  readonly retryPassage: { readonly input: {
    readonly documentId: string;
    readonly chunkId: number;
  }; readonly output: Promise<Document> };
  /** Try to embed again whatever of a document could not be. All passages that were set aside, or a document that failed or was blocked after its file had been read. What has its vector keeps it. A file that could not be read is read again with …/reprocess. Scope: `documents:write`. */
  readonly retryDocument: { readonly input: {
    readonly documentId: string;
  }; readonly output: Promise<Document> };
  /** What the organisation may upload. Null: as the installation says (MAX_FILE_MB, MAX_FILE_PAGES, MAX_FILE_CHUNKS). Scope: `limits:read`. */
  readonly getLimits: { readonly input: object; readonly output: Promise<Limits> };
  /** What may be spent, what is spent, and the pause that stands. Scope: `limits:read`. */
  readonly getEmbeddingLimits: { readonly input: object; readonly output: Promise<EmbeddingLimits> };
  /** Set budgets and weight. What is left out stays as it is. A pause that stands ends with POST /v1/embeddings/resume. Scope: `limits:write`. */
  readonly setEmbeddingLimits: { readonly input: (({
    /** US dollars a day, UTC, over everything in the ledger; null: no limit. */
    readonly maxUsdPerDay?: number | null | undefined;
    /** The same a month. */
    readonly maxUsdPerMonth?: number | null | undefined;
    /** Turns in the queues, and the share of the provider's budget, where others have 1. */
    readonly weight?: number | undefined;
  })); readonly output: Promise<EmbeddingLimits> };
  /** Follow a document until it is settled. Server-sent events: `progress` with the document at once and after every change, `deleted` when it is gone. The last event is `end`; then the server closes. An EventSource must close on `end`, or it reconnects. Scope: `documents:read`. */
  readonly watchDocument: { readonly input: {
    readonly documentId: string;
  }; readonly output: AsyncGenerator<ServerEvent<Document>> };
  /** Go on embedding after the account was topped up or the budget raised. Documents that are `blocked` with `ai_payment_required` or `ai_budget_spent` wait for their vectors again. Without this call that happens by itself, an hour after the provider's refusal or with the budget's next period. Scope: `embeddings:write`. */
  readonly resumeEmbedding: { readonly input: object; readonly output: Promise<{
    /** How many */
    readonly documents: number;
  }> };
  /** Passages that answer a question, with their place in the source. By meaning and by words, fused by rank. Without a knowledge base or a document, all of the organisation's. Only published versions are searched. Scope: `search:read`. */
  readonly search: { readonly input: (({
    /** Words in any inflection, Russian or English. "phrase", -word and OR mean what they say. */
    readonly query: string;
    readonly knowledgeBaseId?: string | undefined;
    readonly documentId?: string | undefined;
    /** Only documents whose metadata contains these keys with these values, as deep as they go. */
    readonly metadata?: { readonly [name: string]: Json } | undefined;
    readonly limit?: number | undefined;
    /** By rank: see a hit's `score`. */
    readonly minScore?: number | undefined;
    /** What is less similar is not found by meaning; by words it may be. What is much depends on the model. */
    readonly minSimilarity?: number | undefined;
    /** Whether each hit has a snippet. */
    readonly highlight?: boolean | undefined;
    /** As many passages before and after each hit. */
    readonly neighbours?: number | undefined;
    /** Also give up to so many passages that the knowledge graph connects with the hits. */
    readonly related?: number | undefined;
    /** Have a model put the hits in order; where this installation has one. */
    readonly rerank?: boolean | undefined;
  })); readonly output: Promise<{
    readonly hits: readonly (Hit)[];
    /** With `related`: further passages, the best connected first. */
    readonly related?: readonly (RelatedHit)[] | undefined;
    /** The embedding provider was away; words alone were searched. */
    readonly degraded?: "text_only" | undefined;
    /** With `rerank`: whether the order is the reranker's. False: it was away, the order is by score. */
    readonly reranked?: boolean | undefined;
  }> };
  /** Entities, the most mentioned first. Scope: `graph:read`. */
  readonly listEntities: { readonly input: {
    readonly knowledgeBaseId?: string | undefined;
    readonly documentId?: string | undefined;
    readonly type?: string | undefined;
    /** A part of the name, or something close to it. */
    readonly query?: string | undefined;
    readonly limit?: number | undefined;
    readonly cursor?: string | undefined;
  }; readonly output: Promise<{
    readonly entities: readonly (Entity)[];
    readonly nextCursor?: string | undefined;
  }> };
  /** What lies within a few steps of an entity. Scope: `graph:read`. */
  readonly listNeighbours: { readonly input: {
    readonly entityId: string;
    readonly hops?: number | undefined;
    /** Most entities to return. */
    readonly limit?: number | undefined;
  }; readonly output: Promise<{
    readonly entities: readonly ({
      readonly id: string;
      readonly knowledgeBaseId: string;
      readonly type: string;
      /** As most mentions write it. */
      readonly name: string;
      /** Its other names in the documents, the most frequent first. */
      readonly aliases: readonly (string)[];
      /** Canonical form: the same in every document. */
      readonly key: string;
      readonly mentionCount: number;
      readonly documentCount: number;
      readonly distance: number;
    })[];
    readonly edges: readonly (Edge)[];
  }> };
  /** A shortest chain of relations between two entities. Scope: `graph:read`. */
  readonly findPath: { readonly input: {
    readonly fromId: string;
    readonly toId: string;
    readonly maxHops?: number | undefined;
  }; readonly output: Promise<{
    readonly entities: readonly (Entity)[];
    readonly edges: readonly (Edge)[];
    readonly path: readonly (string)[];
  }> };
  /** The whole graph of a knowledge base, page by page. All pages together hold every entity once and every edge once, beside the entity it starts at. Scope: `graph:read`. */
  readonly exportGraph: { readonly input: {
    readonly knowledgeBaseId: string;
    readonly documentId?: string | undefined;
    readonly limit?: number | undefined;
    readonly cursor?: string | undefined;
  }; readonly output: Promise<{
    readonly entities: readonly (Entity)[];
    readonly edges: readonly (Edge)[];
    readonly nextCursor?: string | undefined;
  }> };
  /** The whole graph of a knowledge base as one file. JSON-LD for the web, GraphML for Gephi, yEd and networkx, Cypher for Neo4j and its like. Scope: `graph:read`. */
  readonly exportGraphFile: { readonly input: {
    readonly format: "jsonld" | "graphml" | "cypher";
    readonly knowledgeBaseId: string;
    readonly documentId?: string | undefined;
  }; readonly output: Promise<Response> };
  /** Say that two entities are one thing, or are not. Counts more than their names, from the next resolution on. `undecided` takes it back. Scope: `graph:write`. */
  readonly decideEntities: { readonly input: (({
    readonly knowledgeBaseId: string;
    readonly entityId: string;
    readonly otherId: string;
    readonly verdict: "same" | "apart" | "undecided";
  })); readonly output: Promise<void> };
  /** An entity, and the names' entities that it is made of. Any of their ids finds it. Two members that are not one thing: `POST /v1/graph/decisions`, `apart`. Scope: `graph:read`. */
  readonly getEntity: { readonly input: {
    readonly entityId: string;
  }; readonly output: Promise<{
    readonly entity: Entity;
    readonly members: readonly ({
      readonly id: string;
      readonly type: string;
      readonly name: string;
      readonly mentionCount: number;
    })[];
  }> };
  /** The graph around passages, as around the hits of a search. Scope: `graph:read`. */
  readonly listAroundPassages: { readonly input: {
    /** `chunkId`s of hits, joined by commas, at most 50. */
    readonly chunkIds: string;
    readonly hops?: number | undefined;
    /** Most entities to return. */
    readonly limit?: number | undefined;
  }; readonly output: Promise<{
    readonly entities: readonly ({
      readonly id: string;
      readonly knowledgeBaseId: string;
      readonly type: string;
      /** As most mentions write it. */
      readonly name: string;
      /** Its other names in the documents, the most frequent first. */
      readonly aliases: readonly (string)[];
      /** Canonical form: the same in every document. */
      readonly key: string;
      readonly mentionCount: number;
      readonly documentCount: number;
      readonly distance: number;
    })[];
    readonly edges: readonly (Edge)[];
  }> };
  /** Groups of entities that have more to do with one another than with the rest. Computed when asked, by the Louvain method, over the 20000 statements that most passages make. Scope: `graph:read`. */
  readonly listCommunities: { readonly input: {
    readonly knowledgeBaseId: string;
    /** Most groups to return. */
    readonly limit?: number | undefined;
    /** Entities to name of each. */
    readonly members?: number | undefined;
  }; readonly output: Promise<{
    readonly communities: readonly ({
      readonly size: number;
      /** What passages say within it. */
      readonly weight: number;
      readonly entities: readonly (Entity)[];
    })[];
    /** -0.5 to 1: how far apart the groups are. */
    readonly modularity: number;
    /** Every statement of the knowledge base was taken into account. */
    readonly complete: boolean;
  }> };
  /** Entities that became one, or were parted, the latest first. Scope: `graph:read`. */
  readonly listMerges: { readonly input: {
    readonly knowledgeBaseId: string;
    readonly limit?: number | undefined;
    readonly cursor?: string | undefined;
  }; readonly output: Promise<{
    readonly merges: readonly ({
      readonly id: number;
      readonly kind: "joined" | "parted";
      /** The entity that the members were shown as. */
      readonly beforeId: string;
      /** The entity that they are shown as since. */
      readonly afterId: string;
      readonly members: readonly ({
        readonly id: string;
        readonly type: string;
        readonly name: string;
        readonly mentionCount: number;
      })[];
      /** Those that they were joined with, or parted from. */
      readonly others: readonly ({
        readonly id: string;
        readonly type: string;
        readonly name: string;
        readonly mentionCount: number;
      })[];
      readonly undoneAt: string | null;
      readonly createdAt: string;
    })[];
    readonly nextCursor?: string | undefined;
  }> };
  /** Take a merge back, or a parting. Becomes decisions, which count more than names do, from the next resolution on. Safe to repeat. Scope: `graph:write`. */
  readonly undoMerge: { readonly input: {
    readonly mergeId: number;
  } & (({
    readonly knowledgeBaseId: string;
  })); readonly output: Promise<void> };
  /** What the organisation's graphs cost, the dearest documents first. Scope: `graph:read`. */
  readonly getGraphCosts: { readonly input: {
    readonly from?: string | undefined;
    /** Exclusive. */
    readonly to?: string | undefined;
    /** Most documents to name. */
    readonly limit?: number | undefined;
  }; readonly output: Promise<{
    readonly requests: number;
    readonly tokens: number;
    readonly costUsd: number;
    readonly documents: readonly ({
      readonly documentId: string;
      readonly documentName: string;
      readonly requests: number;
      readonly tokens: number;
      readonly costUsd: number;
    })[];
  }> };
  /** What a document's graph cost, passage by passage. A passage's share of the answers it was read from; what was asked twice is in the document's bill alone. Scope: `graph:read`. */
  readonly getDocumentGraphCosts: { readonly input: {
    readonly documentId: string;
  }; readonly output: Promise<{
    readonly requests: number;
    readonly tokens: number;
    readonly costUsd: number;
    readonly chunks: readonly ({
      readonly chunkId: number;
      readonly ordinal: number;
      /** What read it. */
      readonly extractor: string;
      readonly entityCount: number;
      readonly edgeCount: number;
      readonly rejectedCount: number;
      readonly tokens: number;
      readonly costUsd: number;
    })[];
  }> };
  /** What a knowledge base's graph is made of. Scope: `knowledge-bases:read`. */
  readonly getOntology: { readonly input: {
    readonly knowledgeBaseId: string;
  }; readonly output: Promise<KnowledgeBaseOntology> };
  /** Give a knowledge base an ontology of its own. The graphs of its documents are made anew, starting within two minutes. A model is asked again only about what its stored answers do not tell: an ontology that merely leaves something out, or one that was in force before, costs no call. The same ontology again changes nothing. Scope: `knowledge-bases:write`. */
  readonly putOntology: { readonly input: {
    readonly knowledgeBaseId: string;
  } & (({
    readonly mode: "strict" | "guided" | "open";
    readonly entityTypes: readonly ({
      readonly name: string;
      /** One line; tells the model what belongs here */
      readonly definition?: string | undefined;
    })[];
    readonly relations?: readonly ({
      readonly name: string;
      /** One line; tells the model what belongs here */
      readonly definition?: string | undefined;
      /** Types it may start at; absent: any */
      readonly source?: readonly (string)[] | undefined;
      /** Types it may end at; absent: any */
      readonly target?: readonly (string)[] | undefined;
      /** One at a time: its source has one target (source), its target one source (target); newer ends older */
      readonly functional?: "source" | "target" | undefined;
    })[] | undefined;
  })); readonly output: Promise<{
    readonly version: number;
    /** How many documents' graphs are made anew. Search goes on meanwhile. */
    readonly documents: number;
  }> };
  /** Go back to the default ontology. Scope: `knowledge-bases:write`. */
  readonly resetOntology: { readonly input: {
    readonly knowledgeBaseId: string;
  }; readonly output: Promise<{
    readonly version: number;
    /** How many documents' graphs are made anew. Search goes on meanwhile. */
    readonly documents: number;
  }> };
  /** All knowledge bases of the organisation. The one named `default` appears with the first document that names no other. Scope: `knowledge-bases:read`. */
  readonly listKnowledgeBases: { readonly input: object; readonly output: Promise<{
    readonly knowledgeBases: readonly (KnowledgeBase)[];
  }> };
  /** Create a knowledge base. Scope: `knowledge-bases:write`. */
  readonly createKnowledgeBase: { readonly input: (({
    readonly name: string;
    readonly chunking?: {
      /** Longest chunk, in tokens. */
      readonly maxTokens: number;
      /** Tokens that an oversize block's pieces share. */
      readonly overlapTokens: number;
    } | undefined;
  })); readonly output: Promise<KnowledgeBase> };
  /** One knowledge base. Scope: `knowledge-bases:read`. */
  readonly getKnowledgeBase: { readonly input: {
    readonly knowledgeBaseId: string;
  }; readonly output: Promise<KnowledgeBase> };
  /** Rename it or change how its documents are cut. Documents that are already processed keep their chunks until they are reprocessed. Scope: `knowledge-bases:write`. */
  readonly updateKnowledgeBase: { readonly input: {
    readonly knowledgeBaseId: string;
  } & (({
    readonly name?: string | undefined;
    readonly chunking?: {
      /** Longest chunk, in tokens. */
      readonly maxTokens: number;
      /** Tokens that an oversize block's pieces share. */
      readonly overlapTokens: number;
    } | undefined;
  })); readonly output: Promise<KnowledgeBase> };
  /** Delete an empty knowledge base. Scope: `knowledge-bases:write`. */
  readonly deleteKnowledgeBase: { readonly input: {
    readonly knowledgeBaseId: string;
  }; readonly output: Promise<void> };
  /** Models that a knowledge base may be embedded with. Scope: `embeddings:read`. */
  readonly listEmbeddingModels: { readonly input: object; readonly output: Promise<{
    readonly models: readonly ({
      readonly model: string;
      /** local: words compared without a model, for development. */
      readonly provider: "openrouter" | "local";
      readonly dimensions: number;
      /** Per million tokens. */
      readonly priceUsdPerMtok: number;
      /** False: the installation has no key for it. */
      readonly isAvailable: boolean;
    })[];
  }> };
  /** What a knowledge base is searched with, and how far a move to another model is. Scope: `knowledge-bases:read`. */
  readonly getKnowledgeBaseProfile: { readonly input: {
    readonly knowledgeBaseId: string;
  }; readonly output: Promise<KnowledgeBaseProfiles> };
  /** Move a knowledge base to another model. Every passage is embedded with it beside the vectors that are there, while searches go on with those. With the last one the base switches, in one step. The old vectors stay, so that the way back costs only what came since. The active model ends a move that is under way; the model that is moved to takes up one that stopped. Scope: `knowledge-bases:write`. */
  readonly moveKnowledgeBaseToModel: { readonly input: {
    readonly knowledgeBaseId: string;
  } & (({
    /** As `/v1/embeddings/models` names it. */
    readonly model: string;
  })); readonly output: Promise<KnowledgeBaseProfiles> };
  /** Go back to the model before. At once where no document came since the switch; otherwise when those have their vectors. Scope: `knowledge-bases:write`. */
  readonly switchKnowledgeBaseBack: { readonly input: {
    readonly knowledgeBaseId: string;
  }; readonly output: Promise<KnowledgeBaseProfiles> };
  /** Give up the way back: remove the vectors of earlier models. Scope: `knowledge-bases:write`. */
  readonly forgetPreviousProfile: { readonly input: {
    readonly knowledgeBaseId: string;
  }; readonly output: Promise<void> };
  /** All endpoints of the organisation. Scope: `webhooks:read`. */
  readonly listWebhookEndpoints: { readonly input: object; readonly output: Promise<{
    readonly endpoints: readonly (WebhookEndpoint)[];
  }> };
  /** Have events sent to an address. Every message whose type one of `eventTypes` matches is posted there, signed after Standard Webhooks (`webhook-id`, `webhook-timestamp`, `webhook-signature`). Any 2xx within 15 s is a success; what fails is tried ten times over about 75 hours. The same delivery may come more than once: `webhook-id` tells. Scope: `webhooks:write`. */
  readonly createWebhookEndpoint: { readonly input: (({
    /** Where deliveries are posted. It must be reachable from the internet; redirects are failures. */
    readonly url: string;
    readonly description?: string | undefined;
    /** Which events are sent here: names or globs such as `order.*`. */
    readonly eventTypes?: readonly (string)[] | undefined;
    /** One delivery at a time, in the order of creation; one that fails holds the rest. */
    readonly ordered?: boolean | undefined;
    /** Deliveries on their way at once. */
    readonly concurrency?: number | undefined;
    /** Deliveries that may start in a second; null: no limit. */
    readonly ratePerSecond?: number | null | undefined;
    /** Sent with every delivery; stored encrypted and never shown again. */
    readonly headers?: { readonly [name: string]: string } | undefined;
    /** hmac: both sides have the secret (v1). ed25519: you get the public key alone (v1a). */
    readonly signing?: "hmac" | "ed25519" | undefined;
  })); readonly output: Promise<WebhookEndpointWithSecret> };
  /** One endpoint: settings, state, health. Scope: `webhooks:read`. */
  readonly getWebhookEndpoint: { readonly input: {
    readonly endpointId: string;
  }; readonly output: Promise<WebhookEndpoint> };
  /** Change an endpoint. Filters hold for messages from now on; address and headers also for deliveries that wait. Scope: `webhooks:write`. */
  readonly updateWebhookEndpoint: { readonly input: {
    readonly endpointId: string;
  } & (({
    /** Where deliveries are posted. It must be reachable from the internet; redirects are failures. */
    readonly url?: string | undefined;
    readonly description?: string | undefined;
    /** Which events are sent here: names or globs such as `order.*`. */
    readonly eventTypes?: readonly (string)[] | undefined;
    /** One delivery at a time, in the order of creation; one that fails holds the rest. */
    readonly ordered?: boolean | undefined;
    /** Deliveries on their way at once. */
    readonly concurrency?: number | undefined;
    /** Deliveries that may start in a second; null: no limit. */
    readonly ratePerSecond?: number | null | undefined;
    /** Sent with every delivery; stored encrypted and never shown again. */
    readonly headers?: { readonly [name: string]: string } | undefined;
  })); readonly output: Promise<WebhookEndpoint> };
  /** Delete an endpoint with its deliveries. Scope: `webhooks:write`. */
  readonly deleteWebhookEndpoint: { readonly input: {
    readonly endpointId: string;
  }; readonly output: Promise<void> };
  /** A new signing secret. Deliveries carry a signature of each valid secret: change the receiver over before the overlap ends. Scope: `webhooks:write`. */
  readonly rotateWebhookSecret: { readonly input: {
    readonly endpointId: string;
  } & (({
    /** hmac: both sides have the secret (v1). ed25519: you get the public key alone (v1a). */
    readonly signing?: "hmac" | "ed25519" | undefined;
    /** How long the secrets before it go on signing; 0 after a leak. */
    readonly overlapSeconds?: number | undefined;
  })); readonly output: Promise<{
    /** Shown this once; what verifies deliveries after Standard Webhooks: `whsec_…` of hmac, the public key `whpk_…` of ed25519. */
    readonly secret: string;
  }> };
  /** Send nothing there until it is enabled. Deliveries are kept as `paused`, those of new messages too. Scope: `webhooks:write`. */
  readonly disableWebhookEndpoint: { readonly input: {
    readonly endpointId: string;
  }; readonly output: Promise<WebhookEndpoint> };
  /** Send there again. With a clean bill of health: what it failed before is forgotten. Scope: `webhooks:write`. */
  readonly enableWebhookEndpoint: { readonly input: {
    readonly endpointId: string;
  } & (({
    /** What becomes of the deliveries that waited. */
    readonly paused?: "send" | "cancel" | undefined;
  })); readonly output: Promise<WebhookEndpoint> };
  /** Send it a test event. A message of type `webhook.test`, whatever its filters say. Its deliveries tell how it went. Scope: `webhooks:write`. */
  readonly testWebhookEndpoint: { readonly input: {
    readonly endpointId: string;
  }; readonly output: Promise<WebhookMessage> };
  /** Send an event to every endpoint that wants it. The body that is posted is `{"type", "timestamp", "data"}`. With the same `Idempotency-Key` again nothing is sent and the answer is the same; with another body under that key the answer is 409. Scope: `webhooks:write`. */
  readonly sendWebhookMessage: { readonly input: (({
    /** Such as `order.created`. */
    readonly eventType: string;
    /** Becomes `data` of the delivered body. */
    readonly payload: { readonly [name: string]: Json };
  })); readonly output: Promise<WebhookMessage> };
  /** Messages, newest first. Scope: `webhooks:read`. */
  readonly listWebhookMessages: { readonly input: {
    /** Such as `order.created`. */
    readonly eventType?: string | undefined;
    readonly limit?: number | undefined;
    readonly cursor?: string | undefined;
  }; readonly output: Promise<{
    readonly messages: readonly (WebhookMessage)[];
    readonly nextCursor?: string | undefined;
  }> };
  /** One message. Scope: `webhooks:read`. */
  readonly getWebhookMessage: { readonly input: {
    readonly messageId: string;
  }; readonly output: Promise<WebhookMessage> };
  /** Deliveries, newest first. Scope: `webhooks:read`. */
  readonly listWebhookDeliveries: { readonly input: {
    readonly endpointId?: string | undefined;
    readonly messageId?: string | undefined;
    readonly state?: "pending" | "sending" | "delivered" | "retry_wait" | "paused" | "exhausted" | "cancelled" | undefined;
    /** Such as `order.created`. */
    readonly eventType?: string | undefined;
    /** Created at this time or later. */
    readonly from?: string | undefined;
    /** Created before. */
    readonly to?: string | undefined;
    readonly limit?: number | undefined;
    readonly cursor?: string | undefined;
  }; readonly output: Promise<{
    readonly deliveries: readonly (WebhookDelivery)[];
    readonly nextCursor?: string | undefined;
  }> };
  /** Send many again. Deliveries by id, or an endpoint's of a span of time. At most 10000 at once: call again while `more` is true. Scope: `webhooks:write`. */
  readonly redeliverWebhooks: { readonly input: (({
    readonly deliveryIds: readonly (string)[];
  } | {
    readonly endpointId: string;
    /** Of the deliveries' creation, inclusive. */
    readonly from: string;
    /** Exclusive. */
    readonly to: string;
    readonly states?: readonly ("delivered" | "retry_wait" | "exhausted" | "cancelled")[] | undefined;
  })); readonly output: Promise<{
    readonly redelivered: number;
    readonly more: boolean;
  }> };
  /** One delivery with its attempts. Scope: `webhooks:read`. */
  readonly getWebhookDelivery: { readonly input: {
    readonly deliveryId: string;
  }; readonly output: Promise<WebhookDeliveryWithAttempts> };
  /** Send one again, from the first attempt. Scope: `webhooks:write`. */
  readonly redeliverWebhook: { readonly input: {
    readonly deliveryId: string;
  }; readonly output: Promise<WebhookDelivery> };
  /** Stop a delivery that has not arrived. One that is on its way at this moment may still arrive, and then says so. Scope: `webhooks:write`. */
  readonly cancelWebhookDelivery: { readonly input: {
    readonly deliveryId: string;
  }; readonly output: Promise<WebhookDelivery> };
  /** All sources of incoming webhooks. Scope: `webhooks:read`. */
  readonly listWebhookSources: { readonly input: object; readonly output: Promise<{
    readonly sources: readonly (WebhookSource)[];
  }> };
  /** Create an address for a sender of webhooks. The token in the address is shown once. Without a secret everything is refused, except for schemes that have none; add it once the sender has told it. Scope: `webhooks:write`. */
  readonly createWebhookSource: { readonly input: (({
    readonly name: string;
    readonly scheme: "standard" | "svix" | "stripe" | "github" | "slack" | "hubspot" | "shopify" | "kommo" | "amocrm-chats" | "bitrix24" | "pipedrive" | "telegram" | "yookassa" | "tbank" | "hmac";
    /** What the scheme needs beside its secrets. */
    readonly options?: {
      /** Replay window on either side; 300 000. */
      readonly toleranceMs?: number | undefined;
      /** For `kommo`, whose hooks are not signed: the account that they must name. */
      readonly account?: {
        readonly id?: string | undefined;
        readonly subdomain?: string | undefined;
      } | undefined;
      /** For `bitrix24`: the portal. */
      readonly memberId?: string | undefined;
      /** For `yookassa`: in place of its published ones. */
      readonly addresses?: readonly (string)[] | undefined;
      /** For the scheme `hmac`. */
      readonly hmac?: {
        readonly algorithm: "sha1" | "sha256" | "sha384" | "sha512";
        readonly encoding: "hex" | "base64" | "base64url";
        /** The header with the signature. */
        readonly header: string;
        /** What stands before the signature, such as `sha256=`. */
        readonly prefix?: string | undefined;
        /** What is signed: `{body}`, and around it `{timestamp}`, `{id}`, `{method}`, `{url}`. Default `{body}`. */
        readonly template?: string | undefined;
        readonly secretEncoding?: "utf8" | "hex" | "base64" | undefined;
        /** With it, messages outside the replay window are refused. */
        readonly timestampHeader?: string | undefined;
        readonly timestampUnit?: "s" | "ms" | undefined;
        /** What knows a repeated message again. */
        readonly idHeader?: string | undefined;
        /** The same, inside a JSON body. Without either, the body itself. */
        readonly idPointer?: string | undefined;
      } | undefined;
    } | undefined;
    /** Sealed at once and never shown again. */
    readonly secrets?: readonly (string)[] | undefined;
    /** The CRM connection whose records its messages are about. */
    readonly connectionId?: string | null | undefined;
    /** Every message becomes an outbound one of this type; `{type}` stands for its own. */
    readonly forwardEventType?: string | null | undefined;
    /** JSON pointers whose values name what a message is about; messages about one thing are handled in their order. null: what the scheme says. []: all of the source in one order. */
    readonly laneBy?: readonly (string)[] | null | undefined;
    /** A message that fails five times: go on with the next about the same thing, or wait for a person. */
    readonly onPoison?: "skip" | "block" | undefined;
    /** How long bodies are kept. */
    readonly retentionDays?: number | undefined;
  })); readonly output: Promise<{
    readonly source: WebhookSource;
    /** Shown this once: only its hash is kept. */
    readonly token: string;
    /** `/hooks/` and the token, under the API's own address. */
    readonly path: string;
  }> };
  /** One source. Scope: `webhooks:read`. */
  readonly getWebhookSource: { readonly input: {
    readonly sourceId: string;
  }; readonly output: Promise<WebhookSource> };
  /** Change or disable a source. A disabled source's address is answered like an unknown one. Messages that wait are handled all the same. Scope: `webhooks:write`. */
  readonly updateWebhookSource: { readonly input: {
    readonly sourceId: string;
  } & (({
    readonly name?: string | undefined;
    /** What the scheme needs beside its secrets. */
    readonly options?: {
      /** Replay window on either side; 300 000. */
      readonly toleranceMs?: number | undefined;
      /** For `kommo`, whose hooks are not signed: the account that they must name. */
      readonly account?: {
        readonly id?: string | undefined;
        readonly subdomain?: string | undefined;
      } | undefined;
      /** For `bitrix24`: the portal. */
      readonly memberId?: string | undefined;
      /** For `yookassa`: in place of its published ones. */
      readonly addresses?: readonly (string)[] | undefined;
      /** For the scheme `hmac`. */
      readonly hmac?: {
        readonly algorithm: "sha1" | "sha256" | "sha384" | "sha512";
        readonly encoding: "hex" | "base64" | "base64url";
        /** The header with the signature. */
        readonly header: string;
        /** What stands before the signature, such as `sha256=`. */
        readonly prefix?: string | undefined;
        /** What is signed: `{body}`, and around it `{timestamp}`, `{id}`, `{method}`, `{url}`. Default `{body}`. */
        readonly template?: string | undefined;
        readonly secretEncoding?: "utf8" | "hex" | "base64" | undefined;
        /** With it, messages outside the replay window are refused. */
        readonly timestampHeader?: string | undefined;
        readonly timestampUnit?: "s" | "ms" | undefined;
        /** What knows a repeated message again. */
        readonly idHeader?: string | undefined;
        /** The same, inside a JSON body. Without either, the body itself. */
        readonly idPointer?: string | undefined;
      } | undefined;
    } | undefined;
    /** The CRM connection whose records its messages are about. */
    readonly connectionId?: string | null | undefined;
    /** Every message becomes an outbound one of this type; `{type}` stands for its own. */
    readonly forwardEventType?: string | null | undefined;
    /** JSON pointers whose values name what a message is about; messages about one thing are handled in their order. null: what the scheme says. []: all of the source in one order. */
    readonly laneBy?: readonly (string)[] | null | undefined;
    /** A message that fails five times: go on with the next about the same thing, or wait for a person. */
    readonly onPoison?: "skip" | "block" | undefined;
    /** How long bodies are kept. */
    readonly retentionDays?: number | undefined;
    readonly state?: "active" | "disabled" | undefined;
  })); readonly output: Promise<WebhookSource> };
  /** Delete a source and what it received. Its address is void within seconds; what it received is removed bit by bit. Scope: `webhooks:write`. */
  readonly deleteWebhookSource: { readonly input: {
    readonly sourceId: string;
  }; readonly output: Promise<void> };
  /** A new address; the old one is void within seconds. Scope: `webhooks:write`. */
  readonly renewWebhookToken: { readonly input: {
    readonly sourceId: string;
  }; readonly output: Promise<WebhookAddress> };
  /** Add a secret, for instance during a rotation. Messages signed with any secret that stands are taken, ten at most. Scope: `webhooks:write`. */
  readonly addWebhookSecret: { readonly input: {
    readonly sourceId: string;
  } & (({
    readonly secret: string;
    /** How long the present ones still stand; without it, until they are removed. */
    readonly overlapSeconds?: number | undefined;
  })); readonly output: Promise<WebhookSource> };
  /** Remove a secret. Scope: `webhooks:write`. */
  readonly removeWebhookSecret: { readonly input: {
    readonly sourceId: string;
    readonly secretId: string;
  }; readonly output: Promise<void> };
  /** Received events, newest first. Scope: `webhooks:read`. */
  readonly listInboundEvents: { readonly input: {
    readonly sourceId?: string | undefined;
    readonly laneId?: string | undefined;
    readonly state?: "queued" | "done" | "dead" | undefined;
    readonly limit?: number | undefined;
    readonly cursor?: string | undefined;
  }; readonly output: Promise<{
    readonly events: readonly (InboundEvent)[];
    readonly nextCursor?: string | undefined;
  }> };
  /** One event with its body. Scope: `webhooks:read`. */
  readonly getInboundEvent: { readonly input: {
    readonly eventId: string;
  }; readonly output: Promise<InboundEventWithBody> };
  /** Handle a dead event again. In its old place, before what waits in its lane. A lane that it blocks goes on with it. Scope: `webhooks:write`. */
  readonly retryInboundEvent: { readonly input: {
    readonly eventId: string;
  }; readonly output: Promise<InboundEvent> };
  /** Lanes that wait for a person behind a dead event. Scope: `webhooks:read`. */
  readonly listBlockedLanes: { readonly input: object; readonly output: Promise<{
    readonly lanes: readonly ({
      readonly id: string;
      /** What its events are about. */
      readonly key: string;
      /** Their source, or its CRM connection. */
      readonly scopeId: string;
      readonly blockedAt: string;
    })[];
  }> };
  /** Let a lane go on without its dead event. Scope: `webhooks:write`. */
  readonly unblockLane: { readonly input: {
    readonly laneId: string;
  }; readonly output: Promise<void> };
  /** All CRM connections of the organisation. Scope: `crm:read`. */
  readonly listCrmConnections: { readonly input: object; readonly output: Promise<{
    readonly connections: readonly (CrmConnection)[];
  }> };
  /** Prepare a connection to a CRM account. It reads and writes nothing until the account is connected: by signing in (`POST /v1/crm/oauth/start`), or with a long-lived token. Secrets are sealed and never returned. Scope: `crm:write`. */
  readonly createCrmConnection: { readonly input: (({
    readonly provider: "kommo" | "amocrm" | "bitrix24" | "hubspot" | "pipedrive" | "salesforce";
    readonly name: string;
    /** Who wins a field that both sides changed; `manual` asks a person. */
    readonly policy?: "crm_wins" | "ours_wins" | "newest" | "manual" | undefined;
    /** The account's plan, where limits depend on it, for instance `{ plan: "enterprise", seats: 12 }`. */
    readonly plan?: { readonly [name: string]: string | number } | undefined;
    readonly settings?: {
      /** How often changes are read; default 300. */
      readonly syncIntervalSeconds?: number | undefined;
    } | undefined;
    /** The organisation's own OAuth app; without it the installation's is used. The secret is sealed. */
    readonly app?: {
      readonly clientId: string;
      readonly clientSecret: string;
    } | undefined;
  })); readonly output: Promise<CrmConnection> };
  /** One connection and its state. Scope: `crm:read`. */
  readonly getCrmConnection: { readonly input: {
    readonly connectionId: string;
  }; readonly output: Promise<CrmConnection> };
  /** Change name, policy, plan or settings. Scope: `crm:write`. */
  readonly updateCrmConnection: { readonly input: {
    readonly connectionId: string;
  } & (({
    readonly name?: string | undefined;
    /** Who wins a field that both sides changed; `manual` asks a person. */
    readonly policy?: "crm_wins" | "ours_wins" | "newest" | "manual" | undefined;
    /** The account's plan, where limits depend on it, for instance `{ plan: "enterprise", seats: 12 }`. */
    readonly plan?: { readonly [name: string]: string | number } | undefined;
    readonly settings?: {
      /** How often changes are read; default 300. */
      readonly syncIntervalSeconds?: number | undefined;
    } | undefined;
  })); readonly output: Promise<CrmConnection> };
  /** Disconnect: forget tokens, records and what waits to be written. For you it is gone at once. Soon after, the webhooks that we subscribed are removed in the CRM and what we hold is deleted. No record is touched in the CRM: deleting there is not offered at all. Scope: `crm:write`. */
  readonly deleteCrmConnection: { readonly input: {
    readonly connectionId: string;
  }; readonly output: Promise<void> };
  /** Connect with a long-lived token. For private integrations. The token is sealed and never returned; the first call shows whether it works. Scope: `crm:write`. */
  readonly connectCrmWithToken: { readonly input: {
    readonly connectionId: string;
  } & (({
    readonly accessToken: string;
    /** The account's address, for instance https://example.kommo.com. */
    readonly baseUrl: string;
  })); readonly output: Promise<CrmConnection> };
  /** Read and write now; also resumes a connection that was suspended. Scope: `crm:write`. */
  readonly syncCrmConnection: { readonly input: {
    readonly connectionId: string;
  }; readonly output: Promise<CrmConnection> };
  /** Begin to connect an account. Send the person to `url`; the CRM brings them back to this API, which stores the tokens and begins to read. The address works once, for 15 minutes, for this connection alone. Scope: `crm:write`. */
  readonly startCrmOAuth: { readonly input: (({
    readonly connectionId: string;
    /** Where the person signs in, if not where everybody does: the portal, `company.bitrix24.ru`, which Bitrix24 always needs; for Salesforce `test.salesforce.com` or a My Domain. Left out, it is where the account was connected before. */
    readonly account?: string | undefined;
  })); readonly output: Promise<{
    readonly url: string;
  }> };
  /** Our copy of the CRM's records. Scope: `crm:read`. */
  readonly listCrmRecords: { readonly input: {
    readonly connectionId: string;
    readonly entity?: "contact" | "company" | "deal" | "note" | "task" | "pipeline" | "user" | "field" | undefined;
    readonly limit?: number | undefined;
    readonly cursor?: string | undefined;
  }; readonly output: Promise<{
    readonly records: readonly (CrmRecord)[];
    readonly nextCursor?: string | undefined;
  }> };
  /** Create a record, here and in the CRM. It is written to the CRM under an id of ours, so that a lost answer never makes a second one. Send an `Idempotency-Key` header to make the request itself repeatable. Scope: `crm:write`. */
  readonly createCrmRecord: { readonly input: {
    readonly connectionId: string;
  } & (({
    readonly entity: "contact" | "company" | "deal" | "note" | "task" | "pipeline" | "user" | "field";
    readonly fields: { readonly [name: string]: string | number | boolean | null | readonly (string)[] };
    readonly links?: readonly ({
      readonly entity: "contact" | "company" | "deal" | "note" | "task" | "pipeline" | "user" | "field";
      readonly remoteId: string;
    })[] | undefined;
  })); readonly output: Promise<CrmRecord> };
  /** One record. Scope: `crm:read`. */
  readonly getCrmRecord: { readonly input: {
    readonly connectionId: string;
    readonly recordId: string;
  }; readonly output: Promise<CrmRecord> };
  /** Change fields, here and in the CRM. Edits of one record that follow each other closely are written together. `null` clears a field. Scope: `crm:write`. */
  readonly updateCrmRecord: { readonly input: {
    readonly connectionId: string;
    readonly recordId: string;
  } & (({
    readonly fields: { readonly [name: string]: string | number | boolean | null | readonly (string)[] };
    /** Refused with 409 where the record is of another version by now. */
    readonly version?: number | undefined;
  })); readonly output: Promise<CrmRecord> };
  /** Leave a message on a deal. It appears on the deal where the CRM shows messages; attachments appear as links. Scope: `crm:write`. */
  readonly sendCrmMessage: { readonly input: {
    readonly connectionId: string;
  } & (({
    /** The deal's id in the CRM. */
    readonly dealId: string;
    readonly channel: "email" | "chat";
    readonly subject?: string | undefined;
    readonly body: string;
    /** Shown as links. */
    readonly attachments?: readonly ({
      readonly url: string;
      readonly name: string;
    })[] | undefined;
  })); readonly output: Promise<CrmRecord> };
  /** What would be written to the CRM now. The difference between our side and what the CRM was last seen to hold. Nothing is written. Scope: `crm:read`. */
  readonly dryRunCrm: { readonly input: {
    readonly connectionId: string;
    readonly limit?: number | undefined;
  }; readonly output: Promise<{
    readonly writes: readonly (CrmPlannedWrite)[];
  }> };
  /** Fields that both sides changed, and how each was decided. Scope: `crm:read`. */
  readonly listCrmConflicts: { readonly input: {
    readonly connectionId: string;
    readonly state?: "open" | "resolved" | undefined;
    readonly limit?: number | undefined;
    readonly cursor?: string | undefined;
  }; readonly output: Promise<{
    readonly conflicts: readonly (CrmConflict)[];
    readonly nextCursor?: string | undefined;
  }> };
  /** Decide an open conflict. One that is decided already stays as it is. Scope: `crm:write`. */
  readonly resolveCrmConflict: { readonly input: {
    readonly connectionId: string;
    readonly conflictId: string;
  } & (({
    readonly resolution: "ours" | "crm" | "value";
    /** For `value`: what both sides get. */
    readonly value?: string | number | boolean | null | readonly (string)[] | undefined;
  })); readonly output: Promise<CrmConflict> };
  /** How the account's fields are named and typed here. An entity that is not listed has the standard fields under their own names. Scope: `crm:read`. */
  readonly getCrmMapping: { readonly input: {
    readonly connectionId: string;
  }; readonly output: Promise<{
    readonly mappings: readonly (CrmMapping)[];
  }> };
  /** Map an entity's fields. Records take the new names when they are next read; a daily sweep reads them all. Scope: `crm:write`. */
  readonly putCrmMapping: { readonly input: {
    readonly connectionId: string;
    readonly entity: "contact" | "company" | "deal" | "note" | "task" | "pipeline" | "user" | "field";
  } & (({
    readonly fields: readonly ({
      readonly name: string;
      readonly type: "text" | "texts" | "number" | "boolean" | "time";
      /** One of our standard fields of the entity, or */
      readonly field?: string | undefined;
      /** one of the account's custom fields, by its id. */
      readonly customField?: string | undefined;
      readonly direction?: "both" | "in" | "out" | undefined;
    })[];
  })); readonly output: Promise<CrmMapping> };
  /** Records that could not be read or written. Scope: `crm:read`. */
  readonly listCrmErrors: { readonly input: {
    readonly connectionId: string;
    readonly limit?: number | undefined;
  }; readonly output: Promise<{
    readonly errors: readonly ({
      readonly entity: string;
      /** The record's id in the CRM, or ours. */
      readonly subject: string;
      readonly code: string;
      readonly message: string;
      readonly occurrences: number;
      readonly lastAt: string;
    })[];
  }> };
  /** Put a job into kb-files. While one about the same row waits, this one is that one. Scope: `jobs:write`. */
  readonly enqueueKbFiles: { readonly input: (({
    readonly kind: "process";
    readonly documentId: string;
  })); readonly output: Promise<{
    readonly queue: string;
    readonly jobId: string;
  }> };
  /** Put a job into embeddings. While one about the same row waits, this one is that one. Scope: `jobs:write`. */
  readonly enqueueEmbeddings: { readonly input: (({
    readonly documentId: string;
    readonly generation: number;
  })); readonly output: Promise<{
    readonly queue: string;
    readonly jobId: string;
  }> };
  /** Put a job into knowledge-graph. While one about the same row waits, this one is that one. Scope: `jobs:write`. */
  readonly enqueueKnowledgeGraph: { readonly input: (({
    readonly kind: "resolve";
    readonly knowledgeBaseId: string;
  } | {
    readonly kind: "read";
    readonly documentId: string;
    readonly generation: number;
  })); readonly output: Promise<{
    readonly queue: string;
    readonly jobId: string;
  }> };
  /** Put a job into webhooks. While one about the same row waits, this one is that one. Scope: `jobs:write`. */
  readonly enqueueWebhooks: { readonly input: (({
    readonly kind: "inbound";
    readonly laneId: string;
  } | {
    readonly kind: "deliver";
    readonly endpointId: string;
    readonly later?: true | undefined;
  })); readonly output: Promise<{
    readonly queue: string;
    readonly jobId: string;
  }> };
  /** Put a job into crm-sync. While one about the same row waits, this one is that one. Scope: `jobs:write`. */
  readonly enqueueCrmSync: { readonly input: (({
    readonly kind: "sync" | "push" | "reconcile";
    readonly connectionId: string;
  })); readonly output: Promise<{
    readonly queue: string;
    readonly jobId: string;
  }> };
  /** Where a job stands. Finished jobs are forgotten after a day, failed ones after a month. The row that a job is about is the record. Scope: `jobs:read`. */
  readonly getJob: { readonly input: {
    readonly queue: string;
    readonly jobId: string;
  }; readonly output: Promise<Job> };
  /** What the organisation's documents and questions cost. Scope: `usage:read`. */
  readonly getUsage: { readonly input: {
    /** Inclusive; default the start of this month, UTC. */
    readonly from?: string | undefined;
    /** Exclusive; default now. */
    readonly to?: string | undefined;
  }; readonly output: Promise<{
    readonly from: string;
    readonly to: string;
    readonly totals: readonly ({
      /** `embedding`, `graph`, `query`, or `reuse`: tokens that were not bought, because an equal text had its vector. */
      readonly purpose: string;
      readonly provider: string;
      readonly model: string;
      readonly requests: number;
      readonly tokens: number;
      readonly costUsd: number;
      /** What texts would have cost that had their vectors already. */
      readonly usdSaved: number;
    })[];
    /** Bought. */
    readonly tokens: number;
    readonly costUsd: number;
    readonly usdSaved: number;
  }> };
  /** Remove everything of the organisation, for good. Documents, vectors, graph, files, CRM connections and records, webhooks, usage, waiting jobs. Its API keys stay, for this call to be made again until `done`. Nothing in a CRM itself is touched. Scope: `organisation:write`. */
  readonly eraseOrganisationData: { readonly input: {
    /** The organisation's own id: this cannot be taken back. */
    readonly confirm: string;
  }; readonly output: Promise<{
    readonly done: boolean;
    readonly rows: number;
    readonly files: number;
    readonly jobs: number;
  }> };
}

/** What goes where. */
export const operations = {
  addDocument: {"method":"POST","path":"/v1/documents","body":"either","answer":"json"},
  listDocuments: {"method":"GET","path":"/v1/documents","query":["knowledgeBaseId","parentDocumentId","state","limit","cursor"],"answer":"json"},
  replaceDocumentContent: {"method":"PUT","path":"/v1/documents/{documentId}/content","body":"form","answer":"json"},
  getDocument: {"method":"GET","path":"/v1/documents/{documentId}","answer":"json"},
  deleteDocument: {"method":"DELETE","path":"/v1/documents/{documentId}","answer":"json"},
  reprocessDocument: {"method":"POST","path":"/v1/documents/{documentId}/reprocess","answer":"json"},
  listDocumentStages: {"method":"GET","path":"/v1/documents/{documentId}/stages","answer":"json"},
  listPassages: {"method":"GET","path":"/v1/documents/{documentId}/passages","query":["fromChar","limit","cursor"],"answer":"json"},
  downloadDocument: {"method":"GET","path":"/v1/documents/{documentId}/file","answer":"stream"},
  setDocumentPassword: {"method":"PUT","path":"/v1/documents/{documentId}/password","body":"json","answer":"json"},
  listQuarantine: {"method":"GET","path":"/v1/documents/{documentId}/quarantine","query":["limit","cursor"],"answer":"json"},
  retryPassage: {"method":"POST","path":"/v1/documents/{documentId}/quarantine/{chunkId}/retry","answer":"json"},
  retryDocument: {"method":"POST","path":"/v1/documents/{documentId}/retry","answer":"json"},
  getLimits: {"method":"GET","path":"/v1/limits","answer":"json"},
  getEmbeddingLimits: {"method":"GET","path":"/v1/limits/embeddings","answer":"json"},
  setEmbeddingLimits: {"method":"PATCH","path":"/v1/limits/embeddings","body":"json","answer":"json"},
  watchDocument: {"method":"GET","path":"/v1/documents/{documentId}/events","answer":"events"},
  resumeEmbedding: {"method":"POST","path":"/v1/embeddings/resume","answer":"json"},
  search: {"method":"POST","path":"/v1/search","body":"json","answer":"json"},
  listEntities: {"method":"GET","path":"/v1/graph/entities","query":["knowledgeBaseId","documentId","type","query","limit","cursor"],"answer":"json"},
  listNeighbours: {"method":"GET","path":"/v1/graph/neighbours","query":["entityId","hops","limit"],"answer":"json"},
  findPath: {"method":"GET","path":"/v1/graph/path","query":["fromId","toId","maxHops"],"answer":"json"},
  exportGraph: {"method":"GET","path":"/v1/graph/export","query":["knowledgeBaseId","documentId","limit","cursor"],"answer":"json"},
  exportGraphFile: {"method":"GET","path":"/v1/graph/export/{format}","query":["knowledgeBaseId","documentId"],"answer":"stream"},
  decideEntities: {"method":"POST","path":"/v1/graph/decisions","body":"json"},
  getEntity: {"method":"GET","path":"/v1/graph/entities/{entityId}","answer":"json"},
  listAroundPassages: {"method":"GET","path":"/v1/graph/around","query":["chunkIds","hops","limit"],"answer":"json"},
  listCommunities: {"method":"GET","path":"/v1/graph/communities","query":["knowledgeBaseId","limit","members"],"answer":"json"},
  listMerges: {"method":"GET","path":"/v1/graph/merges","query":["knowledgeBaseId","limit","cursor"],"answer":"json"},
  undoMerge: {"method":"POST","path":"/v1/graph/merges/{mergeId}/undo","body":"json"},
  getGraphCosts: {"method":"GET","path":"/v1/graph/costs","query":["from","to","limit"],"answer":"json"},
  getDocumentGraphCosts: {"method":"GET","path":"/v1/graph/costs/{documentId}","answer":"json"},
  getOntology: {"method":"GET","path":"/v1/knowledge-bases/{knowledgeBaseId}/ontology","answer":"json"},
  putOntology: {"method":"PUT","path":"/v1/knowledge-bases/{knowledgeBaseId}/ontology","body":"json","answer":"json"},
  resetOntology: {"method":"DELETE","path":"/v1/knowledge-bases/{knowledgeBaseId}/ontology","answer":"json"},
  listKnowledgeBases: {"method":"GET","path":"/v1/knowledge-bases","answer":"json"},
  createKnowledgeBase: {"method":"POST","path":"/v1/knowledge-bases","body":"json","answer":"json"},
  getKnowledgeBase: {"method":"GET","path":"/v1/knowledge-bases/{knowledgeBaseId}","answer":"json"},
  updateKnowledgeBase: {"method":"PATCH","path":"/v1/knowledge-bases/{knowledgeBaseId}","body":"json","answer":"json"},
  deleteKnowledgeBase: {"method":"DELETE","path":"/v1/knowledge-bases/{knowledgeBaseId}"},
  listEmbeddingModels: {"method":"GET","path":"/v1/embeddings/models","answer":"json"},
  getKnowledgeBaseProfile: {"method":"GET","path":"/v1/knowledge-bases/{knowledgeBaseId}/profile","answer":"json"},
  moveKnowledgeBaseToModel: {"method":"PUT","path":"/v1/knowledge-bases/{knowledgeBaseId}/profile","body":"json","answer":"json"},
  switchKnowledgeBaseBack: {"method":"POST","path":"/v1/knowledge-bases/{knowledgeBaseId}/profile/switch-back","answer":"json"},
  forgetPreviousProfile: {"method":"DELETE","path":"/v1/knowledge-bases/{knowledgeBaseId}/profile/previous"},
  listWebhookEndpoints: {"method":"GET","path":"/v1/webhooks/endpoints","answer":"json"},
  createWebhookEndpoint: {"method":"POST","path":"/v1/webhooks/endpoints","body":"json","answer":"json"},
  getWebhookEndpoint: {"method":"GET","path":"/v1/webhooks/endpoints/{endpointId}","answer":"json"},
  updateWebhookEndpoint: {"method":"PATCH","path":"/v1/webhooks/endpoints/{endpointId}","body":"json","answer":"json"},
  deleteWebhookEndpoint: {"method":"DELETE","path":"/v1/webhooks/endpoints/{endpointId}"},
  rotateWebhookSecret: {"method":"POST","path":"/v1/webhooks/endpoints/{endpointId}/rotate-secret","body":"json","answer":"json"},
  disableWebhookEndpoint: {"method":"POST","path":"/v1/webhooks/endpoints/{endpointId}/disable","answer":"json"},
  enableWebhookEndpoint: {"method":"POST","path":"/v1/webhooks/endpoints/{endpointId}/enable","body":"json","answer":"json"},
  testWebhookEndpoint: {"method":"POST","path":"/v1/webhooks/endpoints/{endpointId}/test","answer":"json"},
  sendWebhookMessage: {"method":"POST","path":"/v1/webhooks/messages","body":"json","answer":"json"},
  listWebhookMessages: {"method":"GET","path":"/v1/webhooks/messages","query":["eventType","limit","cursor"],"answer":"json"},
  getWebhookMessage: {"method":"GET","path":"/v1/webhooks/messages/{messageId}","answer":"json"},
  listWebhookDeliveries: {"method":"GET","path":"/v1/webhooks/deliveries","query":["endpointId","messageId","state","eventType","from","to","limit","cursor"],"answer":"json"},
  redeliverWebhooks: {"method":"POST","path":"/v1/webhooks/deliveries/redeliver","body":"json","answer":"json"},
  getWebhookDelivery: {"method":"GET","path":"/v1/webhooks/deliveries/{deliveryId}","answer":"json"},
  redeliverWebhook: {"method":"POST","path":"/v1/webhooks/deliveries/{deliveryId}/redeliver","answer":"json"},
  cancelWebhookDelivery: {"method":"POST","path":"/v1/webhooks/deliveries/{deliveryId}/cancel","answer":"json"},
  listWebhookSources: {"method":"GET","path":"/v1/webhooks/sources","answer":"json"},
  createWebhookSource: {"method":"POST","path":"/v1/webhooks/sources","body":"json","answer":"json"},
  getWebhookSource: {"method":"GET","path":"/v1/webhooks/sources/{sourceId}","answer":"json"},
  updateWebhookSource: {"method":"PATCH","path":"/v1/webhooks/sources/{sourceId}","body":"json","answer":"json"},
  deleteWebhookSource: {"method":"DELETE","path":"/v1/webhooks/sources/{sourceId}"},
  renewWebhookToken: {"method":"POST","path":"/v1/webhooks/sources/{sourceId}/token","answer":"json"},
  addWebhookSecret: {"method":"POST","path":"/v1/webhooks/sources/{sourceId}/secrets","body":"json","answer":"json"},
  removeWebhookSecret: {"method":"DELETE","path":"/v1/webhooks/sources/{sourceId}/secrets/{secretId}"},
  listInboundEvents: {"method":"GET","path":"/v1/webhooks/events","query":["sourceId","laneId","state","limit","cursor"],"answer":"json"},
  getInboundEvent: {"method":"GET","path":"/v1/webhooks/events/{eventId}","answer":"json"},
  retryInboundEvent: {"method":"POST","path":"/v1/webhooks/events/{eventId}/retry","answer":"json"},
  listBlockedLanes: {"method":"GET","path":"/v1/webhooks/lanes","answer":"json"},
  unblockLane: {"method":"POST","path":"/v1/webhooks/lanes/{laneId}/unblock"},
  listCrmConnections: {"method":"GET","path":"/v1/crm/connections","answer":"json"},
  createCrmConnection: {"method":"POST","path":"/v1/crm/connections","body":"json","answer":"json"},
  getCrmConnection: {"method":"GET","path":"/v1/crm/connections/{connectionId}","answer":"json"},
  updateCrmConnection: {"method":"PATCH","path":"/v1/crm/connections/{connectionId}","body":"json","answer":"json"},
  deleteCrmConnection: {"method":"DELETE","path":"/v1/crm/connections/{connectionId}"},
  connectCrmWithToken: {"method":"POST","path":"/v1/crm/connections/{connectionId}/token","body":"json","answer":"json"},
  syncCrmConnection: {"method":"POST","path":"/v1/crm/connections/{connectionId}/sync","answer":"json"},
  startCrmOAuth: {"method":"POST","path":"/v1/crm/oauth/start","body":"json","answer":"json"},
  listCrmRecords: {"method":"GET","path":"/v1/crm/connections/{connectionId}/records","query":["entity","limit","cursor"],"answer":"json"},
  createCrmRecord: {"method":"POST","path":"/v1/crm/connections/{connectionId}/records","body":"json","answer":"json"},
  getCrmRecord: {"method":"GET","path":"/v1/crm/connections/{connectionId}/records/{recordId}","answer":"json"},
  updateCrmRecord: {"method":"PATCH","path":"/v1/crm/connections/{connectionId}/records/{recordId}","body":"json","answer":"json"},
  sendCrmMessage: {"method":"POST","path":"/v1/crm/connections/{connectionId}/messages","body":"json","answer":"json"},
  dryRunCrm: {"method":"GET","path":"/v1/crm/connections/{connectionId}/dry-run","query":["limit"],"answer":"json"},
  listCrmConflicts: {"method":"GET","path":"/v1/crm/connections/{connectionId}/conflicts","query":["state","limit","cursor"],"answer":"json"},
  resolveCrmConflict: {"method":"POST","path":"/v1/crm/connections/{connectionId}/conflicts/{conflictId}/resolve","body":"json","answer":"json"},
  getCrmMapping: {"method":"GET","path":"/v1/crm/connections/{connectionId}/mapping","answer":"json"},
  putCrmMapping: {"method":"PUT","path":"/v1/crm/connections/{connectionId}/mapping/{entity}","body":"json","answer":"json"},
  listCrmErrors: {"method":"GET","path":"/v1/crm/connections/{connectionId}/errors","query":["limit"],"answer":"json"},
  enqueueKbFiles: {"method":"POST","path":"/v1/jobs/kb-files","body":"json","answer":"json"},
  enqueueEmbeddings: {"method":"POST","path":"/v1/jobs/embeddings","body":"json","answer":"json"},
  enqueueKnowledgeGraph: {"method":"POST","path":"/v1/jobs/knowledge-graph","body":"json","answer":"json"},
  enqueueWebhooks: {"method":"POST","path":"/v1/jobs/webhooks","body":"json","answer":"json"},
  enqueueCrmSync: {"method":"POST","path":"/v1/jobs/crm-sync","body":"json","answer":"json"},
  getJob: {"method":"GET","path":"/v1/jobs/{queue}/{jobId}","answer":"json"},
  getUsage: {"method":"GET","path":"/v1/usage","query":["from","to"],"answer":"json"},
  eraseOrganisationData: {"method":"DELETE","path":"/v1/organisation/data","query":["confirm"],"answer":"json"},
} as const;
