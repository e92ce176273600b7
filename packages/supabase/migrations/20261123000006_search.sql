-- Hybrid search: two ranked lists, one by meaning (vectors) and one by words (full text), fused by rank.

-- A question's content words, each as a query of its own: by its stem or as it stands. Stop words fall away in the
-- dictionaries; a question of nothing else ("кто он?") is searched as it stands.
create function agent_jobs.query_terms(p_query text) returns tsquery[]
language sql stable security invoker set search_path = '' as $$
  with words as (
    select distinct plainto_tsquery('pg_catalog.russian', token) as stem, plainto_tsquery('pg_catalog.simple', token) as word
      from ts_parse('pg_catalog."default"', agent_jobs.fold(p_query))
  )
  select array_agg(distinct stem || word)
    from words
   where numnode(word) > 0
     and (numnode(stem) > 0 or not exists (select 1 from words where numnode(stem) > 0))
$$;

-- Passages for a question, best first. Exact: the vectors of the scope are all compared, filtered by organisation,
-- knowledge base and document before anything is ranked.
--
-- By words: a passage that has all words, or the quoted phrase, goes before one that has some. People ask in whole
-- sentences and no passage has all their words, so otherwise any word counts, weighted by its rarity among the
-- passages found (BM25's idf): text_score is the matched share of that weight, 0 … 1. A query with -word
-- or OR, or of one "phrase" alone, means what it says and is not relaxed. Within a question quotation marks are how
-- people write names, and "or" in small letters is a word: there a phrase only goes first.
-- By meaning: similarity is the cosine, and only positive ones count.
--
-- Fusion: reciprocal rank fusion, sum of 1 / (60 + rank) over both lists (Cormack, Clarke, Büttcher, SIGIR 2009: k = 60),
-- divided by the largest sum possible. So score is 0 … 1, and 1 is "first in every list that was asked". Ties go to the
-- better similarity, then text score, then to the older chunk: equal calls give equal answers.
create function agent_jobs.search_chunks(
  p_org_id uuid, p_knowledge_base_id uuid, p_document_id uuid, p_query text, p_vector text, p_profile_id smallint,
  p_limit integer, p_min_score double precision
) returns table (
  chunk_id bigint, document_id uuid, document_name text, content text, context_header text, heading_path text[],
  page_from integer, page_to integer, sheet text, row_from integer, row_to integer, char_start integer, char_end integer,
  kind text,
  score double precision, vector_rank integer, text_rank integer, similarity double precision,
  text_score double precision
)
-- Plans are made for the values at hand: one for "any knowledge base" would be wrong for both kinds of call.
language plpgsql stable security invoker set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare
  rrf_k constant integer := 60;
  depth constant integer := greatest(4 * p_limit, 50);
  asked_vector constant extensions.vector := p_vector::extensions.vector;
  folded constant text := agent_jobs.fold(p_query);
  has_operators constant boolean := p_query ~ '(^|\s)-[^\s\d]|\sOR\s|^\s*"[^"]*"\s*$';
  strict_words constant text := case when has_operators then folded else regexp_replace(folded, '\mor\M', ' ', 'gi') end;
  strict_query constant tsquery :=
    websearch_to_tsquery('pg_catalog.russian', strict_words) || websearch_to_tsquery('pg_catalog.simple', strict_words);
  terms constant tsquery[] := case when has_operators then '{}' else agent_jobs.query_terms(p_query) end;
  wide_query constant tsquery := (select coalesce(string_agg(term::text, ' | ')::tsquery, strict_query) from unnest(terms) term);
  lists constant integer := (p_vector is not null)::integer + (numnode(strict_query) > 0)::integer;
begin
  return query
  with by_meaning as materialized (
    select near.id, 1 - near.distance as similarity,
           row_number() over (order by near.distance, near.id)::integer as rank
      from (
        select c.id, e.embedding operator(extensions.<=>) asked_vector as distance
          from agent_jobs.chunk_embeddings e
          join agent_jobs.live_chunks c on c.id = e.chunk_id
         where asked_vector is not null
           and e.org_id = p_org_id and e.profile_id = p_profile_id
           and (p_knowledge_base_id is null or e.knowledge_base_id = p_knowledge_base_id)
           and (p_document_id is null or c.document_id = p_document_id)
         order by distance, c.id
         limit depth
      ) near
     where near.distance < 1  -- also drops the NaN of a zero vector
  ), strict as materialized (
    select c.id
      from agent_jobs.live_chunks c
     where c.fts @@ strict_query and c.org_id = p_org_id
       and (p_knowledge_base_id is null or c.knowledge_base_id = p_knowledge_base_id)
       and (p_document_id is null or c.document_id = p_document_id)
  ), exact as materialized (  -- one index lookup per word; no passage's text is touched
    select t.n, c.id
      from unnest(terms) with ordinality as t (term, n)
      join agent_jobs.live_chunks c
        on c.fts @@ t.term and c.org_id = p_org_id
       and (p_knowledge_base_id is null or c.knowledge_base_id = p_knowledge_base_id)
       and (p_document_id is null or c.document_id = p_document_id)
  ), matched as materialized (  -- a word that stands nowhere may begin one that does: "аванс", "авансовый"
    select n, id from exact
    union all
    select t.n, c.id
      from unnest(terms) with ordinality as t (term, n)
      join agent_jobs.live_chunks c
        on c.fts @@ (quote_literal(substring(t.term::text, '^''([[:alpha:]]{5,})''')) || ':*')::tsquery
       and c.org_id = p_org_id
       and (p_knowledge_base_id is null or c.knowledge_base_id = p_knowledge_base_id)
       and (p_document_id is null or c.document_id = p_document_id)
     where t.n not in (select n from exact)
  ), weights as materialized (  -- a word that no passage has weighs most of all: it is missing everywhere
    select t.n, ln(1 + (total.n - coalesce(f.df, 0) + 0.5) / (coalesce(f.df, 0) + 0.5))::double precision as idf
      from (select count(distinct id) as n from matched) total
      cross join generate_series(1, cardinality(terms)) as t (n)
      left join (select n, count(*) as df from matched group by n) f on f.n = t.n
  ), covered as materialized (
    select id, bool_or(strict) as strict, case when bool_or(strict) then 1 else sum(share) end as text_score
      from (
        select m.id, w.idf / (select sum(idf) from weights) as share, false as strict
          from matched m
          join weights w on w.n = m.n
        union all
        select id, 0, true from strict
      ) evidence
     group by id
     order by 2 desc, 3 desc, 1
     limit 4 * depth
  ), by_words as materialized (
    -- Among equals: where the words stand close together. Costly, hence only for the best.
    select v.id, v.text_score,
           row_number() over (order by v.strict desc, v.text_score desc, ts_rank_cd(c.fts, wide_query, 1) desc, v.id)::integer
             as rank
      from covered v
      join agent_jobs.chunks c on c.id = v.id
     order by rank
     limit depth
  ), fused as (
    select coalesce(m.id, w.id) as id, m.rank as vector_rank, w.rank as text_rank, m.similarity, w.text_score,
           (coalesce(1.0 / (rrf_k + m.rank), 0) + coalesce(1.0 / (rrf_k + w.rank), 0))::double precision
             * (rrf_k + 1) / greatest(lists, 1) as score
      from by_meaning m
      full join by_words w on w.id = m.id
  )
  select c.id, c.document_id, c.document_name, c.content, c.context_header, c.heading_path, c.page_from, c.page_to,
         c.sheet, c.row_from, c.row_to, c.char_start, c.char_end, c.kind, f.score, f.vector_rank, f.text_rank, f.similarity, f.text_score
    from fused f
    join agent_jobs.live_chunks c on c.id = f.id
   where f.score >= coalesce(p_min_score, 0)
   order by f.score desc, f.similarity desc nulls last, f.text_score desc nulls last, c.id
   limit p_limit;
end $$;
