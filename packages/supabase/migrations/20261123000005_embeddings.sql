-- From chunks to vectors, and the moment a generation goes live.

-- Every paid request, once: `request_id` is the provider's. Tenant: org_id. Rows outlive their document (the money is
-- spent all the same) and hold nothing of its content.
create table agent_jobs.usage_events (
  org_id uuid not null,
  request_id text not null check (request_id <> ''),
  document_id uuid,
  purpose text not null check (purpose <> ''),  -- "embedding", "graph", "query", …
  provider text not null,
  model text not null,
  tokens bigint not null check (tokens >= 0),
  cost_usd numeric(14, 8) not null check (cost_usd >= 0),
  created_at timestamptz not null default now(),
  primary key (org_id, request_id),
  foreign key (org_id, document_id) references agent_jobs.documents (org_id, id) on delete set null (document_id)
);

create index usage_events_by_time on agent_jobs.usage_events (org_id, created_at);
create index usage_events_document on agent_jobs.usage_events (document_id) where document_id is not null;

-- Books a paid request and adds it to its document's bill. False: booked before.
create function agent_jobs.record_usage(
  p_org_id uuid, p_request_id text, p_document_id uuid, p_purpose text, p_provider text, p_model text,
  p_tokens bigint, p_cost_usd numeric
) returns boolean
language plpgsql security invoker set search_path = '' as $$
begin
  if p_document_id is not null then
    perform agent_jobs.lock_document(p_org_id, p_document_id);
  end if;
  insert into agent_jobs.usage_events (org_id, request_id, document_id, purpose, provider, model, tokens, cost_usd)
  values (p_org_id, p_request_id, p_document_id, p_purpose, p_provider, p_model, p_tokens, p_cost_usd)
  on conflict (org_id, request_id) do nothing;
  if not found then
    return false;
  end if;
  update agent_jobs.documents
     set tokens_billed = tokens_billed + p_tokens, cost_usd = cost_usd + p_cost_usd
   where org_id = p_org_id and id = p_document_id;
  return true;
end $$;

create function agent_jobs.summarise_usage(p_org_id uuid, p_from timestamptz, p_to timestamptz)
returns table (purpose text, provider text, model text, requests bigint, tokens bigint, cost_usd numeric)
language sql stable security invoker set search_path = '' as $$
  select u.purpose, u.provider, u.model, count(*), sum(u.tokens)::bigint, sum(u.cost_usd)
    from agent_jobs.usage_events u
   where u.org_id = p_org_id and u.created_at >= p_from and u.created_at < p_to
   group by u.purpose, u.provider, u.model
   order by u.purpose, u.provider, u.model
$$;

-- embeddings takes a generation. The profile is fixed here: the knowledge base's active one. Counts are taken afresh, so
-- that a claim also repairs them (and is right after the base changed its profile between two attempts).
create function agent_jobs.claim_embedding(
  p_org_id uuid, p_document_id uuid, p_generation integer, p_lease_seconds integer
) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  document agent_jobs.documents := agent_jobs.lock_document(p_org_id, p_document_id);
  profile agent_jobs.embedding_profiles;
begin
  select p.* into strict profile
    from agent_jobs.knowledge_bases b
    join agent_jobs.embedding_profiles p on p.id = b.active_profile_id
   where b.org_id = document.org_id and b.id = document.knowledge_base_id;
  if document.state <> 'embedding' or document.generation <> p_generation then
    return jsonb_build_object('document', to_jsonb(document), 'profile', to_jsonb(profile));
  end if;
  update agent_jobs.documents d
     set embedding_profile_id = profile.id, search_lease = gen_random_uuid(),
         search_lease_until = now() + make_interval(secs => p_lease_seconds),
         (embedded_count, quarantined_count) = (
           select count(e.chunk_id), count(*) filter (where e.chunk_id is null and c.quarantine_code is not null)
             from agent_jobs.chunks c
             left join agent_jobs.chunk_embeddings e on e.chunk_id = c.id and e.profile_id = profile.id
            where c.document_id = d.id and c.generation = d.generation),
         embedding_since = now(), updated_at = now()
   where d.id = p_document_id
  returning * into document;
  update agent_jobs.documents set embedding_from = embedded_count where id = p_document_id;
  return jsonb_build_object('document', to_jsonb(document), 'profile', to_jsonb(profile), 'lease', document.search_lease);
end $$;

-- Publishes the generation if nothing of it waits any more, and answers where it stands. The caller holds the document,
-- so the one who stores the last vector sees that it is the last: no second look, no race.
--   * all embedded: ready. Some quarantined, or parts of the file unreadable: ready_partial, and the row names them.
--   * nothing embedded at all: failed; what was live before stays live.
create function agent_jobs.settle_embedding(p_document agent_jobs.documents, p_stored integer) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  document agent_jobs.documents;
  published boolean := false;
  remaining integer;
  named text;
begin
  update agent_jobs.documents
     set embedded_count = embedded_count + p_stored, updated_at = now()
   where id = p_document.id
  returning * into document;
  remaining := document.chunk_count - document.embedded_count - document.quarantined_count;

  if document.state <> 'embedding' then  -- a late repetition by the same holder
    return jsonb_build_object('stored', p_stored, 'remaining', remaining,
                              'published', document.live_generation = document.generation);
  end if;
  if remaining > 0 then
    return jsonb_build_object('stored', p_stored, 'remaining', remaining, 'published', false);
  end if;

  if document.quarantined_count > 0 then
    select format('%s of %s passages could not be embedded: %s', document.quarantined_count, document.chunk_count,
                  string_agg(format('no. %s (%s)', ordinal + 1, quarantine_code), ', ' order by ordinal))
      into named
      from (select ordinal, quarantine_code from agent_jobs.chunks
             where document_id = document.id and generation = document.generation and quarantine_code is not null
             order by ordinal limit 20) first_ones;
  end if;
  if document.warnings <> '[]' then
    select concat_ws('. ', named, format('%s of the file could not be read: %s',
                     case jsonb_array_length(document.warnings) when 1 then 'A part' else 'Parts' end,
                     string_agg(concat(case when w ? 'page' then format('page %s, ', w ->> 'page') end, w ->> 'message'),
                                '; ' order by n)))
      into named
      from (select w, n from jsonb_array_elements(document.warnings) with ordinality x (w, n) limit 20) first_ones;
  end if;
  published := document.embedded_count > 0;
  update agent_jobs.documents
     set state = case when not published then 'failed' when named is not null then 'ready_partial' else 'ready' end,
         live_generation = case when published then generation else live_generation end,
         error_code = case when quarantined_count > 0 then 'chunks_quarantined'
                           when named is not null then 'part_unreadable' end,
         error_message = left(named, 2000),
         search_lease_until = null,
         updated_at = now()
   where id = document.id;
  if published then
    perform agent_jobs.remove_chunks(document, 1, document.generation - 1);
    -- Attachments that the new version no longer has.
    perform agent_jobs.mark_deleting(document.org_id, array(
      select id from agent_jobs.documents
       where parent_document_id = document.id and parent_generation < document.generation
       order by id for no key update));
  end if;
  return jsonb_build_object('stored', p_stored, 'remaining', 0, 'published', published);
end $$;

-- Stores a batch of vectors, books the request that made them, and publishes with the last one: one transaction.
-- Vectors come as text, '[0.1,0.2,…]': pgvector reads that itself, with no detour through JSON numbers.
-- A vector that is there already stays; a batch may be sent again after a lost answer, by the holder of the lease.
create function agent_jobs.store_embeddings(
  p_org_id uuid, p_document_id uuid, p_generation integer, p_lease uuid, p_profile_id smallint,
  p_chunk_ids bigint[], p_vectors text[], p_request_id text, p_tokens bigint, p_cost_usd numeric
) returns jsonb
language plpgsql security invoker set search_path = '' set statement_timeout = '120s' as $$
declare
  document agent_jobs.documents :=
    agent_jobs.lock_claimed_document(p_org_id, p_document_id, p_generation, 'search', p_lease);
  profile agent_jobs.embedding_profiles;
  known integer;
  stored integer;
  wrong_size integer;
begin
  if document.embedding_profile_id is distinct from p_profile_id then
    raise exception 'document %: vectors of profile % came, profile % is being built',
      p_document_id, p_profile_id, document.embedding_profile_id using errcode = 'AJ003';
  end if;
  select * into strict profile from agent_jobs.embedding_profiles where id = p_profile_id;

  if cardinality(p_chunk_ids) <> cardinality(p_vectors) then
    raise exception '% chunks but % vectors', cardinality(p_chunk_ids), cardinality(p_vectors)
      using errcode = 'invalid_parameter_value';
  end if;
  select count(*) into known
    from agent_jobs.chunks
   where id = any (p_chunk_ids) and document_id = p_document_id and generation = p_generation;
  if known <> cardinality(p_chunk_ids) then
    raise exception 'document %: % of % chunks do not belong to its generation %',
      p_document_id, cardinality(p_chunk_ids) - known, cardinality(p_chunk_ids), p_generation using errcode = 'AJ001';
  end if;

  perform agent_jobs.record_usage(p_org_id, p_request_id, p_document_id, 'embedding', profile.provider, profile.model,
                                  p_tokens, p_cost_usd);

  with added as (
    insert into agent_jobs.chunk_embeddings (chunk_id, profile_id, org_id, knowledge_base_id, embedding)
    select v.chunk_id, p_profile_id, document.org_id, document.knowledge_base_id, v.embedding::extensions.vector
      from unnest(p_chunk_ids, p_vectors) as v (chunk_id, embedding)
      join agent_jobs.chunks c on c.id = v.chunk_id and c.quarantine_code is null
    on conflict (chunk_id, profile_id) do nothing
    returning extensions.vector_dims(embedding) as dimensions
  )
  select count(*), max(dimensions) filter (where dimensions <> profile.dimensions) into stored, wrong_size from added;
  if wrong_size is not null then
    raise exception 'document %: profile % has % dimensions, a vector has %',
      p_document_id, p_profile_id, profile.dimensions, wrong_size using errcode = 'invalid_parameter_value';
  end if;
  return agent_jobs.settle_embedding(document, stored);
end $$;

-- Copies vectors of byte-identical embedded text that the same organisation has under the same profile: unchanged
-- passages of a new generation, the same file twice, a repeated page. At most p_limit per call, so that a request stays
-- short; call again while it stores something.
create function agent_jobs.reuse_embeddings(
  p_org_id uuid, p_document_id uuid, p_generation integer, p_lease uuid, p_limit integer
) returns jsonb
language plpgsql security invoker set search_path = '' set statement_timeout = '120s' as $$
declare
  document agent_jobs.documents :=
    agent_jobs.lock_claimed_document(p_org_id, p_document_id, p_generation, 'search', p_lease);
  stored integer;
begin
  insert into agent_jobs.chunk_embeddings (chunk_id, profile_id, org_id, knowledge_base_id, embedding)
  select c.id, document.embedding_profile_id, c.org_id, c.knowledge_base_id, twin.embedding
    from agent_jobs.chunks c
    cross join lateral (
      select e.embedding
        from agent_jobs.chunks o
        join agent_jobs.chunk_embeddings e on e.chunk_id = o.id and e.profile_id = document.embedding_profile_id
       where o.org_id = p_org_id and o.embed_hash = c.embed_hash
       limit 1
    ) twin
   where c.document_id = p_document_id and c.generation = p_generation and c.quarantine_code is null
     and not exists (select 1 from agent_jobs.chunk_embeddings mine
                      where mine.chunk_id = c.id and mine.profile_id = document.embedding_profile_id)
   order by c.ordinal
   limit p_limit
  on conflict (chunk_id, profile_id) do nothing;
  get diagnostics stored = row_count;
  return agent_jobs.settle_embedding(document, stored);
end $$;

-- The next chunks of a generation that wait for a vector.
create function agent_jobs.pending_embeddings(p_org_id uuid, p_document_id uuid, p_generation integer, p_limit integer)
returns table (chunk_id bigint, text text, token_count integer)
language sql stable security invoker set search_path = '' as $$
  select c.id, agent_jobs.embedded_text(c.context_header, c.content), c.token_count
    from agent_jobs.documents d
    join agent_jobs.chunks c on c.document_id = d.id and c.generation = p_generation
   where d.org_id = p_org_id and d.id = p_document_id and c.quarantine_code is null
     and not exists (select 1 from agent_jobs.chunk_embeddings e
                      where e.chunk_id = c.id and e.profile_id = d.embedding_profile_id)
   order by c.ordinal
   limit p_limit
$$;

-- Sets one chunk aside that the provider refuses, so that the rest can go on.
create function agent_jobs.quarantine_chunk(
  p_org_id uuid, p_document_id uuid, p_generation integer, p_lease uuid, p_chunk_id bigint, p_code text, p_message text
) returns jsonb
language plpgsql security invoker set search_path = '' set statement_timeout = '120s' as $$
declare
  document agent_jobs.documents :=
    agent_jobs.lock_claimed_document(p_org_id, p_document_id, p_generation, 'search', p_lease);
  chunk agent_jobs.chunks;
begin
  select * into chunk from agent_jobs.chunks
   where id = p_chunk_id and document_id = p_document_id and generation = p_generation;
  if not found then
    raise exception 'chunk % does not belong to generation % of document %', p_chunk_id, p_generation, p_document_id
      using errcode = 'AJ001';
  end if;
  if chunk.quarantine_code is null and not exists (
    select 1 from agent_jobs.chunk_embeddings
     where chunk_id = p_chunk_id and profile_id = document.embedding_profile_id
  ) then
    update agent_jobs.chunks set quarantine_code = p_code, quarantine_message = left(p_message, 2000)
     where id = p_chunk_id;
    update agent_jobs.documents set quarantined_count = quarantined_count + 1 where id = p_document_id;
  end if;
  return agent_jobs.settle_embedding(document, 0);
end $$;
