-- The life of a graph: what is written stays as it was checked, what is known to have held when, and columns that let
-- reading stay fast beside hubs (…30). Tenant: org_id in every table.

-- When a document speaks ------------------------------------------------------------------------------------------------

-- "2019", "2019-05", "2019-05-01" or a whole instant; the beginning of what is named. Null: no date, or none there is.
create function agent_jobs.instant_of(p_text text) returns timestamptz
language plpgsql immutable security invoker set search_path = '' set timezone = 'UTC' as $$
begin
  if p_text ~ '^\d{4}$' then
    return (p_text || '-01-01')::timestamptz;
  elsif p_text ~ '^\d{4}-\d{2}$' then
    return (p_text || '-01')::timestamptz;
  elsif p_text ~ '^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}(:?\d{2})?)?)?$' then
    return p_text::timestamptz;
  end if;
  return null;
exception when datetime_field_overflow or invalid_datetime_format or invalid_parameter_value or
  invalid_time_zone_displacement_value then
  return null;
end $$;

-- As of when a document states its facts: what its metadata say (`date`), otherwise when its bytes came. A further run over
-- the same bytes says nothing newer.
alter table agent_jobs.documents add column stated_at timestamptz;
update agent_jobs.documents set stated_at = coalesce(agent_jobs.instant_of(metadata ->> 'date'), created_at);
alter table agent_jobs.documents alter column stated_at set not null;

create function agent_jobs.date_document() returns trigger
language plpgsql security invoker set search_path = '' as $$
begin
  new.stated_at := coalesce(
    agent_jobs.instant_of(new.metadata ->> 'date'),
    case when tg_op = 'INSERT' then new.created_at
         when new.object_path <> old.object_path then now()
         when agent_jobs.instant_of(old.metadata ->> 'date') is null then old.stated_at
         else now() end);
  return new;
end $$;
create trigger documents_dated before insert or update of metadata, object_path on agent_jobs.documents
  for each row execute function agent_jobs.date_document();

-- What is written stays as it was checked -------------------------------------------------------------------------------

-- Beside each mention and each piece of evidence: whose it is, so that what is published is found without its chunk; and
-- beside evidence the time that the words themselves name, if they do.
alter table agent_jobs.graph_mentions add column document_id uuid, add column generation integer;
alter table agent_jobs.graph_evidence
  add column document_id uuid, add column generation integer,
  add column valid_from timestamptz, add column valid_to timestamptz,
  add check (valid_from <= valid_to);
alter table agent_jobs.graph_mentions disable trigger graph_mentions_verbatim;
alter table agent_jobs.graph_evidence disable trigger graph_evidence_verbatim;
update agent_jobs.graph_mentions m set document_id = c.document_id, generation = c.generation
  from agent_jobs.chunks c where c.id = m.chunk_id;
update agent_jobs.graph_evidence x set document_id = c.document_id, generation = c.generation
  from agent_jobs.chunks c where c.id = x.chunk_id;
alter table agent_jobs.graph_mentions enable trigger graph_mentions_verbatim;
alter table agent_jobs.graph_evidence enable trigger graph_evidence_verbatim;
alter table agent_jobs.graph_mentions alter column document_id set not null, alter column generation set not null;
alter table agent_jobs.graph_evidence alter column document_id set not null, alter column generation set not null;

-- As before; it also says whose the row is, whatever the writer thought.
create or replace function agent_jobs.verify_quote() returns trigger
language plpgsql security invoker set search_path = '' as $$
declare
  claimed text := case tg_table_name when 'graph_mentions' then to_jsonb(new) ->> 'surface'
                                     else to_jsonb(new) ->> 'quote' end;
  actual text;
begin
  select substr(content, new.char_start + 1, new.char_end - new.char_start), document_id, generation
    into actual, new.document_id, new.generation
    from agent_jobs.chunks where id = new.chunk_id;
  if actual is distinct from claimed then
    raise exception 'chunk % does not say "%" at % … %, but "%"',
      new.chunk_id, left(claimed, 200), new.char_start, new.char_end, left(actual, 200)
      using errcode = 'check_violation';
  end if;
  return new;
end $$;

-- A quote was checked for its chunk and belongs to its edge: neither changes afterwards. Contributions are replaced, never
-- edited.
create function agent_jobs.refuse_change() returns trigger
language plpgsql security invoker set search_path = '' as $$
begin
  raise exception '% is written once: delete the row and write another', tg_table_name using errcode = 'check_violation';
end $$;
create trigger graph_mentions_written_once before update on agent_jobs.graph_mentions
  for each row execute function agent_jobs.refuse_change();
create trigger graph_evidence_written_once before update on agent_jobs.graph_evidence
  for each row execute function agent_jobs.refuse_change();
create trigger graph_edges_written_once
  before update of id, org_id, knowledge_base_id, source_id, predicate, target_id on agent_jobs.graph_edges
  for each row execute function agent_jobs.refuse_change();
create trigger graph_entities_written_once
  before update of id, org_id, knowledge_base_id, type, key on agent_jobs.graph_entities
  for each row execute function agent_jobs.refuse_change();
create trigger chunks_place_written_once
  before update of id, org_id, knowledge_base_id, document_id, generation, ordinal, char_start, char_end on agent_jobs.chunks
  for each row execute function agent_jobs.refuse_content_change();

-- What an edge stands between follows from its ends, whoever writes it.
drop trigger graph_edges_canonical on agent_jobs.graph_edges;
create trigger graph_edges_canonical before insert or update of from_id, to_id, canonical_id on agent_jobs.graph_edges
  for each row execute function agent_jobs.canonical_edge();

-- No transaction ends with an edge that nothing says: one that comes without evidence is refused, and an edge goes with its
-- last quote. (Functions clean up after themselves; this is for everybody else.)
create function agent_jobs.require_evidence() returns trigger
language plpgsql security invoker set search_path = '' as $$
begin
  if exists (select 1 from agent_jobs.graph_edges where id = new.id)
     and not exists (select 1 from agent_jobs.graph_evidence where edge_id = new.id) then
    raise exception 'edge % has no evidence', new.id using errcode = 'check_violation';
  end if;
  return null;
end $$;
create constraint trigger graph_edges_have_evidence after insert on agent_jobs.graph_edges
  deferrable initially deferred for each row execute function agent_jobs.require_evidence();

create function agent_jobs.drop_unproven_edge() returns trigger
language plpgsql security invoker set search_path = '' as $$
begin
  -- Held, so that of two who each take one of the last two quotes away the second finds out.
  perform 1 from agent_jobs.graph_edges where id = old.edge_id for update;
  if found and not exists (select 1 from agent_jobs.graph_evidence where edge_id = old.edge_id) then
    delete from agent_jobs.graph_edges where id = old.edge_id;
  end if;
  return null;
end $$;
create constraint trigger graph_edges_go_with_evidence after delete on agent_jobs.graph_evidence
  deferrable initially deferred for each row execute function agent_jobs.drop_unproven_edge();

-- Indexes for hubs --------------------------------------------------------------------------------------------------------

-- How many passages say it, published or not: by what a hub's edges are ranked, so that a walk reads its strongest few and
-- leaves thousands alone. What people see is counted when read, as ever. Counted anew by whoever changes evidence and
-- holds the edge.
alter table agent_jobs.graph_edges add column support integer not null default 1;
update agent_jobs.graph_edges g set support = x.chunks
  from (select edge_id, count(distinct chunk_id)::integer as chunks from agent_jobs.graph_evidence group by edge_id) x
 where x.edge_id = g.id and x.chunks <> 1;

create function agent_jobs.count_support(p_edge_ids uuid[]) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  update agent_jobs.graph_edges g set support = x.chunks
    from (
      select edge_id, count(distinct chunk_id)::integer as chunks
        from agent_jobs.graph_evidence where edge_id = any (p_edge_ids) group by edge_id
    ) x
   where g.id = x.edge_id and g.support <> x.chunks;
end $$;

-- Whoever walks needs nothing but these two.
drop index agent_jobs.graph_edges_from;
drop index agent_jobs.graph_edges_to;
create index graph_edges_from on agent_jobs.graph_edges (from_id, support desc, canonical_id)
  include (to_id, id, predicate);
create index graph_edges_to on agent_jobs.graph_edges (to_id, support desc, canonical_id)
  include (from_id, id, predicate);
-- Counting a hub's mentions reads no row.
drop index agent_jobs.graph_mentions_entity;
create index graph_mentions_entity on agent_jobs.graph_mentions (entity_id, document_id, generation) include (name);

create or replace view agent_jobs.live_evidence with (security_invoker = true) as
  select x.edge_id, x.chunk_id, x.char_start, x.char_end, x.quote, x.confidence, x.org_id, x.knowledge_base_id,
         x.document_id, d.name as document_name, c.heading_path, c.page_from, c.page_to, c.ordinal
    from agent_jobs.graph_evidence x
    join agent_jobs.documents d
      on d.id = x.document_id and d.live_generation = x.generation and d.state <> 'deleting'
    join agent_jobs.chunks c on c.id = x.chunk_id;

create or replace view agent_jobs.live_mentions with (security_invoker = true) as
  select m.entity_id, m.chunk_id, m.char_start, m.char_end, m.surface, m.name, m.confidence, m.org_id,
         m.knowledge_base_id, m.document_id
    from agent_jobs.graph_mentions m
    join agent_jobs.documents d
      on d.id = m.document_id and d.live_generation = m.generation and d.state <> 'deleting';

-- Contributing ------------------------------------------------------------------------------------------------------------

-- As before. Its plan is kept: it is asked for every entity and every edge of every chunk.
create or replace function agent_jobs.identity_uuid(variadic parts text[]) returns uuid
language plpgsql immutable parallel safe set search_path = '' as $$
begin
  return substr(encode(sha256(convert_to(array_to_json(parts)::text, 'UTF8')), 'hex'), 1, 32)::uuid;
end $$;

-- Which answers of models a chunk's contribution comes from (graph_answer_chunks.chunk_key): tells what the chunk cost.
alter table agent_jobs.graph_extractions add column answer_keys text[] not null default '{}';

drop function agent_jobs.contributed_relations(uuid, jsonb);
-- As before, with the time that the words name: relations may have "validFrom" and "validTo" (instant_of).
create function agent_jobs.contributed_relations(p_knowledge_base_id uuid, p_contribution jsonb)
returns table (
  id uuid, source_id uuid, predicate text, target_id uuid, quote text, char_start integer, char_end integer,
  confidence real, valid_from timestamptz, valid_to timestamptz
)
language plpgsql immutable security invoker set search_path = '' as $$
begin
  return query
  with entities as (
    select n.ref, agent_jobs.identity_uuid(p_knowledge_base_id::text, n.type, n.key) as id
      from jsonb_to_recordset(p_contribution -> 'entities') as n (ref text, type text, key text)
  ), dated as (
    select r.*, agent_jobs.instant_of(r."validFrom") as first, agent_jobs.instant_of(r."validTo") as last
      from jsonb_to_recordset(p_contribution -> 'relations') as r (
             source text, target text, predicate text, quote text, "charStart" integer, "charEnd" integer,
             confidence real, "validFrom" text, "validTo" text)
  )
  select agent_jobs.identity_uuid(s.id::text, r.predicate, t.id::text), s.id, r.predicate, t.id, r.quote,
         r."charStart", r."charEnd", r.confidence,
         -- A time that ends before it begins is no time.
         case when r.first > r.last then null else r.first end, case when r.first > r.last then null else r.last end
    from dated r
    join entities s on s.ref = r.source
    join entities t on t.ref = r.target
   where s.id <> t.id;
end $$;

-- As before, with the time of relations, the reading that was paid for, and what ranks edges.
create or replace function agent_jobs.apply_chunk_graph(
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
     where id = any (old_entities || array(
       select unnest(array[source_id, target_id]) from agent_jobs.graph_edges where id = any (old_edges)))
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
    (edge_id, chunk_id, char_start, char_end, org_id, knowledge_base_id, quote, confidence, valid_from, valid_to)
  select distinct on (id, char_start, char_end)
         id, p_chunk_id, char_start, char_end, p_org_id, base, quote, confidence, valid_from, valid_to
    from agent_jobs.contributed_relations(base, p_contribution)
   order by id, char_start, char_end, confidence desc, valid_from, valid_to;

  -- Also over what was added: an entity named without a mention and without a relation supports nothing.
  perform agent_jobs.clean_graph(
    (select array_agg(agent_jobs.identity_uuid(base::text, type, key))
       from jsonb_to_recordset(p_contribution -> 'entities') as n (type text, key text)) || old_entities,
    (select array_agg(edge_id) from agent_jobs.graph_evidence where chunk_id = p_chunk_id) || old_edges);

  select count(distinct identity) into entities from (
    select entity_id as identity from agent_jobs.graph_mentions where chunk_id = p_chunk_id
    union select unnest(array[g.source_id, g.target_id])
            from agent_jobs.graph_evidence x join agent_jobs.graph_edges g on g.id = x.edge_id
           where x.chunk_id = p_chunk_id
  ) contributed;
  select count(distinct edge_id) into edges from agent_jobs.graph_evidence where chunk_id = p_chunk_id;

  insert into agent_jobs.graph_extractions
    (chunk_id, org_id, knowledge_base_id, extractor, entity_count, relation_count, rejected, answer_keys)
  values (p_chunk_id, p_org_id, base, p_contribution ->> 'extractor', entities, edges,
          coalesce(p_contribution -> 'rejected', '[]'),
          array(select jsonb_array_elements_text(p_contribution -> 'answerKeys')))
  on conflict (chunk_id) do update
    set extractor = excluded.extractor, entity_count = excluded.entity_count,
        relation_count = excluded.relation_count, rejected = excluded.rejected, answer_keys = excluded.answer_keys,
        created_at = now();
  return jsonb_build_object('entities', entities, 'edges', edges);
end $$;

-- As before; it also counts anew what ranks the edges that stay.
create or replace function agent_jobs.clean_graph(p_entity_ids uuid[], p_edge_ids uuid[]) returns void
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
  insert into agent_jobs.graph_changes (org_id, knowledge_base_id)
  select distinct org_id, knowledge_base_id from agent_jobs.graph_entities where id = any (candidates);
  perform 1 from agent_jobs.graph_entities where id = any (candidates) order by id for update;
  perform 1 from agent_jobs.graph_edges where id = any (p_edge_ids) order by id for update;
  delete from agent_jobs.graph_edges g
   where g.id = any (p_edge_ids)
     and not exists (select 1 from agent_jobs.graph_evidence x where x.edge_id = g.id);
  perform agent_jobs.count_support(p_edge_ids);
  delete from agent_jobs.graph_entities n
   where n.id = any (candidates)
     and not exists (select 1 from agent_jobs.graph_mentions m where m.entity_id = n.id)
     and not exists (select 1 from agent_jobs.graph_edges g where g.source_id = n.id)
     and not exists (select 1 from agent_jobs.graph_edges g where g.target_id = n.id);
end $$;

-- As before, with what was added above.
create or replace function agent_jobs.carry_over_graph(p_document agent_jobs.documents) returns void
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
    order by id for no key update;

  insert into agent_jobs.graph_mentions
    (chunk_id, entity_id, char_start, char_end, org_id, knowledge_base_id, surface, name, confidence)
  select pair.fresh, m.entity_id, m.char_start, m.char_end, m.org_id, m.knowledge_base_id, m.surface, m.name, m.confidence
    from unnest(fresh, known) as pair (fresh, known)
    join agent_jobs.graph_mentions m on m.chunk_id = pair.known
  on conflict do nothing;
  insert into agent_jobs.graph_evidence
    (edge_id, chunk_id, char_start, char_end, org_id, knowledge_base_id, quote, confidence, valid_from, valid_to)
  select x.edge_id, pair.fresh, x.char_start, x.char_end, x.org_id, x.knowledge_base_id, x.quote, x.confidence,
         x.valid_from, x.valid_to
    from unnest(fresh, known) as pair (fresh, known)
    join agent_jobs.graph_evidence x on x.chunk_id = pair.known
  on conflict do nothing;
  perform agent_jobs.count_support(
    (select array_agg(distinct edge_id) from agent_jobs.graph_evidence where chunk_id = any (fresh)));
  insert into agent_jobs.graph_extractions
    (chunk_id, org_id, knowledge_base_id, extractor, entity_count, relation_count, rejected)
  select pair.fresh, x.org_id, x.knowledge_base_id, x.extractor, x.entity_count, x.relation_count, x.rejected
    from unnest(fresh, known) as pair (fresh, known)
    join agent_jobs.graph_extractions x on x.chunk_id = pair.known
  on conflict do nothing;
end $$;

-- When a fact held --------------------------------------------------------------------------------------------------------

-- Predicates of which one thing has one at a time, counted from this side: a person reports to one superior ("source"), an
-- organisation has one chief executive ("target"). A base's ontology says it of its relations ("functional"); without one
-- of its own, this list does.
create function agent_jobs.functional_predicates(p_knowledge_base_id uuid) returns table (predicate text, side text)
language plpgsql stable rows 10 security invoker set search_path = '' as $$
declare
  definition jsonb := (
    select o.definition from agent_jobs.graph_ontologies o
     where o.knowledge_base_id = p_knowledge_base_id order by o.version desc limit 1);
begin
  if definition is null then
    return query values ('ceo_of', 'target'), ('leads', 'target'), ('head_of', 'target'), ('headed_by', 'source'),
      ('led_by', 'source'), ('reports_to', 'source'), ('headquartered_in', 'source'), ('born_in', 'source'),
      ('has_status', 'source');
  else
    return query select r.name, r.functional
      from jsonb_to_recordset(definition -> 'relations') as r (name text, functional text)
     where r.functional in ('source', 'target');
  end if;
end $$;

drop function agent_jobs.describe_edges(uuid, uuid[], integer);
-- Statements with at least one published piece of evidence; ids are canonical ones. Two names of one thing in the same
-- quote are one piece of evidence. Weight, confidence and quotes as before.
--
-- A statement is known to hold from `valid_from`: the earliest time that its evidence names, or else its documents'. It
-- held until `valid_to`: the end that the words name; or, of functional predicates, when something else was first stated
-- that is newer than all that states this one. Null: nothing says that it ended. Of two that are equally new neither ends
-- the other. All of it follows from the evidence alone: no order of reading, no repetition and no deletion leaves a trace.
create function agent_jobs.describe_edges(p_org_id uuid, p_ids uuid[], p_quotes integer) returns table (
  id uuid, source_id uuid, predicate text, target_id uuid, weight integer, confidence real, valid_from timestamptz,
  valid_to timestamptz, evidence jsonb
)
language plpgsql stable security invoker set search_path = '' set plan_cache_mode = force_generic_plan as $$
begin
  return query
  with raw as materialized (
    select g.id, g.canonical_id, g.from_id, g.predicate, g.to_id, g.knowledge_base_id
      from agent_jobs.graph_edges g
     where g.canonical_id = any (p_ids) and g.org_id = p_org_id and g.from_id <> g.to_id
  ), said as materialized (
    select distinct on (g.canonical_id, x.chunk_id, x.char_start, x.char_end)
           g.canonical_id, x.chunk_id, x.char_start, x.char_end, x.quote, x.confidence, x.document_id,
           d.name as document_name, x.valid_to is null as is_open,
           coalesce(x.valid_from, least(d.stated_at, x.valid_to)) as since,
           coalesce(x.valid_to, greatest(d.stated_at, x.valid_from)) as until
      from raw g
      join agent_jobs.graph_evidence x on x.edge_id = g.id
      join agent_jobs.documents d
        on d.id = x.document_id and d.live_generation = x.generation and d.state <> 'deleting'
     order by g.canonical_id, x.chunk_id, x.char_start, x.char_end, x.confidence desc, x.valid_from, x.valid_to
  ), summed as (
    select s.canonical_id, count(distinct s.chunk_id)::integer as weight,
           least(0.999, 1 - exp(sum(ln(greatest(1 - s.confidence, 0.001)))))::real as confidence,
           min(s.since) as first, max(s.until) as last,
           coalesce(max(s.until) filter (where not s.is_open) >= max(s.until) filter (where s.is_open),
                    not bool_or(s.is_open)) as has_ended
      from said s
     group by s.canonical_id
  ), best as (
    select r.canonical_id, jsonb_agg(jsonb_build_object(
             'document_id', r.document_id, 'document_name', r.document_name, 'chunk_id', r.chunk_id,
             'quote', r.quote, 'char_start', r.char_start, 'char_end', r.char_end, 'confidence', r.confidence,
             'heading_path', c.heading_path, 'page_from', c.page_from, 'page_to', c.page_to) order by r.place) as evidence
      from (
        select s.*, row_number() over (partition by s.canonical_id
                                       order by s.confidence desc, s.document_id, s.chunk_id, s.char_start) as place
          from said s
      ) r
      join agent_jobs.chunks c on c.id = r.chunk_id
     where r.place <= p_quotes
     group by r.canonical_id
  ), statements as (
    select distinct on (g.canonical_id) g.canonical_id, g.from_id, g.predicate, g.to_id, f.side
      from raw g
      left join (
        select b.knowledge_base_id, p.predicate, p.side
          from (select distinct r.knowledge_base_id from raw r) b
          cross join lateral agent_jobs.functional_predicates(b.knowledge_base_id) p
      ) f on f.knowledge_base_id = g.knowledge_base_id and f.predicate = g.predicate
     order by g.canonical_id
  )
  select t.canonical_id, t.from_id, t.predicate, t.to_id, s.weight, s.confidence, s.first,
         case when s.has_ended then s.last
              when t.side is not null then agent_jobs.superseded_at(t.side, t.from_id, t.predicate, t.to_id, s.first, s.last)
         end,
         b.evidence
    from statements t
    join summed s on s.canonical_id = t.canonical_id
    left join best b on b.canonical_id = t.canonical_id;
end $$;

-- When something else began to hold in the place of a functional statement, by published evidence that is newer than the
-- statement's own: known to hold beyond p_last. Not before the statement itself began.
create function agent_jobs.superseded_at(
  p_side text, p_from_id uuid, p_predicate text, p_to_id uuid, p_first timestamptz, p_last timestamptz
) returns timestamptz
language plpgsql stable security invoker set search_path = '' set plan_cache_mode = force_generic_plan as $$
begin
  return (
  select min(greatest(coalesce(x.valid_from, least(d.stated_at, x.valid_to)), p_first))
    from (
      select id from agent_jobs.graph_edges
       where p_side = 'source' and from_id = p_from_id and predicate = p_predicate and to_id not in (p_to_id, p_from_id)
      union all
      select id from agent_jobs.graph_edges
       where p_side = 'target' and to_id = p_to_id and predicate = p_predicate and from_id not in (p_to_id, p_from_id)
    ) rival
    join agent_jobs.graph_evidence x on x.edge_id = rival.id
    join agent_jobs.documents d
      on d.id = x.document_id and d.live_generation = x.generation and d.state <> 'deleting'
   where coalesce(x.valid_to, greatest(d.stated_at, x.valid_from)) > p_last);
end $$;

-- Access, as in 20261123000010 ------------------------------------------------------------------------------------------

revoke execute on all functions in schema agent_jobs from public, anon, authenticated;
grant execute on all functions in schema agent_jobs to service_role;
grant execute on function agent_jobs.is_member(uuid) to authenticated;

notify pgrst, 'reload schema';
