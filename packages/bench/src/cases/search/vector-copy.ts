import { randomUUID } from "node:crypto";
import { startPostgres } from "@gpt-agent/local/postgres/start-postgres";
import { startStack } from "@gpt-agent/local/stack";
import { connectSupabase } from "@gpt-agent/supabase/client";
import { makeEmbeddingStore } from "@gpt-agent/supabase/embedding-store";
import { makeKnowledgeBases } from "@gpt-agent/supabase/knowledge-bases";
import { makeProfiles } from "@gpt-agent/supabase/profiles";
import { vectorText } from "@gpt-agent/supabase/vector-text";
import pg from "pg";
import type { Case } from "../../measure.ts";
import { writeTextCopy } from "./copy-file.ts";
import { makeRandom } from "./corpus.ts";

const dimensions = 1536;
/** As the worker has them: vectors of one request to the provider, and answers in hand at once. */
const batchSize = 96;
const batchesInHand = 4;

const startInstallation = async () => {
  const postgres = await startPostgres();
  const stack = await startStack({ postgresUrl: postgres.url });
  const supabase = connectSupabase({
    url: stack.env.SUPABASE_URL,
    serviceRoleKey: { reveal: () => stack.env.SUPABASE_SERVICE_ROLE_KEY },
  });
  const database = new pg.Client(postgres.url);
  await database.connect();
  await database.query(`
    drop index agent_jobs.chunk_embeddings_hnsw_${dimensions};
    create schema bench;
    create table bench.vectors (id bigint, embedding extensions.halfvec);
  `);
  const orgId = randomUUID();
  const { id: profileId } = await makeProfiles(supabase).ensure({
    provider: "openrouter",
    model: "bench",
    dimensions,
    version: 1,
    priceUsdPerMtok: 0,
    maxInputTokens: 8_000,
    maxBatchInputs: 2_048,
    maxBatchTokens: 300_000,
  });
  const base = await makeKnowledgeBases(supabase).ensureDefault({ orgId, profileId });
  const store = makeEmbeddingStore(supabase);

  /** A document whose passages wait for their vectors, claimed. */
  const prepareDocument = async (passages: number) => {
    const documentId = randomUUID();
    await database.query(
      `insert into agent_jobs.documents
         (id, org_id, knowledge_base_id, name, byte_size, object_path, state, graph_state, chunk_count, stored_count)
       values ($1::uuid, $2::uuid, $3, 'bench.txt', 1, $2::uuid || '/' || $1::uuid, 'embedding', 'ready', $4, $4)`,
      [documentId, orgId, base.id, passages],
    );
    const { rows } = await database.query<{ id: string }>(
      `insert into agent_jobs.chunks (org_id, knowledge_base_id, document_id, generation, ordinal, content, char_start,
                                      char_end, kind, token_count, language)
       select $1, $2, $3, 1, n, 'Раздел', 0, 6, 'text', 2, 'simple' from generate_series(1, $4::integer) n
       returning id`,
      [orgId, base.id, documentId, passages],
    );
    const scope = { orgId, documentId, generation: 1 };
    const { lease = "" } = await store.claim({ ...scope, leaseSeconds: 600 });
    return { held: { ...scope, lease, profileId }, chunkIds: rows.map(({ id }) => Number(id)) };
  };

  return {
    database,
    store,
    prepareDocument,
    stop: async (): Promise<void> => {
      await database.end();
      await stack.stop();
      await postgres.stop();
    },
  };
};

/** Vectors a second through the worker's store function over HTTP, and through a COPY on the server itself. */
export const vectorCopy: Case = {
  name: "vector-copy",
  unit: "vectors/s",
  baselineName: "COPY of the same text from a file on the server, into a table without keys",
  goal: { text: "≥ 0.5 × COPY", holds: ({ ratio }) => ratio >= 0.5 },
  prepare: async ({ smoke }) => {
    const { database, store, prepareDocument, stop } = await startInstallation();
    const size = smoke ? 300 : 5_000;
    const random = makeRandom(9);
    const vectors = Array.from({ length: size }, () =>
      Array.from({ length: dimensions }, () => (random() - 0.5) / Math.sqrt(dimensions / 12)),
    );
    const file = await writeTextCopy(vectors.map((vector, n) => [n, vectorText(vector)]));
    const rate = async (work: () => Promise<unknown>): Promise<number> => {
      const startedAt = performance.now();
      await work();
      return (size / (performance.now() - startedAt)) * 1_000;
    };
    return {
      ours: async () => {
        const { held, chunkIds } = await prepareDocument(size);
        let next = 0;
        const lane = async (): Promise<void> => {
          while (next < size) {
            const from = next;
            next += batchSize;
            const batch = vectors.slice(from, from + batchSize);
            const numbered = batch.map((vector, n) => ({ chunkId: chunkIds[from + n] ?? 0, vector }));
            await store.store({ ...held, vectors: numbered, requestId: randomUUID(), tokens: 1, costUsd: 0 });
          }
        };
        return rate(() => Promise.all(Array.from({ length: batchesInHand }, lane)));
      },
      baseline: async () => {
        await database.query("truncate bench.vectors");
        return rate(() => database.query(`copy bench.vectors from '${file.path}'`));
      },
      close: async () => {
        await file.remove();
        await stop();
      },
    };
  },
};
