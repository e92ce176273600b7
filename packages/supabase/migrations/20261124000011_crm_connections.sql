-- A connection to an organisation's CRM account, its tokens, and how its fields are named here. Tenant: org_id.
--
--   connecting → backfilling → live ↔ degraded        works; degraded: something of it fails, state_message says what
--        └────────────┴──────────┴──→ needs_reauth | suspended     stopped until a person acts; nothing else is touched
--
-- The account_key is what the CRM's webhooks and limits name the account by. It is learned with the first call.
create table agent_jobs.crm_connections (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null,
  provider text not null check (provider in ('kommo', 'amocrm', 'bitrix24', 'hubspot', 'pipedrive', 'salesforce')),
  name text not null check (name <> '' and char_length(name) <= 200),
  account_key text check (account_key <> ''),
  account_known text,  -- the one it belonged to before it was connected again: it must be the same one
  account_name text,
  base_url text,
  state text not null default 'connecting' check (state in
    ('connecting', 'backfilling', 'live', 'degraded', 'needs_reauth', 'suspended')),
  state_code text,
  state_message text,
  state_changed_at timestamptz not null default now(),
  -- Who wins a field that both sides changed since they last agreed.
  policy text not null default 'crm_wins' check (policy in ('crm_wins', 'ours_wins', 'newest', 'manual')),
  plan jsonb not null default '{}' check (jsonb_typeof(plan) = 'object'),
  settings jsonb not null default '{}' check (jsonb_typeof(settings) = 'object'),
  external_id_fields jsonb not null default '{}' check (jsonb_typeof(external_id_fields) = 'object'),
  -- The organisation's own OAuth app; null: the installation's. Its secret lies sealed in crm_tokens.
  client_id text,
  redirect_url text,
  next_sync_at timestamptz not null default now(),
  next_reconcile_at timestamptz,
  backfilled_at timestamptz,
  synced_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (org_id, id)
);
create index crm_connections_org on agent_jobs.crm_connections (org_id, created_at, id);
create unique index crm_connections_account on agent_jobs.crm_connections (org_id, provider, account_key)
  where account_key is not null;
create index crm_connections_due on agent_jobs.crm_connections (next_sync_at)
  where state in ('connecting', 'backfilling', 'live', 'degraded');

-- Tokens and secrets of a connection, sealed (packages/crypto); apart from it, so that members who may read connections
-- cannot read these. `version` grows with every new token set: whoever holds an older one knows that it is old.
--
-- A refresh token may be good for one use only, so its refresh is the one thing here that cannot simply be repeated:
--   1. lease    one process at a time, by version; a row, because session locks do not survive a transaction pooler
--   2. intent   recorded right before the request is sent, and only while the lease is held
--   3. rescue   the sealed answer, stored first in a table of its own
--   4. commit   compare and swap of the version; the rescue row goes with it
-- Whoever reads finds a rescued answer and finishes step 4 for a process that died before it.
create table agent_jobs.crm_tokens (
  connection_id uuid primary key,
  org_id uuid not null,
  version integer not null default 0 check (version >= 0),
  tokens text,             -- sealed; null: not connected yet
  client_secret text,      -- sealed; of the organisation's own app
  refreshable boolean not null default false,
  expires_at timestamptz,  -- of the access token; null: it does not
  refreshed_at timestamptz,
  refresh_lease uuid,
  refresh_lease_until timestamptz,
  refresh_intent_at timestamptz,
  foreign key (org_id, connection_id) references agent_jobs.crm_connections (org_id, id) on delete cascade
);

create table agent_jobs.crm_token_rescue (
  connection_id uuid not null,
  version integer not null,
  org_id uuid not null,
  tokens text not null,
  refreshable boolean not null,
  expires_at timestamptz,
  rescued_at timestamptz not null default now(),
  primary key (connection_id, version),
  foreign key (org_id, connection_id) references agent_jobs.crm_connections (org_id, id) on delete cascade
);

-- An OAuth flow that a person has begun. Only the hash of its state is kept; it works once.
create table agent_jobs.crm_oauth_states (
  state_hash bytea primary key check (octet_length(state_hash) = 32),
  org_id uuid not null,
  connection_id uuid not null,
  code_verifier text,      -- sealed, where the provider takes PKCE
  redirect_url text not null,
  expires_at timestamptz not null,
  foreign key (org_id, connection_id) references agent_jobs.crm_connections (org_id, id) on delete cascade
);
create index crm_oauth_states_connection on agent_jobs.crm_oauth_states (connection_id);

-- How one entity's fields are named and typed here: [{"name", "type", "field" | "customField", "direction"}].
-- No row: the provider's standard fields under our names. What nothing maps is kept with the record, unread.
create table agent_jobs.crm_mappings (
  connection_id uuid not null,
  entity text not null check (entity in ('contact', 'company', 'deal', 'note', 'task', 'pipeline', 'user', 'field')),
  org_id uuid not null,
  fields jsonb not null check (jsonb_typeof(fields) = 'array' and jsonb_array_length(fields) <= 500),
  updated_at timestamptz not null default now(),
  primary key (connection_id, entity),
  foreign key (org_id, connection_id) references agent_jobs.crm_connections (org_id, id) on delete cascade
);

create function agent_jobs.put_crm_mapping(p_org_id uuid, p_connection_id uuid, p_entity text, p_fields jsonb)
returns agent_jobs.crm_mappings
language plpgsql security invoker set search_path = '' as $$
declare
  mapping agent_jobs.crm_mappings;
begin
  perform agent_jobs.lock_crm_connection(p_org_id, p_connection_id);
  insert into agent_jobs.crm_mappings (connection_id, entity, org_id, fields)
  values (p_connection_id, p_entity, p_org_id, p_fields)
  on conflict (connection_id, entity) do update set fields = excluded.fields, updated_at = now()
  returning * into mapping;
  -- The next sweep takes every record through the new mapping.
  update agent_jobs.crm_cursors set started_at = null, finished_at = null, page = null, version = version + 1
   where connection_id = p_connection_id and entity = p_entity and kind = 'sweep';
  return mapping;
end $$;

-- The organisation's connection, locked until the transaction ends. "Share" is enough for those who change its rows.
create function agent_jobs.lock_crm_connection(p_org_id uuid, p_connection_id uuid) returns agent_jobs.crm_connections
language plpgsql security invoker set search_path = '' as $$
declare
  connection agent_jobs.crm_connections;
begin
  select * into connection from agent_jobs.crm_connections
   where org_id = p_org_id and id = p_connection_id for no key update;
  if not found then
    raise exception 'CRM connection % does not exist for organisation %', p_connection_id, p_org_id
      using errcode = 'AJ001';
  end if;
  return connection;
end $$;

create function agent_jobs.create_crm_connection(
  p_org_id uuid, p_id uuid, p_provider text, p_name text, p_policy text, p_plan jsonb, p_settings jsonb,
  p_client_id text, p_client_secret text
) returns agent_jobs.crm_connections
language plpgsql security invoker set search_path = '' as $$
declare
  connection agent_jobs.crm_connections;
begin
  insert into agent_jobs.crm_connections (id, org_id, provider, name, policy, plan, settings, client_id)
  values (p_id, p_org_id, p_provider, p_name, p_policy, p_plan, p_settings, p_client_id)
  returning * into connection;
  insert into agent_jobs.crm_tokens (connection_id, org_id, client_secret) values (p_id, p_org_id, p_client_secret);
  return connection;
end $$;

-- The state changes; a message for the person who reads it. False: it was so already.
create function agent_jobs.set_crm_state(
  p_org_id uuid, p_connection_id uuid, p_state text, p_code text, p_message text
) returns boolean
language plpgsql security invoker set search_path = '' as $$
declare
  connection agent_jobs.crm_connections := agent_jobs.lock_crm_connection(p_org_id, p_connection_id);
begin
  if (connection.state, connection.state_code, connection.state_message)
     is not distinct from (p_state, p_code, left(p_message, 2000)) then
    return false;
  end if;
  update agent_jobs.crm_connections
     set state = p_state, state_code = p_code, state_message = left(p_message, 2000), updated_at = now(),
         state_changed_at = case when state = p_state then state_changed_at else now() end
   where id = p_connection_id;
  return true;
end $$;

-- Stopped by a fault (needs_reauth, suspended, degraded): only while the tokens are still those it happened with, since
-- a person may have connected the account again meanwhile. p_token_version null: whatever they are.
create function agent_jobs.stop_crm_connection(
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
  -- What stopped it says why; a passing trouble does not hide that. A backfill with trouble is still a backfill.
  if p_state = 'degraded' and connection.state in ('needs_reauth', 'suspended') then
    return false;
  end if;
  if p_state = 'degraded' and connection.state in ('connecting', 'backfilling') then
    return agent_jobs.set_crm_state(p_org_id, p_connection_id, connection.state, p_code, p_message);
  end if;
  return agent_jobs.set_crm_state(p_org_id, p_connection_id, p_state, p_code, p_message);
end $$;

-- Work again, after a person has seen to the cause. Without tokens it stays where it is.
create function agent_jobs.resume_crm_connection(p_org_id uuid, p_connection_id uuid)
returns agent_jobs.crm_connections
language plpgsql security invoker set search_path = '' as $$
declare
  connection agent_jobs.crm_connections := agent_jobs.lock_crm_connection(p_org_id, p_connection_id);
begin
  if exists (select 1 from agent_jobs.crm_tokens where connection_id = p_connection_id and tokens is not null) then
    perform agent_jobs.set_crm_state(p_org_id, p_connection_id,
      case when connection.state in ('backfilling', 'live') then connection.state
           when connection.backfilled_at is null then 'backfilling' else 'live' end, null, null);
    update agent_jobs.crm_connections set next_sync_at = now() where id = p_connection_id;
  end if;
  select * into connection from agent_jobs.crm_connections where id = p_connection_id;
  return connection;
end $$;

-- A run came to its end: when the next is due, and what that says of the connection. A finished backfill, or a run
-- without fault, makes it live.
create function agent_jobs.schedule_crm_connection(
  p_org_id uuid, p_connection_id uuid, p_backfilled boolean, p_next_sync_seconds double precision,
  p_next_reconcile_seconds double precision
) returns agent_jobs.crm_connections
language plpgsql security invoker set search_path = '' as $$
declare
  connection agent_jobs.crm_connections := agent_jobs.lock_crm_connection(p_org_id, p_connection_id);
begin
  if p_backfilled and connection.state in ('connecting', 'backfilling', 'degraded') then
    perform agent_jobs.set_crm_state(p_org_id, p_connection_id, 'live', null, null);
  end if;
  update agent_jobs.crm_connections
     set backfilled_at = coalesce(backfilled_at, case when p_backfilled then now() end),
         synced_at = case when p_backfilled then now() else synced_at end,
         next_sync_at = coalesce(now() + make_interval(secs => p_next_sync_seconds), next_sync_at),
         next_reconcile_at = coalesce(now() + make_interval(secs => p_next_reconcile_seconds), next_reconcile_at)
   where id = p_connection_id
  returning * into connection;
  return connection;
end $$;

-- What the first call told of the account. A second connection to the same account is a unique violation.
create function agent_jobs.set_crm_account(
  p_org_id uuid, p_connection_id uuid, p_account_key text, p_account_name text, p_base_url text
) returns agent_jobs.crm_connections
language plpgsql security invoker set search_path = '' as $$
declare
  connection agent_jobs.crm_connections := agent_jobs.lock_crm_connection(p_org_id, p_connection_id);
begin
  if coalesce(connection.account_key, connection.account_known) <> p_account_key then
    raise exception 'this connection belongs to the account %, the tokens to the account %: make a connection of its own',
      coalesce(connection.account_key, connection.account_known), p_account_key using errcode = '23505';
  end if;
  update agent_jobs.crm_connections
     set account_key = p_account_key, account_name = p_account_name, base_url = p_base_url, updated_at = now()
   where id = p_connection_id
  returning * into connection;
  return connection;
end $$;

-- Step 4 for a process that died after step 3.
create function agent_jobs.adopt_rescued_crm_tokens(p_connection_id uuid) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  rescued agent_jobs.crm_token_rescue;
begin
  select r.* into rescued
    from agent_jobs.crm_token_rescue r
    join agent_jobs.crm_tokens t on t.connection_id = r.connection_id and r.version = t.version + 1
   where r.connection_id = p_connection_id;
  if not found then  -- an answer that came after the account was connected anew
    delete from agent_jobs.crm_token_rescue r using agent_jobs.crm_tokens t
     where r.connection_id = p_connection_id and t.connection_id = p_connection_id and r.version <= t.version;
    return;
  end if;
  update agent_jobs.crm_tokens
     set version = rescued.version, tokens = rescued.tokens, refreshable = rescued.refreshable,
         expires_at = rescued.expires_at, refreshed_at = rescued.rescued_at,
         refresh_lease = null, refresh_lease_until = null, refresh_intent_at = null
   where connection_id = p_connection_id and version = rescued.version - 1;
  delete from agent_jobs.crm_token_rescue where connection_id = p_connection_id and version <= rescued.version;
end $$;

create function agent_jobs.read_crm_tokens(p_org_id uuid, p_connection_id uuid) returns setof agent_jobs.crm_tokens
language plpgsql security invoker set search_path = '' as $$
begin
  if exists (select 1 from agent_jobs.crm_token_rescue
              where org_id = p_org_id and connection_id = p_connection_id) then
    perform agent_jobs.adopt_rescued_crm_tokens(p_connection_id);
  end if;
  return query select * from agent_jobs.crm_tokens where org_id = p_org_id and connection_id = p_connection_id;
end $$;

-- Step 1. Null: the tokens are newer than p_version by now, or another process is refreshing them.
create function agent_jobs.take_crm_refresh_lease(
  p_org_id uuid, p_connection_id uuid, p_version integer, p_lease_seconds double precision
) returns uuid
language plpgsql security invoker set search_path = '' as $$
declare
  lease uuid;
begin
  perform agent_jobs.read_crm_tokens(p_org_id, p_connection_id);
  update agent_jobs.crm_tokens
     set refresh_lease = gen_random_uuid(),
         refresh_lease_until = clock_timestamp() + make_interval(secs => p_lease_seconds)
   where org_id = p_org_id and connection_id = p_connection_id and version = p_version
     and (refresh_lease_until is null or refresh_lease_until < clock_timestamp())
  returning refresh_lease into lease;
  return lease;
end $$;

-- Step 2. The lease now covers the request. False: it was lost, nothing may be sent.
create function agent_jobs.begin_crm_refresh(
  p_org_id uuid, p_connection_id uuid, p_version integer, p_lease uuid, p_lease_seconds double precision
) returns boolean
language plpgsql security invoker set search_path = '' as $$
begin
  update agent_jobs.crm_tokens
     set refresh_intent_at = clock_timestamp(),
         refresh_lease_until = clock_timestamp() + make_interval(secs => p_lease_seconds)
   where org_id = p_org_id and connection_id = p_connection_id and version = p_version and refresh_lease = p_lease
     and refresh_lease_until > clock_timestamp();
  return found;
end $$;

-- Step 3. The latest answer wins: it is the one that the provider holds valid.
create function agent_jobs.rescue_crm_tokens(
  p_org_id uuid, p_connection_id uuid, p_version integer, p_tokens text, p_refreshable boolean, p_expires_at timestamptz
) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  perform 1 from agent_jobs.crm_tokens where org_id = p_org_id and connection_id = p_connection_id;
  if not found then
    raise exception 'CRM connection % does not exist for organisation %', p_connection_id, p_org_id
      using errcode = 'AJ001';
  end if;
  insert into agent_jobs.crm_token_rescue as r (connection_id, version, org_id, tokens, refreshable, expires_at)
  values (p_connection_id, p_version, p_org_id, p_tokens, p_refreshable, p_expires_at)
  on conflict (connection_id, version) do update
    set tokens = excluded.tokens, refreshable = excluded.refreshable, expires_at = excluded.expires_at,
        rescued_at = now();
end $$;

-- Step 4. True once the tokens are those of p_version, by whomever.
create function agent_jobs.commit_crm_tokens(p_org_id uuid, p_connection_id uuid, p_version integer) returns boolean
language plpgsql security invoker set search_path = '' as $$
begin
  perform agent_jobs.read_crm_tokens(p_org_id, p_connection_id);
  return exists (select 1 from agent_jobs.crm_tokens
                  where org_id = p_org_id and connection_id = p_connection_id and version >= p_version);
end $$;

-- Nothing came of it; the next may try at once.
create function agent_jobs.release_crm_refresh_lease(p_org_id uuid, p_connection_id uuid, p_lease uuid) returns void
language sql security invoker set search_path = '' as $$
  update agent_jobs.crm_tokens set refresh_lease = null, refresh_lease_until = null
   where org_id = p_org_id and connection_id = p_connection_id and refresh_lease = p_lease
$$;

-- A person connected the account, for the first time or again: whatever was going on with older tokens is void.
create function agent_jobs.authorize_crm_connection(
  p_org_id uuid, p_connection_id uuid, p_tokens text, p_refreshable boolean, p_expires_at timestamptz, p_base_url text,
  p_redirect_url text
) returns agent_jobs.crm_connections
language plpgsql security invoker set search_path = '' as $$
declare
  connection agent_jobs.crm_connections := agent_jobs.lock_crm_connection(p_org_id, p_connection_id);
begin
  update agent_jobs.crm_tokens t
     set version = greatest(t.version, coalesce((select max(r.version) from agent_jobs.crm_token_rescue r
                                                  where r.connection_id = p_connection_id), 0)) + 1,
         tokens = p_tokens, refreshable = p_refreshable, expires_at = p_expires_at, refreshed_at = now(),
         refresh_lease = null, refresh_lease_until = null, refresh_intent_at = null
   where t.connection_id = p_connection_id;
  delete from agent_jobs.crm_token_rescue where connection_id = p_connection_id;
  -- The first call with the new tokens tells whose they are; see set_crm_account.
  update agent_jobs.crm_connections
     set account_known = coalesce(account_key, account_known), account_key = null,
         base_url = coalesce(p_base_url, base_url), redirect_url = coalesce(p_redirect_url, redirect_url)
   where id = p_connection_id;
  return agent_jobs.resume_crm_connection(p_org_id, p_connection_id);
end $$;

create function agent_jobs.put_crm_oauth_state(
  p_org_id uuid, p_connection_id uuid, p_state_hash text, p_code_verifier text, p_redirect_url text,
  p_ttl_seconds double precision
) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  perform agent_jobs.lock_crm_connection(p_org_id, p_connection_id);
  insert into agent_jobs.crm_oauth_states (state_hash, org_id, connection_id, code_verifier, redirect_url, expires_at)
  values (decode(p_state_hash, 'hex'), p_org_id, p_connection_id, p_code_verifier, p_redirect_url,
          now() + make_interval(secs => p_ttl_seconds));
end $$;

-- The flow that a state belongs to, once. No row: unknown, used or too old. Asked before the organisation is known.
create function agent_jobs.take_crm_oauth_state(p_state_hash text) returns setof agent_jobs.crm_oauth_states
language sql security invoker set search_path = '' as $$
  with used as (
    delete from agent_jobs.crm_oauth_states
     where state_hash = decode(p_state_hash, 'hex') or expires_at < now()
    returning *
  )
  select * from used where state_hash = decode(p_state_hash, 'hex') and expires_at >= now()
$$;

revoke execute on all functions in schema agent_jobs from public, anon, authenticated;
grant execute on all functions in schema agent_jobs to service_role;
grant execute on function agent_jobs.is_member(uuid) to authenticated;
grant select, insert, update, delete on all tables in schema agent_jobs to service_role;

-- Tokens and flows have no policy: closed to everyone but the service role.
do $$
declare
  t text;
begin
  foreach t in array array['crm_connections', 'crm_tokens', 'crm_token_rescue', 'crm_oauth_states', 'crm_mappings'] loop
    execute format('alter table agent_jobs.%I enable row level security', t);
    execute format('revoke all on agent_jobs.%I from anon, authenticated', t);
  end loop;
  foreach t in array array['crm_connections', 'crm_mappings'] loop
    execute format('grant select on agent_jobs.%I to authenticated', t);
    execute format('create policy members_read on agent_jobs.%I for select to authenticated
                    using (agent_jobs.is_member(org_id))', t);
  end loop;
end $$;

notify pgrst, 'reload schema';
