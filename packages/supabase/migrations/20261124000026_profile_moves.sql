-- A knowledge base's move to another embedding profile.

-- A move is a shadow build: every live passage gets a vector of the other profile, by the same jobs that embed documents,
-- while the base is searched with the one it has. When no live passage lacks one, one update of the base's row switches.
-- The vectors of before stay, so that moving back has only to embed what came since, or nothing and is done at once.
alter table agent_jobs.knowledge_bases
  add column building_profile_id smallint references agent_jobs.embedding_profiles (id),
  add column building_since timestamptz,
  -- Why it does not go on. Tried again from `building_retry_at` on.
  add column building_error_code text,
  add column building_error_message text,
  add column building_retry_at timestamptz,
  add column previous_profile_id smallint references agent_jobs.embedding_profiles (id),
  add constraint knowledge_bases_moves_elsewhere check (building_profile_id <> active_profile_id);
create index knowledge_bases_building on agent_jobs.knowledge_bases (id) where building_profile_id is not null;

-- A document's part of it: how many passages of which live generation still lack a vector of which profile. Its lease is
-- its own, because the shadow of what is live is built beside a newer generation.
alter table agent_jobs.documents
  add column shadow_profile_id smallint references agent_jobs.embedding_profiles (id),
  add column shadow_generation integer,
  add column shadow_left integer,
  add column shadow_lease uuid,
  add column shadow_lease_until timestamptz;

-- Passages that a profile's model refused. Those of the active profile are told by chunks.quarantine_code; here are those
-- of the one being built and of earlier ones, until a switch. Tenant: org_id.
create table agent_jobs.embedding_refusals (
  chunk_id bigint not null,
  profile_id smallint not null references agent_jobs.embedding_profiles (id),
  org_id uuid not null,
  knowledge_base_id uuid not null,
  code text not null,
  message text,
  primary key (chunk_id, profile_id),
  foreign key (org_id, knowledge_base_id, chunk_id)
    references agent_jobs.chunks (org_id, knowledge_base_id, id) on delete cascade
);
create index embedding_refusals_base on agent_jobs.embedding_refusals (knowledge_base_id, profile_id);
create index chunks_quarantined on agent_jobs.chunks (knowledge_base_id) where quarantine_code is not null;

-- Passages of the live generation without a vector of the profile, but for those it refused.
create function agent_jobs.count_without_vector(p_document agent_jobs.documents, p_profile_id smallint) returns integer
language sql stable security invoker set search_path = '' as $$
  select count(*)::integer
    from agent_jobs.chunks c
   where c.document_id = p_document.id and c.generation = p_document.live_generation
     and not exists (select from agent_jobs.chunk_embeddings e where e.chunk_id = c.id and e.profile_id = p_profile_id)
     and not exists (select from agent_jobs.embedding_refusals r where r.chunk_id = c.id and r.profile_id = p_profile_id)
$$;

-- As in 20261123000003, and a shadow's holder gets the document as its job sees it: with the shadow's lease and profile.
create or replace function agent_jobs.lock_claimed_document(
  p_org_id uuid, p_document_id uuid, p_generation integer, p_stage text, p_lease uuid
) returns agent_jobs.documents
language plpgsql security invoker set search_path = '' as $$
declare
  document agent_jobs.documents := agent_jobs.lock_document(p_org_id, p_document_id);
begin
  if p_stage = 'search' and p_lease = document.shadow_lease then
    if document.live_generation <> p_generation or document.state = 'deleting' then
      raise exception 'document %: generation % is live no more (now generation %, %)',
        p_document_id, p_generation, document.live_generation, document.state using errcode = 'AJ003';
    end if;
    document.search_lease := document.shadow_lease;
    document.embedding_profile_id := document.shadow_profile_id;
    return document;
  end if;
  if document.generation <> p_generation or document.state = 'deleting' then
    raise exception 'document %: generation % is superseded (now generation %, %)',
      p_document_id, p_generation, document.generation, document.state using errcode = 'AJ003';
  end if;
  if (case p_stage when 'graph' then document.graph_lease else document.search_lease end) is distinct from p_lease then
    raise exception 'document %: another worker took over the % stage', p_document_id, p_stage using errcode = 'AJ002';
  end if;
  return document;
end $$;

-- As in 20261123000003, and of a shadow.
create or replace function agent_jobs.renew_lease(
  p_org_id uuid, p_document_id uuid, p_stage text, p_lease uuid, p_lease_seconds integer
) returns boolean
language plpgsql security invoker set search_path = '' as $$
declare
  until timestamptz := now() + make_interval(secs => p_lease_seconds);
begin
  if p_stage = 'graph' then
    update agent_jobs.documents set graph_lease_until = until
     where org_id = p_org_id and id = p_document_id and graph_lease = p_lease;
  else
    update agent_jobs.documents
       set search_lease_until = case when search_lease = p_lease then until else search_lease_until end,
           shadow_lease_until = case when shadow_lease = p_lease then until else shadow_lease_until end
     where org_id = p_org_id and id = p_document_id and p_lease in (search_lease, shadow_lease);
  end if;
  return found;
end $$;

-- As in 20261123000005; and where the generation is live and its base is on the move, a claim takes the shadow: the
-- profile is the one being built.
create or replace function agent_jobs.claim_embedding(
  p_org_id uuid, p_document_id uuid, p_generation integer, p_lease_seconds integer
) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  document agent_jobs.documents := agent_jobs.lock_document(p_org_id, p_document_id);
  base agent_jobs.knowledge_bases;
  profile agent_jobs.embedding_profiles;
  is_shadow boolean;
  lease uuid;
begin
  select * into strict base from agent_jobs.knowledge_bases
   where org_id = document.org_id and id = document.knowledge_base_id;
  is_shadow := base.building_profile_id is not null and document.live_generation = p_generation
           and document.state <> 'deleting' and not (document.state = 'embedding' and document.generation = p_generation);
  select * into strict profile from agent_jobs.embedding_profiles
   where id = case when is_shadow then base.building_profile_id else base.active_profile_id end;

  if is_shadow then
    update agent_jobs.documents d
       set shadow_profile_id = profile.id, shadow_generation = live_generation,
           shadow_left = agent_jobs.count_without_vector(document, profile.id),
           shadow_lease = gen_random_uuid(), shadow_lease_until = now() + make_interval(secs => p_lease_seconds)
     where d.id = p_document_id
    returning * into document;
    if document.shadow_left > 0 then
      lease := document.shadow_lease;
    else
      perform agent_jobs.settle_shadow(document, 0, 0);
    end if;
  elsif document.state = 'embedding' and document.generation = p_generation then
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
    lease := document.search_lease;
  end if;
  return jsonb_build_object('document', to_jsonb(document), 'profile', to_jsonb(profile))
      || case when lease is null then '{}' else jsonb_build_object('lease', lease) end;
end $$;

-- What of a document is not there, for people; null: all is.
create function agent_jobs.missing_parts(p_document agent_jobs.documents) returns text
language plpgsql stable security invoker set search_path = '' as $$
declare
  passages text;
  parts text;
begin
  if p_document.quarantined_count > 0 then
    select format('%s of %s passages could not be embedded: %s', p_document.quarantined_count, p_document.chunk_count,
                  string_agg(format('no. %s (%s)', ordinal + 1, quarantine_code), ', ' order by ordinal))
      into passages
      from (select ordinal, quarantine_code from agent_jobs.chunks
             where document_id = p_document.id and generation = p_document.generation and quarantine_code is not null
             order by ordinal limit 20) first_ones;
  end if;
  if p_document.warnings <> '[]' then
    select format('%s of the file could not be read: %s',
                  case jsonb_array_length(p_document.warnings) when 1 then 'A part' else 'Parts' end,
                  string_agg(concat(case when w ? 'page' then format('page %s, ', w ->> 'page') end, w ->> 'message'),
                             '; ' order by n))
      into parts
      from (select w, n from jsonb_array_elements(p_document.warnings) with ordinality x (w, n) limit 20) first_ones;
  end if;
  return nullif(concat_ws('. ', passages, parts), '');
end $$;

-- A shadow's count goes down; at nothing, its document is done, and with the last one the base switches. `p_stored` of the
-- `p_done` have a vector, the others were refused.
create function agent_jobs.settle_shadow(p_document agent_jobs.documents, p_stored integer, p_done integer) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  remaining integer;
begin
  update agent_jobs.documents
     set shadow_left = shadow_left - p_done,
         shadow_lease_until = case when shadow_left - p_done > 0 then shadow_lease_until end
   where id = p_document.id
  returning shadow_left into remaining;
  if remaining = 0 then
    perform agent_jobs.switch_profile(p_document.org_id, p_document.knowledge_base_id);
  end if;
  return jsonb_build_object('stored', p_stored, 'remaining', remaining, 'published', remaining = 0);
end $$;

-- As in 20261123000005. A base that has switched since the claim is served by other vectors than these: the generation
-- stays unpublished, its lease ends, and the next claim embeds it with the profile that serves.
create or replace function agent_jobs.settle_embedding(p_document agent_jobs.documents, p_stored integer) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  document agent_jobs.documents;
  published boolean := false;
  remaining integer;
  serving smallint;
  dropped uuid[];
  named text;
begin
  if p_document.search_lease = p_document.shadow_lease then
    return agent_jobs.settle_shadow(p_document, p_stored, p_stored);
  end if;
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

  published := document.embedded_count > 0;
  if published then
    -- Attachments that the new version no longer has: documents are locked before the base.
    dropped := array(
      select id from agent_jobs.documents
       where parent_document_id = document.id and parent_generation < document.generation
       order by id for no key update);
    -- Until the end of this transaction no switch; and a switch that is under way is waited for.
    select active_profile_id into serving from agent_jobs.knowledge_bases where id = document.knowledge_base_id for share;
    if serving <> document.embedding_profile_id then
      update agent_jobs.documents set search_lease = null, search_lease_until = null where id = document.id;
      return jsonb_build_object('stored', p_stored, 'remaining', document.chunk_count, 'published', false);
    end if;
  end if;
  named := agent_jobs.missing_parts(document);
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
    perform agent_jobs.mark_deleting(document.org_id, dropped);
  end if;
  return jsonb_build_object('stored', p_stored, 'remaining', 0, 'published', published);
end $$;

-- As in 20261123000005; vectors come as one text, a line each: JSON is read character by character, and an array of
-- texts twice.
drop function agent_jobs.store_embeddings(
  uuid, uuid, integer, uuid, smallint, bigint[], text[], text, bigint, numeric);
create function agent_jobs.store_embeddings(
  p_org_id uuid, p_document_id uuid, p_generation integer, p_lease uuid, p_profile_id smallint,
  p_chunk_ids bigint[], p_vectors text, p_request_id text, p_tokens bigint, p_cost_usd numeric
) returns jsonb
language plpgsql security invoker set search_path = '' set statement_timeout = '120s' as $$
declare
  document agent_jobs.documents :=
    agent_jobs.lock_claimed_document(p_org_id, p_document_id, p_generation, 'search', p_lease);
  vectors constant text[] := string_to_array(p_vectors, E'\n');
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

  if cardinality(p_chunk_ids) <> cardinality(vectors) then
    raise exception '% chunks but % vectors', cardinality(p_chunk_ids), cardinality(vectors)
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
    select v.chunk_id, p_profile_id, document.org_id, document.knowledge_base_id, v.embedding::extensions.halfvec
      from unnest(p_chunk_ids, vectors) as v (chunk_id, embedding)
      join agent_jobs.chunks c on c.id = v.chunk_id
     where c.quarantine_code is null or document.search_lease = document.shadow_lease
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

-- As in 20261123000005, and of a shadow: what one model refused, another may take.
create or replace function agent_jobs.pending_embeddings(
  p_org_id uuid, p_document_id uuid, p_generation integer, p_limit integer
) returns table (chunk_id bigint, text text, token_count integer)
language plpgsql stable security invoker set search_path = '' as $$
declare
  document agent_jobs.documents;
  is_shadow boolean;
  wanted smallint;
begin
  select * into document from agent_jobs.documents where org_id = p_org_id and id = p_document_id;
  is_shadow := document.live_generation = p_generation and document.shadow_generation = p_generation
           and not (document.state = 'embedding' and document.generation = p_generation);
  wanted := case when is_shadow then document.shadow_profile_id else document.embedding_profile_id end;
  return query
    select c.id, agent_jobs.embedded_text(c.context_header, c.content), c.token_count
      from agent_jobs.chunks c
     where c.document_id = document.id and c.generation = p_generation
       and case when is_shadow
                then not exists (select from agent_jobs.embedding_refusals r
                                  where r.chunk_id = c.id and r.profile_id = wanted)
                else c.quarantine_code is null end
       and not exists (select from agent_jobs.chunk_embeddings e where e.chunk_id = c.id and e.profile_id = wanted)
     order by c.ordinal
     limit p_limit;
end $$;

-- As in 20261123000005, and of a shadow: the passage is searched by the vector it has, and set aside only when the base
-- switches.
create or replace function agent_jobs.quarantine_chunk(
  p_org_id uuid, p_document_id uuid, p_generation integer, p_lease uuid, p_chunk_id bigint, p_code text, p_message text
) returns jsonb
language plpgsql security invoker set search_path = '' set statement_timeout = '120s' as $$
declare
  document agent_jobs.documents :=
    agent_jobs.lock_claimed_document(p_org_id, p_document_id, p_generation, 'search', p_lease);
  chunk agent_jobs.chunks;
  has_vector boolean;
  refused integer := 0;
begin
  select * into chunk from agent_jobs.chunks
   where id = p_chunk_id and document_id = p_document_id and generation = p_generation;
  if not found then
    raise exception 'chunk % does not belong to generation % of document %', p_chunk_id, p_generation, p_document_id
      using errcode = 'AJ001';
  end if;
  has_vector := exists (select from agent_jobs.chunk_embeddings
                         where chunk_id = p_chunk_id and profile_id = document.embedding_profile_id);
  if document.search_lease = document.shadow_lease then
    if not has_vector then
      insert into agent_jobs.embedding_refusals (chunk_id, profile_id, org_id, knowledge_base_id, code, message)
      values (p_chunk_id, document.embedding_profile_id, p_org_id, document.knowledge_base_id, p_code,
              left(p_message, 2000))
      on conflict (chunk_id, profile_id) do nothing;
      get diagnostics refused = row_count;
    end if;
    return agent_jobs.settle_shadow(document, 0, refused);
  end if;
  if chunk.quarantine_code is null and not has_vector then
    update agent_jobs.chunks set quarantine_code = p_code, quarantine_message = left(p_message, 2000)
     where id = p_chunk_id;
    update agent_jobs.documents set quarantined_count = quarantined_count + 1 where id = p_document_id;
  end if;
  return agent_jobs.settle_embedding(document, 0);
end $$;

-- The moment of the move: true when nothing live lacks a vector of the profile being built. Two that finish the last two
-- documents at once come one after the other here, and the second sees what the first did; whoever publishes a document
-- holds the base's row meanwhile. The base is locked after documents, here and everywhere.
create function agent_jobs.switch_profile(p_org_id uuid, p_knowledge_base_id uuid) returns boolean
language plpgsql security invoker set search_path = '' as $$
declare
  base agent_jobs.knowledge_bases;
begin
  select * into base from agent_jobs.knowledge_bases
   where org_id = p_org_id and id = p_knowledge_base_id for no key update;
  if base.building_profile_id is null or exists (
    select from agent_jobs.documents d
     where d.org_id = p_org_id and d.knowledge_base_id = p_knowledge_base_id and d.live_generation > 0
       and d.state <> 'deleting'
       and (d.shadow_profile_id, d.shadow_generation, d.shadow_left)
           is distinct from (base.building_profile_id, d.live_generation, 0)
  ) then
    return false;
  end if;
  update agent_jobs.knowledge_bases
     set active_profile_id = building_profile_id, previous_profile_id = active_profile_id,
         building_profile_id = null, building_since = null,
         building_error_code = null, building_error_message = null, building_retry_at = null
   where id = base.id;
  perform agent_jobs.exchange_refusals(base);
  return true;
end $$;

-- After a switch: passages that the old model refused are kept for the way back, those that the new one refused are set
-- aside; and the documents concerned say so.
create function agent_jobs.exchange_refusals(p_before agent_jobs.knowledge_bases) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  concerned uuid[];
begin
  insert into agent_jobs.embedding_refusals (chunk_id, profile_id, org_id, knowledge_base_id, code, message)
  select c.id, p_before.active_profile_id, c.org_id, c.knowledge_base_id, c.quarantine_code, c.quarantine_message
    from agent_jobs.chunks c
   where c.org_id = p_before.org_id and c.knowledge_base_id = p_before.id and c.quarantine_code is not null
  on conflict (chunk_id, profile_id) do nothing;
  with cleared as (
    update agent_jobs.chunks set quarantine_code = null, quarantine_message = null
     where org_id = p_before.org_id and knowledge_base_id = p_before.id and quarantine_code is not null
    returning document_id
  )
  select array_agg(document_id) into concerned from cleared;
  with aside as (
    update agent_jobs.chunks c set quarantine_code = r.code, quarantine_message = r.message
      from agent_jobs.embedding_refusals r
     where r.knowledge_base_id = p_before.id and r.profile_id = p_before.building_profile_id and c.id = r.chunk_id
    returning c.document_id
  )
  select concerned || array_agg(document_id) into concerned from aside;

  update agent_jobs.documents d
     set (quarantined_count, embedded_count) = (
           select count(c.quarantine_code), count(*) - count(c.quarantine_code)
             from agent_jobs.chunks c where c.document_id = d.id and c.generation = d.generation)
   where d.id = any (concerned) and d.state in ('ready', 'ready_partial') and d.live_generation = d.generation;
  update agent_jobs.documents d
     set state = case when agent_jobs.missing_parts(d) is null then 'ready' else 'ready_partial' end,
         error_code = case when d.quarantined_count > 0 then 'chunks_quarantined'
                           when d.warnings <> '[]' then 'part_unreadable' end,
         error_message = left(agent_jobs.missing_parts(d), 2000), updated_at = now()
   where d.id = any (concerned) and d.state in ('ready', 'ready_partial') and d.live_generation = d.generation;
end $$;

-- Locks a base with all its documents, documents first, as every other writer does: nobody is inside.
create function agent_jobs.lock_knowledge_base(p_org_id uuid, p_knowledge_base_id uuid) returns agent_jobs.knowledge_bases
language plpgsql security invoker set search_path = '' as $$
declare
  base agent_jobs.knowledge_bases;
begin
  perform 1 from agent_jobs.documents
    where org_id = p_org_id and knowledge_base_id = p_knowledge_base_id order by id for no key update;
  select * into base from agent_jobs.knowledge_bases
   where org_id = p_org_id and id = p_knowledge_base_id for no key update;
  if not found then
    raise exception 'knowledge base % does not exist for organisation %', p_knowledge_base_id, p_org_id
      using errcode = 'AJ001';
  end if;
  return base;
end $$;

-- As in 20261123000002, in the order of all others, so that nobody waits for the base while it waits for their document.
create or replace function agent_jobs.remove_knowledge_base(p_org_id uuid, p_knowledge_base_id uuid) returns boolean
language plpgsql security invoker set search_path = '' set statement_timeout = '120s' as $$
begin
  perform 1 from agent_jobs.documents
    where org_id = p_org_id and knowledge_base_id = p_knowledge_base_id order by id for no key update;
  perform 1 from agent_jobs.knowledge_bases where org_id = p_org_id and id = p_knowledge_base_id for update;
  -- Those that came in between.
  perform 1 from agent_jobs.documents
    where org_id = p_org_id and knowledge_base_id = p_knowledge_base_id order by id for no key update;
  delete from agent_jobs.knowledge_bases where org_id = p_org_id and id = p_knowledge_base_id;
  return found;
end $$;

-- How a base stands to its profiles.
create function agent_jobs.describe_profiles(p_org_id uuid, p_knowledge_base_id uuid) returns jsonb
language sql stable security invoker set search_path = '' as $$
  select jsonb_build_object(
           'active', (select to_jsonb(p) from agent_jobs.embedding_profiles p where p.id = b.active_profile_id),
           'previous', (select to_jsonb(p) from agent_jobs.embedding_profiles p where p.id = b.previous_profile_id),
           'building', case when b.building_profile_id is not null then (
             select jsonb_build_object(
                      'profile', to_jsonb(p), 'since', b.building_since, 'error_code', b.building_error_code,
                      'error_message', b.building_error_message, 'documents', count(d.id),
                      'documents_done', count(d.id) filter (where
                        (d.shadow_profile_id, d.shadow_generation, d.shadow_left) = (p.id, d.live_generation, 0)),
                      'passages_left', coalesce(sum(d.shadow_left) filter (where
                        (d.shadow_profile_id, d.shadow_generation) = (p.id, d.live_generation)), 0))
               from agent_jobs.embedding_profiles p
               left join agent_jobs.documents d
                 on d.org_id = b.org_id and d.knowledge_base_id = b.id and d.live_generation > 0 and d.state <> 'deleting'
              where p.id = b.building_profile_id
              group by p.id) end)
    from agent_jobs.knowledge_bases b
   where b.org_id = p_org_id and b.id = p_knowledge_base_id
$$;

-- Begins a move, or takes up one that stopped, or ends the one under way by asking for the active profile. Vectors that
-- are there already count: where none is missing, the base switches at once.
create function agent_jobs.move_to_profile(p_org_id uuid, p_knowledge_base_id uuid, p_profile_id smallint) returns jsonb
language plpgsql security invoker set search_path = '' set statement_timeout = '120s' as $$
declare
  base agent_jobs.knowledge_bases := agent_jobs.lock_knowledge_base(p_org_id, p_knowledge_base_id);
  wanted smallint := nullif(p_profile_id, base.active_profile_id);
begin
  update agent_jobs.knowledge_bases
     set building_profile_id = wanted,
         building_since = case when wanted is null then null
                               when wanted = base.building_profile_id then building_since else now() end,
         building_error_code = null, building_error_message = null, building_retry_at = null
   where id = base.id;
  if wanted is distinct from base.building_profile_id then
    -- Who still builds for another profile is refused from now on.
    update agent_jobs.documents d
       set shadow_profile_id = wanted, shadow_generation = live_generation,
           shadow_left = case when wanted is not null then agent_jobs.count_without_vector(d, wanted) end,
           shadow_lease = null, shadow_lease_until = null
     where d.org_id = p_org_id and d.knowledge_base_id = p_knowledge_base_id and d.live_generation > 0;
  end if;
  perform agent_jobs.switch_profile(p_org_id, p_knowledge_base_id);
  return agent_jobs.describe_profiles(p_org_id, p_knowledge_base_id);
end $$;

-- Documents of a base whose shadow waits, for their jobs.
create function agent_jobs.waiting_shadows(p_org_id uuid, p_knowledge_base_id uuid, p_limit integer)
returns table (id uuid, live_generation integer)
language sql stable security invoker set search_path = '' as $$
  select d.id, d.live_generation
    from agent_jobs.knowledge_bases b
    join agent_jobs.documents d on d.org_id = b.org_id and d.knowledge_base_id = b.id
   where b.org_id = p_org_id and b.id = p_knowledge_base_id and b.building_profile_id is not null
     and d.live_generation > 0 and d.state <> 'deleting'
     and (d.shadow_profile_id, d.shadow_generation, d.shadow_left)
         is distinct from (b.building_profile_id, d.live_generation, 0)
   order by d.id
   limit p_limit
$$;

-- Gives up the way back: vectors of profiles that the base neither has nor is building. How many.
create function agent_jobs.forget_profiles(p_org_id uuid, p_knowledge_base_id uuid) returns integer
language plpgsql security invoker set search_path = '' set statement_timeout = '120s' as $$
declare
  base agent_jobs.knowledge_bases := agent_jobs.lock_knowledge_base(p_org_id, p_knowledge_base_id);
  removed integer;
begin
  delete from agent_jobs.embedding_refusals
   where knowledge_base_id = base.id
     and profile_id not in (base.active_profile_id, coalesce(base.building_profile_id, base.active_profile_id));
  delete from agent_jobs.chunk_embeddings
   where org_id = p_org_id and knowledge_base_id = base.id
     and profile_id not in (base.active_profile_id, coalesce(base.building_profile_id, base.active_profile_id));
  get diagnostics removed = row_count;
  update agent_jobs.knowledge_bases set previous_profile_id = null where id = base.id;
  return removed;
end $$;

-- As in 20261123000003; a shadow that failed for good tells its base, and is tried again later.
create or replace function agent_jobs.fail_document(
  p_org_id uuid, p_document_id uuid, p_generation integer, p_state text, p_code text, p_message text
) returns boolean
language plpgsql security invoker set search_path = '' as $$
declare
  document agent_jobs.documents := agent_jobs.lock_document(p_org_id, p_document_id);
begin
  -- Before there are chunks the graph cannot come either: without them it would look pending for ever.
  update agent_jobs.documents
     set graph_state = case when state in ('queued', 'processing') then p_state else graph_state end,
         graph_error_code = case when state in ('queued', 'processing') then p_code else graph_error_code end,
         graph_error_message = case when state in ('queued', 'processing') then left(p_message, 2000) else graph_error_message end,
         state = p_state, error_code = p_code, error_message = left(p_message, 2000),
         search_lease_until = null, updated_at = now()
   where id = p_document_id
     and state in ('queued', 'processing', 'embedding')
     and (p_generation is null or generation = p_generation);
  if found then
    return true;
  end if;
  if document.live_generation = p_generation and document.shadow_left > 0 then
    update agent_jobs.documents set shadow_lease = null, shadow_lease_until = null where id = p_document_id;
    update agent_jobs.knowledge_bases
       set building_error_code = p_code, building_error_message = left(p_message, 2000),
           building_retry_at = now() + interval '10 minutes'
     where org_id = p_org_id and id = document.knowledge_base_id and building_profile_id = document.shadow_profile_id;
  end if;
  return false;
end $$;

-- As in 20261123000003; documents whose shadow waits are due for embedding too, with their live generation.
create or replace function agent_jobs.due_documents(p_stage text, p_limit integer, p_after uuid)
returns table (org_id uuid, document_id uuid, generation integer)
language plpgsql stable security invoker set search_path = '' as $$
begin
  if p_stage = 'graph' then
    return query
      select d.org_id, d.id, d.generation
        from agent_jobs.documents d
       where d.graph_state = 'pending'
         and d.state in ('embedding', 'ready', 'ready_partial')  -- before that there are no chunks to read
         and (d.graph_lease_until is null or d.graph_lease_until < now())
         and (p_after is null or d.id > p_after)
       order by d.id
       limit p_limit;
  else
    return query
      select due.org_id, due.id, due.generation
        from (
          select d.org_id, d.id, d.generation
            from agent_jobs.documents d
           where (d.state = any (case p_stage
                   when 'process' then array['queued', 'processing']
                   when 'embed' then array['embedding']
                   when 'delete' then array['deleting'] end)
                  -- The older version's objects are kept until the newer one is published.
                  or (p_stage = 'process' and d.superseded_paths <> '{}' and d.live_generation = d.generation
                      and d.state in ('ready', 'ready_partial')))
             and (d.search_lease_until is null or d.search_lease_until < now())
          union all
          select d.org_id, d.id, d.live_generation
            from agent_jobs.knowledge_bases b
            join agent_jobs.documents d on d.knowledge_base_id = b.id
           where p_stage = 'embed' and b.building_profile_id is not null
             and (b.building_retry_at is null or b.building_retry_at < now())
             and not exists (select from agent_jobs.embedding_pauses p
                              where p.org_id = d.org_id and p.resumes_at > now())
             and d.live_generation > 0 and d.state <> 'deleting'
             and (d.shadow_profile_id, d.shadow_generation, d.shadow_left)
                 is distinct from (b.building_profile_id, d.live_generation, 0)
             and (d.shadow_lease_until is null or d.shadow_lease_until < now())
        ) due
       where p_after is null or due.id > p_after
       order by due.id
       limit p_limit;
  end if;
end $$;

-- Access, as in 20261123000010 -----------------------------------------------------------------------------------------

grant select, insert, update, delete on agent_jobs.embedding_refusals to service_role;
revoke all on agent_jobs.embedding_refusals from anon, authenticated;
revoke execute on all functions in schema agent_jobs from public, anon, authenticated;
grant execute on all functions in schema agent_jobs to service_role;
grant execute on function agent_jobs.is_member(uuid) to authenticated;
alter table agent_jobs.embedding_refusals enable row level security;
grant select on agent_jobs.embedding_refusals to authenticated;
create policy members_read on agent_jobs.embedding_refusals for select to authenticated
  using (agent_jobs.is_member(org_id));

notify pgrst, 'reload schema';
