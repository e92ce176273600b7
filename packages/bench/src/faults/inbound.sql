-- The account of handled webhooks: how many were applied, and how often one came after one that had arrived later.
-- Asked by the superuser: over a million rows it takes longer than PostgREST allows.
create schema bench;
create function bench.inbound_account(p_org_id uuid) returns jsonb
language sql stable security invoker set search_path = '' as $$
  with applied as (
    select e.seq, lag(e.seq) over (partition by e.lane_id order by f.applied_at, e.seq desc) as before_it
      from agent_jobs.inbound_effects f
      join agent_jobs.inbound_events e on e.id = f.event_id
     where f.org_id = p_org_id
  )
  select jsonb_build_object(
    'applied', (select count(*) from applied),
    'inversions', (select count(*) from applied where before_it > seq),
    'events', (select count(*) from agent_jobs.inbound_events where org_id = p_org_id),
    'unfinished', (select count(*) from agent_jobs.inbound_events where org_id = p_org_id and state <> 'done'))
$$;
