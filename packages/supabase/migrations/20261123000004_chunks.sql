-- Chunks: passages of a document's extracted text, of one generation. Tenant: org_id, held to the document's by the
-- composite reference. Rows are written once and never edited: quotes point into them by offset.

-- The text that is embedded. The context (heading path, repeated table header) makes a passage findable that does not
-- name its subject itself.
create function agent_jobs.embedded_text(context_header text, content text) returns text
language sql immutable parallel safe set search_path = '' as $$
  select case when context_header = '' then content else context_header || E'\n' || content end
$$;

-- convert_to is only "stable", because it depends on the database's encoding; that one never changes under its rows.
create function agent_jobs.text_hash(value text) returns bytea
language sql immutable parallel safe set search_path = '' as $$
  select sha256(convert_to(value, 'UTF8'))
$$;

-- Before words are taken from a text or a question. Russian writes ё and е for the same letter, mostly е. And the parser of
-- full text search knows forms that nobody looks for as a whole: "ACME-4711" is a name and the number minus 4711,
-- "TCP/IP" and "17/2025-П" begin with a file, "Node.js" and "договора.Стороны" may be hosts, "Vec<String>" ends in a tag,
-- which is dropped. A number in groups, "1 250 000", is found as 1250000 too.
create function agent_jobs.fold(value text) returns text
language sql immutable parallel safe set search_path = '' as $$
  with plain as (
    select regexp_replace(
             translate(value, 'ёЁ/<>', 'еЕ   '),
             '[-+−](?=[[:digit:]])|(?<=[[:alpha:]])\.(?=[[:alpha:]])', ' ', 'g') as words
  )
  select words || coalesce((
           select string_agg(' ' || translate(number[1], E' \u00a0\u202f', ''), '')
             from regexp_matches(words, E'(?<![\\d.,])(\\d{1,3}(?:[ \u00a0\u202f]\\d{3})+)(?!\\d)', 'g') as number
         ), '')
    from plain
$$;

-- What full text search matches against: every word as it stands (`simple`: names, codes, words too short or common for a
-- dictionary) and by its stem. The `russian` configuration stems Latin words in English and Cyrillic ones in Russian, so
-- it serves both, and texts that mix them. The context weighs A, the passage itself D.
create function agent_jobs.search_vector(language text, context_header text, content text) returns tsvector
language sql immutable parallel safe set search_path = '' as $$
  select setweight(to_tsvector('pg_catalog.simple', header) || stemmed_header, 'A')
      || to_tsvector('pg_catalog.simple', body) || stemmed_body
    from (select agent_jobs.fold(context_header) as header, agent_jobs.fold(content) as body) folded
    cross join lateral (
      select case when language = 'simple' then ''::tsvector else to_tsvector('pg_catalog.russian', header) end,
             case when language = 'simple' then ''::tsvector else to_tsvector('pg_catalog.russian', body) end
    ) stemmed (stemmed_header, stemmed_body)
$$;

create table agent_jobs.chunks (
  id bigint generated always as identity primary key,
  org_id uuid not null,
  knowledge_base_id uuid not null,
  document_id uuid not null,
  generation integer not null check (generation >= 1),
  ordinal integer not null check (ordinal >= 0),
  content text not null check (content <> ''),
  context_header text not null default '',
  heading_path text[] not null default '{}',
  page_from integer,  -- page or slide, 1-based
  page_to integer,
  sheet text,         -- name of the spreadsheet's sheet
  row_from integer,   -- rows of the sheet or table file, 1-based, as a spreadsheet numbers them
  row_to integer,
  char_start integer not null check (char_start >= 0),
  char_end integer not null,
  kind text not null check (kind in ('text', 'table', 'code', 'list')),
  token_count integer not null check (token_count >= 0),
  language text not null check (language in ('russian', 'english', 'simple')),
  quarantine_code text,  -- set: this chunk cannot be embedded; the rest of the document goes on
  quarantine_message text,
  embed_hash bytea not null generated always as
    (agent_jobs.text_hash(agent_jobs.embedded_text(context_header, content))) stored,
  fts tsvector not null generated always as (agent_jobs.search_vector(language, context_header, content)) stored,
  unique (document_id, generation, ordinal),
  unique (org_id, knowledge_base_id, id),  -- target of the composite references
  foreign key (org_id, knowledge_base_id, document_id)
    references agent_jobs.documents (org_id, knowledge_base_id, id) on delete cascade,
  check (char_end - char_start = char_length(content)),  -- content is exactly that slice, in code points
  check (page_from <= page_to),
  check (row_from <= row_to)
);

create index chunks_fts on agent_jobs.chunks using gin (fts);
-- "Has this organisation embedded this very text before?"
create index chunks_embed_hash on agent_jobs.chunks (org_id, embed_hash);

create function agent_jobs.refuse_content_change() returns trigger
language plpgsql security invoker set search_path = '' as $$
begin
  raise exception 'chunk % is written once: quotes point into it. Store a new generation instead', old.id
    using errcode = 'check_violation';
end $$;

create trigger chunks_written_once before update of content, context_header on agent_jobs.chunks
  for each row execute function agent_jobs.refuse_content_change();

-- Vectors, one per chunk and profile, so that a base can move to another profile while the old one serves.
-- Tenant: org_id. The size is the profile's and is checked by the functions that store; one column holds them all.
--
-- No approximate index: within one knowledge base an exact scan is fast far beyond what most bases hold, is never wrong,
-- and needs no index build that stalls a small database. The index finds the base's rows, which is all a scan may read.
create table agent_jobs.chunk_embeddings (
  chunk_id bigint not null,
  profile_id smallint not null references agent_jobs.embedding_profiles (id),
  org_id uuid not null,
  knowledge_base_id uuid not null,
  embedding extensions.vector not null,
  primary key (chunk_id, profile_id),
  foreign key (org_id, knowledge_base_id, chunk_id)
    references agent_jobs.chunks (org_id, knowledge_base_id, id) on delete cascade
);

-- Inline where a page holds it (up to 2,000 dimensions), else out of line: the scan then reads pages in order instead of
-- looking every vector up in the TOAST table, which measured about twice as fast. Never worth compressing, and Postgres
-- gives up on trying after the first kilobyte.
alter table agent_jobs.chunk_embeddings alter column embedding set storage main;

create index chunk_embeddings_scope on agent_jobs.chunk_embeddings (org_id, knowledge_base_id, profile_id);

-- What readers may see: chunks of published generations of documents that are not being deleted.
-- security_invoker, so that the row-level security of whoever asks applies.
create view agent_jobs.live_chunks with (security_invoker = true) as
  select c.id, c.org_id, c.knowledge_base_id, c.document_id, c.ordinal, c.content, c.context_header, c.heading_path,
         c.page_from, c.page_to, c.sheet, c.row_from, c.row_to, c.char_start, c.char_end, c.kind, c.language, c.fts,
         d.name as document_name
    from agent_jobs.chunks c
    join agent_jobs.documents d on d.id = c.document_id and d.live_generation = c.generation and d.state <> 'deleting';

-- Removes a document's chunks of some generations with all that hangs on them: vectors, mentions and evidence by
-- cascade, then exactly those edges and entities that have lost their last support. The caller holds the document.
create function agent_jobs.remove_chunks(p_document agent_jobs.documents, p_from integer, p_to integer) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  entity_ids uuid[];
  edge_ids uuid[];
begin
  select array_agg(distinct m.entity_id) into entity_ids
    from agent_jobs.chunks c
    join agent_jobs.graph_mentions m on m.chunk_id = c.id
   where c.document_id = p_document.id and c.generation between p_from and p_to;
  select array_agg(distinct e.edge_id) into edge_ids
    from agent_jobs.chunks c
    join agent_jobs.graph_evidence e on e.chunk_id = c.id
   where c.document_id = p_document.id and c.generation between p_from and p_to;
  delete from agent_jobs.chunks where document_id = p_document.id and generation between p_from and p_to;
  perform agent_jobs.clean_graph(entity_ids, edge_ids);
end $$;

-- Stores one batch of a generation's chunks, of p_total. `p_first` clears what an earlier attempt left. Repeating a batch
-- is no error.
create function agent_jobs.store_chunks(
  p_org_id uuid, p_document_id uuid, p_generation integer, p_lease uuid, p_first boolean, p_total integer, p_chunks jsonb
) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  document agent_jobs.documents :=
    agent_jobs.lock_claimed_document(p_org_id, p_document_id, p_generation, 'search', p_lease);
  added integer;
begin
  if document.state <> 'processing' then
    raise exception 'document % is %, not processing', p_document_id, document.state using errcode = 'AJ003';
  end if;
  if p_first then
    perform agent_jobs.remove_chunks(document, p_generation, p_generation);
  end if;
  insert into agent_jobs.chunks
    (org_id, knowledge_base_id, document_id, generation, ordinal, content, context_header, heading_path, page_from,
     page_to, sheet, row_from, row_to, char_start, char_end, kind, token_count, language)
  select document.org_id, document.knowledge_base_id, document.id, p_generation, c.ordinal, c.content,
         c.context_header, c.heading_path, c.page_from, c.page_to, c.sheet, c.row_from, c.row_to, c.char_start, c.char_end,
         c.kind, c.token_count, c.language
    from jsonb_to_recordset(p_chunks) as c (
           ordinal integer, content text, context_header text, heading_path text[], page_from integer, page_to integer,
           sheet text, row_from integer, row_to integer, char_start integer, char_end integer, kind text, token_count integer, language text)
  on conflict (document_id, generation, ordinal) do nothing;
  get diagnostics added = row_count;
  update agent_jobs.documents
     set chunk_count = coalesce(p_total, chunk_count),
         stored_count = case when p_first then added else stored_count + added end, updated_at = now()
   where id = p_document_id;
end $$;
