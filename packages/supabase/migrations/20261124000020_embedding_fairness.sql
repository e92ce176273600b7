-- Who gets how much of the embeddings worker, what reuse saved in money, and chunks that were set aside getting another try.

-- How many turns the organisation has in the queues, and which share of the provider's budget, beside others' 1.
alter table agent_jobs.organisation_limits
  add column weight numeric(6, 2) check (weight between 0.1 and 100);
create index organisation_limits_weighted on agent_jobs.organisation_limits (org_id) where weight is not null;

-- What equal texts saved, at the price of the profile at that time.
alter table agent_jobs.documents add column usd_saved numeric(14, 8) not null default 0;
alter table agent_jobs.usage_events add column usd_saved numeric(14, 8) not null default 0 check (usd_saved >= 0);

-- A trigger and not the functions that copy vectors: whoever adds to tokens_reused books it, and cannot forget to.
create function agent_jobs.book_reuse() returns trigger
language plpgsql security invoker set search_path = '' as $$
declare
  profile agent_jobs.embedding_profiles;
  tokens bigint := new.tokens_reused - old.tokens_reused;
  saved numeric;
begin
  select * into profile from agent_jobs.embedding_profiles where id = new.embedding_profile_id;
  saved := tokens * coalesce(profile.price_usd_per_mtok, 0) / 1000000;
  if saved > 0 then
    new.usd_saved := old.usd_saved + saved;
    insert into agent_jobs.usage_events
      (org_id, request_id, document_id, purpose, provider, model, tokens, cost_usd, usd_saved)
    values (new.org_id, 'reuse-' || gen_random_uuid(), new.id, 'reuse', profile.provider, profile.model, tokens, 0, saved);
  end if;
  return new;
end $$;
create trigger documents_book_reuse before update of tokens_reused on agent_jobs.documents
  for each row when (new.tokens_reused > old.tokens_reused) execute function agent_jobs.book_reuse();

-- As in 20261123000005, and what was saved.
drop function agent_jobs.summarise_usage(uuid, timestamptz, timestamptz);
create function agent_jobs.summarise_usage(p_org_id uuid, p_from timestamptz, p_to timestamptz)
returns table (
  purpose text, provider text, model text, requests bigint, tokens bigint, cost_usd numeric, usd_saved numeric
)
language sql stable security invoker set search_path = '' as $$
  select u.purpose, u.provider, u.model, count(*), sum(u.tokens)::bigint, sum(u.cost_usd), sum(u.usd_saved)
    from agent_jobs.usage_events u
   where u.org_id = p_org_id and u.created_at >= p_from and u.created_at < p_to
   group by u.purpose, u.provider, u.model
   order by u.purpose, u.provider, u.model
$$;

-- Asked before each run: whether the organisation may spend, and its weight.
create function agent_jobs.embedding_standing(p_org_id uuid) returns jsonb
language sql volatile security invoker set search_path = '' as $$
  select jsonb_build_object(
    'pause', agent_jobs.hold_embedding(p_org_id),
    'weight', coalesce((select weight from agent_jobs.organisation_limits where org_id = p_org_id), 1))
$$;

-- For people: what may be spent, what is, and the pause that stands.
create function agent_jobs.embedding_budget(p_org_id uuid) returns jsonb
language sql stable security invoker set search_path = '' as $$
  select jsonb_build_object(
    'max_usd_per_day', l.max_ai_usd_per_day,
    'max_usd_per_month', l.max_ai_usd_per_month,
    'weight', coalesce(l.weight, 1),
    'usd_today', s.today,
    'usd_this_month', s.this_month,
    'pause', to_jsonb(p))
    from (select coalesce(sum(cost_usd) filter (where created_at >= date_trunc('day', now(), 'UTC')), 0) as today,
                 coalesce(sum(cost_usd), 0) as this_month
            from agent_jobs.usage_events
           where org_id = p_org_id and created_at >= date_trunc('month', now(), 'UTC')) s
    left join agent_jobs.organisation_limits l on l.org_id = p_org_id
    left join agent_jobs.embedding_pauses p on p.org_id = p_org_id
$$;

-- For the worker's sweep, across organisations: weights that differ from 1, in pages.
create function agent_jobs.organisation_weights(p_after uuid, p_limit integer)
returns table (org_id uuid, weight numeric)
language sql stable security invoker set search_path = '' as $$
  select l.org_id, l.weight from agent_jobs.organisation_limits l
   where l.weight is not null and (p_after is null or l.org_id > p_after)
   order by l.org_id
   limit p_limit
$$;

-- Embeds again what could not be embedded: one chunk that was set aside, or, without a chunk, all of them and whatever
-- else of the document still waits. What is searched stays searched. Null: there is nothing to try again.
create function agent_jobs.retry_embedding(p_org_id uuid, p_document_id uuid, p_chunk_id bigint)
returns setof agent_jobs.documents
language plpgsql security invoker set search_path = '' as $$
declare
  document agent_jobs.documents := agent_jobs.lock_document(p_org_id, p_document_id);
  retried integer;
begin
  -- Without the extracted text's hash the file has not been read to its end: that is reprocess's business.
  if document.text_sha256 is null or document.state not in ('embedding', 'ready_partial', 'failed', 'blocked') then
    return;
  end if;
  update agent_jobs.chunks c
     set quarantine_code = null, quarantine_message = null
   where c.document_id = p_document_id and c.generation = document.generation and c.quarantine_code is not null
     and (p_chunk_id is null or c.id = p_chunk_id);
  get diagnostics retried = row_count;
  if retried = 0 and (p_chunk_id is not null or document.state not in ('failed', 'blocked')) then
    return;
  end if;
  -- Leases stay: a run that is under way stores what is paid for.
  return query
    update agent_jobs.documents d
       set state = 'embedding', quarantined_count = d.quarantined_count - retried,
           search_lease_until = case d.state when 'embedding' then d.search_lease_until end,
           error_code = null, error_message = null, updated_at = now()
     where d.id = p_document_id
    returning d.*;
end $$;

-- Access, as in 20261123000010 ------------------------------------------------------------------------------------------

revoke execute on all functions in schema agent_jobs from public, anon, authenticated;
grant execute on all functions in schema agent_jobs to service_role;
grant execute on function agent_jobs.is_member(uuid) to authenticated;

notify pgrst, 'reload schema';
