import { createClient } from "@supabase/supabase-js";
import { createHmac, randomUUID } from "node:crypto";
import { inject } from "vitest";
import { makeApiKeys } from "../src/api-keys.ts";
import { makeChunks, type NewChunk } from "../src/chunks.ts";
import { connectSupabase, schemaName } from "../src/client.ts";
import { makeDataKeys } from "../src/data-keys.ts";
import { makeDocumentPasswords } from "../src/document-passwords.ts";
import { makeDocumentStages } from "../src/document-stages.ts";
import { makeDocuments, type DocumentRow } from "../src/documents.ts";
import { makeEmbeddingBudgets } from "../src/embedding-budgets.ts";
import { makeEmbeddingStore } from "../src/embedding-store.ts";
import { makeFiles } from "../src/files.ts";
import { makeGraph, type Contribution } from "../src/graph.ts";
import { makeGraphAnswers } from "../src/graph-answers.ts";
import { makeGraphJudgements } from "../src/graph-judgements.ts";
import { makeGraphOntologies } from "../src/graph-ontologies.ts";
import { makeGraphCosts } from "../src/graph-costs.ts";
import { makeGraphExploration } from "../src/graph-exploration.ts";
import { makeGraphMerges } from "../src/graph-merges.ts";
import { makeGraphResolution } from "../src/graph-resolution.ts";
import { makeIdempotency } from "../src/idempotency.ts";
import { makeInboundEvents } from "../src/inbound-events.ts";
import { makeLegacy } from "../src/legacy.ts";
import { makeLimits } from "../src/limits.ts";
import { makeKnowledgeBases, type KnowledgeBaseRow } from "../src/knowledge-bases.ts";
import { makeProfileMoves } from "../src/profile-moves.ts";
import { makeOrganisations } from "../src/organisations.ts";
import { makePassages } from "../src/passages.ts";
import { makeProfiles, type NewProfile, type ProfileRow } from "../src/profiles.ts";
import { makeQuarantine } from "../src/quarantine.ts";
import { makeSearch } from "../src/search.ts";
import { makeUsage } from "../src/usage.ts";
import { makeVersions } from "../src/versions.ts";
import { makeWebhookSources } from "../src/webhook-sources.ts";
import { makeWebhookDeliveries } from "../src/webhook-deliveries.ts";
import { makeWebhookEndpoints } from "../src/webhook-endpoints.ts";
import { makeWebhookMessages } from "../src/webhook-messages.ts";

const stack = inject("stack");

export const supabase = connectSupabase({
  url: stack.SUPABASE_URL,
  serviceRoleKey: { reveal: () => stack.SUPABASE_SERVICE_ROLE_KEY },
});

export const repositories = {
  apiKeys: makeApiKeys(supabase),
  chunks: makeChunks(supabase),
  dataKeys: makeDataKeys(supabase),
  documentPasswords: makeDocumentPasswords(supabase),
  documents: makeDocuments(supabase),
  documentStages: makeDocumentStages(supabase),
  embeddingBudgets: makeEmbeddingBudgets(supabase),
  embeddingStore: makeEmbeddingStore(supabase),
  files: makeFiles(supabase),
  graph: makeGraph(supabase),
  graphAnswers: makeGraphAnswers(supabase),
  graphJudgements: makeGraphJudgements(supabase),
  graphOntologies: makeGraphOntologies(supabase),
  graphCosts: makeGraphCosts(supabase),
  graphExploration: makeGraphExploration(supabase),
  graphMerges: makeGraphMerges(supabase),
  graphResolution: makeGraphResolution(supabase),
  idempotency: makeIdempotency(supabase),
  inboundEvents: makeInboundEvents(supabase),
  knowledgeBases: makeKnowledgeBases(supabase),
  legacy: makeLegacy(supabase),
  limits: makeLimits(supabase),
  organisations: makeOrganisations(supabase),
  passages: makePassages(supabase),
  quarantine: makeQuarantine(supabase),
  profileMoves: makeProfileMoves(supabase),
  search: makeSearch(supabase),
  usage: makeUsage(supabase),
  versions: makeVersions(supabase),
  webhookSources: makeWebhookSources(supabase),
  webhookDeliveries: makeWebhookDeliveries(supabase),
  webhookEndpoints: makeWebhookEndpoints(supabase),
  webhookMessages: makeWebhookMessages(supabase),
};
export const {
  apiKeys,
  chunks,
  dataKeys,
  documentPasswords,
  documents,
  documentStages,
  embeddingBudgets,
  embeddingStore,
  files,
  graph,
  graphAnswers,
  graphJudgements,
  graphOntologies,
  graphCosts,
  graphExploration,
  graphMerges,
  graphResolution,
  idempotency,
  inboundEvents,
  knowledgeBases,
  legacy,
  limits,
  organisations,
  passages,
  quarantine,
  profileMoves,
  search,
  usage,
  versions,
  webhookDeliveries,
  webhookEndpoints,
  webhookMessages,
  webhookSources,
} = repositories;
export const profiles = makeProfiles(supabase);

/** Vectors of three numbers: what they mean is decided by the test that writes them. */
export const tinyProfile: NewProfile = {
  provider: "local",
  model: "test-tiny",
  dimensions: 3,
  version: 1,
  priceUsdPerMtok: 0,
  maxInputTokens: 1000,
  maxBatchInputs: 100,
  maxBatchTokens: 10_000,
};

export interface Place {
  readonly orgId: string;
  readonly base: KnowledgeBaseRow;
  readonly profile: ProfileRow;
}

/** A fresh organisation with its default knowledge base. */
export const makePlace = async (): Promise<Place> => {
  const orgId = randomUUID();
  const profile = await profiles.ensure(tinyProfile);
  return { orgId, profile, base: await knowledgeBases.ensureDefault({ orgId, profileId: profile.id }) };
};

/** Consecutive chunks of one text. */
export const cut = (contents: readonly string[], more: Partial<NewChunk> = {}): NewChunk[] => {
  const place = { pageFrom: 1, pageTo: 1, sheet: null, rowFrom: null, rowTo: null };
  let charStart = 0;
  return contents.map((content, ordinal) => {
    const charEnd = charStart + [...content].length;
    const chunk = { ordinal, content, charStart, charEnd, contextHeader: "", headingPath: [], ...place };
    charStart = charEnd;
    return { ...chunk, kind: "text", tokenCount: 10, language: "russian", ...more };
  });
};

export interface Leased {
  readonly orgId: string;
  readonly documentId: string;
  readonly generation: number;
  readonly lease: string;
}

export const queue = ({ orgId, base }: Place, name = "договор.txt"): Promise<DocumentRow> => {
  const id = randomUUID();
  return documents.create({
    orgId,
    id,
    name,
    knowledgeBaseId: base.id,
    mime: "text/plain",
    byteSize: 10,
    objectPath: `${orgId}/documents/${id}/file.txt`,
  });
};

const held = (orgId: string, { document, lease }: { document: DocumentRow; lease?: string | undefined }): Leased => {
  if (!lease) throw new Error(`document ${document.id} is ${document.state}: no lease`);
  return { orgId, documentId: document.id, generation: document.generation, lease };
};

/** kb-files' part: from queued to embedding. */
export const process = async (
  { orgId }: Place,
  documentId: string,
  newChunks: readonly NewChunk[],
): Promise<Leased> => {
  const leased = held(orgId, await documents.claimProcessing({ orgId, documentId, leaseSeconds: 60 }));
  await chunks.store({ ...leased, first: true, chunks: newChunks });
  await documents.finishProcessing({
    ...leased,
    chunkCount: newChunks.length,
    charCount: newChunks.at(-1)?.charEnd ?? 0,
    pageCount: 1,
    language: "ru",
    textSha256: "0".repeat(64),
  });
  return leased;
};

export const claimEmbedding = async (orgId: string, documentId: string, generation: number): Promise<Leased> =>
  held(orgId, await embeddingStore.claim({ orgId, documentId, generation, leaseSeconds: 60 }));

export const claimGraph = async (orgId: string, documentId: string, generation: number): Promise<Leased> =>
  held(orgId, await graph.claim({ orgId, documentId, generation, leaseSeconds: 60 }));

/** embeddings' part: every pending chunk gets the vector that `vectorOf` says. */
export const embed = async (
  { orgId, profile }: Place,
  { documentId, generation }: Pick<Leased, "documentId" | "generation">,
  vectorOf: (text: string) => readonly number[] = () => [1, 1, 1],
) => {
  const leased = await claimEmbedding(orgId, documentId, generation);
  const pending = await embeddingStore.pending({ orgId, documentId, generation, limit: 500 });
  return embeddingStore.store({
    ...leased,
    profileId: profile.id,
    vectors: pending.map(({ chunkId, text }) => ({ chunkId, vector: vectorOf(text) })),
    requestId: randomUUID(),
    tokens: 10,
    costUsd: 0.001,
  });
};

/** A whole document, searchable. */
export const publish = async (
  place: Place,
  contents: readonly string[],
  more: Partial<NewChunk> = {},
  vectorOf?: (text: string) => readonly number[],
): Promise<Leased> => {
  const { id } = await queue(place);
  const leased = await process(place, id, cut(contents, more));
  await embed(place, leased, vectorOf);
  return leased;
};

const codePoints = (text: string): number => Array.from(text).length;

/** Every word of `names` that stands in the content is an entity; neighbours in the text are related. */
export const contributionOf = (content: string, names: readonly string[]): Contribution => {
  const found = names
    .map((name) => ({
      name,
      at: codePoints(content.slice(0, Math.max(0, content.indexOf(name)))),
      in: content.includes(name),
    }))
    .filter((one) => one.in)
    .sort((a, b) => a.at - b.at);
  const entities = found.map(({ name, at }) => ({
    ref: name,
    type: "organisation",
    name,
    key: name.toLowerCase(),
    mentions: [{ charStart: at, charEnd: at + [...name].length, surface: name, confidence: 0.6 }],
  }));
  const relations = found.slice(1).map((target, n) => {
    const source = found[n] ?? target;
    const charEnd = target.at + [...target.name].length;
    const quote = [...content].slice(source.at, charEnd).join("");
    return {
      source: source.name,
      target: target.name,
      predicate: "related_to",
      quote,
      charStart: source.at,
      charEnd,
      confidence: 0.5,
    };
  });
  return { extractor: "test-1", entities, relations, rejected: [] };
};

/** knowledge-graph's part. */
export const readGraph = async (
  { orgId }: Place,
  { documentId, generation }: Pick<Leased, "documentId" | "generation">,
  names: readonly string[],
) => {
  const leased = await claimGraph(orgId, documentId, generation);
  for (const { chunkId, content } of await graph.pending({ orgId, documentId, generation, limit: 500 })) {
    await graph.applyChunk({ ...leased, chunkId, contribution: contributionOf(content, names) });
  }
  await graph.finish(leased);
  return leased;
};

export interface SentWebhook {
  readonly endpointId: string;
  readonly messageId: string;
  readonly deliveryId: string;
  /** Of the endpoint: the delivery is on its way. */
  readonly lease: string;
}

/** An endpoint, a message for it, and the delivery in a worker's hands. */
export const sendWebhook = async (orgId: string): Promise<SentWebhook> => {
  const endpointId = randomUUID();
  await webhookEndpoints.create({
    orgId,
    endpointId,
    settings: {
      url: "https://example.com/",
      description: "",
      eventTypes: ["*"],
      ordered: false,
      concurrency: 1,
      ratePerSecond: null,
      headerNames: [],
      sealedHeaders: null,
    },
    secret: { id: randomUUID(), sealed: "v1.sealed" },
  });
  const { message } = await webhookMessages.create({ orgId, eventType: "order.created", payload: {} });
  const work = await webhookDeliveries.claim({ orgId, endpointId, leaseSeconds: 600, limit: 1 });
  if (!("lease" in work)) throw new Error("the new delivery is not due");
  const [delivery] = work.deliveries;
  return { endpointId, messageId: message.id, deliveryId: delivery?.id ?? "", lease: work.lease };
};

/** A client with a user's token, as a browser would have. Without claims: the anonymous key alone. */
export const userClient = (claims?: Readonly<Record<string, unknown>>) => {
  const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const body = `${base64url({ alg: "HS256", typ: "JWT" })}.${base64url({
    role: "authenticated",
    sub: randomUUID(),
    exp: Math.floor(Date.now() / 1000) + 600,
    ...claims,
  })}`;
  const token = `${body}.${createHmac("sha256", stack.SUPABASE_JWT_SECRET).update(body).digest("base64url")}`;
  return createClient(stack.SUPABASE_URL, stack.SUPABASE_ANON_KEY, {
    db: { schema: schemaName },
    auth: { persistSession: false, autoRefreshToken: false },
    ...(claims && { global: { headers: { Authorization: `Bearer ${token}` } } }),
  });
};

/** All tenant tables; what each holds of an organisation. */
export const tables = [
  "knowledge_bases",
  "documents",
  "document_stages",
  "idempotency_keys",
  "chunks",
  "chunk_embeddings",
  "graph_entities",
  "graph_mentions",
  "graph_edges",
  "graph_evidence",
  "graph_extractions",
  "graph_changes",
  "graph_answers",
  "graph_answer_chunks",
  "graph_decisions",
  "graph_merges",
  "graph_ontologies",
  "graph_judgements",
  "usage_events",
  "api_keys",
  "data_keys",
  "webhook_sources",
  "webhook_source_secrets",
  "webhook_lanes",
  "inbound_events",
  "inbound_effects",
  "organisation_limits",
  "embedding_pauses",
  "embedding_refusals",
  "webhook_endpoints",
  "webhook_endpoint_secrets",
  "webhook_messages",
  "webhook_deliveries",
  "webhook_attempts",
] as const;

export const rowsOf = async (orgId: string): Promise<Record<string, unknown[]>> => {
  const entries = tables.map(async (table) => {
    const { data, error } = await supabase.from(table).select().eq("org_id", orgId);
    if (error) throw error;
    return [table, data.map((one) => JSON.stringify(one)).sort()] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
};
