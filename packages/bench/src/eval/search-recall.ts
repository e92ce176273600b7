import { randomUUID } from "node:crypto";
import { parseArgs } from "node:util";
import { makeEmbedder } from "@gpt-agent/ai/embedder";
import { localProfile } from "@gpt-agent/ai/profile";
import { startPostgres } from "@gpt-agent/local/postgres/start-postgres";
import { startStack } from "@gpt-agent/local/stack";
import { connectSupabase } from "@gpt-agent/supabase/client";
import { makeKnowledgeBases } from "@gpt-agent/supabase/knowledge-bases";
import { makeProfiles } from "@gpt-agent/supabase/profiles";
import { makeSearch } from "@gpt-agent/supabase/search";
import pg from "pg";
import { bigint, halfvec, writeBinaryCopy, writeTextCopy } from "../cases/search/copy-file.ts";
import { labelledSets, loadVerses } from "./verses.ts";

const usage = `pnpm --silent eval-search [--folder DIR] [--questions N]
  recall@5 of vectors alone, words alone, and both, on real texts in Russian and English with one right answer each.
  The vectors are the local AI's (hashed word stems): it knows no meaning, and nothing across languages.
  --folder DIR    an unpacked quran-json; otherwise npm fetches it
  --questions N   per set, default 300`;

const { values } = parseArgs({
  options: {
    folder: { type: "string" },
    questions: { type: "string", default: "300" },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.error(usage);
  process.exit(0);
}

const verses = await loadVerses(values.folder);
const passages = verses.flatMap(({ id, russian, english }) => [
  { id, language: "russian", text: russian },
  { id, language: "english", text: english },
]);
const embedder = makeEmbedder(localProfile);
const signal = new AbortController().signal;
const embed = async (texts: readonly string[]) => (await embedder.embed(texts, signal)).vectors;

const postgres = await startPostgres();
const stack = await startStack({ postgresUrl: postgres.url });
const database = new pg.Client(postgres.url);
await database.connect();
try {
  const { SUPABASE_URL: url, SUPABASE_SERVICE_ROLE_KEY: key } = stack.env;
  const supabase = connectSupabase({ url, serviceRoleKey: { reveal: () => key } });
  const orgId = randomUUID();
  const documentId = randomUUID();
  const profile = await makeProfiles(supabase).ensure(localProfile);
  const base = await makeKnowledgeBases(supabase).ensureDefault({ orgId, profileId: profile.id });
  await database.query(
    `insert into agent_jobs.documents (id, org_id, knowledge_base_id, name, byte_size, object_path, state, graph_state,
       live_generation, chunk_count) values ($1, $2, $3, 'verses', 1, $4, 'ready', 'ready', 1, $5)`,
    [documentId, orgId, base.id, `${orgId}/verses`, passages.length],
  );
  const clean = passages.map(({ language, text }) => ({ language, text: text.replaceAll(/[\s\\]+/g, " ").trim() }));
  const chunkFile = await writeTextCopy(
    clean.map(({ language, text }, n) => {
      const place = [orgId, base.id, documentId, 1, n];
      return place.concat(text, 0, Array.from(text).length, "text", 20, language);
    }),
  );
  await database.query(`copy agent_jobs.chunks (org_id, knowledge_base_id, document_id, generation, ordinal, content,
    char_start, char_end, kind, token_count, language) from '${chunkFile.path}'`);
  await chunkFile.remove();
  const vectors = await embed(clean.map(({ text }) => text));
  const vectorFile = await writeBinaryCopy(vectors.map((vector, n) => [bigint(n), halfvec(Float32Array.from(vector))]));
  await database.query(`
    create temporary table incoming (n bigint, embedding extensions.halfvec);
    copy incoming from '${vectorFile.path}' with (format binary);
    insert into agent_jobs.chunk_embeddings (chunk_id, profile_id, org_id, knowledge_base_id, embedding)
    select c.id, ${profile.id}, c.org_id, c.knowledge_base_id, i.embedding
      from agent_jobs.chunks c join incoming i on i.n = c.ordinal;
    analyze;
  `);
  await vectorFile.remove();
  const { rows } = await database.query<{ id: string; ordinal: number }>("select id, ordinal from agent_jobs.chunks");
  const ordinalOf = new Map(rows.map(({ id, ordinal }) => [Number(id), ordinal]));

  const search = makeSearch(supabase);
  const scope = { orgId, knowledgeBaseId: base.id, limit: 5 };
  for (const { name, language, questions } of labelledSets(verses, Number(values.questions))) {
    const found = { "vectors alone": 0, "words alone": 0, hybrid: 0 };
    for (const { query, id } of questions) {
      const [vector] = await embed([query]);
      const asked = { profileId: profile.id, vector };
      const answers = {
        "vectors alone": await search.hybrid({ ...scope, ...asked, query: "…" }),
        "words alone": await search.hybrid({ ...scope, query }),
        hybrid: await search.hybrid({ ...scope, ...asked, query }),
      };
      for (const way of ["vectors alone", "words alone", "hybrid"] as const) {
        const isFound = answers[way].some(({ chunkId }) => {
          const passage = passages[ordinalOf.get(chunkId) ?? -1];
          return passage?.id === id && passage.language === language;
        });
        if (isFound) found[way] += 1;
      }
    }
    const shares = Object.entries(found).map(([way, count]) => `${way} ${(count / questions.length).toFixed(3)}`);
    const isWorst = found.hybrid < Math.min(found["vectors alone"], found["words alone"]);
    console.log(`${isWorst ? "FALLS SHORT" : "holds"}  ${name} (${questions.length}): recall@5 ${shares.join(", ")}`);
    if (isWorst) process.exitCode = 1;
  }
} finally {
  await database.end();
  await stack.stop();
  await postgres.stop();
}
