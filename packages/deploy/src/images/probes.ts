import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { InputOf, QueueDefinition } from "@gpt-agent/jobs/define-queue";
import { crmSync } from "@gpt-agent/jobs/queues/crm-sync";
import { embeddings } from "@gpt-agent/jobs/queues/embeddings";
import { kbFiles } from "@gpt-agent/jobs/queues/kb-files";
import { knowledgeGraph } from "@gpt-agent/jobs/queues/knowledge-graph";
import { webhooks } from "@gpt-agent/jobs/queues/webhooks";
import type { QueueClient } from "@gpt-agent/queue/client";
import { makeApiKeys } from "@gpt-agent/supabase/api-keys";
import { makeChunks } from "@gpt-agent/supabase/chunks";
import type { Supabase } from "@gpt-agent/supabase/client";
import { makeDocuments } from "@gpt-agent/supabase/documents";
import { makeFiles } from "@gpt-agent/supabase/files";
import { makeInboundEvents } from "@gpt-agent/supabase/inbound-events";
import { makeKnowledgeBases } from "@gpt-agent/supabase/knowledge-bases";
import { makeProfiles } from "@gpt-agent/supabase/profiles";
import { hashToken, makeWebhookSources } from "@gpt-agent/supabase/webhook-sources";

/** What a probe may use: the stack that the container runs against, and the container's own address. */
interface World {
  readonly supabase: Supabase;
  readonly queue: QueueClient;
  readonly url: string;
}

/** Has the container do one piece of its real work. @returns what was done @throws {Error} what was not */
export type Probe = (world: World) => Promise<string>;

const text = "Анна Петрова работает в ООО «Ромашка». Гарантия по договору 7 действует 24 месяца.";

const profile = {
  provider: "local" as const,
  model: "local-hash-v1",
  dimensions: 512,
  version: 1,
  priceUsdPerMtok: 0,
  maxInputTokens: 8_000,
  maxBatchInputs: 64,
  maxBatchTokens: 100_000,
};

const until = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
  const deadline = Date.now() + 60_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not within 60 s: ${what}`);
    await delay(100);
  }
};

const newDocument = async (supabase: Supabase): Promise<{ orgId: string; documentId: string }> => {
  const [orgId, documentId] = [randomUUID(), randomUUID()];
  const { id: profileId } = await makeProfiles(supabase).ensure(profile);
  const { id: knowledgeBaseId } = await makeKnowledgeBases(supabase).ensureDefault({ orgId, profileId });
  const body = new Blob([text], { type: "text/plain" });
  const objectPath = `${orgId}/documents/${documentId}/original.txt`;
  await makeFiles(supabase).upload({ orgId, path: objectPath, body, contentType: body.type });
  const row = { name: "Договор.txt", mime: body.type, byteSize: body.size, objectPath };
  await makeDocuments(supabase).create({ orgId, id: documentId, knowledgeBaseId, ...row });
  return { orgId, documentId };
};

/** A document whose text has been read, in one chunk. */
const readDocument = async (supabase: Supabase) => {
  const document = await newDocument(supabase);
  const documents = makeDocuments(supabase);
  const { lease = "", document: row } = await documents.claimProcessing({ ...document, leaseSeconds: 60 });
  const generation = { ...document, generation: row.generation };
  const charCount = Array.from(text).length;
  const chunk = {
    ordinal: 0,
    content: text,
    contextHeader: "",
    headingPath: [],
    pageFrom: null,
    pageTo: null,
    sheet: null,
    rowFrom: null,
    rowTo: null,
    charStart: 0,
    charEnd: charCount,
    kind: "text" as const,
    tokenCount: 30,
    language: "russian" as const,
  };
  await makeChunks(supabase).store({ ...generation, lease, first: true, chunks: [chunk] });
  const counts = { chunkCount: 1, charCount, pageCount: null, language: "russian" as const };
  await documents.finishProcessing({ ...generation, lease, ...counts });
  return generation;
};

/** A wake-up for something that is gone: it is read, the database is asked, and the job completes. */
const wakeUp =
  <Q extends QueueDefinition>(queue: Q, payload: () => InputOf<Q>): Probe =>
  async ({ queue: client }) => {
    const { jobId } = await client.enqueue(queue, payload());
    await until("the job completes", async () => (await client.status(queue, jobId))?.state === "completed");
    return "a job completed";
  };

/** By app; a worker that is not here is tried without a job. */
export const probes: Readonly<Record<string, Probe>> = {
  "kb-files": async ({ supabase, queue }) => {
    const document = await newDocument(supabase);
    await queue.enqueue(kbFiles, { kind: "process", ...document });
    const documents = makeDocuments(supabase);
    await until("the document is read", async () => (await documents.get(document))?.state === "embedding");
    return "a document was read in a parser process";
  },
  embeddings: async ({ supabase, queue }) => {
    const generation = await readDocument(supabase);
    await queue.enqueue(embeddings, generation);
    const documents = makeDocuments(supabase);
    await until("the document is published", async () => (await documents.get(generation))?.state === "ready");
    return "a document was embedded and published";
  },
  "knowledge-graph": async ({ supabase, queue }) => {
    const generation = await readDocument(supabase);
    await queue.enqueue(knowledgeGraph, { kind: "read", ...generation });
    const documents = makeDocuments(supabase);
    await until("the graph is read", async () => (await documents.get(generation))?.graphState === "ready");
    return "a document's graph was read";
  },
  "crm-sync": wakeUp(crmSync, () => ({ kind: "sync" as const, orgId: randomUUID(), connectionId: randomUUID() })),
  webhooks: async ({ supabase, queue }) => {
    const [orgId, sourceId] = [randomUUID(), randomUUID()];
    await makeWebhookSources(supabase).create({
      orgId,
      id: sourceId,
      scheme: "hmac",
      tokenHash: hashToken(randomUUID()),
      secrets: [],
      name: "images:verify",
      options: {},
      connectionId: null,
      forwardEventType: null,
      laneBy: null,
      onPoison: "skip",
      retentionDays: 1,
    });
    const inbound = makeInboundEvents(supabase);
    const raw = Buffer.from('{"event":"order.created"}').toString("base64");
    const kind = { eventType: null, trust: "signed" as const, contentType: "application/json", headers: {} };
    const { wake } = await inbound.accept([{ orgId, sourceId, laneKey: "", dedupeKey: "1", raw, ...kind }]);
    for (const { laneId } of wake) await queue.enqueue(webhooks, { kind: "inbound", orgId, laneId });
    await until("the event is handled", async () => {
      const { events } = await inbound.list({ orgId, sourceId, limit: 1 });
      return events[0]?.state === "done";
    });
    return "an incoming webhook was handled";
  },
  api: async ({ supabase, url }) => {
    const orgId = randomUUID();
    const { key } = await makeApiKeys(supabase).create({ orgId, name: "images:verify", scopes: ["documents:write"] });
    const body = new FormData();
    body.set("file", new Blob([text], { type: "text/plain" }), "Договор.txt");
    const response = await fetch(`${url}/v1/documents`, {
      method: "POST",
      headers: { Authorization: `Bearer ${key}` },
      body,
    });
    if (response.status !== 202) throw new Error(`POST /v1/documents: ${response.status} ${await response.text()}`);
    return "a document was accepted and enqueued";
  },
};
