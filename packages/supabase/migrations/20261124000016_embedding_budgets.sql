-- What an organisation may spend on embeddings, and the pause that follows when it, or the provider's credit, is used up.
-- A pause is one row; while it stands, the organisation's documents that wait for vectors are `blocked` with its code,
-- for people to see. It ends by hand, or by itself: at `resumes_at` the documents wait again, and the next request tells
-- whether there is credit.

-- Null: no limit. Days and months are UTC's. Counted over everything in the ledger, queries and graph included.
alter table agent_jobs.organisation_limits
  add column max_ai_usd_per_day numeric(14, 6) check (max_ai_usd_per_day >= 0),
  add column max_ai_usd_per_month numeric(14, 6) check (max_ai_usd_per_month >= 0);

-- What equal texts saved: tokens that were not bought, because a vector of the same text was there.
alter table agent_jobs.documents add column tokens_reused bigint not null default 0;

-- Tenant: org_id.
create table agent_jobs.embedding_pauses (
  org_id uuid primary key,
  code text not null check (code in ('ai_payment_required', 'ai_budget_spent')),
  message text not null,
  paused_at timestamptz not null default now(),
  resumes_at timestamptz not null
);
create index embedding_pauses_due on agent_jobs.embedding_pauses (resumes_at);

-- Documents that wait for vectors show the pause. A job that holds one goes on to store what is paid for already: its
-- lease stays good, the next claim gets none.
create function agent_jobs.block_for_pause(p_pause agent_jobs.embedding_pauses) returns integer
language plpgsql security invoker set search_path = '' as $$
declare
  blocked integer;
begin
  update agent_jobs.documents d
     set state = 'blocked', error_code = p_pause.code, error_message = p_pause.message,
         search_lease_until = null, updated_at = now()
   where d.id = any (array(
           select id from agent_jobs.documents
            where org_id = p_pause.org_id and state = 'embedding'
            order by id for no key update));
  get diagnostics blocked = row_count;
  return blocked;
end $$;

-- The provider asks for money. Repeating it moves the end.
create function agent_jobs.pause_embedding(
  p_org_id uuid, p_code text, p_message text, p_resumes_in_seconds double precision
) returns integer
language plpgsql security invoker set search_path = '' as $$
declare
  pause agent_jobs.embedding_pauses;
begin
  insert into agent_jobs.embedding_pauses as p (org_id, code, message, resumes_at)
  values (p_org_id, p_code, left(p_message, 2000), now() + make_interval(secs => p_resumes_in_seconds))
  on conflict (org_id) do update
     set code = excluded.code, message = excluded.message, resumes_at = excluded.resumes_at
  returning * into pause;
  return agent_jobs.block_for_pause(pause);
end $$;

-- Asked before each run: the pause that stands, or the one that begins because a budget is spent; null: go on.
create function agent_jobs.hold_embedding(p_org_id uuid) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  pause agent_jobs.embedding_pauses;
  allowed agent_jobs.organisation_limits;
  today timestamptz := date_trunc('day', now(), 'UTC');
  this_month timestamptz := date_trunc('month', now(), 'UTC');
  spent_today numeric;
  spent_this_month numeric;
begin
  select * into pause from agent_jobs.embedding_pauses where org_id = p_org_id and resumes_at > now();
  if not found then
    select * into allowed from agent_jobs.organisation_limits where org_id = p_org_id;
    if allowed.max_ai_usd_per_day is null and allowed.max_ai_usd_per_month is null then
      return null;
    end if;
    select coalesce(sum(cost_usd) filter (where created_at >= today), 0), coalesce(sum(cost_usd), 0)
      into spent_today, spent_this_month
      from agent_jobs.usage_events
     where org_id = p_org_id and created_at >= this_month;
    pause.org_id := p_org_id;
    pause.code := 'ai_budget_spent';
    if spent_this_month >= allowed.max_ai_usd_per_month then
      pause.message := format('The AI budget of the month, %s USD, is spent. Raise it, or wait for the next month.',
                              trim_scale(allowed.max_ai_usd_per_month));
      pause.resumes_at := date_trunc('month', now() + interval '1 month', 'UTC');
    elsif spent_today >= allowed.max_ai_usd_per_day then
      pause.message := format('The AI budget of the day, %s USD, is spent. Raise it, or wait for tomorrow.',
                              trim_scale(allowed.max_ai_usd_per_day));
      pause.resumes_at := today + interval '1 day';
    else
      return null;
    end if;
    insert into agent_jobs.embedding_pauses as p (org_id, code, message, resumes_at)
    values (p_org_id, pause.code, pause.message, pause.resumes_at)
    on conflict (org_id) do update
       set code = excluded.code, message = excluded.message, paused_at = now(), resumes_at = excluded.resumes_at
    returning * into pause;
  end if;
  perform agent_jobs.block_for_pause(pause);
  return to_jsonb(pause);
end $$;

-- Ends the pause: its documents wait for vectors again. Answers which, for their jobs.
create function agent_jobs.resume_embedding(p_org_id uuid)
returns table (org_id uuid, document_id uuid, generation integer)
language plpgsql security invoker set search_path = '' as $$
begin
  delete from agent_jobs.embedding_pauses p where p.org_id = p_org_id;
  return query
    update agent_jobs.documents d
       set state = 'embedding', error_code = null, error_message = null, updated_at = now()
     where d.id = any (array(
             select b.id from agent_jobs.documents b
              where b.org_id = p_org_id and b.state = 'blocked'
                and b.error_code in ('ai_payment_required', 'ai_budget_spent')
              order by b.id for no key update))
    returning d.org_id, d.id, d.generation;
end $$;

-- The timer, for the whole installation: pauses whose time is over. The number of documents that wait again.
create function agent_jobs.resume_due_embeddings() returns integer
language plpgsql security invoker set search_path = '' as $$
declare
  due uuid;
  resumed integer := 0;
begin
  for due in select p.org_id from agent_jobs.embedding_pauses p where p.resumes_at <= now() order by p.org_id loop
    resumed := resumed + (select count(*) from agent_jobs.resume_embedding(due));
  end loop;
  return resumed;
end $$;

-- As in 20261123000005, and it counts what it saved.
create or replace function agent_jobs.reuse_embeddings(
  p_org_id uuid, p_document_id uuid, p_generation integer, p_lease uuid, p_limit integer
) returns jsonb
language plpgsql security invoker set search_path = '' set statement_timeout = '120s' as $$
declare
  document agent_jobs.documents :=
    agent_jobs.lock_claimed_document(p_org_id, p_document_id, p_generation, 'search', p_lease);
  copied integer;
  saved bigint;
begin
  with added as (
    insert into agent_jobs.chunk_embeddings (chunk_id, profile_id, org_id, knowledge_base_id, embedding)
    select c.id, document.embedding_profile_id, c.org_id, c.knowledge_base_id, twin.embedding
      from agent_jobs.chunks c
      cross join lateral (
        select e.embedding
          from agent_jobs.chunks o
          join agent_jobs.chunk_embeddings e on e.chunk_id = o.id and e.profile_id = document.embedding_profile_id
         where o.org_id = p_org_id and o.embed_hash = c.embed_hash
         limit 1
      ) twin
     where c.document_id = p_document_id and c.generation = p_generation and c.quarantine_code is null
       and not exists (select 1 from agent_jobs.chunk_embeddings mine
                        where mine.chunk_id = c.id and mine.profile_id = document.embedding_profile_id)
     order by c.ordinal
     limit p_limit
    on conflict (chunk_id, profile_id) do nothing
    returning chunk_id
  )
  select count(*), coalesce(sum(c.token_count), 0) into copied, saved
    from added a join agent_jobs.chunks c on c.id = a.chunk_id;
  update agent_jobs.documents set tokens_reused = tokens_reused + saved where id = p_document_id and saved > 0;
  return agent_jobs.settle_embedding(document, copied);
end $$;

-- Access, as in 20261123000010 ------------------------------------------------------------------------------------------

grant select, insert, update, delete on agent_jobs.embedding_pauses to service_role;
revoke all on agent_jobs.embedding_pauses from anon, authenticated;
revoke execute on all functions in schema agent_jobs from public, anon, authenticated;
grant execute on all functions in schema agent_jobs to service_role;
grant execute on function agent_jobs.is_member(uuid) to authenticated;
alter table agent_jobs.embedding_pauses enable row level security;
grant select on agent_jobs.embedding_pauses to authenticated;
create policy members_read on agent_jobs.embedding_pauses for select to authenticated
  using (agent_jobs.is_member(org_id));

notify pgrst, 'reload schema';
