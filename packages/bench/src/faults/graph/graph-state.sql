-- What a graph is, whatever its ids are: two knowledge bases that were told the same have the same state.
create schema bench;

create function bench.graph_state(p_org_id uuid) returns jsonb
language sql stable set statement_timeout = '300s' as $$
  with entities as (
    select e.id, e.type || ' ' || e.key as name,
           first_value(e.type || ' ' || e.key) over (partition by e.canonical_id order by e.type || ' ' || e.key) as thing
      from agent_jobs.graph_entities e where e.org_id = p_org_id
  ), edges as (
    select g.id, concat_ws(' ', s.name, g.predicate, t.name) as name,
           concat_ws(' ', s.thing, g.predicate, t.thing, g.support,
             -- What the edge says it stands between is what its ends stand for.
             g.from_id = (select canonical_id from agent_jobs.graph_entities where id = g.source_id),
             g.to_id = (select canonical_id from agent_jobs.graph_entities where id = g.target_id)) as thing
      from agent_jobs.graph_edges g
      join entities s on s.id = g.source_id join entities t on t.id = g.target_id
     where g.org_id = p_org_id
  ), places as (
    select c.id, d.name || ' ' || c.ordinal as place
      from agent_jobs.chunks c join agent_jobs.documents d on d.id = c.document_id where c.org_id = p_org_id
  ), lines as (
    select 'entity' as kind, concat_ws(' ', name, '=', thing) as line from entities
    union all
    select 'edge', concat_ws(' ', name, '=', thing) from edges
    union all
    select 'mention', concat_ws(' ', p.place, e.name, m.char_start, m.char_end, m.surface, m.name, m.confidence)
      from agent_jobs.graph_mentions m join places p on p.id = m.chunk_id join entities e on e.id = m.entity_id
     where m.org_id = p_org_id
    union all
    select 'evidence', concat_ws(' ', p.place, g.name, x.char_start, x.char_end, x.quote, x.confidence)
      from agent_jobs.graph_evidence x join places p on p.id = x.chunk_id join edges g on g.id = x.edge_id
     where x.org_id = p_org_id
    union all
    select 'decision', concat_ws(' ', f.name, d.verdict, s.name)
      from agent_jobs.graph_decisions d
      left join entities f on f.id = d.first_id left join entities s on s.id = d.second_id
     where d.org_id = p_org_id
  )
  select jsonb_build_object(
    'hash', encode(sha256(convert_to(coalesce(string_agg(kind || ' ' || line, E'\n' order by kind, line collate "C"), ''), 'UTF8')), 'hex'),
    'entities', count(*) filter (where kind = 'entity'), 'edges', count(*) filter (where kind = 'edge'),
    'mentions', count(*) filter (where kind = 'mention'), 'evidence', count(*) filter (where kind = 'evidence'),
    'unproven', (select count(*) from agent_jobs.graph_edges g
                  where g.org_id = p_org_id
                    and not exists (select 1 from agent_jobs.graph_evidence x where x.edge_id = g.id)))
    from lines
$$;

create function bench.deadlocks() returns bigint
language sql security definer as $$
  select deadlocks from pg_stat_database where datname = current_database()
$$;

-- Ends one of the connections that are at work, in the middle of whatever it does.
create function bench.kill_one() returns boolean
language sql security definer as $$
  select coalesce((
    select pg_terminate_backend(pid) from (
      select pid from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid() and state in ('active', 'idle in transaction')
       order by random() limit 1) victim), false)
$$;

grant usage on schema bench to service_role;
grant execute on all functions in schema bench to service_role;
alter role authenticator set pgrst.db_schemas = 'public, agent_jobs, bench';
notify pgrst, 'reload config';
