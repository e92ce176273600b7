import { PermanentError } from "@gpt-agent/jobs/errors";
import { randomUUID } from "node:crypto";
import type { LogFields } from "@gpt-agent/jobs/handler";
import type { JobStatus } from "@gpt-agent/queue/client";
import type { FleetMember } from "@gpt-agent/queue/fleet";
import type { QueueState } from "@gpt-agent/queue/queue-state";
import { makeRecordingQueue } from "@gpt-agent/queue/testing";
import type { Neighbour } from "@gpt-agent/supabase/search";
import type { ConnectedChunk, GraphLinks } from "@gpt-agent/supabase/graph-exploration";
import type { QuarantinedPassage } from "@gpt-agent/supabase/quarantine";
import type { DocumentRow, Hit, KnowledgeBaseRow, Ports } from "../ports.ts";
import { queues } from "../queues.ts";
import { makeCrmFakes } from "./crm-fakes.ts";
import { makeIdempotencyFake } from "./idempotency-fake.ts";
import { makeInboundFakes } from "./inbound-fakes.ts";
import { makeProfileFakes } from "./profile-fakes.ts";
import { makeWebhookFakes } from "./webhook-fakes.ts";

const idleQueue: QueueState = {
  waiting: 0,
  prioritized: 0,
  active: 0,
  delayed: 0,
  overdue: 0,
  completed: 0,
  failed: 0,
  held: false,
  latencyMs: 0,
};

const noLimits: Awaited<ReturnType<Ports["limits"]["get"]>> = {
  maxFileBytes: null,
  maxPages: null,
  maxChunks: null,
  maxParseSeconds: null,
};

const noBudget: Awaited<ReturnType<Ports["embeddingBudgets"]["get"]>> = {
  maxUsdPerDay: null,
  maxUsdPerMonth: null,
  weight: 1,
  usdToday: 0,
  usdThisMonth: 0,
  pause: null,
};

/** Rows in memory, apart by organisation like the real ones: whoever asks for another's gets nothing. */
export const makeFakes = () => {
  const documents = new Map<string, DocumentRow>();
  const bases = new Map<string, KnowledgeBaseRow>();
  const keys = new Map<string, NonNullable<Awaited<ReturnType<Ports["apiKeys"]["find"]>>>>();
  /** Keys that have called too often. */
  const overRate = new Set<string>();
  const objects = new Map<string, { body: Blob; contentType: string }>();
  const logged: { level: string; message: string; fields: LogFields | undefined }[] = [];
  const limits = new Map<string, typeof noLimits>();
  const passwords = new Map<string, string>();
  const budgets = new Map<string, typeof noBudget>();
  const weights = new Map<string, number>();
  /** Passages that were set aside, of whichever document is asked for. */
  const quarantined = new Map<number, QuarantinedPassage>();
  const queue = makeRecordingQueue();
  const jobs = new Map<string, JobStatus>();
  const workers: FleetMember[] = [];
  const webhooks = makeWebhookFakes();
  const inbound = makeInboundFakes();
  const crm = makeCrmFakes();
  const hits: Hit[] = [];
  const neighbours: Neighbour[] = [];
  const profileMoves = makeProfileFakes(bases);
  const connected: ConnectedChunk[] = [];
  const connections: Parameters<Ports["graphExploration"]["connected"]>[0][] = [];
  const graphLinks: GraphLinks = { ids: [], links: [], complete: true };
  const searches: Parameters<Ports["search"]["hybrid"]>[0][] = [];

  const own = <Row extends { readonly orgId: string }>(row: Row | undefined, orgId: string): Row | undefined =>
    row?.orgId === orgId ? row : undefined;
  const record = (level: string) => (message: string, fields?: LogFields) => {
    logged.push({ level, message, fields });
  };

  const ports: Ports = {
    idempotency: makeIdempotencyFake(),
    rates: {
      take: async ({ key }) =>
        overRate.has(key) ? { allowed: false, retryAfterMs: 1_500 } : { allowed: true, retryAfterMs: 0 },
    },
    apiKeys: { find: async ({ presentedKey }) => keys.get(presentedKey) },
    documents: {
      create: async (fields) => {
        const { sourceKey = null, rawSha256 = null } = fields;
        const row = makeDocumentRow({
          ...fields,
          sourceKey,
          rawSha256,
          id: fields.id ?? randomUUID(),
          metadata: { ...fields.metadata },
        });
        documents.set(row.id, row);
        return row;
      },
      get: async ({ orgId, documentId }) => own(documents.get(documentId), orgId),
      list: async ({ orgId, knowledgeBaseId, parentDocumentId, state, limit, cursor = "0" }) => {
        const all = [...documents.values()].filter(
          (row) =>
            row.orgId === orgId &&
            (!knowledgeBaseId || row.knowledgeBaseId === knowledgeBaseId) &&
            (!parentDocumentId || row.parentDocumentId === parentDocumentId) &&
            (!state || row.state === state),
        );
        const end = Number(cursor) + limit;
        return { documents: all.slice(Number(cursor), end), ...(end < all.length && { nextCursor: String(end) }) };
      },
      reprocess: async ({ orgId, documentId }) => {
        const row = own(documents.get(documentId), orgId);
        if (!row) throw new Error("no such row");
        const next: DocumentRow = { ...row, state: "queued", graphState: "pending", generation: row.generation + 1 };
        documents.set(documentId, next);
        return next;
      },
      beginDelete: async ({ orgId, documentId }) => {
        const row = own(documents.get(documentId), orgId);
        if (!row) return undefined;
        const next: DocumentRow = { ...row, state: "deleting" };
        documents.set(documentId, next);
        return next;
      },
    },
    documentStages: {
      list: async ({ orgId, documentId }) => {
        const row = own(documents.get(documentId), orgId);
        return row ? [{ ...row, graphErrorCode: null, at: row.createdAt }] : [];
      },
    },
    passages: { list: async () => ({ passages: [] }) },
    usage: {
      summarise: async () => [
        { purpose: "embedding", provider: "local", model: "m", requests: 2, tokens: 10, costUsd: 0.5, usdSaved: 0 },
      ],
    },
    eraseOrganisation: async ({ orgId }) => {
      const mine = [...documents.values()].filter((row) => row.orgId === orgId);
      for (const { id } of mine) documents.delete(id);
      return { done: true, rows: mine.length, files: 0, jobs: 0 };
    },
    versions: {
      findBySource: async ({ orgId, knowledgeBaseId, sourceKey }) =>
        [...documents.values()].find(
          (row) =>
            row.orgId === orgId &&
            row.knowledgeBaseId === knowledgeBaseId &&
            row.sourceKey === sourceKey &&
            row.state !== "deleting",
        ),
      replaceContent: async ({ orgId, documentId, objectPath, rawSha256, byteSize, ...changes }) => {
        const row = own(documents.get(documentId), orgId);
        if (!row) throw new Error("no such row");
        if (row.rawSha256 === rawSha256) return { document: row, replaced: false };
        const { name = row.name, mime = row.mime, metadata = row.metadata } = changes;
        const content = { objectPath, rawSha256, byteSize, name, mime, metadata };
        const document: DocumentRow = { ...row, ...content, state: "queued", generation: row.generation + 1 };
        documents.set(documentId, document);
        return { document, replaced: true };
      },
    },
    limits: { get: async ({ orgId }) => limits.get(orgId) ?? noLimits },
    embeddingBudgets: {
      get: async ({ orgId }) => budgets.get(orgId) ?? noBudget,
      set: async ({ orgId, ...changes }) => {
        const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
        budgets.set(orgId, { ...(budgets.get(orgId) ?? noBudget), ...given });
      },
      resume: async ({ orgId }) => {
        const paused = [...documents.values()].filter(
          (row) => row.orgId === orgId && row.state === "blocked" && row.errorCode === "ai_payment_required",
        );
        for (const row of paused) documents.set(row.id, { ...row, state: "embedding", errorCode: null });
        return paused.map(({ id, generation }) => ({ orgId, documentId: id, generation }));
      },
    },
    quarantine: {
      list: async ({ orgId, documentId }) => ({
        passages: own(documents.get(documentId), orgId) ? [...quarantined.values()] : [],
      }),
      retry: async ({ orgId, documentId, chunkId }) => {
        const row = own(documents.get(documentId), orgId);
        const found = chunkId === undefined ? quarantined.size > 0 : quarantined.has(chunkId);
        if (!row || !found) return undefined;
        if (chunkId === undefined) quarantined.clear();
        else quarantined.delete(chunkId);
        const next: DocumentRow = { ...row, state: "embedding" };
        documents.set(documentId, next);
        return next;
      },
    },
    setWeights: async (given) => {
      for (const [orgId, weight] of given) weights.set(orgId, weight);
    },
    documentPasswords: {
      set: async ({ orgId, documentId, sealed }) =>
        own(documents.get(documentId), orgId) !== undefined && passwords.set(documentId, sealed) !== undefined,
    },
    knowledgeBases: {
      ensureDefault: async ({ orgId, profileId }) => {
        const known = [...bases.values()].find((base) => base.orgId === orgId && base.name === "default");
        const base = known ?? makeBaseRow({ orgId, name: "default", activeProfileId: profileId });
        bases.set(base.id, base);
        return base;
      },
      create: async ({ orgId, name, profileId, chunking }) => {
        const base = makeBaseRow({ orgId, name, activeProfileId: profileId, ...(chunking && { chunking }) });
        bases.set(base.id, base);
        return base;
      },
      get: async ({ orgId, knowledgeBaseId }) => own(bases.get(knowledgeBaseId), orgId),
      list: async ({ orgId }) => [...bases.values()].filter((base) => base.orgId === orgId),
      update: async ({ orgId, knowledgeBaseId, name, chunking }) => {
        const base = own(bases.get(knowledgeBaseId), orgId);
        if (!base) return undefined;
        const next = { ...base, ...(name !== undefined && { name }), ...(chunking && { chunking }) };
        bases.set(base.id, next);
        return next;
      },
      remove: async ({ orgId, knowledgeBaseId }) =>
        own(bases.get(knowledgeBaseId), orgId) !== undefined && bases.delete(knowledgeBaseId),
    },
    newBaseProfileId: async () => 1,
    files: {
      upload: async ({ path, body, contentType }) => {
        // The temporary file is gone after the call: keep its bytes, not its handle.
        objects.set(path, { body: new Blob([await (body as Blob).arrayBuffer()]), contentType });
      },
      download: async ({ path }) => {
        const object = objects.get(path);
        if (!object) throw new PermanentError("file_missing", "gone");
        return new Response(object.body);
      },
      find: async ({ path }) => {
        const object = objects.get(path);
        return object && { byteSize: object.body.size, contentType: object.contentType };
      },
      remove: async ({ paths }) => {
        for (const path of paths) objects.delete(path);
      },
    },
    search: {
      hybrid: async (question) => {
        searches.push(question);
        return hits;
      },
      neighbours: async ({ chunkIds }) => neighbours.filter(({ ofChunkId }) => chunkIds.includes(ofChunkId)),
    },
    ...profileMoves.ports,
    embedQuery: async () => [0.6, 0.8],
    graph: {
      entities: async () => ({ entities: [] }),
      neighbours: async () => undefined,
      path: async () => undefined,
      export: async () => ({ entities: [], edges: [] }),
    },
    graphOntologies: { versions: async () => [], set: async () => ({ version: 1, documents: 0 }) },
    graphCosts: {
      document: async () => undefined,
      organisation: async () => ({ requests: 0, tokens: 0, costUsd: 0, documents: [] }),
    },
    graphExploration: {
      entity: async () => undefined,
      find: async () => [],
      around: async () => undefined,
      connected: async (question) => {
        connections.push(question);
        return connected;
      },
      links: async () => graphLinks,
    },
    graphMerges: { list: async () => ({ merges: [] }), undo: async () => false },
    graphResolution: {
      decide: async ({ entityId }) => {
        throw new PermanentError("tenant_mismatch", `There is no entity ${entityId}.`);
      },
    },
    ...webhooks.ports,
    ...inbound.ports,
    crm: crm.crm,
    seal: {
      seal: async ({ orgId, column }, text) => `v1.${orgId}.${column}.${text}`,
      open: async ({ orgId, column }, sealed) => sealed.slice(`v1.${orgId}.${column}.`.length),
    },
    enqueue: queue.enqueue,
    jobs: { queues, status: async (_queue, jobId) => jobs.get(jobId) },
    fleet: {
      workers: async () => workers,
      minutes: async () => [],
      state: async () => idleQueue,
    },
    enqueueMany: async (definition, payloads) => {
      const all = [...payloads];
      for (const payload of all) await queue.enqueue(definition, payload);
      return all.length;
    },
    board: { ping: async () => {}, open: () => [] },
    checks: {},
    log: { debug: record("debug"), info: record("info"), warn: record("warn"), error: record("error") },
  };
  return {
    ports,
    webhooks,
    inbound,
    crm,
    documents,
    limits,
    passwords,
    weights,
    quarantined,
    bases,
    keys,
    jobs,
    workers,
    overRate,
    objects,
    hits,
    neighbours,
    movesWaiting: profileMoves.waiting,
    searches,
    connected,
    connections,
    logged,
    enqueued: queue.enqueued,
  };
};

export type Fakes = ReturnType<typeof makeFakes>;

const createdAt = "2026-11-23T12:00:00+00:00";

export const makeDocumentRow = (fields: Partial<DocumentRow>): DocumentRow => ({
  id: randomUUID(),
  orgId: randomUUID(),
  knowledgeBaseId: randomUUID(),
  parentDocumentId: null,
  attachmentDepth: 0,
  sourceKey: null,
  name: "Договор.pdf",
  mime: "application/pdf",
  byteSize: 1024,
  bucket: "agent-jobs",
  objectPath: "",
  rawSha256: null,
  textSha256: null,
  supersededPaths: [],
  metadata: {},
  state: "queued",
  graphState: "pending",
  generation: 1,
  liveGeneration: 0,
  pageCount: null,
  charCount: null,
  language: null,
  chunkCount: 0,
  storedCount: 0,
  embeddedCount: 0,
  quarantinedCount: 0,
  entityCount: 0,
  edgeCount: 0,
  tokensBilled: 0,
  tokensReused: 0,
  usdSaved: 0,
  costUsd: 0,
  embeddingSince: null,
  embeddingFrom: 0,
  warnings: [],
  errorCode: null,
  errorMessage: null,
  graphErrorCode: null,
  graphErrorMessage: null,
  createdAt,
  updatedAt: createdAt,
  ...fields,
});

export const makeBaseRow = (fields: Partial<KnowledgeBaseRow>): KnowledgeBaseRow => ({
  id: randomUUID(),
  orgId: randomUUID(),
  name: "default",
  activeProfileId: 1,
  chunking: { maxTokens: 400, overlapTokens: 40 },
  createdAt,
  ...fields,
});
