import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { startPostgres } from "@gpt-agent/local/postgres/start-postgres";
import { startStack } from "@gpt-agent/local/stack";
import { makeChunks, type NewChunk } from "@gpt-agent/supabase/chunks";
import { connectSupabase } from "@gpt-agent/supabase/client";
import { makeDocuments } from "@gpt-agent/supabase/documents";
import { makeEmbeddingStore } from "@gpt-agent/supabase/embedding-store";
import { makeGraph } from "@gpt-agent/supabase/graph";
import { makeGraphResolution } from "@gpt-agent/supabase/graph-resolution";
import { makeKnowledgeBases } from "@gpt-agent/supabase/knowledge-bases";
import { makeProfiles } from "@gpt-agent/supabase/profiles";
import { z } from "zod";

const state = z.object({
  hash: z.string(),
  entities: z.int(),
  edges: z.int(),
  mentions: z.int(),
  evidence: z.int(),
  unproven: z.int(),
});

/** One way in: repositories over a pool of ten connections. */
const connect = ({
  SUPABASE_URL: url,
  SUPABASE_SERVICE_ROLE_KEY: key,
}: {
  SUPABASE_URL: string;
  SUPABASE_SERVICE_ROLE_KEY: string;
}) => {
  const supabase = connectSupabase({ url, serviceRoleKey: { reveal: () => key } });
  return {
    documents: makeDocuments(supabase),
    chunks: makeChunks(supabase),
    embeddings: makeEmbeddingStore(supabase),
    graph: makeGraph(supabase),
    resolution: makeGraphResolution(supabase),
    knowledgeBases: makeKnowledgeBases(supabase),
    profiles: makeProfiles(supabase),
    ask: async (name: string, args: object = {}): Promise<unknown> => {
      const headers = { apikey: key, authorization: `Bearer ${key}`, "content-type": "application/json" };
      const response = await fetch(`${url}/rest/v1/rpc/${name}`, {
        method: "POST",
        headers: { ...headers, "content-profile": "bench" },
        body: JSON.stringify(args),
      });
      if (!response.ok) throw new Error(`${name}: ${response.status} ${await response.text()}`);
      return response.json();
    },
  };
};
export type Way = ReturnType<typeof connect>;

export interface Place {
  readonly orgId: string;
  readonly knowledgeBaseId: string;
  readonly profileId: number;
}

/** A private real Postgres with two ways in, so that twenty writers have a connection each. */
export const startGraphDatabase = async () => {
  const postgres = await startPostgres();
  const options = {
    postgresUrl: postgres.url,
    sqlFiles: [fileURLToPath(new URL("graph-state.sql", import.meta.url))],
  };
  const first = await startStack(options);
  const second = await startStack(options);
  const ways = [connect(first.env), connect(second.env)] as const;
  const [way] = ways;
  const profile = await way.profiles.ensure({
    provider: "local",
    model: "faults",
    dimensions: 3,
    version: 1,
    priceUsdPerMtok: 0,
    maxInputTokens: 1_000,
    maxBatchInputs: 100,
    maxBatchTokens: 10_000,
  });

  return {
    ways,
    makePlace: async (): Promise<Place> => {
      const orgId = randomUUID();
      const base = await way.knowledgeBases.ensureDefault({ orgId, profileId: profile.id });
      return { orgId, knowledgeBaseId: base.id, profileId: profile.id };
    },
    addDocument: async ({ orgId, knowledgeBaseId }: Place, name: string): Promise<string> => {
      const id = randomUUID();
      const file = { name, mime: "text/plain", byteSize: 1, objectPath: `${orgId}/documents/${id}/file.txt` };
      await way.documents.create({ orgId, id, knowledgeBaseId, ...file });
      return id;
    },
    /** From queued to ready, but for the graph; gives the generation. */
    publish: async (
      { orgId, profileId }: Place,
      documentId: string,
      newChunks: readonly NewChunk[],
    ): Promise<number> => {
      const { document, lease = "" } = await way.documents.claimProcessing({ orgId, documentId, leaseSeconds: 600 });
      const { generation } = document;
      const held = { orgId, documentId, generation };
      await way.chunks.store({ ...held, lease, first: true, chunks: newChunks });
      const counts = { chunkCount: newChunks.length, charCount: 1, pageCount: 1, language: "ru" };
      await way.documents.finishProcessing({ ...held, lease, ...counts });
      const claimed = await way.embeddings.claim({ ...held, leaseSeconds: 600 });
      const pending = await way.embeddings.pending({ ...held, limit: 500 });
      const vectors = pending.map(({ chunkId }) => ({ chunkId, vector: [1, 1, 1] }));
      const bill = { requestId: randomUUID(), tokens: 1, costUsd: 0 };
      await way.embeddings.store({ ...held, lease: claimed.lease ?? "", profileId, vectors, ...bill });
      return generation;
    },
    state: async ({ orgId }: Place) => state.parse(await way.ask("graph_state", { p_org_id: orgId })),
    deadlocks: async (): Promise<number> => z.int().parse(await way.ask("deadlocks")),
    stop: async (): Promise<void> => {
      await Promise.all([first.stop(), second.stop()]);
      await postgres.stop();
    },
  };
};
export type GraphDatabase = Awaited<ReturnType<typeof startGraphDatabase>>;
