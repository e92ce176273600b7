-- Reading the graph. Everything here sees published contributions only, and answers with one JSON object per call.

-- Published evidence and mentions, with where they come from.
create view agent_jobs.live_evidence with (security_invoker = true) as
  select x.edge_id, x.chunk_id, x.char_start, x.char_end, x.quote, x.confidence, c.org_id, c.knowledge_base_id,
         c.document_id, c.document_name, c.heading_path, c.page_from, c.page_to, c.ordinal
    from agent_jobs.graph_evidence x
    join agent_jobs.live_chunks c on c.id = x.chunk_id;

create view agent_jobs.live_mentions with (security_invoker = true) as
  select m.entity_id, m.chunk_id, m.char_start, m.char_end, m.surface, m.name, m.confidence, c.org_id,
         c.knowledge_base_id, c.document_id
    from agent_jobs.graph_mentions m
    join agent_jobs.live_chunks c on c.id = m.chunk_id;

-- Entities as people see them. The name is the one most mentions carry (ties: first in byte order).
create function agent_jobs.describe_entities(p_org_id uuid, p_ids uuid[]) returns table (
  id uuid, knowledge_base_id uuid, type text, key text, name text, mention_count integer, document_count integer
)
language sql stable security invoker set search_path = '' as $$
  select e.id, e.knowledge_base_id, e.type, e.key, coalesce(m.name, e.key), coalesce(m.mentions, 0),
         coalesce(m.documents, 0)
    from agent_jobs.graph_entities e
    cross join lateral (
      select mode() within group (order by l.name collate "C") as name, count(*)::integer as mentions,
             count(distinct l.document_id)::integer as documents
        from agent_jobs.live_mentions l
       where l.entity_id = e.id
    ) m
   where e.org_id = p_org_id and e.id = any (p_ids)
$$;

-- Edges with at least one published piece of evidence. Weight: the passages that say it. Confidence: noisy-or,
-- 1 - ∏(1 - confidence), capped so that no amount of repetition becomes certainty. The best quotes come along.
create function agent_jobs.describe_edges(p_org_id uuid, p_ids uuid[], p_quotes integer) returns table (
  id uuid, source_id uuid, predicate text, target_id uuid, weight integer, confidence real, evidence jsonb
)
language sql stable security invoker set search_path = '' as $$
  select g.id, g.source_id, g.predicate, g.target_id, x.weight, x.confidence, x.evidence
    from agent_jobs.graph_edges g
    cross join lateral (
      select count(distinct r.chunk_id)::integer as weight,
             least(0.999, 1 - exp(sum(ln(greatest(1 - r.confidence, 0.001)))))::real as confidence,
             jsonb_agg(jsonb_build_object(
               'document_id', r.document_id, 'document_name', r.document_name, 'chunk_id', r.chunk_id,
               'quote', r.quote, 'char_start', r.char_start, 'char_end', r.char_end, 'confidence', r.confidence,
               'heading_path', r.heading_path, 'page_from', r.page_from, 'page_to', r.page_to
             ) order by r.place) filter (where r.place <= p_quotes) as evidence
        from (
          select l.*, row_number() over (order by l.confidence desc, l.document_id, l.ordinal, l.char_start) as place
            from agent_jobs.live_evidence l
           where l.edge_id = g.id
        ) r
    ) x
   where g.org_id = p_org_id and g.id = any (p_ids) and x.weight > 0
$$;

-- The two together, as every read below answers: {"entities": […], "edges": […]}, in a fixed order.
create function agent_jobs.describe_graph(p_org_id uuid, p_entity_ids uuid[], p_edge_ids uuid[], p_quotes integer)
returns jsonb
language sql stable security invoker set search_path = '' as $$
  select jsonb_build_object(
    'entities', coalesce((
      select jsonb_agg(to_jsonb(e) order by e.mention_count desc, e.id)
        from agent_jobs.describe_entities(p_org_id, p_entity_ids) e), '[]'),
    'edges', coalesce((
      select jsonb_agg(to_jsonb(g) order by g.weight desc, g.confidence desc, g.id)
        from agent_jobs.describe_edges(p_org_id, p_edge_ids, p_quotes) g), '[]'))
$$;

-- A page of entities, those with most mentions first. p_query finds a part of the canonical name, or something close to
-- it. The page goes on after (p_after_mentions, p_after_id).
create function agent_jobs.list_entities(
  p_org_id uuid, p_knowledge_base_id uuid, p_document_id uuid, p_query text, p_type text,
  p_limit integer, p_after_mentions integer, p_after_id uuid
) returns jsonb
language sql stable security invoker set search_path = '' set plan_cache_mode = force_custom_plan as $$
  with asked as (
    select agent_jobs.fold(lower(nullif(btrim(p_query), ''))) as query
  ), found as (
    select e.id, count(*)::integer as mentions
      from agent_jobs.graph_entities e
      join agent_jobs.live_mentions m on m.entity_id = e.id
      cross join asked
     where e.org_id = p_org_id
       and (p_knowledge_base_id is null or e.knowledge_base_id = p_knowledge_base_id)
       and (p_document_id is null or m.document_id = p_document_id)
       and (p_type is null or e.type = p_type)
       and (asked.query is null
            or strpos(agent_jobs.fold(e.key), asked.query) > 0
            or extensions.word_similarity(asked.query, agent_jobs.fold(e.key)) >= 0.6
            or strpos(agent_jobs.fold(lower(m.name)), asked.query) > 0)
     group by e.id
  )
  select coalesce(jsonb_agg(to_jsonb(d) || jsonb_build_object('mention_count', page.mentions)
                            order by page.mentions desc, page.id), '[]')
    from (
      select id, mentions from found
       where p_after_id is null or mentions < p_after_mentions or (mentions = p_after_mentions and id > p_after_id)
       order by mentions desc, id
       limit p_limit
    ) page
    join agent_jobs.describe_entities(p_org_id, array(select id from found)) d on d.id = page.id
$$;

-- Published edges at the given entities, the strongest first and at most p_cap for each: a hub must not make one hop
-- into the whole graph.
create function agent_jobs.edges_at(p_org_id uuid, p_ids uuid[], p_cap integer)
returns table (from_id uuid, edge_id uuid, to_id uuid)
language sql stable security invoker set search_path = '' as $$
  select at.id, g.edge_id, g.to_id
    from unnest(p_ids) as at (id)
    cross join lateral (
      select ends.edge_id, ends.to_id
        from (
          select o.id as edge_id, o.target_id as to_id from agent_jobs.graph_edges o
           where o.source_id = at.id and o.org_id = p_org_id
          union all
          select i.id, i.source_id from agent_jobs.graph_edges i
           where i.target_id = at.id and i.org_id = p_org_id
        ) ends
        cross join lateral (
          select count(*) as weight from agent_jobs.live_evidence x where x.edge_id = ends.edge_id
        ) seen
       where seen.weight > 0
       order by seen.weight desc, ends.edge_id
       limit p_cap
    ) g
$$;

-- What lies within p_hops of an entity: breadth first, at most p_limit entities, and the edges on the way. Entities carry
-- their distance. Null: the organisation has no such entity, or none that is published.
create function agent_jobs.graph_neighbours(p_org_id uuid, p_entity_id uuid, p_hops integer, p_limit integer)
returns jsonb
language plpgsql stable security invoker set search_path = '' as $$
declare
  seen uuid[] := array[p_entity_id];
  frontier uuid[] := seen;
  edge_ids uuid[] := '{}';
  distances jsonb := jsonb_build_object(p_entity_id, 0);
  step_edges uuid[];
  step_nodes uuid[];
  described jsonb;
begin
  if not exists (select 1 from agent_jobs.live_mentions where entity_id = p_entity_id and org_id = p_org_id)
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

-- A shortest path between two entities, edges taken in either direction, at most p_max_hops long: breadth first with a
-- visited set, so nothing is walked twice. Null: there is none. `path` lists the entities in order.
create function agent_jobs.graph_path(p_org_id uuid, p_from_id uuid, p_to_id uuid, p_max_hops integer) returns jsonb
language plpgsql stable security invoker set search_path = '' as $$
declare
  came_from jsonb := jsonb_build_object(p_from_id, null);  -- entity → {"id": previous entity, "edge": edge}
  frontier uuid[] := array[p_from_id];
  step jsonb;
  cursor_id text := p_to_id::text;
  path uuid[] := '{}';
  edge_ids uuid[] := '{}';
begin
  if not exists (select 1 from agent_jobs.graph_entities where org_id = p_org_id and id = p_from_id)
     or not exists (select 1 from agent_jobs.graph_entities where org_id = p_org_id and id = p_to_id) then
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

-- A page of the whole graph: p_limit entities by id, and the edges that start at them. All pages together hold every
-- published entity and every published edge once. `next` is where the following page goes on, null after the last.
create function agent_jobs.export_graph(
  p_org_id uuid, p_knowledge_base_id uuid, p_document_id uuid, p_limit integer, p_after_id uuid
) returns jsonb
language plpgsql stable security invoker set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare
  page uuid[];
begin
  page := array(
    select e.id from agent_jobs.graph_entities e
     where e.org_id = p_org_id and e.knowledge_base_id = p_knowledge_base_id
       and (p_after_id is null or e.id > p_after_id)
       and (exists (select 1 from agent_jobs.live_mentions m
                     where m.entity_id = e.id and (p_document_id is null or m.document_id = p_document_id))
            or exists (select 1 from agent_jobs.graph_edges g
                         join agent_jobs.live_evidence x on x.edge_id = g.id
                        where e.id in (g.source_id, g.target_id)
                          and (p_document_id is null or x.document_id = p_document_id)))
     order by e.id
     limit p_limit);
  return agent_jobs.describe_graph(p_org_id, page, array(
    select g.id from agent_jobs.graph_edges g
     where g.source_id = any (page)
       and exists (select 1 from agent_jobs.live_evidence x
                    where x.edge_id = g.id and (p_document_id is null or x.document_id = p_document_id))), 10)
    || jsonb_build_object('next', case when cardinality(page) = p_limit then page[p_limit] end);
end $$;
