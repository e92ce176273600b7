-- The use of a graph at size: walks that stay fast beside hubs, the graph around passages, passages that the graph
-- connects, and statements as numbers. Everything here sees published contributions only.

-- As before, all at once: plans are kept, mentions are counted from their index, and a document is looked at once for each
-- of its names for a thing, not for every mention.
create or replace function agent_jobs.describe_entities(p_org_id uuid, p_ids uuid[]) returns table (
  id uuid, knowledge_base_id uuid, type text, key text, name text, aliases jsonb, mention_count integer,
  document_count integer
)
language plpgsql stable security invoker set search_path = '' set plan_cache_mode = force_generic_plan as $$
begin
  return query
  with members as materialized (
    select e.id, e.canonical_id, e.knowledge_base_id, e.type, e.key
      from agent_jobs.graph_entities e
     where e.canonical_id = any (p_ids) and e.org_id = p_org_id
  ), counted as materialized (
    select e.canonical_id, m.document_id, m.generation, m.name, count(*) as mentions
      from members e
      join agent_jobs.graph_mentions m on m.entity_id = e.id
     group by e.canonical_id, m.document_id, m.generation, m.name
  ), seen as materialized (
    select c.canonical_id, c.document_id, c.name, c.mentions
      from counted c
      join agent_jobs.documents d
        on d.id = c.document_id and d.live_generation = c.generation and d.state <> 'deleting'
  ), named as (
    select n.canonical_id, sum(n.mentions)::integer as mentions,
           jsonb_agg(n.name order by n.mentions desc, n.name collate "C") filter (where n.place <= 20) as names
      from (
        select s.canonical_id, s.name, sum(s.mentions) as mentions,
               row_number() over (partition by s.canonical_id order by sum(s.mentions) desc, s.name collate "C") as place
          from seen s
         group by s.canonical_id, s.name
      ) n
     group by n.canonical_id
  ), spread as (
    select s.canonical_id, count(distinct s.document_id)::integer as documents from seen s group by s.canonical_id
  )
  select e.canonical_id, e.knowledge_base_id, e.type, e.key, coalesce(n.names ->> 0, e.key), coalesce(n.names - 0, '[]'),
         coalesce(n.mentions, 0), coalesce(s.documents, 0)
    from (select distinct on (m.canonical_id) m.* from members m order by m.canonical_id, m.id) e
    left join named n on n.canonical_id = e.canonical_id
    left join spread s on s.canonical_id = e.canonical_id;
end $$;

create or replace function agent_jobs.describe_graph(p_org_id uuid, p_entity_ids uuid[], p_edge_ids uuid[], p_quotes integer)
returns jsonb
language plpgsql stable security invoker set search_path = '' as $$
begin
  return jsonb_build_object(
    'entities', coalesce((
      select jsonb_agg(to_jsonb(e) order by e.mention_count desc, e.id)
        from agent_jobs.describe_entities(p_org_id, p_entity_ids) e), '[]'),
    'edges', coalesce((
      select jsonb_agg(to_jsonb(g) order by g.weight desc, g.confidence desc, g.id)
        from agent_jobs.describe_edges(p_org_id, p_edge_ids, p_quotes) g), '[]'));
end $$;

drop function agent_jobs.edges_at(uuid, uuid[], integer);
-- Steps from the given things, along edges in either direction: for each at most p_cap out and p_cap in, those that most
-- passages say first, read from the index in that order; so a hub costs no more than p_cap. With p_published only those
-- with published evidence. The caller has seen to it that the ids are the organisation's: edges never leave it.
create function agent_jobs.steps_from(p_ids uuid[], p_cap integer, p_published boolean)
returns table (from_id uuid, edge_id uuid, to_id uuid, support integer)
language plpgsql stable rows 1000 security invoker set search_path = '' set plan_cache_mode = force_generic_plan as $$
begin
  if p_published then
    return query
    select at.id, s.canonical_id, s.next_id, s.support
      from unnest(p_ids) as at (id)
      cross join lateral (
        (select o.canonical_id, o.to_id as next_id, o.support from agent_jobs.graph_edges o
          where o.from_id = at.id and o.to_id <> at.id and exists (
              select 1 from agent_jobs.graph_evidence x
                join agent_jobs.documents d
                  on d.id = x.document_id and d.live_generation = x.generation and d.state <> 'deleting'
               where x.edge_id = o.id)
          order by o.support desc, o.canonical_id limit p_cap)
        union all
        (select i.canonical_id, i.from_id, i.support from agent_jobs.graph_edges i
          where i.to_id = at.id and i.from_id <> at.id and exists (
              select 1 from agent_jobs.graph_evidence x
                join agent_jobs.documents d
                  on d.id = x.document_id and d.live_generation = x.generation and d.state <> 'deleting'
               where x.edge_id = i.id)
          order by i.support desc, i.canonical_id limit p_cap)
      ) s;
  else
    return query
    select at.id, s.canonical_id, s.next_id, s.support
      from unnest(p_ids) as at (id)
      cross join lateral (
        (select o.canonical_id, o.to_id as next_id, o.support from agent_jobs.graph_edges o
          where o.from_id = at.id and o.to_id <> at.id
          order by o.support desc, o.canonical_id limit p_cap)
        union all
        (select i.canonical_id, i.from_id, i.support from agent_jobs.graph_edges i
          where i.to_id = at.id and i.from_id <> at.id
          order by i.support desc, i.canonical_id limit p_cap)
      ) s;
  end if;
end $$;

-- What lies within p_hops of the given things: breadth first, at most p_limit entities, those with most connections to
-- what is there already first, and the edges on the way. Entities carry their distance. The ids are canonical and the
-- organisation's.
create function agent_jobs.graph_around(p_org_id uuid, p_ids uuid[], p_hops integer, p_limit integer) returns jsonb
language plpgsql stable security invoker set search_path = '' set plan_cache_mode = force_generic_plan as $$
declare
  seen uuid[] := p_ids;
  frontier uuid[] := p_ids;
  edge_ids uuid[] := '{}';
  distances jsonb := (select coalesce(jsonb_object_agg(id, 0), '{}') from unnest(p_ids) id);
  step_edges uuid[];
  step_nodes uuid[];
  described jsonb;
begin
  for hop in 1 .. least(p_hops, 3) loop
    exit when cardinality(frontier) = 0;
    -- Of a hub's edges the first step may show many; further out a few for each are more than anybody reads.
    with step as materialized (
      select * from agent_jobs.steps_from(frontier, case hop when 1 then 50 else 20 end, true)
    ), fresh as materialized (
      select s.to_id from step s
       where s.to_id not in (select unnest(seen))
       group by s.to_id
       order by count(*) desc, sum(s.support) desc, s.to_id
       limit greatest(p_limit - cardinality(seen), 0)
    )
    select array(select distinct s.edge_id from step s
                  where s.to_id in (select unnest(seen)) or s.to_id in (select f.to_id from fresh f)),
           array(select f.to_id from fresh f)
      into step_edges, step_nodes;
    edge_ids := edge_ids || step_edges;
    select distances || coalesce(jsonb_object_agg(n, hop), '{}') into distances from unnest(step_nodes) n;
    seen := seen || step_nodes;
    frontier := step_nodes;
  end loop;
  described := agent_jobs.describe_graph(p_org_id, seen, edge_ids, 3);
  return described || jsonb_build_object('entities', coalesce((
    select jsonb_agg(e || jsonb_build_object('distance', distances -> (e ->> 'id'))
                     order by (distances -> (e ->> 'id'))::integer, n)
      from jsonb_array_elements(described -> 'entities') with ordinality x (e, n)), '[]'));
end $$;

-- Null: the organisation has no such entity, or none that is published.
create or replace function agent_jobs.graph_neighbours(p_org_id uuid, p_entity_id uuid, p_hops integer, p_limit integer)
returns jsonb
language plpgsql stable security invoker set search_path = '' as $$
declare
  centre constant uuid := agent_jobs.canonical_entity(p_org_id, p_entity_id);
begin
  if not exists (select 1 from agent_jobs.graph_entities where canonical_id = centre and org_id = p_org_id)
     or not exists (select 1 from agent_jobs.graph_entities e join agent_jobs.live_mentions m on m.entity_id = e.id
                     where e.canonical_id = centre)
        and not exists (select 1 from agent_jobs.steps_from(array[centre], 1, true)) then
    return null;
  end if;
  return agent_jobs.graph_around(p_org_id, array[centre], p_hops, p_limit);
end $$;

-- What the graph knows around passages: the things they name (those that most of them name first) and what lies within
-- p_hops. Null: none of the passages is published, or the organisation's.
create function agent_jobs.graph_around_chunks(p_org_id uuid, p_chunk_ids bigint[], p_hops integer, p_limit integer)
returns jsonb
language plpgsql stable security invoker set search_path = '' as $$
begin
  if not exists (select 1 from agent_jobs.live_chunks where org_id = p_org_id and id = any (p_chunk_ids)) then
    return null;
  end if;
  return agent_jobs.graph_around(p_org_id, array(
    select e.canonical_id
      from agent_jobs.live_mentions m
      join agent_jobs.graph_entities e on e.id = m.entity_id
     where m.org_id = p_org_id and m.chunk_id = any (p_chunk_ids)
     group by e.canonical_id
     order by count(distinct m.chunk_id) desc, max(m.confidence) desc, e.canonical_id
     limit least(p_limit, 50)), p_hops, p_limit);
end $$;

-- A shortest chain between two things as {"nodes": […], "edges": […]}, or null. Breadth first from both ends, the smaller
-- side goes on: four steps are two and two, and what lies between is never walked. The last step looks only for what the
-- other side has reached. At most 2,000 edges of a thing in each direction: through a hub that thousands share,
-- everything is near everything.
create function agent_jobs.shortest_path(
  p_from_id uuid, p_to_id uuid, p_max_hops integer, p_published boolean
) returns jsonb
language plpgsql stable security invoker set search_path = '' set plan_cache_mode = force_generic_plan as $$
declare
  -- Of both sides: what was reached, from what, by which edge; and what was reached last.
  a uuid[] := array[p_from_id]; a_prev uuid[] := array[null::uuid]; a_edge uuid[] := array[null::uuid];
  b uuid[] := array[p_to_id]; b_prev uuid[] := array[null::uuid]; b_edge uuid[] := array[null::uuid];
  a_last uuid[] := a; b_last uuid[] := b;
  is_a boolean;
  met uuid := case when p_from_id = p_to_id then p_from_id end;
  fresh uuid[]; prev uuid[]; edge uuid[];
  at integer;
  nodes uuid[]; edges uuid[] := '{}';
begin
  for hop in 1 .. p_max_hops loop
    exit when met is not null or cardinality(a_last) = 0 or cardinality(b_last) = 0;
    is_a := cardinality(a_last) <= cardinality(b_last);
    if hop < p_max_hops then
      select array_agg(n.to_id), array_agg(n.from_id), array_agg(n.edge_id) into fresh, prev, edge
        from (
          select distinct on (s.to_id) s.to_id, s.from_id, s.edge_id
            from agent_jobs.steps_from(case when is_a then a_last else b_last end, 2000, p_published) s
           where s.to_id not in (select unnest(case when is_a then a else b end))
           order by s.to_id, s.support desc, s.from_id, s.edge_id
        ) n;
    else
      select array_agg(n.to_id), array_agg(n.from_id), array_agg(n.edge_id) into fresh, prev, edge
        from (
          select s.to_id, s.from_id, s.edge_id
            from agent_jobs.steps_from(case when is_a then a_last else b_last end, 2000, p_published) s
           where s.to_id in (select unnest(case when is_a then b_last else a_last end))
           order by s.support desc, s.to_id, s.from_id, s.edge_id
           limit 1
        ) n;
    end if;
    fresh := coalesce(fresh, '{}');
    if is_a then
      a := a || fresh; a_prev := a_prev || prev; a_edge := a_edge || edge; a_last := fresh;
    else
      b := b || fresh; b_prev := b_prev || prev; b_edge := b_edge || edge; b_last := fresh;
    end if;
    select min(n::text)::uuid into met from unnest(fresh) n
     where n in (select unnest(case when is_a then b_last else a_last end));
  end loop;
  if met is null then
    return null;
  end if;
  nodes := array[met];
  loop
    at := array_position(a, nodes[1]);
    exit when a_prev[at] is null;
    nodes := a_prev[at] || nodes;
    edges := a_edge[at] || edges;
  end loop;
  loop
    at := array_position(b, nodes[cardinality(nodes)]);
    exit when b_prev[at] is null;
    nodes := nodes || b_prev[at];
    edges := edges || b_edge[at];
  end loop;
  return jsonb_build_object('nodes', to_jsonb(nodes), 'edges', to_jsonb(edges));
end $$;

-- As before; what is not published is looked at only where a chain leads over it: then the search is made again without.
create or replace function agent_jobs.graph_path(p_org_id uuid, p_from_id uuid, p_to_id uuid, p_max_hops integer)
returns jsonb
language plpgsql stable security invoker set search_path = '' as $$
declare
  start_id constant uuid := agent_jobs.canonical_entity(p_org_id, p_from_id);
  end_id constant uuid := agent_jobs.canonical_entity(p_org_id, p_to_id);
  found_path jsonb;
  edge_ids uuid[];
  described jsonb;
  only_published boolean;
begin
  if not exists (select 1 from agent_jobs.graph_entities where org_id = p_org_id and canonical_id = start_id)
     or not exists (select 1 from agent_jobs.graph_entities where org_id = p_org_id and canonical_id = end_id) then
    return null;
  end if;
  foreach only_published in array array[false, true] loop
    found_path := agent_jobs.shortest_path(start_id, end_id, least(p_max_hops, 6), only_published);
    if found_path is null then
      return null;
    end if;
    edge_ids := array(select e::uuid from jsonb_array_elements_text(found_path -> 'edges') e);
    described := agent_jobs.describe_graph(
      p_org_id, array(select n::uuid from jsonb_array_elements_text(found_path -> 'nodes') n), edge_ids, 3);
    exit when jsonb_array_length(described -> 'edges') = cardinality(edge_ids);
  end loop;
  return described || jsonb_build_object('path', found_path -> 'nodes');
end $$;

-- Passages that the graph connects with the given ones: other passages that state something about what those name. Each
-- given passage's weight is shared among the things it names and theirs among their strongest edges, so that what is
-- connected to everything counts for little; an edge between two named things gets from both. `because` are the statements,
-- the strongest first. Score: 0 … 1, relative to the best.
create function agent_jobs.connected_chunks(
  p_org_id uuid, p_chunk_ids bigint[], p_weights double precision[], p_knowledge_base_id uuid, p_document_id uuid,
  p_limit integer
) returns jsonb
language plpgsql stable security invoker set search_path = '' as $$
declare
  named uuid[];
  shares double precision[];
begin
  select array_agg(s.id), array_agg(s.share) into named, shares
    from (
      select n.id, sum(n.weight / n.things) as share
        from (
          select distinct m.chunk_id, e.canonical_id as id, p.weight, count(*) over (partition by m.chunk_id) as things
            from unnest(p_chunk_ids, p_weights) as p (chunk_id, weight)
            join agent_jobs.live_mentions m on m.chunk_id = p.chunk_id
            join agent_jobs.graph_entities e on e.id = m.entity_id
           where m.org_id = p_org_id
        ) n
       group by n.id
       order by 2 desc, n.id
       limit 50
    ) s;
  if named is null then
    return '[]';
  end if;
  return (
    with steps as materialized (
      select s.from_id, s.edge_id, max(s.support) as support
        from agent_jobs.steps_from(named, 20, true) s group by s.from_id, s.edge_id
    ), edges as materialized (
      select s.edge_id, sum(n.share / s.among) as score
        from (select t.*, count(*) over (partition by t.from_id) as among from steps t) s
        join unnest(named, shares) as n (id, share) on n.id = s.from_id
       group by s.edge_id
    ), passages as materialized (
      select q.chunk_id, q.document_id, sum(q.score) as score,
             (array_agg(q.edge_id order by q.score desc, q.edge_id))[:3] as edge_ids
        from (
          select x.chunk_id, x.document_id, e.edge_id, max(e.score * x.confidence) as score
            from edges e
            join agent_jobs.graph_edges g on g.canonical_id = e.edge_id
            join agent_jobs.graph_evidence x on x.edge_id = g.id
            join agent_jobs.documents d
              on d.id = x.document_id and d.live_generation = x.generation and d.state <> 'deleting'
           where g.org_id = p_org_id and x.chunk_id <> all (p_chunk_ids)
             and (p_knowledge_base_id is null or x.knowledge_base_id = p_knowledge_base_id)
             and (p_document_id is null or x.document_id = p_document_id)
           group by x.chunk_id, x.document_id, e.edge_id
        ) q
       group by q.chunk_id, q.document_id
       order by 3 desc, q.chunk_id
       limit p_limit
    ), told as materialized (
      select d.* from agent_jobs.describe_edges(
        p_org_id, array(select distinct unnest(p.edge_ids) from passages p), 1000) d
    ), names as materialized (
      select d.id, d.name from agent_jobs.describe_entities(
        p_org_id, array(select t.source_id from told t union select t.target_id from told t)) d
    )
    select coalesce(jsonb_agg(to_jsonb(c) - 'fts' - 'language' || jsonb_build_object(
             'chunk_id', c.id, 'score', p.score / (select max(score) from passages), 'because', b.because)
             order by p.score desc, c.id), '[]')
      from passages p
      join agent_jobs.live_chunks c on c.id = p.chunk_id
      cross join lateral (
        select jsonb_agg(jsonb_build_object(
                 'edge_id', t.id, 'source_id', t.source_id, 'source', s.name, 'predicate', t.predicate,
                 'target_id', t.target_id, 'target', o.name, 'quote', q ->> 'quote', 'confidence', t.confidence,
                 'valid_from', t.valid_from, 'valid_to', t.valid_to) order by u.place) as because
          from unnest(p.edge_ids) with ordinality as u (edge_id, place)
          join told t on t.id = u.edge_id
          join names s on s.id = t.source_id
          join names o on o.id = t.target_id
          cross join lateral (
            select q from jsonb_array_elements(t.evidence) q where (q ->> 'chunk_id')::bigint = p.chunk_id limit 1) w
      ) b);
end $$;

-- The strongest p_limit statements of a base as numbers, for algorithms: {"ids": […], "links": [[from, to, weight]],
-- "complete"}, from and to being places in `ids`.
create function agent_jobs.graph_links(p_org_id uuid, p_knowledge_base_id uuid, p_limit integer) returns jsonb
language plpgsql stable security invoker set search_path = '' as $$
begin
  return (
    with links as materialized (
      select g.from_id, g.to_id, sum(g.support)::integer as weight
        from agent_jobs.graph_edges g
       where g.org_id = p_org_id and g.knowledge_base_id = p_knowledge_base_id and g.from_id <> g.to_id
         and exists (
           select 1 from agent_jobs.graph_evidence x
             join agent_jobs.documents d
               on d.id = x.document_id and d.live_generation = x.generation and d.state <> 'deleting'
            where x.edge_id = g.id)
       group by g.from_id, g.to_id
       order by weight desc, g.from_id, g.to_id
       limit p_limit + 1
    ), used as materialized (
      select * from links limit p_limit
    ), nodes as materialized (
      select n.id, row_number() over (order by n.id) - 1 as place
        from (select u.from_id as id from used u union select u.to_id from used u) n
    )
    select jsonb_build_object(
      'ids', coalesce((select jsonb_agg(n.id order by n.place) from nodes n), '[]'),
      'links', coalesce((
        select jsonb_agg(jsonb_build_array(f.place, t.place, u.weight) order by f.place, t.place)
          from used u join nodes f on f.id = u.from_id join nodes t on t.id = u.to_id), '[]'),
      'complete', (select count(*) from links) <= p_limit));
end $$;

-- Those of the things that there are, by their (canonical) ids, as people see them.
create function agent_jobs.find_entities(p_org_id uuid, p_ids uuid[]) returns jsonb
language sql stable security invoker set search_path = '' as $$
  select coalesce(jsonb_agg(to_jsonb(d) order by d.mention_count desc, d.id), '[]')
    from agent_jobs.describe_entities(p_org_id, p_ids) d
$$;

-- Access, as in 20261123000010 ------------------------------------------------------------------------------------------

revoke execute on all functions in schema agent_jobs from public, anon, authenticated;
grant execute on all functions in schema agent_jobs to service_role;
grant execute on function agent_jobs.is_member(uuid) to authenticated;

notify pgrst, 'reload schema';
