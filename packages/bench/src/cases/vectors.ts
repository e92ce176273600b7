import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { startStack } from "@gpt-agent/local/stack";
import { makeChunks, type NewChunk } from "@gpt-agent/supabase/chunks";
import { connectSupabase } from "@gpt-agent/supabase/client";
import { makeDocuments } from "@gpt-agent/supabase/documents";
import { makeEmbeddingStore } from "@gpt-agent/supabase/embedding-store";
import { makeKnowledgeBases } from "@gpt-agent/supabase/knowledge-bases";
import { makeProfiles } from "@gpt-agent/supabase/profiles";
import { makeSearch } from "@gpt-agent/supabase/search";
import { vectorText } from "@gpt-agent/supabase/vector-text";
import { type Case, quantile } from "../measure.ts";

const dimensions = 1536;
const targetChunks = 10_000;
const batchSize = 64;

const randomVector = (): number[] => {
  const vector = Array.from({ length: dimensions }, () => Math.random() - 0.5);
  const length = Math.hypot(...vector);
  return vector.map((value) => Number((value / length).toPrecision(6)));
};

/** Distinct texts, so that nothing is reused; a few words in common, so that full text has work too. */
const randomChunk = (ordinal: number): NewChunk => {
  const content = `Раздел ${ordinal}. Гарантия действует ${ordinal % 36} месяцев, номер договора ${randomUUID()}.`;
  const charEnd = Array.from(content).length;
  return {
    ordinal,
    content,
    contextHeader: "Регламент",
    headingPath: ["Регламент"],
    pageFrom: 1,
    pageTo: 1,
    sheet: null,
    rowFrom: null,
    rowTo: null,
    charStart: 0,
    charEnd,
    kind: "text",
    tokenCount: 40,
    language: "russian",
  };
};

/** The embedded stack with one knowledge base of 1536-dimensional vectors, filled and searched as the apps do it. */
const startFixture = async () => {
  const stack = await startStack({ sqlFiles: [fileURLToPath(new URL("vectors.sql", import.meta.url))] });
  const { SUPABASE_URL: url, SUPABASE_SERVICE_ROLE_KEY: key } = stack.env;
  const supabase = connectSupabase({ url, serviceRoleKey: { reveal: () => key } });
  const [documents, chunks, store] = [makeDocuments(supabase), makeChunks(supabase), makeEmbeddingStore(supabase)];
  const search = makeSearch(supabase);
  const orgId = randomUUID();
  const profile = await makeProfiles(supabase).ensure({
    provider: "openrouter",
    model: "bench",
    dimensions,
    version: 1,
    priceUsdPerMtok: 0,
    maxInputTokens: 8_000,
    maxBatchInputs: 2_048,
    maxBatchTokens: 300_000,
  });
  const { id: knowledgeBaseId } = await makeKnowledgeBases(supabase).ensureDefault({ orgId, profileId: profile.id });

  /** A document whose chunks wait for vectors, claimed. */
  const prepareDocument = async (count: number) => {
    const documentId = randomUUID();
    const objectPath = `${orgId}/documents/${documentId}/original.txt`;
    const scope = { orgId, documentId, generation: 1 };
    await documents.create({
      orgId,
      id: documentId,
      knowledgeBaseId,
      name: "bench.txt",
      mime: "text/plain",
      byteSize: 1,
      objectPath,
    });
    const { lease = "" } = await documents.claimProcessing({ orgId, documentId, leaseSeconds: 600 });
    const rows = Array.from({ length: count }, (_, ordinal) => randomChunk(ordinal));
    for (let from = 0; from < count; from += 200) {
      await chunks.store({ ...scope, lease, first: from === 0, chunks: rows.slice(from, from + 200) });
    }
    const counts = { chunkCount: count, charCount: 1, pageCount: 1, language: "russian" as const };
    await documents.finishProcessing({ ...scope, lease, ...counts });
    const claimed = await store.claim({ ...scope, leaseSeconds: 600 });
    return { ...scope, lease: claimed.lease ?? "" };
  };

  /** Stores vectors for all chunks of a prepared document in the batches the worker uses; the last one publishes. */
  const storeVectors = async (held: Awaited<ReturnType<typeof prepareDocument>>): Promise<void> => {
    for (;;) {
      const pending = await store.pending({ ...held, limit: batchSize });
      if (pending.length === 0) return;
      const vectors = pending.map(({ chunkId }) => ({ chunkId, vector: randomVector() }));
      const bill = { requestId: randomUUID(), tokens: 1, costUsd: 0 };
      await store.store({ ...held, profileId: profile.id, vectors, ...bill });
    }
  };

  const searchMs = async (): Promise<number> => {
    const startedAt = performance.now();
    const vector = randomVector();
    await search.hybrid({ orgId, knowledgeBaseId, query: "срок гарантии", vector, profileId: profile.id, limit: 10 });
    return performance.now() - startedAt;
  };

  /** Searches four times a second until `work` is done. */
  const searchDuring = async (work: Promise<void>): Promise<number[]> => {
    const latenciesMs: number[] = [];
    const state = { done: false };
    const finished = work.finally(() => (state.done = true));
    const searching = (async () => {
      while (!state.done) {
        const latencyMs = await searchMs();
        latenciesMs.push(latencyMs);
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, 250 - latencyMs)));
      }
    })();
    await Promise.all([finished, searching]);
    return latenciesMs;
  };

  const plainInsert = async (count: number): Promise<void> => {
    const table = `${url}/rest/v1/vectors`;
    const headers = {
      apikey: key,
      authorization: `Bearer ${key}`,
      "content-type": "application/json",
      "content-profile": "bench",
      prefer: "return=minimal",
    };
    for (let from = 0; from < count; from += batchSize) {
      const ids = Array.from({ length: Math.min(batchSize, count - from) }, () => Math.floor(Math.random() * 2 ** 50));
      const body = JSON.stringify(ids.map((id) => ({ id, embedding: vectorText(randomVector()) })));
      const response = await fetch(table, { method: "POST", headers, body });
      if (!response.ok) throw new Error(`plain insert: ${response.status} ${await response.text()}`);
    }
  };

  return { prepareDocument, storeVectors, searchMs, searchDuring, plainInsert, stop: stack.stop };
};

/** Rows per second through the store function while somebody searches, from an empty base up to 10,000 rows. */
export const storeVectors: Case = {
  name: "store-vectors",
  unit: "rows/s",
  baselineName: "plain PostgREST insert, nobody searching",
  goal: { text: "≥ 100 rows/s", holds: ({ ours }) => ours >= 100 },
  prepare: async ({ smoke }) => {
    const fixture = await startFixture();
    const rows = smoke ? 256 : Math.ceil(targetChunks / 6);
    return {
      ours: async () => {
        const held = await fixture.prepareDocument(rows);
        const startedAt = performance.now();
        await fixture.searchDuring(fixture.storeVectors(held));
        return (rows / (performance.now() - startedAt)) * 1_000;
      },
      baseline: async () => {
        const startedAt = performance.now();
        await fixture.plainInsert(rows);
        return (rows / (performance.now() - startedAt)) * 1_000;
      },
      close: fixture.stop,
    };
  },
};

/** p95 of a hybrid search over 10,000 rows and growing, while vectors are stored. */
export const searchWhileStoring: Case = {
  name: "search-while-storing",
  unit: "ms (p95)",
  baselineName: "the same search, nothing stored meanwhile",
  goal: { text: "≤ 700 ms", holds: ({ ours }) => ours <= 700 },
  prepare: async ({ smoke }) => {
    const fixture = await startFixture();
    await fixture.storeVectors(await fixture.prepareDocument(smoke ? 500 : targetChunks));
    return {
      ours: async () => {
        const held = await fixture.prepareDocument(smoke ? 256 : 1_000);
        return quantile(await fixture.searchDuring(fixture.storeVectors(held)), 0.95);
      },
      baseline: async () => {
        const latenciesMs: number[] = [];
        for (let index = 0; index < (smoke ? 5 : 40); index += 1) latenciesMs.push(await fixture.searchMs());
        return quantile(latenciesMs, 0.95);
      },
      close: fixture.stop,
    };
  },
};
