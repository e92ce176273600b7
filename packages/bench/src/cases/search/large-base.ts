import { randomUUID } from "node:crypto";
import { startPostgres } from "@gpt-agent/local/postgres/start-postgres";
import { startStack } from "@gpt-agent/local/stack";
import { connectSupabase } from "@gpt-agent/supabase/client";
import { makeKnowledgeBases } from "@gpt-agent/supabase/knowledge-bases";
import { makeProfiles } from "@gpt-agent/supabase/profiles";
import { makeSearch } from "@gpt-agent/supabase/search";
import { vectorText } from "@gpt-agent/supabase/vector-text";
import pg from "pg";
import { bigint, halfvec, writeBinaryCopy, writeTextCopy } from "./copy-file.ts";
import { makePassage, makeQuery, makeRandom, makeVectors } from "./corpus.ts";

const dimensions = 1536;
const passagesPerDocument = 100;

/** What a question may be narrowed to, with its share of the base. Every question is asked within its base. */
export const scopes = ["base", "half", "tenth", "hundredth", "document"] as const;
export type Scope = (typeof scopes)[number];

export interface Question {
  readonly query: string;
  readonly vector: readonly number[];
  readonly scope: Scope;
}

/** A real Postgres with one knowledge base of `size` passages and vectors, as if the workers had filled it. */
export const startLargeBase = async (size: number) => {
  const postgres = await startPostgres();
  const stack = await startStack({ postgresUrl: postgres.url });
  const supabase = connectSupabase({
    url: stack.env.SUPABASE_URL,
    serviceRoleKey: { reveal: () => stack.env.SUPABASE_SERVICE_ROLE_KEY },
  });
  const database = new pg.Client(postgres.url);
  await database.connect();
  const stop = async (): Promise<void> => {
    await database.end();
    await stack.stop();
    await postgres.stop();
  };

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
  const base = await makeKnowledgeBases(supabase).ensureDefault({ orgId, profileId: profile.id });

  const random = makeRandom(4);
  const vectors = makeVectors(dimensions, random);
  const documentIds = Array.from({ length: Math.ceil(size / passagesPerDocument) }, () => randomUUID());
  const asked: { passage: string; vector: Float32Array }[] = [];
  const keepEvery = Math.max(1, Math.floor(size / 1_000));

  await database.query(
    `insert into agent_jobs.documents
       (id, org_id, knowledge_base_id, name, byte_size, object_path, metadata, state, graph_state, live_generation,
        embedding_profile_id, chunk_count, stored_count, embedded_count)
     select id, $2::uuid, $3::uuid, 'bench.txt', 1, $2::uuid || '/' || id, jsonb_build_object(
              'half', n % 2, 'tenth', n % 10, 'hundredth', n % 100), 'ready', 'ready', 1, $4, $5, $5, $5
       from unnest($1::uuid[]) with ordinality d (id, n)`,
    [documentIds, orgId, base.id, profile.id, passagesPerDocument],
  );
  const passages = function* () {
    for (let n = 0; n < size; n += 1) {
      const content = makePassage(random);
      if (n % keepEvery === 0) asked.push({ passage: content, vector: new Float32Array() });
      const ordinal = n % passagesPerDocument;
      const documentId = documentIds[Math.floor(n / passagesPerDocument)] ?? "";
      yield [orgId, base.id, documentId, 1, ordinal, content, 0, content.length, "text", 80, "russian"];
    }
  };
  const chunkFile = await writeTextCopy(passages());
  await database.query(`copy agent_jobs.chunks (org_id, knowledge_base_id, document_id, generation, ordinal, content,
    char_start, char_end, kind, token_count, language) from '${chunkFile.path}'`);
  await chunkFile.remove();

  const vectorFile = await writeBinaryCopy(
    (function* () {
      for (let n = 0; n < size; n += 1) {
        const vector = vectors.passage();
        const question = n % keepEvery === 0 ? asked[n / keepEvery] : undefined;
        if (question) question.vector = vector;
        yield [bigint(n), halfvec(vector)];
      }
    })(),
  );
  // Built in one go, as `reindex` does it: row by row takes a millisecond or two each.
  const { rows } = await database.query<{ indexname: string; indexdef: string }>(
    `select indexname, indexdef from pg_indexes where indexname = $1`,
    [`chunk_embeddings_hnsw_${dimensions}`],
  );
  const [graph] = rows;
  if (graph === undefined) throw new Error("this database has no HNSW graph");
  await database.query(`
    set search_path = extensions, public;
    set maintenance_work_mem = '1GB';
    set max_parallel_maintenance_workers = 2;
    create temporary table incoming (n bigint, embedding extensions.halfvec);
    copy incoming from '${vectorFile.path}' with (format binary);
    drop index agent_jobs.${graph.indexname};
    insert into agent_jobs.chunk_embeddings (chunk_id, profile_id, org_id, knowledge_base_id, embedding)
    select c.id, ${profile.id}, c.org_id, c.knowledge_base_id, i.embedding
      from (select c.*, row_number() over (order by c.id) - 1 as n from agent_jobs.chunks c) c
      join incoming i using (n)
     order by c.id;
    ${graph.indexdef};
    drop table incoming;
  `);
  await database.query("vacuum analyze");
  await vectorFile.remove();

  const narrow = (scope: Scope) => {
    if (scope === "base") return {};
    if (scope === "document") return { documentId: documentIds[7] ?? "" };
    return { metadata: { [scope]: 1 } };
  };
  const search = makeSearch(supabase);
  return {
    /** A different question each time, near a passage of the base, in the scopes by turns. */
    questions: (count: number, seed: number): Question[] => {
      const from = makeRandom(seed);
      return Array.from({ length: count }, (_, n) => {
        const about = asked[Math.floor(from() * asked.length)] ?? { passage: "", vector: new Float32Array(dimensions) };
        const scope = scopes[n % scopes.length] ?? "base";
        return { query: makeQuery(about.passage, from), vector: [...vectors.question(about.vector)], scope };
      });
    },
    search: ({ query, vector, scope }: Question) =>
      search.hybrid({
        orgId,
        knowledgeBaseId: base.id,
        ...narrow(scope),
        query,
        vector,
        profileId: profile.id,
        limit: 10,
        highlight: true,
      }),
    /** The nearest ten by comparing every vector of the scope. */
    exact: async ({ vector, scope }: Question): Promise<number[]> => {
      const { documentId, metadata } = { documentId: undefined, metadata: undefined, ...narrow(scope) };
      const found = await database.query<{ id: string }>(
        `select c.id from agent_jobs.documents d
           join agent_jobs.chunks c on c.document_id = d.id and c.generation = d.live_generation
           join agent_jobs.chunk_embeddings e on e.chunk_id = c.id and e.profile_id = $2
          where d.org_id = $1 and ($3::uuid is null or d.id = $3) and ($4::jsonb is null or d.metadata @> $4)
          order by e.embedding operator(extensions.<=>) $5::extensions.halfvec limit 10`,
        [orgId, profile.id, documentId ?? null, metadata ?? null, vectorText(vector)],
      );
      return found.rows.map(({ id }) => Number(id));
    },
    database,
    stop,
  };
};
