-- The graph of a knowledge base. Tenant: org_id in every table.
--
-- Chunks contribute: mentions of entities, and evidence for edges, each with its place and exact words. Entities and edges
-- are only what several contributions have in common, and exist as long as one supports them. What a chunk contributed
-- goes when the chunk goes (cascade), so a graph never knows more than its documents say.
--
-- Counts, weights and confidence are computed when read, from published contributions alone: there is nothing stored that
-- could drift, and publishing a generation publishes its part of the graph in the same instant.

-- Ids follow from identity: the same entity found again, by whichever worker and in whatever order, is the same row, and
-- an id that somebody kept still works after the document was processed anew.
create function agent_jobs.identity_uuid(variadic parts text[]) returns uuid
language sql immutable parallel safe set search_path = '' as $$
  select substr(encode(sha256(convert_to(array_to_json(parts)::text, 'UTF8')), 'hex'), 1, 32)::uuid
$$;

create table agent_jobs.graph_entities (
  id uuid primary key,
  org_id uuid not null,
  knowledge_base_id uuid not null,
  type text not null check (type <> '' and char_length(type) <= 100),
  -- Canonical name, made by the extractor's own rules; compared byte by byte, whatever the database's language is.
  key text collate "C" not null check (key <> '' and char_length(key) <= 500),
  created_at timestamptz not null default now(),
  unique (knowledge_base_id, type, key),
  unique (org_id, knowledge_base_id, id),
  foreign key (org_id, knowledge_base_id) references agent_jobs.knowledge_bases (org_id, id) on delete cascade
);

-- Finding an entity by a part of its name.
create index graph_entities_key on agent_jobs.graph_entities using gin (key extensions.gin_trgm_ops);
create index graph_entities_org on agent_jobs.graph_entities (org_id, id);

create table agent_jobs.graph_mentions (
  chunk_id bigint not null,
  entity_id uuid not null,
  char_start integer not null check (char_start >= 0),
  char_end integer not null check (char_end > char_start),
  org_id uuid not null,
  knowledge_base_id uuid not null,
  surface text not null,  -- as written, exactly
  name text not null check (name <> '' and char_length(name) <= 500),  -- as the extractor would title it
  confidence real not null check (confidence > 0 and confidence <= 1),
  primary key (chunk_id, entity_id, char_start, char_end),
  foreign key (org_id, knowledge_base_id, chunk_id)
    references agent_jobs.chunks (org_id, knowledge_base_id, id) on delete cascade,
  foreign key (org_id, knowledge_base_id, entity_id)
    references agent_jobs.graph_entities (org_id, knowledge_base_id, id) on delete cascade
);
create index graph_mentions_entity on agent_jobs.graph_mentions (entity_id);
create index graph_mentions_scope on agent_jobs.graph_mentions (org_id, knowledge_base_id);

create table agent_jobs.graph_edges (
  id uuid primary key,
  org_id uuid not null,
  knowledge_base_id uuid not null,
  source_id uuid not null,
  predicate text not null check (predicate <> '' and char_length(predicate) <= 100),
  target_id uuid not null check (target_id <> source_id),
  created_at timestamptz not null default now(),
  unique (source_id, predicate, target_id),
  unique (org_id, knowledge_base_id, id),
  foreign key (org_id, knowledge_base_id, source_id)
    references agent_jobs.graph_entities (org_id, knowledge_base_id, id) on delete cascade,
  foreign key (org_id, knowledge_base_id, target_id)
    references agent_jobs.graph_entities (org_id, knowledge_base_id, id) on delete cascade
);
create index graph_edges_target on agent_jobs.graph_edges (target_id);
create index graph_edges_knowledge_base on agent_jobs.graph_edges (knowledge_base_id);

create table agent_jobs.graph_evidence (
  edge_id uuid not null,
  chunk_id bigint not null,
  char_start integer not null check (char_start >= 0),
  char_end integer not null check (char_end > char_start),
  org_id uuid not null,
  knowledge_base_id uuid not null,
  quote text not null,  -- as written, exactly
  confidence real not null check (confidence > 0 and confidence <= 1),
  primary key (edge_id, chunk_id, char_start, char_end),
  foreign key (org_id, knowledge_base_id, edge_id)
    references agent_jobs.graph_edges (org_id, knowledge_base_id, id) on delete cascade,
  foreign key (org_id, knowledge_base_id, chunk_id)
    references agent_jobs.chunks (org_id, knowledge_base_id, id) on delete cascade
);
create index graph_evidence_chunk on agent_jobs.graph_evidence (chunk_id);

-- That a chunk was read, by what, and what was refused of it: `rejected` is [{"reason": "…", "item": …}].
create table agent_jobs.graph_extractions (
  chunk_id bigint primary key,
  org_id uuid not null,
  knowledge_base_id uuid not null,
  extractor text not null check (extractor <> ''),
  entity_count integer not null,
  relation_count integer not null,
  rejected jsonb not null default '[]' check (jsonb_typeof(rejected) = 'array'),
  created_at timestamptz not null default now(),
  foreign key (org_id, knowledge_base_id, chunk_id)
    references agent_jobs.chunks (org_id, knowledge_base_id, id) on delete cascade
);

-- The database itself refuses a quote or a mention that is not exactly what stands at its place. Offsets are code points
-- in the chunk's content, which is written once, so what is checked here stays true.
create function agent_jobs.verify_quote() returns trigger
language plpgsql security invoker set search_path = '' as $$
declare
  claimed text := case tg_table_name when 'graph_mentions' then to_jsonb(new) ->> 'surface'
                                     else to_jsonb(new) ->> 'quote' end;
  actual text;
begin
  select substr(content, new.char_start + 1, new.char_end - new.char_start) into actual
    from agent_jobs.chunks where id = new.chunk_id;
  if actual is distinct from claimed then
    raise exception 'chunk % does not say "%" at % … %, but "%"',
      new.chunk_id, left(claimed, 200), new.char_start, new.char_end, left(actual, 200)
      using errcode = 'check_violation';
  end if;
  return new;
end $$;

create trigger graph_mentions_verbatim before insert or update on agent_jobs.graph_mentions
  for each row execute function agent_jobs.verify_quote();
create trigger graph_evidence_verbatim before insert or update on agent_jobs.graph_evidence
  for each row execute function agent_jobs.verify_quote();

-- Removes those of the given edges that have no evidence and those of the given entities (and of the edges' ends) that
-- have neither mention nor edge. Only what was touched is looked at: the cost does not grow with the graph.
--
-- Locked first, deleted in a later statement: another worker may be about to add a mention to the very entity. It holds
-- the entity's lock until it has committed; the statement after ours then sees its mention and leaves the entity alone.
create function agent_jobs.clean_graph(p_entity_ids uuid[], p_edge_ids uuid[]) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  candidates uuid[];
begin
  if p_entity_ids is null and p_edge_ids is null then
    return;
  end if;
  select array_agg(id) into candidates from (
    select unnest(p_entity_ids) as id
    union select source_id from agent_jobs.graph_edges where id = any (p_edge_ids)
    union select target_id from agent_jobs.graph_edges where id = any (p_edge_ids)
  ) touched;
  perform 1 from agent_jobs.graph_entities where id = any (candidates) order by id for update;
  perform 1 from agent_jobs.graph_edges where id = any (p_edge_ids) order by id for update;
  delete from agent_jobs.graph_edges g
   where g.id = any (p_edge_ids)
     and not exists (select 1 from agent_jobs.graph_evidence x where x.edge_id = g.id);
  delete from agent_jobs.graph_entities n
   where n.id = any (candidates)
     and not exists (select 1 from agent_jobs.graph_mentions m where m.entity_id = n.id)
     and not exists (select 1 from agent_jobs.graph_edges g where g.source_id = n.id)
     and not exists (select 1 from agent_jobs.graph_edges g where g.target_id = n.id);
end $$;

-- knowledge-graph takes a generation. It may do so while embeddings works on the same one, or after it. What another
-- extractor than p_extractor has read (of an older generation, carried over) counts as unread; it stays in the graph
-- until its chunk is read again. Null: any extractor will do.
create function agent_jobs.claim_graph(
  p_org_id uuid, p_document_id uuid, p_generation integer, p_lease_seconds integer, p_extractor text
) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  document agent_jobs.documents := agent_jobs.lock_document(p_org_id, p_document_id);
begin
  if document.generation <> p_generation or document.graph_state <> 'pending'
     or document.state not in ('embedding', 'ready', 'ready_partial') then
    return jsonb_build_object('document', to_jsonb(document));
  end if;
  update agent_jobs.documents
     set graph_lease = gen_random_uuid(), graph_lease_until = now() + make_interval(secs => p_lease_seconds),
         updated_at = now()
   where id = p_document_id
  returning * into document;
  delete from agent_jobs.graph_extractions x using agent_jobs.chunks c
   where c.id = x.chunk_id and c.document_id = p_document_id and c.generation = p_generation
     and x.extractor <> p_extractor;
  return jsonb_build_object('document', to_jsonb(document), 'lease', document.graph_lease);
end $$;

-- The next chunks that no extractor has read.
create function agent_jobs.pending_graph_chunks(p_org_id uuid, p_document_id uuid, p_generation integer, p_limit integer)
returns table (chunk_id bigint, ordinal integer, content text, heading_path text[], language text)
language sql stable security invoker set search_path = '' as $$
  select c.id, c.ordinal, c.content, c.heading_path, c.language
    from agent_jobs.chunks c
   where c.org_id = p_org_id and c.document_id = p_document_id and c.generation = p_generation
     and not exists (select 1 from agent_jobs.graph_extractions x where x.chunk_id = c.id)
   order by c.ordinal
   limit p_limit
$$;

-- Replaces everything one chunk contributes. Applying the same contribution again changes nothing.
--
-- p_contribution: {"extractor": "rules-1",
--   "entities": [{"ref", "type", "name", "key", "mentions": [{"charStart", "charEnd", "surface", "confidence"}]}],
--   "relations": [{"source", "target", "predicate", "quote", "charStart", "charEnd", "confidence"}],   source, target: refs
--   "rejected": [{"reason", "item"}]}
--
-- Locks, always in this order, in every function that takes several: document, chunk, entities by id, edges by id. Old and
-- new ones are taken in one sorted pass, so no two workers can wait for each other.
create function agent_jobs.apply_chunk_graph(
  p_org_id uuid, p_document_id uuid, p_generation integer, p_lease uuid, p_chunk_id bigint, p_contribution jsonb
) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  document agent_jobs.documents :=
    agent_jobs.lock_claimed_document(p_org_id, p_document_id, p_generation, 'graph', p_lease);
  base constant uuid := document.knowledge_base_id;
  old_entities uuid[];
  old_edges uuid[];
  entities integer;
  edges integer;
begin
  perform 1 from agent_jobs.chunks
    where id = p_chunk_id and document_id = p_document_id and generation = p_generation for no key update;
  if not found then
    raise exception 'chunk % does not belong to generation % of document %', p_chunk_id, p_generation, p_document_id
      using errcode = 'AJ001';
  end if;

  with gone as (delete from agent_jobs.graph_mentions where chunk_id = p_chunk_id returning entity_id)
  select array_agg(distinct entity_id) into old_entities from gone;
  with gone as (delete from agent_jobs.graph_evidence where chunk_id = p_chunk_id returning edge_id)
  select array_agg(distinct edge_id) into old_edges from gone;

  -- "do update … where false" locks an existing row without writing a new version of it.
  insert into agent_jobs.graph_entities as e (id, org_id, knowledge_base_id, type, key)
  select id, p_org_id, base, type, key from (
    select agent_jobs.identity_uuid(base::text, type, key) as id, type, key
      from jsonb_to_recordset(p_contribution -> 'entities') as n (type text, key text)
    union
    select id, type, key from agent_jobs.graph_entities
     where id = any (old_entities)
        or id in (select unnest(array[source_id, target_id]) from agent_jobs.graph_edges where id = any (old_edges))
  ) touched
  order by id
  on conflict (id) do update set type = e.type where false;

  insert into agent_jobs.graph_edges as e (id, org_id, knowledge_base_id, source_id, predicate, target_id)
  select id, p_org_id, base, source_id, predicate, target_id from (
    select id, source_id, predicate, target_id from agent_jobs.contributed_relations(base, p_contribution)
    union
    select id, source_id, predicate, target_id from agent_jobs.graph_edges where id = any (old_edges)
  ) touched
  order by id
  on conflict (id) do update set predicate = e.predicate where false;

  insert into agent_jobs.graph_mentions
    (chunk_id, entity_id, char_start, char_end, org_id, knowledge_base_id, surface, name, confidence)
  select distinct on (2, 3, 4)
         p_chunk_id, agent_jobs.identity_uuid(base::text, n.type, n.key), m."charStart", m."charEnd", p_org_id, base,
         m.surface, n.name, m.confidence
    from jsonb_to_recordset(p_contribution -> 'entities') as n (type text, key text, name text, mentions jsonb)
    cross join jsonb_to_recordset(n.mentions) as m ("charStart" integer, "charEnd" integer, surface text, confidence real)
   order by 2, 3, 4, m.confidence desc, n.name collate "C";

  insert into agent_jobs.graph_evidence
    (edge_id, chunk_id, char_start, char_end, org_id, knowledge_base_id, quote, confidence)
  select distinct on (id, char_start, char_end) id, p_chunk_id, char_start, char_end, p_org_id, base, quote, confidence
    from agent_jobs.contributed_relations(base, p_contribution)
   order by id, char_start, char_end, confidence desc;

  -- Also over what was added: an entity named without a mention and without a relation supports nothing.
  perform agent_jobs.clean_graph(
    (select array_agg(agent_jobs.identity_uuid(base::text, type, key))
       from jsonb_to_recordset(p_contribution -> 'entities') as n (type text, key text)) || old_entities,
    old_edges);

  select count(distinct identity) into entities from (
    select entity_id as identity from agent_jobs.graph_mentions where chunk_id = p_chunk_id
    union select unnest(array[source_id, target_id]) from agent_jobs.contributed_relations(base, p_contribution)
  ) contributed;
  select count(distinct edge_id) into edges from agent_jobs.graph_evidence where chunk_id = p_chunk_id;

  insert into agent_jobs.graph_extractions
    (chunk_id, org_id, knowledge_base_id, extractor, entity_count, relation_count, rejected)
  values (p_chunk_id, p_org_id, base, p_contribution ->> 'extractor', entities, edges,
          coalesce(p_contribution -> 'rejected', '[]'))
  on conflict (chunk_id) do update
    set extractor = excluded.extractor, entity_count = excluded.entity_count,
        relation_count = excluded.relation_count, rejected = excluded.rejected, created_at = now();
  return jsonb_build_object('entities', entities, 'edges', edges);
end $$;

-- What is known about chunks that an older generation of the document has with the same words under the same headings:
-- mentions, evidence and the fact that they were read are copied, so that only changed passages are read again. Called
-- for a generation whose chunks are all stored. The caller holds the document.
create function agent_jobs.carry_over_graph(p_document agent_jobs.documents) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  fresh bigint[];
  known bigint[];
begin
  select array_agg(c.id), array_agg(twin.id) into fresh, known
    from agent_jobs.chunks c
    cross join lateral (
      select o.id
        from agent_jobs.chunks o
        join agent_jobs.graph_extractions x on x.chunk_id = o.id
       where o.org_id = p_document.org_id and o.embed_hash = c.embed_hash and o.document_id = c.document_id
         and o.generation < c.generation and o.content = c.content and o.heading_path = c.heading_path
       order by o.generation desc, o.ordinal
       limit 1
    ) twin
   where c.document_id = p_document.id and c.generation = p_document.generation
     and not exists (select 1 from agent_jobs.graph_extractions mine where mine.chunk_id = c.id);
  if fresh is null then
    return;
  end if;

  -- In the order that clean_graph takes them too.
  perform 1 from agent_jobs.graph_entities
    where id in (select entity_id from agent_jobs.graph_mentions where chunk_id = any (known))
    order by id for key share;
  perform 1 from agent_jobs.graph_edges
    where id in (select edge_id from agent_jobs.graph_evidence where chunk_id = any (known))
    order by id for key share;

  insert into agent_jobs.graph_mentions
    (chunk_id, entity_id, char_start, char_end, org_id, knowledge_base_id, surface, name, confidence)
  select pair.fresh, m.entity_id, m.char_start, m.char_end, m.org_id, m.knowledge_base_id, m.surface, m.name, m.confidence
    from unnest(fresh, known) as pair (fresh, known)
    join agent_jobs.graph_mentions m on m.chunk_id = pair.known
  on conflict do nothing;
  insert into agent_jobs.graph_evidence
    (edge_id, chunk_id, char_start, char_end, org_id, knowledge_base_id, quote, confidence)
  select x.edge_id, pair.fresh, x.char_start, x.char_end, x.org_id, x.knowledge_base_id, x.quote, x.confidence
    from unnest(fresh, known) as pair (fresh, known)
    join agent_jobs.graph_evidence x on x.chunk_id = pair.known
  on conflict do nothing;
  insert into agent_jobs.graph_extractions
    (chunk_id, org_id, knowledge_base_id, extractor, entity_count, relation_count, rejected)
  select pair.fresh, x.org_id, x.knowledge_base_id, x.extractor, x.entity_count, x.relation_count, x.rejected
    from unnest(fresh, known) as pair (fresh, known)
    join agent_jobs.graph_extractions x on x.chunk_id = pair.known
  on conflict do nothing;
end $$;

-- A contribution's relations with their refs resolved to ids. A relation of an entity with itself says nothing and is
-- left out; a ref that names no entity of the contribution is the extractor's mistake and is left out too.
create function agent_jobs.contributed_relations(p_knowledge_base_id uuid, p_contribution jsonb)
returns table (
  id uuid, source_id uuid, predicate text, target_id uuid, quote text, char_start integer, char_end integer,
  confidence real
)
language sql immutable security invoker set search_path = '' as $$
  with entities as (
    select ref, agent_jobs.identity_uuid(p_knowledge_base_id::text, type, key) as id
      from jsonb_to_recordset(p_contribution -> 'entities') as n (ref text, type text, key text)
  )
  select agent_jobs.identity_uuid(s.id::text, r.predicate, t.id::text), s.id, r.predicate, t.id, r.quote,
         r."charStart", r."charEnd", r.confidence
    from jsonb_to_recordset(p_contribution -> 'relations') as r (
           source text, target text, predicate text, quote text, "charStart" integer, "charEnd" integer,
           confidence real)
    join entities s on s.ref = r.source
    join entities t on t.ref = r.target
   where s.id <> t.id
$$;

-- Every chunk is read: the graph of this generation is complete. A repetition changes nothing.
create function agent_jobs.finish_graph(p_org_id uuid, p_document_id uuid, p_generation integer, p_lease uuid)
returns void
language plpgsql security invoker set search_path = '' as $$
declare
  document agent_jobs.documents :=
    agent_jobs.lock_claimed_document(p_org_id, p_document_id, p_generation, 'graph', p_lease);
  unread integer;
begin
  select count(*) into unread
    from agent_jobs.chunks c
   where c.document_id = p_document_id and c.generation = p_generation
     and not exists (select 1 from agent_jobs.graph_extractions x where x.chunk_id = c.id);
  if unread > 0 then
    raise exception 'document %: % chunks of generation % have not been read', p_document_id, unread, p_generation
      using errcode = 'check_violation';
  end if;
  update agent_jobs.documents
     set graph_state = 'ready', graph_error_code = null, graph_error_message = null, graph_lease_until = null,
         entity_count = (
           select count(distinct m.entity_id)
             from agent_jobs.chunks c join agent_jobs.graph_mentions m on m.chunk_id = c.id
            where c.document_id = p_document_id and c.generation = p_generation),
         edge_count = (
           select count(distinct x.edge_id)
             from agent_jobs.chunks c join agent_jobs.graph_evidence x on x.chunk_id = c.id
            where c.document_id = p_document_id and c.generation = p_generation),
         updated_at = now()
   where id = p_document_id;
end $$;
