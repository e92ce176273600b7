-- One thing under several names. Tenant: org_id in every table.
--
-- Contributions stay as they are: an entity is what one canonical key is, and what documents said hangs on it. Which
-- entities are one thing is a second layer above them: `canonical_id`, the smallest id of the entities that are one. It
-- is a pure function of the names in a knowledge base and of people's decisions, computed by the knowledge-graph worker.
-- So the order in which documents came does not matter, a deleted document takes its merges with it, and nothing has to
-- be undone: what is computed anew is right again.
--
-- `canonical_id` need not name a row: the entity with the smallest id may go while others of its cluster stay, until
-- they are resolved anew. Everything that reads goes by the value alone.

alter table agent_jobs.graph_entities add column canonical_id uuid;
update agent_jobs.graph_entities set canonical_id = id;
alter table agent_jobs.graph_entities alter column canonical_id set not null;
-- The members of a cluster.
create index graph_entities_canonical on agent_jobs.graph_entities (canonical_id);

-- An edge between what its ends stand for, kept beside it so that walking the graph needs no further join. Edges with the
-- same `canonical_id` are one statement.
alter table agent_jobs.graph_edges
  add column from_id uuid, add column to_id uuid, add column canonical_id uuid;
update agent_jobs.graph_edges set from_id = source_id, to_id = target_id, canonical_id = id;
alter table agent_jobs.graph_edges
  alter column from_id set not null, alter column to_id set not null, alter column canonical_id set not null;
create index graph_edges_from on agent_jobs.graph_edges (from_id);
create index graph_edges_to on agent_jobs.graph_edges (to_id);
create index graph_edges_canonical on agent_jobs.graph_edges (canonical_id);

create function agent_jobs.own_canonical_entity() returns trigger
language plpgsql security invoker set search_path = '' as $$
begin
  new.canonical_id := new.id;
  return new;
end $$;
create trigger graph_entities_canonical before insert on agent_jobs.graph_entities
  for each row execute function agent_jobs.own_canonical_entity();

-- Whoever inserts an edge holds both entities (apply_chunk_graph locks them first), so what is read here cannot change.
create function agent_jobs.canonical_edge() returns trigger
language plpgsql security invoker set search_path = '' as $$
begin
  select canonical_id into new.from_id from agent_jobs.graph_entities where id = new.source_id;
  select canonical_id into new.to_id from agent_jobs.graph_entities where id = new.target_id;
  new.canonical_id := agent_jobs.identity_uuid(new.from_id::text, new.predicate, new.to_id::text);
  return new;
end $$;
create trigger graph_edges_canonical before insert on agent_jobs.graph_edges
  for each row execute function agent_jobs.canonical_edge();

-- That the names of a knowledge base have changed since it was resolved: a row per change, never an update, so that
-- writers of one base do not wait for one another.
create table agent_jobs.graph_changes (
  id bigint generated always as identity primary key,
  org_id uuid not null,
  knowledge_base_id uuid not null,
  created_at timestamptz not null default now(),
  foreign key (org_id, knowledge_base_id) references agent_jobs.knowledge_bases (org_id, id) on delete cascade
);
create index graph_changes_base on agent_jobs.graph_changes (knowledge_base_id, id);

-- What a person (or a judge) knows better: two entities are the same thing, or are not. Smaller id first, one decision
-- for a pair; by value, so that a decision outlives the entities and holds again when they come back.
create table agent_jobs.graph_decisions (
  org_id uuid not null,
  knowledge_base_id uuid not null,
  first_id uuid not null,
  second_id uuid not null check (second_id > first_id),
  verdict text not null check (verdict in ('same', 'apart')),
  decided_at timestamptz not null default now(),
  primary key (knowledge_base_id, first_id, second_id),
  foreign key (org_id, knowledge_base_id) references agent_jobs.knowledge_bases (org_id, id) on delete cascade
);
create index graph_decisions_org on agent_jobs.graph_decisions (org_id);

-- As before, and notes that the base's names have changed: everything that adds or removes contributions ends here.
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
  delete from agent_jobs.graph_entities n
   where n.id = any (candidates)
     and not exists (select 1 from agent_jobs.graph_mentions m where m.entity_id = n.id)
     and not exists (select 1 from agent_jobs.graph_edges g where g.source_id = n.id)
     and not exists (select 1 from agent_jobs.graph_edges g where g.target_id = n.id);
end $$;

-- Resolving -----------------------------------------------------------------------------------------------------------

-- The latest change of a base that is not resolved yet; null: there is none.
create function agent_jobs.latest_graph_change(p_org_id uuid, p_knowledge_base_id uuid) returns bigint
language sql stable security invoker set search_path = '' as $$
  select max(id) from agent_jobs.graph_changes where org_id = p_org_id and knowledge_base_id = p_knowledge_base_id
$$;

-- A page of a base's entities by id, each with the name that most of its mentions carry (ties: first in byte order).
-- Unpublished mentions count too: a name is a name.
create function agent_jobs.entity_names(p_org_id uuid, p_knowledge_base_id uuid, p_limit integer, p_after_id uuid)
returns table (id uuid, type text, name text, canonical_id uuid)
language sql stable security invoker set search_path = '' as $$
  select e.id, e.type, coalesce(m.name, e.key), e.canonical_id
    from (
      select * from agent_jobs.graph_entities
       where org_id = p_org_id and knowledge_base_id = p_knowledge_base_id
         and (p_after_id is null or id > p_after_id)
       order by id
       limit p_limit
    ) e
    cross join lateral (
      select mode() within group (order by x.name collate "C") as name
        from agent_jobs.graph_mentions x where x.entity_id = e.id
    ) m
   order by e.id
$$;

create function agent_jobs.entity_decisions(p_org_id uuid, p_knowledge_base_id uuid)
returns table (first_id uuid, second_id uuid, verdict text)
language sql stable security invoker set search_path = '' as $$
  select first_id, second_id, verdict from agent_jobs.graph_decisions
   where org_id = p_org_id and knowledge_base_id = p_knowledge_base_id
   order by first_id, second_id
$$;

-- Says what entities stand for: p_assignments is [{"id", "canonicalId"}], computed after p_change. Refused once somebody
-- has settled that change: what was computed is older than what stands. Entities that are gone are passed over. Locks
-- entities by id, then edges by id, as everybody does.
create function agent_jobs.assign_canonical_entities(
  p_org_id uuid, p_knowledge_base_id uuid, p_change bigint, p_assignments jsonb
) returns integer
language plpgsql security invoker set search_path = '' as $$
declare
  changed uuid[];
begin
  if not exists (select 1 from agent_jobs.knowledge_bases where org_id = p_org_id and id = p_knowledge_base_id) then
    raise exception 'no knowledge base % in organisation %', p_knowledge_base_id, p_org_id using errcode = 'AJ001';
  end if;
  -- Held until the end, so that it cannot be settled meanwhile.
  perform 1 from agent_jobs.graph_changes
    where org_id = p_org_id and knowledge_base_id = p_knowledge_base_id and id = p_change for share;
  if not found then
    raise exception 'change % of knowledge base % is settled', p_change, p_knowledge_base_id using errcode = 'AJ002';
  end if;
  perform 1 from agent_jobs.graph_entities e
    where e.org_id = p_org_id and e.knowledge_base_id = p_knowledge_base_id
      and e.id in (select id from jsonb_to_recordset(p_assignments) as a (id uuid))
    order by e.id for no key update;
  with moved as (
    update agent_jobs.graph_entities e set canonical_id = a."canonicalId"
      from jsonb_to_recordset(p_assignments) as a (id uuid, "canonicalId" uuid)
     where e.id = a.id and e.org_id = p_org_id and e.knowledge_base_id = p_knowledge_base_id
       and e.canonical_id <> a."canonicalId"
    returning e.id
  ) select array_agg(id) into changed from moved;
  if changed is null then
    return 0;
  end if;
  perform 1 from agent_jobs.graph_edges where source_id = any (changed) or target_id = any (changed)
    order by id for no key update;
  update agent_jobs.graph_edges g
     set from_id = s.canonical_id, to_id = t.canonical_id,
         canonical_id = agent_jobs.identity_uuid(s.canonical_id::text, g.predicate, t.canonical_id::text)
    from agent_jobs.graph_entities s, agent_jobs.graph_entities t
   where (g.source_id = any (changed) or g.target_id = any (changed)) and s.id = g.source_id and t.id = g.target_id;
  return cardinality(changed);
end $$;

-- Everything up to this change is resolved.
create function agent_jobs.settle_graph_changes(p_org_id uuid, p_knowledge_base_id uuid, p_change bigint) returns void
language sql security invoker set search_path = '' as $$
  delete from agent_jobs.graph_changes
   where org_id = p_org_id and knowledge_base_id = p_knowledge_base_id and id <= p_change
$$;

-- Bases whose changes have waited for p_age_seconds, for the sweep.
create function agent_jobs.due_graph_resolutions(p_limit integer, p_age_seconds integer, p_after uuid)
returns table (org_id uuid, knowledge_base_id uuid)
language sql stable security invoker set search_path = '' as $$
  select c.org_id, c.knowledge_base_id
    from agent_jobs.graph_changes c
   where p_after is null or c.knowledge_base_id > p_after
   group by c.org_id, c.knowledge_base_id
  having min(c.created_at) < now() - make_interval(secs => p_age_seconds)
   order by c.knowledge_base_id
   limit p_limit
$$;

-- A person's word on two entities; null takes it back. By canonical or by own id: both entities must be there.
create function agent_jobs.decide_entities(
  p_org_id uuid, p_knowledge_base_id uuid, p_entity_id uuid, p_other_id uuid, p_verdict text
) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  one constant uuid := least(p_entity_id, p_other_id);
  other constant uuid := greatest(p_entity_id, p_other_id);
begin
  if (select count(*) from agent_jobs.graph_entities
       where org_id = p_org_id and knowledge_base_id = p_knowledge_base_id and id in (one, other)) <> 2 then
    raise exception 'entities % and % are not both in knowledge base %', one, other, p_knowledge_base_id
      using errcode = 'AJ001';
  end if;
  delete from agent_jobs.graph_decisions
   where org_id = p_org_id and knowledge_base_id = p_knowledge_base_id and first_id = one and second_id = other;
  if p_verdict is not null then
    insert into agent_jobs.graph_decisions (org_id, knowledge_base_id, first_id, second_id, verdict)
    values (p_org_id, p_knowledge_base_id, one, other, p_verdict);
  end if;
  insert into agent_jobs.graph_changes (org_id, knowledge_base_id) values (p_org_id, p_knowledge_base_id);
end $$;

-- Reading, by what stands for what ------------------------------------------------------------------------------------

drop function agent_jobs.describe_entities(uuid, uuid[]);
-- Things as people see them; ids are canonical ones. The name is the one most mentions carry (ties: first in byte
-- order), `aliases` are the others, the most frequent first. Type and key are those of the first member that is left.
create function agent_jobs.describe_entities(p_org_id uuid, p_ids uuid[]) returns table (
  id uuid, knowledge_base_id uuid, type text, key text, name text, aliases jsonb, mention_count integer,
  document_count integer
)
language sql stable security invoker set search_path = '' as $$
  select at.id, e.knowledge_base_id, e.type, e.key, coalesce(m.names ->> 0, e.key), coalesce(m.names - 0, '[]'),
         coalesce(m.mentions, 0), d.documents
    from unnest(p_ids) as at (id)
    cross join lateral (
      select x.knowledge_base_id, x.type, x.key from agent_jobs.graph_entities x
       where x.canonical_id = at.id and x.org_id = p_org_id
       order by x.id
       limit 1
    ) e
    cross join lateral (
      select jsonb_agg(n.name order by n.mentions desc, n.name collate "C") filter (where n.place <= 20) as names,
             sum(n.mentions)::integer as mentions
        from (
          select l.name, count(*) as mentions,
                 row_number() over (order by count(*) desc, l.name collate "C") as place
            from agent_jobs.graph_entities x
            join agent_jobs.live_mentions l on l.entity_id = x.id
           where x.canonical_id = at.id and x.org_id = p_org_id
           group by l.name
        ) n
    ) m
    cross join lateral (
      select count(distinct l.document_id)::integer as documents
        from agent_jobs.graph_entities x
        join agent_jobs.live_mentions l on l.entity_id = x.id
       where x.canonical_id = at.id and x.org_id = p_org_id
    ) d
$$;

-- Statements with at least one published piece of evidence; ids are canonical ones. Two names of one thing in the same
-- quote are one piece of evidence. Weight, confidence and quotes as before.
create or replace function agent_jobs.describe_edges(p_org_id uuid, p_ids uuid[], p_quotes integer) returns table (
  id uuid, source_id uuid, predicate text, target_id uuid, weight integer, confidence real, evidence jsonb
)
language sql stable security invoker set search_path = '' as $$
  select g.id, g.from_id, g.predicate, g.to_id, x.weight, x.confidence, x.evidence
    from (
      select distinct on (raw.canonical_id) raw.canonical_id as id, raw.from_id, raw.predicate, raw.to_id
        from agent_jobs.graph_edges raw
       where raw.org_id = p_org_id and raw.canonical_id = any (p_ids) and raw.from_id <> raw.to_id
       order by raw.canonical_id
    ) g
    cross join lateral (
      select count(distinct r.chunk_id)::integer as weight,
             least(0.999, 1 - exp(sum(ln(greatest(1 - r.confidence, 0.001)))))::real as confidence,
             jsonb_agg(jsonb_build_object(
               'document_id', r.document_id, 'document_name', r.document_name, 'chunk_id', r.chunk_id,
               'quote', r.quote, 'char_start', r.char_start, 'char_end', r.char_end, 'confidence', r.confidence,
               'heading_path', r.heading_path, 'page_from', r.page_from, 'page_to', r.page_to
             ) order by r.place) filter (where r.place <= p_quotes) as evidence
        from (
          select once.*,
                 row_number() over (order by once.confidence desc, once.document_id, once.ordinal, once.char_start)
                   as place
            from (
              select distinct on (l.chunk_id, l.char_start, l.char_end) l.*
                from agent_jobs.graph_edges raw
                join agent_jobs.live_evidence l on l.edge_id = raw.id
               where raw.canonical_id = g.id
               order by l.chunk_id, l.char_start, l.char_end, l.confidence desc
            ) once
        ) r
    ) x
   where x.weight > 0
$$;

create or replace function agent_jobs.list_entities(
  p_org_id uuid, p_knowledge_base_id uuid, p_document_id uuid, p_query text, p_type text,
  p_limit integer, p_after_mentions integer, p_after_id uuid
) returns jsonb
language sql stable security invoker set search_path = '' set plan_cache_mode = force_custom_plan as $$
  with asked as (
    select agent_jobs.fold(lower(nullif(btrim(p_query), ''))) as query
  ), found as (
    select e.canonical_id as id, count(*)::integer as mentions
      from agent_jobs.graph_entities e
      join agent_jobs.live_mentions m on m.entity_id = e.id
      cross join asked
     where e.org_id = p_org_id
       and (p_knowledge_base_id is null or e.knowledge_base_id = p_knowledge_base_id)
       and (p_document_id is null or m.document_id = p_document_id)
       and (p_type is null or e.type = p_type)
     group by e.canonical_id
    -- Any of its names answers to the query.
    having bool_or(asked.query is null
                   or strpos(agent_jobs.fold(e.key), asked.query) > 0
                   or extensions.word_similarity(asked.query, agent_jobs.fold(e.key)) >= 0.6
                   or strpos(agent_jobs.fold(lower(m.name)), asked.query) > 0)
  ), page as (
    select id, mentions from found
     where p_after_id is null or mentions < p_after_mentions or (mentions = p_after_mentions and id > p_after_id)
     order by mentions desc, id
     limit p_limit
  )
  select coalesce(jsonb_agg(to_jsonb(d) || jsonb_build_object('mention_count', page.mentions)
                            order by page.mentions desc, page.id), '[]')
    from page
    join agent_jobs.describe_entities(p_org_id, array(select id from page)) d on d.id = page.id
$$;

create or replace function agent_jobs.edges_at(p_org_id uuid, p_ids uuid[], p_cap integer)
returns table (from_id uuid, edge_id uuid, to_id uuid)
language sql stable security invoker set search_path = '' as $$
  select at.id, g.edge_id, g.to_id
    from unnest(p_ids) as at (id)
    cross join lateral (
      select ends.edge_id, ends.to_id
        from (
          select o.canonical_id as edge_id, o.to_id as to_id, o.id from agent_jobs.graph_edges o
           where o.from_id = at.id and o.org_id = p_org_id and o.to_id <> at.id
          union all
          select i.canonical_id, i.from_id, i.id from agent_jobs.graph_edges i
           where i.to_id = at.id and i.org_id = p_org_id and i.from_id <> at.id
        ) ends
        cross join lateral (
          select count(*) as weight from agent_jobs.live_evidence x where x.edge_id = ends.id
        ) seen
       group by ends.edge_id, ends.to_id
      having sum(seen.weight) > 0
       order by sum(seen.weight) desc, ends.edge_id
       limit p_cap
    ) g
$$;

-- What an id that somebody kept stands for today; itself where it names a cluster or nothing.
create function agent_jobs.canonical_entity(p_org_id uuid, p_id uuid) returns uuid
language sql stable security invoker set search_path = '' as $$
  select coalesce((select canonical_id from agent_jobs.graph_entities where org_id = p_org_id and id = p_id), p_id)
$$;

create or replace function agent_jobs.graph_neighbours(p_org_id uuid, p_entity_id uuid, p_hops integer, p_limit integer)
returns jsonb
language plpgsql stable security invoker set search_path = '' as $$
declare
  centre constant uuid := agent_jobs.canonical_entity(p_org_id, p_entity_id);
  seen uuid[] := array[centre];
  frontier uuid[] := seen;
  edge_ids uuid[] := '{}';
  distances jsonb := jsonb_build_object(centre, 0);
  step_edges uuid[];
  step_nodes uuid[];
  described jsonb;
begin
  if not exists (select 1 from agent_jobs.graph_entities e join agent_jobs.live_mentions m on m.entity_id = e.id
                  where e.canonical_id = centre and e.org_id = p_org_id)
     and not exists (select 1 from agent_jobs.edges_at(p_org_id, seen, 1)) then
    return null;
  end if;
  for hop in 1 .. least(p_hops, 3) loop
    with step as (
      select edge_id, to_id from agent_jobs.edges_at(p_org_id, frontier, 50)
    ), fresh as (
      select to_id from step where to_id <> all (seen) group by to_id order by count(*) desc, to_id
      limit greatest(p_limit - cardinality(seen), 0)
    )
    select array(select distinct edge_id from step
                  where to_id = any (seen) or to_id in (select to_id from fresh)),
           array(select to_id from fresh)
      into step_edges, step_nodes;
    edge_ids := edge_ids || step_edges;
    select distances || coalesce(jsonb_object_agg(n, hop), '{}') into distances from unnest(step_nodes) n;
    seen := seen || step_nodes;
    frontier := step_nodes;
    exit when cardinality(frontier) = 0;
  end loop;
  described := agent_jobs.describe_graph(p_org_id, seen, edge_ids, 3);
  return described || jsonb_build_object('entities', (
    select jsonb_agg(e || jsonb_build_object('distance', distances -> (e ->> 'id'))
                     order by (distances -> (e ->> 'id'))::integer, n)
      from jsonb_array_elements(described -> 'entities') with ordinality x (e, n)));
end $$;

create or replace function agent_jobs.graph_path(p_org_id uuid, p_from_id uuid, p_to_id uuid, p_max_hops integer)
returns jsonb
language plpgsql stable security invoker set search_path = '' as $$
declare
  start_id constant uuid := agent_jobs.canonical_entity(p_org_id, p_from_id);
  end_id constant uuid := agent_jobs.canonical_entity(p_org_id, p_to_id);
  came_from jsonb := jsonb_build_object(start_id, null);  -- entity → {"id": previous entity, "edge": edge}
  frontier uuid[] := array[start_id];
  step jsonb;
  cursor_id text := end_id::text;
  path uuid[] := '{}';
  edge_ids uuid[] := '{}';
begin
  if not exists (select 1 from agent_jobs.graph_entities where org_id = p_org_id and canonical_id = start_id)
     or not exists (select 1 from agent_jobs.graph_entities where org_id = p_org_id and canonical_id = end_id) then
    return null;
  end if;
  for hop in 1 .. least(p_max_hops, 6) loop
    exit when came_from ? cursor_id or cardinality(frontier) = 0 or cardinality(frontier) > 20000;
    select coalesce(jsonb_object_agg(to_id, jsonb_build_object('id', from_id, 'edge', edge_id)), '{}') into step
      from (
        select distinct on (s.to_id) s.to_id, s.from_id, s.edge_id
          from agent_jobs.edges_at(p_org_id, frontier, 200) s
         where not came_from ? s.to_id::text
         order by s.to_id, s.from_id, s.edge_id
      ) nearest;
    came_from := came_from || step;
    frontier := array(select k::uuid from jsonb_object_keys(step) k order by k);
  end loop;
  if not came_from ? cursor_id then
    return null;
  end if;
  while cursor_id is not null loop
    path := cursor_id::uuid || path;
    if came_from -> cursor_id ->> 'edge' is not null then
      edge_ids := (came_from -> cursor_id ->> 'edge')::uuid || edge_ids;
    end if;
    cursor_id := came_from -> cursor_id ->> 'id';
  end loop;
  return agent_jobs.describe_graph(p_org_id, path, edge_ids, 3) || jsonb_build_object('path', to_jsonb(path));
end $$;

create or replace function agent_jobs.export_graph(
  p_org_id uuid, p_knowledge_base_id uuid, p_document_id uuid, p_limit integer, p_after_id uuid
) returns jsonb
language plpgsql stable security invoker set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare
  page uuid[];
begin
  page := array(
    select e.canonical_id from agent_jobs.graph_entities e
     where e.org_id = p_org_id and e.knowledge_base_id = p_knowledge_base_id
       and (p_after_id is null or e.canonical_id > p_after_id)
       and (exists (select 1 from agent_jobs.live_mentions m
                     where m.entity_id = e.id and (p_document_id is null or m.document_id = p_document_id))
            or exists (select 1 from agent_jobs.graph_edges g
                         join agent_jobs.live_evidence x on x.edge_id = g.id
                        where e.id in (g.source_id, g.target_id)
                          and (p_document_id is null or x.document_id = p_document_id)))
     group by e.canonical_id
     order by e.canonical_id
     limit p_limit);
  return agent_jobs.describe_graph(p_org_id, page, array(
    select distinct g.canonical_id from agent_jobs.graph_edges g
     where g.from_id = any (page)
       and exists (select 1 from agent_jobs.live_evidence x
                    where x.edge_id = g.id and (p_document_id is null or x.document_id = p_document_id))), 10)
    || jsonb_build_object('next', case when cardinality(page) = p_limit then page[p_limit] end);
end $$;

-- Access, as in 20261123000010 ------------------------------------------------------------------------------------------

grant select, insert, update, delete on agent_jobs.graph_changes, agent_jobs.graph_decisions to service_role;
grant usage, select on all sequences in schema agent_jobs to service_role;
revoke all on agent_jobs.graph_changes, agent_jobs.graph_decisions from anon, authenticated;
revoke execute on all functions in schema agent_jobs from public, anon, authenticated;
grant execute on all functions in schema agent_jobs to service_role;
grant execute on function agent_jobs.is_member(uuid) to authenticated;
alter table agent_jobs.graph_changes enable row level security;
alter table agent_jobs.graph_decisions enable row level security;
grant select on agent_jobs.graph_decisions to authenticated;
create policy members_read on agent_jobs.graph_decisions for select to authenticated
  using (agent_jobs.is_member(org_id));

notify pgrst, 'reload schema';
