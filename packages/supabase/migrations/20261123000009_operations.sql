-- API keys. Tenant: org_id. Only the SHA-256 of a key is kept: 32 random bytes need no slow hash, and whoever reads the
-- table cannot use what is in it.
create table agent_jobs.api_keys (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null,
  name text not null check (name <> '' and char_length(name) <= 200),
  scopes text[] not null default '{}',
  key_hash bytea not null unique check (octet_length(key_hash) = 32),
  created_at timestamptz not null default now(),
  revoked_at timestamptz
);
create index api_keys_org on agent_jobs.api_keys (org_id, created_at, id);

-- Whose key this is. No row: unknown or revoked. The one question that is asked before the organisation is known.
create function agent_jobs.find_api_key(p_key_hash text) returns table (id uuid, org_id uuid, scopes text[])
language sql stable security invoker set search_path = '' as $$
  select k.id, k.org_id, k.scopes
    from agent_jobs.api_keys k
   where k.key_hash = decode(p_key_hash, 'hex') and k.revoked_at is null
$$;

-- What an organisation may upload. Null, or no row: as the installation says. Tenant: org_id.
create table agent_jobs.organisation_limits (
  org_id uuid primary key,
  max_file_bytes bigint check (max_file_bytes > 0),
  max_pages integer check (max_pages > 0),
  max_chunks integer check (max_chunks > 0),
  max_parse_seconds integer check (max_parse_seconds > 0),
  updated_at timestamptz not null default now()
);

-- Who sweeps now: one process per queue in the whole installation. Not tenant data.
create table agent_jobs.sweep_leases (
  name text primary key check (name <> ''),
  holder text not null check (holder <> ''),
  expires_at timestamptz not null
);

-- Takes or renews a lease for a while; true for its holder. One statement: two that come at once cannot both win.
create function agent_jobs.take_sweep_lease(p_name text, p_holder text, p_ttl_seconds double precision) returns boolean
language plpgsql security invoker set search_path = '' as $$
begin
  insert into agent_jobs.sweep_leases as l (name, holder, expires_at)
  values (p_name, p_holder, clock_timestamp() + make_interval(secs => p_ttl_seconds))
  on conflict (name) do update set holder = excluded.holder, expires_at = excluded.expires_at
    where l.holder = excluded.holder or l.expires_at < clock_timestamp();
  return found;
end $$;
