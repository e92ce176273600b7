-- Embedding profiles: what a vector is made of. Installation-wide, hence without org_id: they hold no tenant's data.
-- A vector without its profile means nothing, and a profile never changes: a new model or size is a new row.
create table agent_jobs.embedding_profiles (
  id smallint generated always as identity primary key,
  provider text not null check (provider <> ''),
  model text not null check (model <> ''),
  dimensions integer not null check (dimensions between 1 and 16000),  -- 16,000 is the limit of the vector type
  version integer not null default 1 check (version >= 1),
  price_usd_per_mtok numeric(12, 6) not null default 0 check (price_usd_per_mtok >= 0),
  max_input_tokens integer not null check (max_input_tokens > 0),
  max_batch_inputs integer not null check (max_batch_inputs > 0),
  max_batch_tokens integer not null check (max_batch_tokens > 0),
  created_at timestamptz not null default now(),
  unique (provider, model, dimensions, version)
);

-- A knowledge base is what a search covers and what a graph belongs to.
create table agent_jobs.knowledge_bases (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null,
  name text not null check (name <> '' and char_length(name) <= 200),
  active_profile_id smallint not null references agent_jobs.embedding_profiles (id),
  chunk_max_tokens integer not null default 400 check (chunk_max_tokens between 50 and 4000),
  chunk_overlap_tokens integer not null default 40 check (chunk_overlap_tokens >= 0),
  created_at timestamptz not null default now(),
  unique (org_id, id),    -- target of the composite references
  unique (org_id, name),  -- also the index of "all of this organisation's"
  check (chunk_overlap_tokens < chunk_max_tokens)
);

-- The profile with this identity; made on first use. Its price and limits follow the latest caller: they are facts about
-- the provider today, not part of what the vectors are.
create function agent_jobs.ensure_profile(
  p_provider text, p_model text, p_dimensions integer, p_version integer, p_price_usd_per_mtok numeric,
  p_max_input_tokens integer, p_max_batch_inputs integer, p_max_batch_tokens integer
) returns agent_jobs.embedding_profiles
language plpgsql security invoker set search_path = '' as $$
declare
  profile agent_jobs.embedding_profiles;
begin
  select * into profile
    from agent_jobs.embedding_profiles
   where provider = p_provider and model = p_model and dimensions = p_dimensions and version = p_version;
  -- Every worker asks at start: write only when there is something to write, and burn no identity value.
  if found and (profile.price_usd_per_mtok, profile.max_input_tokens, profile.max_batch_inputs, profile.max_batch_tokens)
             = (p_price_usd_per_mtok, p_max_input_tokens, p_max_batch_inputs, p_max_batch_tokens) then
    return profile;
  end if;
  insert into agent_jobs.embedding_profiles as existing
    (provider, model, dimensions, version, price_usd_per_mtok, max_input_tokens, max_batch_inputs, max_batch_tokens)
  values
    (p_provider, p_model, p_dimensions, p_version, p_price_usd_per_mtok, p_max_input_tokens, p_max_batch_inputs,
     p_max_batch_tokens)
  on conflict (provider, model, dimensions, version) do update
    set price_usd_per_mtok = excluded.price_usd_per_mtok,
        max_input_tokens = excluded.max_input_tokens,
        max_batch_inputs = excluded.max_batch_inputs,
        max_batch_tokens = excluded.max_batch_tokens
  returning * into profile;
  return profile;
end $$;

-- The organisation's knowledge base called "default"; made on first use. An existing one keeps its profile: a changed
-- key or default model never changes what a base was embedded with.
create function agent_jobs.ensure_default_knowledge_base(p_org_id uuid, p_profile_id smallint)
returns agent_jobs.knowledge_bases
language plpgsql security invoker set search_path = '' as $$
declare
  base agent_jobs.knowledge_bases;
begin
  insert into agent_jobs.knowledge_bases (org_id, name, active_profile_id)
  values (p_org_id, 'default', p_profile_id)
  on conflict (org_id, name) do nothing;
  select * into strict base from agent_jobs.knowledge_bases where org_id = p_org_id and name = 'default';
  return base;
end $$;

-- Removes a knowledge base and everything in it: documents, chunks, vectors, graph. False if it was gone already.
-- Every other writer locks its document before anything else, so once all documents are locked here, nobody is inside:
-- the cascade cannot deadlock with them. Stored files are the caller's to remove (begin with the documents' paths).
create function agent_jobs.remove_knowledge_base(p_org_id uuid, p_knowledge_base_id uuid) returns boolean
language plpgsql security invoker set search_path = '' set statement_timeout = '120s' as $$
begin
  perform 1 from agent_jobs.knowledge_bases where org_id = p_org_id and id = p_knowledge_base_id for update;
  if not found then
    return false;
  end if;
  perform 1 from agent_jobs.documents
    where org_id = p_org_id and knowledge_base_id = p_knowledge_base_id order by id for no key update;
  delete from agent_jobs.knowledge_bases where org_id = p_org_id and id = p_knowledge_base_id;
  return true;
end $$;
