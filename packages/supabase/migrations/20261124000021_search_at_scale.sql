-- Search over large bases.

-- Vectors as half-precision numbers ------------------------------------------------------------------------------------

-- Half the bytes to read for a scan; embeddings carry no more than the 11 bits that remain (ADR 0009).
alter table agent_jobs.chunk_embeddings
  alter column embedding type extensions.halfvec using embedding::extensions.halfvec;
alter table agent_jobs.chunk_embeddings alter column embedding set storage main;

-- One HNSW graph for each usual size, shared by all organisations; that a graph exists is the whole setting. An
-- installation that wants none drops the index; one for another size is made with the same name and form. Not on PGlite,
-- where an insert into a graph takes tens of milliseconds, and not before pgvector 0.8, whose graphs cannot go on
-- looking when a filter has dropped what they found.
do $$
declare
  dimensions integer;
begin
  if version() ~* 'emscripten|emcc|wasm'
     or (select string_to_array(extversion, '.')::integer[] from pg_extension where extname = 'vector') < array[0, 8] then
    raise notice 'agent_jobs: no approximate vector index in this database, searches scan';
    return;
  end if;
  foreach dimensions in array array[512, 1024, 1536, 3072] loop
    execute format(
      'create index %I on agent_jobs.chunk_embeddings
         using hnsw ((embedding::extensions.halfvec(%s)) extensions.halfvec_cosine_ops)
         where extensions.vector_dims(embedding) = %s',
      'chunk_embeddings_hnsw_' || dimensions, dimensions, dimensions);
  end loop;
end $$;

-- Words of one organisation, one base, one document --------------------------------------------------------------------

-- Whose passage it is, as words of the passage: so the index itself leaves out what other organisations, bases and
-- documents have, and a common word costs what it costs in the scope asked for. No text yields such a word: the parser
-- never leaves a colon inside one.
create function agent_jobs.scoped_words(words tsvector, org_id uuid, knowledge_base_id uuid, document_id uuid)
returns tsvector
language sql immutable parallel safe set search_path = '' as $$
  select words
      || array_to_tsvector(array['o:' || org_id::text, 'b:' || knowledge_base_id::text, 'd:' || document_id::text])
$$;

drop index agent_jobs.chunks_fts;
-- What waits to be sorted into the index is read by every search: kept short.
create index chunks_words on agent_jobs.chunks
  using gin (agent_jobs.scoped_words(fts, org_id, knowledge_base_id, document_id)) with (gin_pending_list_limit = 512);

-- How common a word is, asked of every 64th passage.
create index chunks_words_sample on agent_jobs.chunks
  using gin (agent_jobs.scoped_words(fts, org_id, knowledge_base_id, document_id)) where id % 64 = 0;

create index documents_metadata on agent_jobs.documents using gin (metadata jsonb_path_ops);

-- The nearest live passages of a scope ---------------------------------------------------------------------------------

-- The scope: bases; of these the named documents, or those whose metadata has something. `p_passages` is about how many
-- passages that is.
--
-- A scan compares all of them and is never wrong. The graph visits about (depth ÷ the scope's share of the graph) vectors
-- wherever they lie. So the graph is walked where it has to read clearly less than the scan would, and where the scan
-- would take more than some milliseconds.
create function agent_jobs.nearest_chunks(
  p_org_id uuid, p_bases uuid[], p_documents uuid[], p_metadata jsonb, p_passages double precision,
  p_profile_id smallint, p_vector text, p_depth integer
) returns table (chunk_id bigint, distance double precision)
language plpgsql stable security invoker set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare
  asked constant extensions.halfvec := p_vector::extensions.halfvec;
  dimensions constant integer := extensions.vector_dims(asked);
  graph constant regclass := to_regclass('agent_jobs.chunk_embeddings_hnsw_' || dimensions);
  in_graph constant float8 := greatest((select reltuples from pg_catalog.pg_class where oid = graph), p_passages);
  to_visit constant float8 := 4 * p_depth * in_graph / greatest(p_passages, 1);
  reach integer := 4 * p_depth;
  seen integer;
  ids bigint[];
  distances float8[];
begin
  if graph is not null and p_passages * dimensions > 8e6 and to_visit < p_passages / 4 then
    -- The graph gives rows in the order of their distance; each is looked up and judged until there are enough.
    perform set_config(name, setting, true)
       from (values ('enable_sort', 'off'), ('enable_seqscan', 'off'), ('enable_bitmapscan', 'off'),
                    ('enable_hashjoin', 'off'), ('enable_mergejoin', 'off'),
                    ('hnsw.iterative_scan', 'relaxed_order'), ('hnsw.scan_mem_multiplier', '4'),
                    ('hnsw.ef_search', least(greatest(3 * p_depth, 100), 1000)::text),
                    ('hnsw.max_scan_tuples', least(greatest(to_visit, 20000), 1e6)::integer::text)) s (name, setting);
    return query execute format(
      'select near.id, near.distance
         from (select c.id, e.embedding::extensions.halfvec(%1$s) operator(extensions.<=>) $1 as distance
                 from agent_jobs.chunk_embeddings e
                 join agent_jobs.chunks c on c.id = e.chunk_id
                 join agent_jobs.documents d
                   on d.id = c.document_id and d.live_generation = c.generation and d.state <> ''deleting''
                where extensions.vector_dims(e.embedding) = %1$s and e.profile_id = $2
                  and e.org_id = $3 and e.knowledge_base_id = any ($4)
                  and ($5::uuid[] is null or c.document_id = any ($5))
                  and ($6::jsonb is null or d.metadata @> $6)
                order by e.embedding::extensions.halfvec(%1$s) operator(extensions.<=>) $1
                limit $7) near
        order by near.distance, near.id', dimensions)
      using asked, p_profile_id, p_org_id, p_bases, p_documents, p_metadata, p_depth;
    return;
  end if;

  if p_documents is not null or p_metadata is not null then
    return query
      select c.id, e.embedding operator(extensions.<=>) asked as distance
        from agent_jobs.documents d
        join agent_jobs.chunks c on c.document_id = d.id and c.generation = d.live_generation
        join agent_jobs.chunk_embeddings e on e.chunk_id = c.id and e.profile_id = p_profile_id
       where d.org_id = p_org_id and d.knowledge_base_id = any (p_bases) and d.state <> 'deleting'
         and (p_documents is null or d.id = any (p_documents)) and (p_metadata is null or d.metadata @> p_metadata)
       order by 2, 1
       limit p_depth;
    return;
  end if;

  -- Vectors alone are compared; whether a passage is live is asked of the best. Few are not, so that one look is enough
  -- unless most of the scope is being replaced just now.
  loop
    with near as materialized (
      select e.chunk_id as id, e.embedding operator(extensions.<=>) asked as distance
        from agent_jobs.chunk_embeddings e
       where e.org_id = p_org_id and e.knowledge_base_id = any (p_bases) and e.profile_id = p_profile_id
       order by 2, 1
       limit reach
    ), live as materialized (
      select n.id, n.distance from near n join agent_jobs.live_chunks c on c.id = n.id order by 2, 1 limit p_depth
    )
    select (select count(*) from near), array(select l.id from live l order by l.distance, l.id),
           array(select l.distance from live l order by l.distance, l.id)
      into seen, ids, distances;
    exit when seen < reach or cardinality(ids) = p_depth;
    reach := 8 * reach;
  end loop;
  return query select * from unnest(ids, distances);
end $$;

-- By words -------------------------------------------------------------------------------------------------------------

-- Passages of a scope that have words of a question, the best first, with the share of the question that each has.
--
-- A passage with all words, or the quoted phrase, goes before one that has some; among those, words weigh by their rarity
-- among the passages found (BM25's idf). A word in more than about `common` passages says little and is looked up only
-- where it stands beside a rarer one; where all words are common, and hardly a passage has all of them, in passages that
-- lack one. So the work is bounded by the question, not by the base, and below `common` nothing is left out.
--   p_scope    whose passages: words of scoped_words
--   p_strict   what a passage has to have to come first; p_terms: word by word, empty where operators were used
-- Read from the index alone: a scan would compute every passage's words.
create function agent_jobs.matching_chunks(
  p_scope tsquery, p_documents uuid[], p_strict tsquery, p_terms tsquery[], p_depth integer
) returns table (chunk_id bigint, is_strict boolean, share double precision)
language plpgsql stable security invoker set search_path = '' set plan_cache_mode = force_custom_plan
set enable_seqscan = off as $$
declare
  common constant integer := 500;
begin
  return query
  with strict as materialized (
    select c.id
      from agent_jobs.chunks c
     where agent_jobs.scoped_words(c.fts, c.org_id, c.knowledge_base_id, c.document_id) @@ (p_scope && p_strict)
       and (p_documents is null or c.document_id = any (p_documents))
     limit common
  ), words as materialized (
    select t.n, t.term as query, 64 * (
             select count(*)
               from agent_jobs.chunks c
              where agent_jobs.scoped_words(c.fts, c.org_id, c.knowledge_base_id, c.document_id) @@ (p_scope && t.term)
                and c.id % 64 = 0) > common as is_common
      from unnest(p_terms) with ordinality t (term, n)
  ), exact as materialized (
    select w.n, c.id
      from words w
      cross join lateral (
        select c.id
          from agent_jobs.chunks c
         where agent_jobs.scoped_words(c.fts, c.org_id, c.knowledge_base_id, c.document_id) @@ (p_scope && w.query)
           and (p_documents is null or c.document_id = any (p_documents))
         limit 2 * common) c
     where not w.is_common
  ), beginnings as materialized (  -- a word that stands nowhere may begin one that does: "аванс", "авансовый"
    select w.n, (quote_literal(substring(w.query::text, '^''([[:alpha:]]{5,})''')) || ':*')::tsquery as query
      from words w
     where not w.is_common and w.n not in (select e.n from exact e)
  ), rare as materialized (
    select * from exact
    union all
    select b.n, c.id
      from beginnings b
      cross join lateral (
        select c.id
          from agent_jobs.chunks c
         where agent_jobs.scoped_words(c.fts, c.org_id, c.knowledge_base_id, c.document_id) @@ (p_scope && b.query)
           and (p_documents is null or c.document_id = any (p_documents))
         limit common) c
  ), anchor as materialized (
    select string_agg(a.query::text, ' | ')::tsquery as query
      from (select w.query from words w where not w.is_common union all select b.query from beginnings b) a
     where exists (select from rare)
  ), beside_rare as materialized (
    select w.n, c.id
      from anchor a
      join words w on w.is_common
      cross join lateral (
        select c.id
          from agent_jobs.chunks c
         where agent_jobs.scoped_words(c.fts, c.org_id, c.knowledge_base_id, c.document_id)
               @@ (p_scope && w.query && a.query)
           and (p_documents is null or c.document_id = any (p_documents))) c
     where a.query is not null
  ), wanting as materialized (  -- which words to be without, where all are common and hardly a passage has all
    select w.n, (select string_agg('(' || o.query::text || ')', ' & ')::tsquery
                   from words o where o.is_common and o.n <> w.n) as others
      from words w
     where w.is_common and (select count(*) from strict) < p_depth
       and (select a.query from anchor a) is null
  ), all_but_one as materialized (
    select w.n, c.id
      from wanting m
      cross join lateral (
        select c.id
          from agent_jobs.chunks c
         where agent_jobs.scoped_words(c.fts, c.org_id, c.knowledge_base_id, c.document_id) @@ (p_scope && m.others)
           and (p_documents is null or c.document_id = any (p_documents))
         limit 4 * p_depth) c
      join words w on w.is_common and w.n <> m.n
  ), matched as materialized (
    select * from rare union select * from beside_rare union select * from all_but_one
  ), weights as materialized (  -- a word that no passage has weighs most of all: it is missing everywhere
    select w.n, ln(1 + (total.n - df.n + 0.5) / (df.n + 0.5))::float8 as idf
      from (select count(distinct m.id) + case when exists (select from words x where x.is_common) then common else 0 end
              from matched m) total (n)
      cross join words w
      cross join lateral (
        select case when w.is_common then common else (select count(*) from rare r where r.n = w.n) end) df (n)
  )
  select evidence.id, bool_or(evidence.strict),
         case when bool_or(evidence.strict) then 1 else sum(evidence.share) end
    from (
      select m.id, w.idf / (select sum(idf) from weights) as share, false as strict
        from matched m
        join weights w on w.n = m.n
      union all
      select s.id, 0, true from strict s
    ) evidence
   group by evidence.id
   order by 2 desc, 3 desc, 1
   limit 2 * p_depth;
end $$;

-- Both together --------------------------------------------------------------------------------------------------------

-- The passage with what matches between two signs that no text has, for the places to be read off. Folding changes sign
-- for sign, so that the places are those of the passage itself.
create function agent_jobs.mark_matches(content text, query tsquery) returns text
language sql stable security invoker set search_path = '' as $$
  select ts_headline('pg_catalog.russian',
                     translate(left(agent_jobs.fold(content), char_length(content)), E'\uFDD0\uFDD1', '  '), query,
                     E'HighlightAll=true, StartSel=\uFDD0, StopSel=\uFDD1')
$$;

-- Passages for a question, best first.
--
-- By words: see matching_chunks. People ask in whole sentences and no passage has all their words, so any word counts.
-- A query with -word or OR, or of one "phrase" alone, means what it says and is not relaxed. Within a question quotation
-- marks are how people write names, and "or" in small letters is a word: there a phrase only goes first.
-- By meaning: see nearest_chunks. Similarity is the cosine; only positive ones, from p_min_similarity on, count.
--
-- Fusion: reciprocal rank fusion, sum of 1 / (60 + rank) over both lists (Cormack, Clarke, Büttcher, SIGIR 2009: k = 60),
-- divided by the largest sum possible. So score is 0 … 1, and 1 is "first in every list that was asked". Ties go to the
-- better similarity, then text score, then to the older chunk: equal calls give equal answers.
--
-- Only published generations are seen; and without a knowledge base, by meaning, only bases that the profile serves: what
-- is being built for another profile is not there yet.
--   p_metadata   what a document's metadata has to contain
--   p_highlight  `marked` is the passage as mark_matches gives it, else null
drop function agent_jobs.search_chunks(uuid, uuid, uuid, text, text, smallint, integer, double precision);
create function agent_jobs.search_chunks(
  p_org_id uuid, p_knowledge_base_id uuid, p_document_id uuid, p_query text, p_vector text, p_profile_id smallint,
  p_limit integer, p_min_score double precision,
  p_metadata jsonb default null, p_min_similarity double precision default null, p_highlight boolean default false
) returns table (
  chunk_id bigint, document_id uuid, document_name text, content text, context_header text, heading_path text[],
  page_from integer, page_to integer, sheet text, row_from integer, row_to integer, char_start integer, char_end integer,
  kind text, score double precision, vector_rank integer, text_rank integer, similarity double precision,
  text_score double precision, knowledge_base_id uuid, marked text
)
-- Plans are made for the values at hand: one for "any knowledge base" would be wrong for both kinds of call.
language plpgsql stable security invoker set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare
  rrf_k constant integer := 60;
  depth constant integer := greatest(3 * p_limit, 30);
  folded constant text := agent_jobs.fold(p_query);
  has_operators constant boolean := p_query ~ '(^|\s)-[^\s\d]|\sOR\s|^\s*"[^"]*"\s*$';
  strict_words constant text := case when has_operators then folded else regexp_replace(folded, '\mor\M', ' ', 'gi') end;
  strict_query constant tsquery :=
    websearch_to_tsquery('pg_catalog.russian', strict_words) || websearch_to_tsquery('pg_catalog.simple', strict_words);
  terms constant tsquery[] := case when has_operators then '{}' else agent_jobs.query_terms(p_query) end;
  wide_query constant tsquery := (select coalesce(string_agg(term::text, ' | ')::tsquery, strict_query) from unnest(terms) term);
  has_words constant boolean := numnode(strict_query) > 0;
  lists constant integer := (p_vector is not null)::integer + has_words::integer;
  bases constant uuid[] := case when p_knowledge_base_id is not null then array[p_knowledge_base_id] else array(
    select b.id from agent_jobs.knowledge_bases b where b.org_id = p_org_id and b.active_profile_id = p_profile_id) end;
  -- As many documents are counted, or named in a query; from there on their number does not matter.
  many constant integer := 2000;
  named integer;
  documents uuid[];
  passages float8;
  scope text[];
begin
  select count(*), array_agg(d.id), case when count(*) < many then greatest(sum(d.chunk_count), count(*)) else 1e8 end
    into named, documents, passages
    from (select d.id, d.chunk_count
            from agent_jobs.documents d
           where d.org_id = p_org_id and d.live_generation > 0 and d.state <> 'deleting'
             and (p_knowledge_base_id is null or d.knowledge_base_id = p_knowledge_base_id)
             and (p_document_id is null or d.id = p_document_id)
             and (p_metadata is null or d.metadata @> p_metadata)
           limit many) d;
  if named = 0 then
    return;
  end if;
  if named = many or (p_document_id is null and p_metadata is null) then
    documents := null;
  end if;
  if cardinality(documents) <= 16 then
    scope := array(select 'd:' || id from unnest(documents) id);
  else
    scope := array[coalesce('b:' || p_knowledge_base_id, 'o:' || p_org_id)];
  end if;

  return query
  with by_meaning as materialized (
    select near.chunk_id as id, 1 - near.distance as similarity,
           row_number() over (order by near.distance, near.chunk_id)::integer as rank
      from agent_jobs.nearest_chunks(p_org_id, bases, documents, p_metadata, passages, p_profile_id, p_vector, depth) near
     where p_vector is not null and near.distance < 1  -- also drops the NaN of a zero vector
       and 1 - near.distance >= coalesce(p_min_similarity, 0)
  ), covered as materialized (
    select m.chunk_id as id, m.is_strict as strict, m.share as text_score
      from agent_jobs.matching_chunks(
             (select string_agg(quote_literal(word), ' | ')::tsquery from unnest(scope) word),
             case when cardinality(documents) > 16 then documents end, strict_query, terms, depth) m
     where has_words
  ), by_words as materialized (
    -- Among equals: where the words stand close together. Costly, hence only for the best.
    select v.id, v.text_score,
           row_number() over (order by v.strict desc, v.text_score desc, ts_rank_cd(c.fts, wide_query, 1) desc, v.id)::integer
             as rank
      from covered v
      join agent_jobs.chunks c on c.id = v.id
      join agent_jobs.documents d
        on d.id = c.document_id and d.live_generation = c.generation and d.state <> 'deleting'
       and (p_metadata is null or d.metadata @> p_metadata)
     order by rank
     limit depth
  ), fused as (
    select coalesce(m.id, w.id) as id, m.rank as vector_rank, w.rank as text_rank, m.similarity, w.text_score,
           (coalesce(1.0 / (rrf_k + m.rank), 0) + coalesce(1.0 / (rrf_k + w.rank), 0))::double precision
             * (rrf_k + 1) / greatest(lists, 1) as score
      from by_meaning m
      full join by_words w on w.id = m.id
  ), best as materialized (
    select f.*
      from fused f
     where f.score >= coalesce(p_min_score, 0)
     order by f.score desc, f.similarity desc nulls last, f.text_score desc nulls last, f.id
     limit p_limit
  )
  select c.id, c.document_id, c.document_name, c.content, c.context_header, c.heading_path, c.page_from, c.page_to,
         c.sheet, c.row_from, c.row_to, c.char_start, c.char_end, c.kind, f.score, f.vector_rank, f.text_rank,
         f.similarity, f.text_score, c.knowledge_base_id,
         case when p_highlight then agent_jobs.mark_matches(c.content, wide_query) end
    from best f
    join agent_jobs.live_chunks c on c.id = f.id
   order by f.score desc, f.similarity desc nulls last, f.text_score desc nulls last, f.id;
end $$;

-- The passages around some passages, in the same published generation.
create function agent_jobs.neighbour_chunks(p_org_id uuid, p_chunk_ids bigint[], p_count integer)
returns table (
  of_chunk_id bigint, distance integer, chunk_id bigint, content text, context_header text,
  page_from integer, page_to integer, char_start integer, char_end integer, kind text
)
language sql stable security invoker set search_path = '' as $$
  select h.id, n.ordinal - h.ordinal, n.id, n.content, n.context_header, n.page_from, n.page_to, n.char_start,
         n.char_end, n.kind
    from agent_jobs.live_chunks h
    join agent_jobs.live_chunks n
      on n.document_id = h.document_id and n.ordinal between h.ordinal - p_count and h.ordinal + p_count and n.id <> h.id
   where h.org_id = p_org_id and h.id = any (p_chunk_ids)
   order by h.id, n.ordinal
$$;

-- Access, as in 20261123000010 -----------------------------------------------------------------------------------------

revoke execute on all functions in schema agent_jobs from public, anon, authenticated;
grant execute on all functions in schema agent_jobs to service_role;
grant execute on function agent_jobs.is_member(uuid) to authenticated;

notify pgrst, 'reload schema';
