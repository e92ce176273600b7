-- A graph of planted size and shape, written by the functions that production writes with; and what ours is held against.
create schema bench;

-- Which company says what of which, and in which passage. Every company says equally much; what is said of them follows a
-- power law, so that a few are known to thousands (the first to some 6 % of all) and most to one or two.
create table bench.statements (
  n integer primary key, chunk integer not null, source integer not null, target integer not null, predicate text not null,
  verb text not null
);
create index on bench.statements (chunk);

create function bench.plan_graph(p_entities integer, p_edges integer, p_edges_per_chunk integer) returns integer
language plpgsql as $$
begin
  perform setseed(0.42);
  insert into bench.statements
  select n, row_number() over (order by place) / p_edges_per_chunk, source, target, word[1], word[2]
    from (
      select n, random() as place, n % p_entities as source, floor(p_entities * random() ^ 4)::integer as target,
             (array['supplies:поставляет', 'partner_of:сотрудничает с', 'owns:владеет', 'customer_of:покупает у',
                    'reports_to:подчиняется'])[1 + floor(5 * random())::integer] as kind
        from generate_series(0, p_edges - 1) n
    ) drawn
    cross join lateral string_to_array(drawn.kind, ':') as split (word)
   where source <> target;
  return (select max(chunk) from bench.statements);
end $$;

-- A published document over passages p_from … p_to of the plan, its graph read.
create function bench.add_document(p_org_id uuid, p_base_id uuid, p_from integer, p_to integer) returns uuid
language plpgsql set statement_timeout = '300s' as $$
declare
  document_id constant uuid := gen_random_uuid();
  lease constant uuid := gen_random_uuid();
  at integer := 0;
  passage record;
  chunk_id bigint;
begin
  insert into agent_jobs.documents
    (id, org_id, knowledge_base_id, name, byte_size, object_path, state, generation, live_generation, graph_lease)
  values (document_id, p_org_id, p_base_id, 'bench.txt', 1, p_org_id || '/bench', 'ready', 1, 1, lease);
  for passage in
    with told as (
      select chunk, source, target, predicate, quote, sum(length(quote) + 1) over w - length(quote) - 1 as start,
             'Компания ' || source as source_name, 'Компания ' || target as target_name, n
        from (select *, format('Компания %s %s Компания %s.', source, verb, target) as quote
                from bench.statements where chunk between p_from and p_to) sentences
      window w as (partition by chunk order by n)
    ), named as (
      select chunk, source as who, source_name as name, start as char_start from told
      union all
      select chunk, target, target_name, start + length(quote) - 1 - length(target_name) from told
    ), entities as (
      select chunk, jsonb_build_object('ref', who::text, 'type', 'organization', 'name', name, 'key', lower(name),
               'mentions', jsonb_agg(jsonb_build_object('charStart', char_start, 'charEnd', char_start + length(name),
                                                        'surface', name, 'confidence', 0.9))) as entity
        from named group by chunk, who, name
    )
    select t.chunk, string_agg(quote || ' ', '' order by n) as content,
           (select jsonb_agg(entity) from entities e where e.chunk = t.chunk) as entities,
           jsonb_agg(jsonb_build_object('source', source::text, 'target', target::text, 'predicate', predicate,
             'quote', quote, 'charStart', start, 'charEnd', start + length(quote), 'confidence', 0.7)) as relations
      from told t group by t.chunk order by t.chunk
  loop
    insert into agent_jobs.chunks
      (org_id, knowledge_base_id, document_id, generation, ordinal, content, char_start, char_end, kind, token_count, language)
    values (p_org_id, p_base_id, document_id, 1, passage.chunk - p_from, passage.content, at,
            at + length(passage.content), 'text', 100, 'russian')
    returning id into chunk_id;
    at := at + length(passage.content);
    perform agent_jobs.apply_chunk_graph(p_org_id, document_id, 1, lease, chunk_id, jsonb_build_object(
      'extractor', 'bench', 'entities', passage.entities, 'relations', passage.relations, 'rejected', '[]'::jsonb));
  end loop;
  perform agent_jobs.finish_graph(p_org_id, document_id, 1, lease);
  return document_id;
end $$;

-- What autovacuum does within a minute.
create function bench.settle() returns void
language sql security definer as $$
  analyze agent_jobs.graph_entities, agent_jobs.graph_mentions, agent_jobs.graph_edges, agent_jobs.graph_evidence,
          agent_jobs.chunks, agent_jobs.documents, agent_jobs.graph_extractions
$$;

-- Entities by chance: half of them each like any other, half by how often edges name them, so that hubs are among them.
create function bench.pick_entities(p_base_id uuid, p_count integer) returns setof uuid
language sql set statement_timeout = '60s' as $$
  (select id from agent_jobs.graph_entities where knowledge_base_id = p_base_id order by random() limit p_count / 2)
  union all
  (select target_id from agent_jobs.graph_edges where knowledge_base_id = p_base_id order by random() limit p_count / 2)
$$;

-- Two hops by a plain recursive query: every edge of a hub is walked, and only ids come back.
create function bench.recursive_hops(p_id uuid) returns bigint
language sql stable set statement_timeout = '60s' as $$
  with recursive walk (id, hop) as (
    select p_id, 0
    union
    select n.id, w.hop + 1
      from walk w
      cross join lateral (select to_id as id from agent_jobs.graph_edges where from_id = w.id
                          union all select from_id from agent_jobs.graph_edges where to_id = w.id) n
     where w.hop < 2
  )
  select count(distinct id) from walk
$$;

-- The length of a path of up to four by breadth first from one end, with a visited set.
create function bench.one_sided_path(p_from uuid, p_to uuid) returns integer
language plpgsql stable set statement_timeout = '60s' as $$
declare
  seen uuid[] := array[p_from];
  frontier uuid[] := seen;
begin
  for hop in 1 .. 4 loop
    frontier := array(
      select distinct n.id
        from unnest(frontier) as f (id)
        cross join lateral (select to_id as id from agent_jobs.graph_edges where from_id = f.id
                            union all select from_id from agent_jobs.graph_edges where to_id = f.id) n
       where n.id not in (select unnest(seen)));
    if p_to = any (frontier) then
      return hop;
    end if;
    seen := seen || frontier;
  end loop;
  return null;
end $$;

-- Clean-up over the whole base, as it is done where nobody knows what a deletion touched.
create function bench.sweep(p_base_id uuid) returns void
language sql set statement_timeout = '60s' as $$
  delete from agent_jobs.graph_edges g
   where g.knowledge_base_id = p_base_id
     and not exists (select 1 from agent_jobs.graph_evidence x where x.edge_id = g.id);
  delete from agent_jobs.graph_entities n
   where n.knowledge_base_id = p_base_id
     and not exists (select 1 from agent_jobs.graph_mentions m where m.entity_id = n.id)
     and not exists (select 1 from agent_jobs.graph_edges g where g.source_id = n.id)
     and not exists (select 1 from agent_jobs.graph_edges g where g.target_id = n.id);
$$;

grant usage on schema bench to service_role;
grant all on bench.statements to service_role;
grant execute on all functions in schema bench to service_role;
alter role authenticator set pgrst.db_schemas = 'public, agent_jobs, bench';
notify pgrst, 'reload config';
