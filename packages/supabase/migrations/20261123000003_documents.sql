-- A document: one stored file of one knowledge base, and where its processing stands. Tenant: org_id.
--
--   queued → processing → embedding → ready | ready_partial        state: is it searchable
--              └────────────┴───────→ failed | blocked
--   any → deleting → (row gone)
--
-- A document has versions: new bytes, or a new run over the same ones, are its next generation. `object_path` and
-- `raw_sha256` are of the newest version. What came before stays in `superseded_paths` until a newer generation is
-- published; then kb-files removes those objects and forgets the paths.
--
-- `generation` counts runs over the file. The one being built is invisible; `live_generation` is what search and graph
-- show, until the next one is complete. 0: nothing yet. `graph_state` goes its own way: search never waits for the graph.
--
-- Leases are fencing tokens, not locks. BullMQ gives exclusion; should it fail and two workers hold one document, a claim
-- takes the row over with a new token, and every write of the older holder is refused (AJ002). The times only tell the
-- sweep which rows nobody works on. Search (process, embed, delete) and graph have a lease each: they run side by side.
create table agent_jobs.documents (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null,
  knowledge_base_id uuid not null,
  -- An attachment's parent, and the newest generation of it that has the attachment. Were the parent's row to go first,
  -- the attachment's own deletion would still go on: it was marked in the same transaction.
  parent_document_id uuid,
  parent_generation integer,
  attachment_depth smallint not null default 0 check (attachment_depth between 0 and 5),
  -- The caller's own name for the source (a path, a URL): one document of a knowledge base, whatever its version.
  source_key text check (source_key <> '' and char_length(source_key) <= 1000),
  name text not null check (name <> '' and char_length(name) <= 1000),
  mime text,
  byte_size bigint not null check (byte_size >= 0),
  bucket text not null default 'agent-jobs',
  object_path text not null,
  raw_sha256 bytea check (octet_length(raw_sha256) = 32),    -- null: nobody has read the object yet
  text_sha256 bytea check (octet_length(text_sha256) = 32),  -- of the extracted text of `generation`
  superseded_paths text[] not null default '{}',
  metadata jsonb not null default '{}' check (jsonb_typeof(metadata) = 'object'),
  state text not null default 'queued' check (state in
    ('queued', 'processing', 'embedding', 'ready', 'ready_partial', 'failed', 'blocked', 'deleting')),
  graph_state text not null default 'pending' check (graph_state in ('pending', 'ready', 'failed', 'blocked')),
  generation integer not null default 1 check (generation >= 1),
  live_generation integer not null default 0 check (live_generation between 0 and generation),
  embedding_profile_id smallint references agent_jobs.embedding_profiles (id),  -- of the generation being embedded
  page_count integer,
  char_count integer,  -- code points of the extracted text
  language text,
  chunk_count integer not null default 0,   -- known as soon as the first is stored
  stored_count integer not null default 0,
  embedded_count integer not null default 0,
  quarantined_count integer not null default 0,
  entity_count integer not null default 0,
  edge_count integer not null default 0,
  tokens_billed bigint not null default 0,
  cost_usd numeric(14, 8) not null default 0,
  -- When the present worker began to embed, and how many vectors there were: what is left takes as long as what was done.
  embedding_since timestamptz,
  embedding_from integer not null default 0,
  -- Parts of the file that could not be read: [{"code", "message", "page"?}], at most 100.
  warnings jsonb not null default '[]' check (jsonb_typeof(warnings) = 'array' and jsonb_array_length(warnings) <= 100),
  error_code text,
  error_message text,
  graph_error_code text,
  graph_error_message text,
  search_lease uuid,
  search_lease_until timestamptz,
  graph_lease uuid,
  graph_lease_until timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (org_id, id),
  unique (org_id, knowledge_base_id, id),  -- lets chunks repeat the knowledge base and be held to it
  foreign key (org_id, knowledge_base_id) references agent_jobs.knowledge_bases (org_id, id) on delete cascade,
  foreign key (org_id, knowledge_base_id, parent_document_id)
    references agent_jobs.documents (org_id, knowledge_base_id, id) on delete set null (parent_document_id),
  check ((parent_document_id is null) or (parent_generation is not null)),
  -- A path outside the organisation's own folder would make the worker read another tenant's file.
  check (starts_with(object_path, org_id::text || '/') and object_path !~ '(^|/)\.\.?(/|$)')
);

-- Lists, newest first, of an organisation and of a knowledge base (also the cascade from it).
create index documents_org on agent_jobs.documents (org_id, created_at desc, id desc);
create index documents_knowledge_base on agent_jobs.documents (knowledge_base_id, created_at desc, id desc);
-- The sweep, every 60 s over the whole installation: partial, so finished documents cost it nothing.
create index documents_unfinished on agent_jobs.documents (state, id)
  where state in ('queued', 'processing', 'embedding', 'deleting');
-- One document per source; deleting one frees its name at once.
create unique index documents_source on agent_jobs.documents (knowledge_base_id, source_key)
  where source_key is not null and state <> 'deleting';
create index documents_children on agent_jobs.documents (parent_document_id) where parent_document_id is not null;
create index documents_superseded_paths on agent_jobs.documents (id) where superseded_paths <> '{}';
create index documents_graph_unfinished on agent_jobs.documents (id) where graph_state = 'pending';

-- The organisation's document, locked until the transaction ends: the first lock of every writer (see apply_chunk_graph
-- for the order of the others). A parent comes before its attachments. "No key": whoever works on an attachment and
-- writes its row twice makes Postgres look the parent up once more, and must not wait for the one who waits for it.
create function agent_jobs.lock_document(p_org_id uuid, p_document_id uuid) returns agent_jobs.documents
language plpgsql security invoker set search_path = '' as $$
declare
  document agent_jobs.documents;
begin
  select * into document from agent_jobs.documents where org_id = p_org_id and id = p_document_id for no key update;
  if not found then
    raise exception 'document % does not exist for organisation %', p_document_id, p_org_id using errcode = 'AJ001';
  end if;
  return document;
end $$;

-- The same for a writer that claimed a generation: refuses a superseded generation and a taken-over lease.
create function agent_jobs.lock_claimed_document(
  p_org_id uuid, p_document_id uuid, p_generation integer, p_stage text, p_lease uuid
) returns agent_jobs.documents
language plpgsql security invoker set search_path = '' as $$
declare
  document agent_jobs.documents := agent_jobs.lock_document(p_org_id, p_document_id);
begin
  if document.generation <> p_generation or document.state = 'deleting' then
    raise exception 'document %: generation % is superseded (now generation %, %)',
      p_document_id, p_generation, document.generation, document.state using errcode = 'AJ003';
  end if;
  if (case p_stage when 'graph' then document.graph_lease else document.search_lease end) is distinct from p_lease then
    raise exception 'document %: another worker took over the % stage', p_document_id, p_stage using errcode = 'AJ002';
  end if;
  return document;
end $$;

-- Registers a stored file. Repeating it with the same id returns the row that is there; a source key that another
-- document has is a unique violation.
create function agent_jobs.create_document(
  p_org_id uuid, p_id uuid, p_knowledge_base_id uuid, p_name text, p_mime text, p_byte_size bigint,
  p_object_path text, p_metadata jsonb, p_source_key text, p_raw_sha256 text
) returns agent_jobs.documents
language plpgsql security invoker set search_path = '' as $$
declare
  document agent_jobs.documents;
begin
  perform 1 from agent_jobs.knowledge_bases where org_id = p_org_id and id = p_knowledge_base_id;
  if not found then
    raise exception 'knowledge base % does not exist for organisation %', p_knowledge_base_id, p_org_id
      using errcode = 'AJ001';
  end if;
  if not starts_with(p_object_path, p_org_id::text || '/') then
    raise exception 'path % is outside the folder of organisation %', p_object_path, p_org_id using errcode = 'AJ001';
  end if;
  insert into agent_jobs.documents
    (id, org_id, knowledge_base_id, name, mime, byte_size, object_path, metadata, source_key, raw_sha256)
  values (p_id, p_org_id, p_knowledge_base_id, p_name, p_mime, p_byte_size, p_object_path, p_metadata, p_source_key,
          decode(p_raw_sha256, 'hex'))
  on conflict (id) do nothing;
  select * into document from agent_jobs.documents where org_id = p_org_id and id = p_id;
  if not found then  -- the id is taken, by someone else
    raise exception 'document % does not exist for organisation %', p_id, p_org_id using errcode = 'AJ001';
  end if;
  return document;
end $$;

-- A page of an organisation's documents, newest first, after (p_after_created_at, p_after_id).
create function agent_jobs.list_documents(
  p_org_id uuid, p_knowledge_base_id uuid, p_parent_document_id uuid, p_state text, p_limit integer,
  p_after_created_at timestamptz, p_after_id uuid
) returns setof agent_jobs.documents
language sql stable security invoker set search_path = '' set plan_cache_mode = force_custom_plan as $$
  select * from agent_jobs.documents
   where org_id = p_org_id
     and (p_knowledge_base_id is null or knowledge_base_id = p_knowledge_base_id)
     and (p_parent_document_id is null or parent_document_id = p_parent_document_id)
     and (p_state is null or state = p_state)
     and (p_after_id is null or (created_at, id) < (p_after_created_at, p_after_id))
   order by created_at desc, id desc
   limit p_limit
$$;

-- Where kb-files keeps a generation's extracted text (textPath in src/files.ts).
create function agent_jobs.text_path(p_document agent_jobs.documents) returns text
language sql immutable set search_path = '' as $$
  select format('%s/texts/%s/%s.txt', p_document.org_id, p_document.id, p_document.generation)
$$;

-- The next generation, queued. What is live stays live; whoever works on the older one is refused from now on.
create function agent_jobs.begin_generation(p_document agent_jobs.documents) returns agent_jobs.documents
language plpgsql security invoker set search_path = '' as $$
declare
  document agent_jobs.documents;
begin
  if p_document.state = 'deleting' then
    raise exception 'document % is being deleted', p_document.id using errcode = 'AJ003';
  end if;
  update agent_jobs.documents
     set state = 'queued', graph_state = 'pending', generation = generation + 1,
         superseded_paths = superseded_paths || agent_jobs.text_path(p_document), text_sha256 = null,
         chunk_count = 0, stored_count = 0, embedded_count = 0, quarantined_count = 0, warnings = '[]',
         embedding_since = null, embedding_from = 0,
         error_code = null, error_message = null, graph_error_code = null, graph_error_message = null,
         search_lease = null, search_lease_until = null, graph_lease = null, graph_lease_until = null,
         updated_at = now()
   where id = p_document.id
  returning * into document;
  return document;
end $$;

-- Runs over the file again, as the next generation. A document that is queued anyway stays as it is: nothing of that run
-- exists yet, so it will see whatever the caller changed.
create function agent_jobs.reprocess_document(p_org_id uuid, p_document_id uuid) returns agent_jobs.documents
language plpgsql security invoker set search_path = '' as $$
declare
  document agent_jobs.documents := agent_jobs.lock_document(p_org_id, p_document_id);
begin
  if document.state = 'queued' then
    return document;
  end if;
  return agent_jobs.begin_generation(document);
end $$;

-- A new version: another stored file for the same document. The same bytes are no new version: `replaced` is false,
-- nothing changes and nothing needs to be done. Null for name, mime or metadata: as before.
create function agent_jobs.replace_content(
  p_org_id uuid, p_document_id uuid, p_object_path text, p_raw_sha256 text, p_byte_size bigint,
  p_name text, p_mime text, p_metadata jsonb
) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  document agent_jobs.documents := agent_jobs.lock_document(p_org_id, p_document_id);
begin
  if not starts_with(p_object_path, p_org_id::text || '/') then
    raise exception 'path % is outside the folder of organisation %', p_object_path, p_org_id using errcode = 'AJ001';
  end if;
  if document.object_path = p_object_path
     or (document.raw_sha256 = decode(p_raw_sha256, 'hex') and document.state <> 'deleting') then
    return jsonb_build_object('document', to_jsonb(document), 'replaced', false);
  end if;
  perform agent_jobs.begin_generation(document);
  update agent_jobs.documents
     set object_path = p_object_path, raw_sha256 = decode(p_raw_sha256, 'hex'), byte_size = p_byte_size,
         name = coalesce(p_name, name), mime = coalesce(p_mime, mime), metadata = coalesce(p_metadata, metadata),
         superseded_paths = superseded_paths || document.object_path
   where id = p_document_id
  returning * into document;
  return jsonb_build_object('document', to_jsonb(document), 'replaced', true);
end $$;

-- The objects of older versions are removed. Those that were added meanwhile stay listed.
create function agent_jobs.forget_paths(p_org_id uuid, p_document_id uuid, p_paths text[]) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  perform agent_jobs.lock_document(p_org_id, p_document_id);
  update agent_jobs.documents
     set superseded_paths = array(select path from unnest(superseded_paths) path where path <> all (p_paths))
   where id = p_document_id;
end $$;

-- A file inside the file that is being read becomes a document of its own, under an id that the caller derives from the
-- parent and the bytes. Repeating it changes nothing; a new generation of the parent that still has the attachment only
-- says so. Those it no longer names are deleted when that generation is published (settle_embedding).
create function agent_jobs.store_attachment(
  p_org_id uuid, p_document_id uuid, p_generation integer, p_lease uuid, p_id uuid, p_name text, p_mime text,
  p_byte_size bigint, p_object_path text, p_raw_sha256 text
) returns agent_jobs.documents
language plpgsql security invoker set search_path = '' as $$
declare
  parent agent_jobs.documents :=
    agent_jobs.lock_claimed_document(p_org_id, p_document_id, p_generation, 'search', p_lease);
  child agent_jobs.documents;
begin
  if not starts_with(p_object_path, p_org_id::text || '/') then
    raise exception 'path % is outside the folder of organisation %', p_object_path, p_org_id using errcode = 'AJ001';
  end if;
  insert into agent_jobs.documents as d
    (id, org_id, knowledge_base_id, parent_document_id, parent_generation, attachment_depth, name, mime, byte_size,
     object_path, raw_sha256)
  values (p_id, p_org_id, parent.knowledge_base_id, parent.id, p_generation, parent.attachment_depth + 1, p_name, p_mime,
          p_byte_size, p_object_path, decode(p_raw_sha256, 'hex'))
  on conflict (id) do update set parent_generation = excluded.parent_generation
    where d.org_id = p_org_id and d.parent_document_id = parent.id
  returning * into child;
  if not found then  -- the id is taken, by someone else
    raise exception 'document % is not an attachment of %', p_id, p_document_id using errcode = 'AJ001';
  end if;
  if child.state = 'deleting' then  -- an older version's, on its way out: worth another attempt once it is gone
    raise exception 'attachment % of an earlier version is still being removed', p_id
      using errcode = 'serialization_failure';
  end if;
  return child;
end $$;

-- kb-files takes a document to read its file. A lease only where there is something to do.
create function agent_jobs.claim_processing(p_org_id uuid, p_document_id uuid, p_lease_seconds integer) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  document agent_jobs.documents := agent_jobs.lock_document(p_org_id, p_document_id);
begin
  if document.state not in ('queued', 'processing') then
    return jsonb_build_object('document', to_jsonb(document));
  end if;
  update agent_jobs.documents
     set state = 'processing', search_lease = gen_random_uuid(),
         search_lease_until = now() + make_interval(secs => p_lease_seconds), updated_at = now()
   where id = p_document_id
  returning * into document;
  return jsonb_build_object('document', to_jsonb(document), 'lease', document.search_lease);
end $$;

-- Extends a lease while long work goes on. False: someone else took over, stop.
create function agent_jobs.renew_lease(
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
    update agent_jobs.documents set search_lease_until = until
     where org_id = p_org_id and id = p_document_id and search_lease = p_lease;
  end if;
  return found;
end $$;

-- The file is read and its chunks are stored: over to embeddings and knowledge-graph. What the graph already knows about
-- unchanged chunks comes along now, before anyone could publish and remove the older ones. A repetition changes nothing:
-- the token outlives the lease for exactly that.
create function agent_jobs.finish_processing(
  p_org_id uuid, p_document_id uuid, p_generation integer, p_lease uuid,
  p_chunk_count integer, p_char_count integer, p_page_count integer, p_language text, p_raw_sha256 text,
  p_text_sha256 text, p_warnings jsonb
) returns void
language plpgsql security invoker set search_path = '' set statement_timeout = '120s' as $$
declare
  document agent_jobs.documents :=
    agent_jobs.lock_claimed_document(p_org_id, p_document_id, p_generation, 'search', p_lease);
  stored integer;
begin
  if document.state = 'embedding' then
    return;
  end if;
  if document.state <> 'processing' then
    raise exception 'document % is %, not processing', p_document_id, document.state using errcode = 'AJ003';
  end if;
  select count(*) into stored from agent_jobs.chunks where document_id = p_document_id and generation = p_generation;
  if stored <> p_chunk_count or stored = 0 then
    raise exception 'document %: % chunks are stored, % were expected', p_document_id, stored, p_chunk_count
      using errcode = 'check_violation';
  end if;
  update agent_jobs.documents
     set state = 'embedding', graph_state = 'pending', chunk_count = stored, stored_count = stored, embedded_count = 0, quarantined_count = 0,
         char_count = p_char_count, page_count = p_page_count, language = p_language,
         raw_sha256 = coalesce(decode(p_raw_sha256, 'hex'), raw_sha256), text_sha256 = decode(p_text_sha256, 'hex'),
         warnings = coalesce(jsonb_path_query_array(p_warnings, '$[0 to 99]'), '[]'),
         search_lease_until = null, updated_at = now()
   where id = p_document_id;
  perform agent_jobs.carry_over_graph(document);
end $$;

-- Ends a generation for good. False, and nothing changes, when the document has moved on.
create function agent_jobs.fail_document(
  p_org_id uuid, p_document_id uuid, p_generation integer, p_state text, p_code text, p_message text
) returns boolean
language plpgsql security invoker set search_path = '' as $$
begin
  perform agent_jobs.lock_document(p_org_id, p_document_id);
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
  return found;
end $$;

create function agent_jobs.fail_graph(
  p_org_id uuid, p_document_id uuid, p_generation integer, p_state text, p_code text, p_message text
) returns boolean
language plpgsql security invoker set search_path = '' as $$
begin
  perform agent_jobs.lock_document(p_org_id, p_document_id);
  update agent_jobs.documents
     set graph_state = p_state, graph_error_code = p_code, graph_error_message = left(p_message, 2000),
         graph_lease_until = null, updated_at = now()
   where id = p_document_id and graph_state = 'pending' and state <> 'deleting' and generation = p_generation;
  return found;
end $$;

-- Nothing of these documents and of their attachments is found from now on. The worker removes files and rows, each
-- document by itself. Taking the tokens away fences every worker still busy with one. The caller holds the topmost ones.
create function agent_jobs.mark_deleting(p_org_id uuid, p_ids uuid[]) returns void
language sql security invoker set search_path = '' as $$
  with recursive tree as (
    select unnest(p_ids) as id
    union
    select d.id from agent_jobs.documents d join tree t on d.parent_document_id = t.id where d.org_id = p_org_id
  )
  update agent_jobs.documents
     set state = 'deleting', updated_at = now(),
         search_lease = null, search_lease_until = null, graph_lease = null, graph_lease_until = null
   where org_id = p_org_id and state <> 'deleting' and id in (select id from tree)
$$;

create function agent_jobs.begin_delete(p_org_id uuid, p_document_id uuid) returns setof agent_jobs.documents
language plpgsql security invoker set search_path = '' as $$
begin
  perform 1 from agent_jobs.documents where org_id = p_org_id and id = p_document_id for no key update;
  perform agent_jobs.mark_deleting(p_org_id, array[p_document_id]);
  return query select * from agent_jobs.documents where org_id = p_org_id and id = p_document_id;
end $$;

-- kb-files takes a document to delete it. Null: gone already, or never this organisation's. An attachment that came while
-- the deletion began is marked now; from here on none can come.
create function agent_jobs.claim_delete(p_org_id uuid, p_document_id uuid, p_lease_seconds integer) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  document agent_jobs.documents;
begin
  select * into document from agent_jobs.documents where org_id = p_org_id and id = p_document_id for update;
  if not found then
    return null;
  end if;
  if document.state <> 'deleting' then
    return jsonb_build_object('document', to_jsonb(document));
  end if;
  update agent_jobs.documents
     set search_lease = gen_random_uuid(), search_lease_until = now() + make_interval(secs => p_lease_seconds)
   where id = p_document_id
  returning * into document;
  perform agent_jobs.mark_deleting(p_org_id, array[p_document_id]);
  return jsonb_build_object('document', to_jsonb(document), 'lease', document.search_lease);
end $$;

-- Removes the row and, by cascade, its chunks, vectors, mentions and evidence; then what in the graph hung on them alone.
-- A document that nobody asked to delete is refused. Gone already: nothing to do.
create function agent_jobs.finish_delete(p_org_id uuid, p_document_id uuid) returns void
language plpgsql security invoker set search_path = '' set statement_timeout = '120s' as $$
declare
  document agent_jobs.documents;
begin
  select * into document from agent_jobs.documents where org_id = p_org_id and id = p_document_id for update;
  if not found then
    return;
  end if;
  if document.state <> 'deleting' then
    raise exception 'document % is %, not deleting', p_document_id, document.state using errcode = 'AJ003';
  end if;
  perform agent_jobs.remove_chunks(document, 1, document.generation);
  delete from agent_jobs.documents where id = p_document_id;
end $$;

-- What the sweep re-enqueues: unfinished rows that nobody holds. Installation-wide; the only read without an organisation.
create function agent_jobs.due_documents(p_stage text, p_limit integer, p_after uuid)
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
         and (p_after is null or d.id > p_after)
       order by d.id
       limit p_limit;
  end if;
end $$;
