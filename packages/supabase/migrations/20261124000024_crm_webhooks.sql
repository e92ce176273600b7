-- A CRM connection's webhooks, from subscription to disconnection; how it signs in; where people signed in. Tenant: org_id.
--
--   … any state → disconnecting → (gone)    for everybody it is gone at once, the way in for webhooks too; the row stays until
--                                           the CRM was told to send nothing more, because that needs the tokens
alter table agent_jobs.crm_connections
  drop constraint crm_connections_state_check,
  add constraint crm_connections_state_check check (state in
    ('connecting', 'backfilling', 'live', 'degraded', 'needs_reauth', 'suspended', 'disconnecting')),
  -- How it is authorised: by signing in, or by a long-lived token, to which no OAuth app belongs. Null: not yet.
  add column auth text check (auth in ('oauth', 'token')),
  -- How changes reach us: `subscribed` at the CRM, `app` (the OAuth app's own settings say where), `polling` alone.
  -- Null: nobody has tried yet.
  add column webhooks text check (webhooks in ('subscribed', 'app', 'polling')),
  add column webhooks_message text,
  add column webhook_source_id uuid,  -- the address that we subscribed, where we did
  add foreign key (org_id, webhook_source_id) references agent_jobs.webhook_sources (org_id, id)
    on delete set null (webhook_source_id);
update agent_jobs.crm_connections c set auth = case when t.refreshable then 'oauth' else 'token' end
  from agent_jobs.crm_tokens t where t.connection_id = c.id and t.tokens is not null;
-- One that is on its way out does not keep its account from being connected anew.
drop index agent_jobs.crm_connections_due;
create index crm_connections_due on agent_jobs.crm_connections (next_sync_at)
  where state in ('connecting', 'backfilling', 'live', 'degraded', 'disconnecting');
drop index agent_jobs.crm_connections_account;
create unique index crm_connections_account on agent_jobs.crm_connections (org_id, provider, account_key)
  where account_key is not null and state <> 'disconnecting';
create index crm_connections_source on agent_jobs.crm_connections (webhook_source_id) where webhook_source_id is not null;
create index crm_connections_known on agent_jobs.crm_connections (provider, account_key) where account_key is not null;

-- The host where a person signs in, where there are several: its codes are good there alone.
alter table agent_jobs.crm_oauth_states add column account text check (char_length(account) <= 300);

drop function agent_jobs.put_crm_oauth_state(uuid, uuid, text, text, text, double precision);
create function agent_jobs.put_crm_oauth_state(
  p_org_id uuid, p_connection_id uuid, p_state_hash text, p_code_verifier text, p_redirect_url text,
  p_ttl_seconds double precision, p_account text default null
) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  perform agent_jobs.lock_crm_connection(p_org_id, p_connection_id);
  insert into agent_jobs.crm_oauth_states
    (state_hash, org_id, connection_id, code_verifier, redirect_url, account, expires_at)
  values (decode(p_state_hash, 'hex'), p_org_id, p_connection_id, p_code_verifier, p_redirect_url, p_account,
          now() + make_interval(secs => p_ttl_seconds));
end $$;

-- A person connected the account, for the first time or again: whatever was going on with older tokens is void.
create or replace function agent_jobs.authorize_crm_connection(
  p_org_id uuid, p_connection_id uuid, p_tokens text, p_refreshable boolean, p_expires_at timestamptz, p_base_url text,
  p_redirect_url text
) returns agent_jobs.crm_connections
language plpgsql security invoker set search_path = '' as $$
declare
  connection agent_jobs.crm_connections := agent_jobs.lock_crm_connection(p_org_id, p_connection_id);
begin
  if connection.state = 'disconnecting' then
    raise exception 'CRM connection % is being disconnected', p_connection_id using errcode = 'AJ001';
  end if;
  update agent_jobs.crm_tokens t
     set version = greatest(t.version, coalesce((select max(r.version) from agent_jobs.crm_token_rescue r
                                                  where r.connection_id = p_connection_id), 0)) + 1,
         tokens = p_tokens, refreshable = p_refreshable, expires_at = p_expires_at, refreshed_at = now(),
         refresh_lease = null, refresh_lease_until = null, refresh_intent_at = null
   where t.connection_id = p_connection_id;
  delete from agent_jobs.crm_token_rescue where connection_id = p_connection_id;
  -- The first call with the new tokens tells whose they are; see set_crm_account.
  update agent_jobs.crm_connections
     set account_known = coalesce(account_key, account_known), account_key = null, webhooks = null,
         auth = case when p_refreshable or p_redirect_url is not null then 'oauth' else 'token' end,
         base_url = coalesce(p_base_url, base_url), redirect_url = coalesce(p_redirect_url, redirect_url)
   where id = p_connection_id;
  return agent_jobs.resume_crm_connection(p_org_id, p_connection_id);
end $$;

-- Stopped by a fault (needs_reauth, suspended, degraded): only while the tokens are still those it happened with, since
-- a person may have connected the account again meanwhile. p_token_version null: whatever they are.
create or replace function agent_jobs.stop_crm_connection(
  p_org_id uuid, p_connection_id uuid, p_state text, p_code text, p_message text, p_token_version integer
) returns boolean
language plpgsql security invoker set search_path = '' as $$
declare
  connection agent_jobs.crm_connections := agent_jobs.lock_crm_connection(p_org_id, p_connection_id);
begin
  if p_token_version is not null and not exists (
    select 1 from agent_jobs.crm_tokens t
     where t.connection_id = p_connection_id and t.version = p_token_version
       and not exists (select 1 from agent_jobs.crm_token_rescue r
                        where r.connection_id = p_connection_id and r.version > p_token_version)
  ) then
    return false;
  end if;
  if connection.state = 'disconnecting' then
    return false;
  end if;
  -- What stopped it says why; a passing trouble does not hide that. A backfill with trouble is still a backfill.
  if p_state = 'degraded' and connection.state in ('needs_reauth', 'suspended') then
    return false;
  end if;
  if p_state = 'degraded' and connection.state in ('connecting', 'backfilling') then
    return agent_jobs.set_crm_state(p_org_id, p_connection_id, connection.state, p_code, p_message);
  end if;
  return agent_jobs.set_crm_state(p_org_id, p_connection_id, p_state, p_code, p_message);
end $$;

-- How changes reach us from now on. An address that is no longer the connection's is void.
create function agent_jobs.watch_crm_connection(
  p_org_id uuid, p_connection_id uuid, p_webhooks text, p_message text, p_source_id uuid
) returns agent_jobs.crm_connections
language plpgsql security invoker set search_path = '' as $$
declare
  connection agent_jobs.crm_connections := agent_jobs.lock_crm_connection(p_org_id, p_connection_id);
begin
  update agent_jobs.webhook_sources set state = 'deleting', updated_at = now()
   where org_id = p_org_id and id = connection.webhook_source_id and id is distinct from p_source_id;
  update agent_jobs.crm_connections
     set webhooks = p_webhooks, webhooks_message = left(p_message, 2000), webhook_source_id = p_source_id,
         updated_at = now()
   where id = p_connection_id
  returning * into connection;
  return connection;
end $$;

-- A person disconnects the account: from now on nobody but the job that ends its webhooks and removes it has to do with it,
-- and the account may be connected anew. False: there is no such connection.
create function agent_jobs.disconnect_crm_connection(p_org_id uuid, p_connection_id uuid) returns boolean
language plpgsql security invoker set search_path = '' as $$
begin
  update agent_jobs.crm_connections
     set state = 'disconnecting', state_code = null, state_message = null, state_changed_at = now(), updated_at = now()
   where org_id = p_org_id and id = p_connection_id and state <> 'disconnecting';
  if not found then
    return false;
  end if;
  update agent_jobs.webhook_sources set state = 'deleting', updated_at = now()
   where org_id = p_org_id
     and id = (select webhook_source_id from agent_jobs.crm_connections where id = p_connection_id);
  return true;
end $$;

-- Removes it with all that hangs on it: at most p_limit records at once, the rest with the last of them. "more", "gone",
-- or null: there is no such connection.
create function agent_jobs.remove_crm_connection(p_org_id uuid, p_connection_id uuid, p_limit integer) returns text
language plpgsql security invoker set search_path = '' set statement_timeout = '120s' as $$
declare
  removed integer;
begin
  delete from agent_jobs.crm_records
   where id in (select id from agent_jobs.crm_records
                 where org_id = p_org_id and connection_id = p_connection_id order by id limit p_limit for update);
  get diagnostics removed = row_count;
  if removed >= p_limit then
    return 'more';
  end if;
  delete from agent_jobs.crm_connections where org_id = p_org_id and id = p_connection_id;
  return case when found then 'gone' end;
end $$;

-- What an app's webhook names: one address for all accounts that signed in to the installation's app, in whatever
-- organisation. The one question asked before the organisation is known. Gives the connections that have to read now.
create function agent_jobs.request_crm_account_refetch(p_provider text, p_account_key text, p_changes jsonb)
returns table (org_id uuid, connection_id uuid)
language plpgsql security invoker set search_path = '' as $$
declare
  connection agent_jobs.crm_connections;
begin
  for connection in
    select * from agent_jobs.crm_connections c
     where c.provider = p_provider and c.account_key = p_account_key and c.client_id is null and c.auth = 'oauth'
       and c.state in ('backfilling', 'live', 'degraded')
     order by c.id
  loop
    if agent_jobs.request_crm_refetch(connection.org_id, connection.id, p_changes) > 0 then
      org_id := connection.org_id;
      connection_id := connection.id;
      return next;
    end if;
  end loop;
end $$;

-- What should have a job by now, for the sweep: across organisations, ordered, page with p_after.
--   sync       its interval is over          reconcile  the daily sweep is due
--   refetch    records asked for             push       writes wait, or their holder died
--   token      half of the refresh token's idle life is over (p_keep_alive: seconds by provider)
--   disconnect a person disconnected it
create or replace function agent_jobs.due_crm_jobs(p_keep_alive jsonb, p_limit integer, p_after uuid)
returns table (org_id uuid, connection_id uuid, kinds text[])
language sql stable security invoker set search_path = '' set plan_cache_mode = force_custom_plan as $$
  select due.org_id, due.id, due.kinds
    from (
      select c.org_id, c.id, case when c.state = 'disconnecting' then array['disconnect'] else array_remove(array[
        case when c.next_sync_at <= now() then 'sync' end,
        case when c.next_reconcile_at <= now() then 'reconcile' end,
        case when exists (select 1 from agent_jobs.crm_refetches r
                           where r.connection_id = c.id and r.not_before <= now()) then 'refetch' end,
        case when exists (select 1 from agent_jobs.crm_outbox o
                           where o.connection_id = c.id
                             and ((o.state = 'pending' and o.not_before <= now())
                                  or (o.state = 'sending' and o.lease_until < now()))) then 'push' end,
        case when t.refreshable and t.refreshed_at + make_interval(
                    secs => coalesce((p_keep_alive ->> c.provider)::double precision, 2592000)) <= now()
             then 'token' end], null) end as kinds
        from agent_jobs.crm_connections c
        join agent_jobs.crm_tokens t on t.connection_id = c.id
       where (c.state = 'disconnecting'
              or c.state in ('connecting', 'backfilling', 'live', 'degraded') and t.tokens is not null)
         and (p_after is null or c.id > p_after)
    ) due
   where due.kinds <> '{}'
   order by due.id
   limit p_limit
$$;

revoke execute on all functions in schema agent_jobs from public, anon, authenticated;
grant execute on all functions in schema agent_jobs to service_role;
grant execute on function agent_jobs.is_member(uuid) to authenticated;

notify pgrst, 'reload schema';
