-- What the API keeps for itself, where a document has been, what producers from before this repository mean, and how an
-- organisation leaves.

-- Scopes count from here on. Keys that were made while they did not could do everything, and still can.
update agent_jobs.api_keys set scopes = '{*}' where scopes = '{}';
-- Requests a minute that this key may make; null: as the installation says.
alter table agent_jobs.api_keys add column rate_per_minute integer check (rate_per_minute > 0);

drop function agent_jobs.find_api_key(text);
-- Whose key this is. No row: unknown or revoked. The one question that is asked before the organisation is known.
create function agent_jobs.find_api_key(p_key_hash text)
returns table (id uuid, org_id uuid, scopes text[], rate_per_minute integer)
language sql stable security invoker set search_path = '' as $$
  select k.id, k.org_id, k.scopes, k.rate_per_minute
    from agent_jobs.api_keys k
   where k.key_hash = decode(p_key_hash, 'hex') and k.revoked_at is null
$$;

-- Answers to requests that carried an Idempotency-Key, for a day. Tenant: org_id. The answer is sealed (packages/crypto):
-- some of them show a secret that is stored nowhere else.
create table agent_jobs.idempotency_keys (
  org_id uuid not null,
  key text not null check (key <> '' and char_length(key) <= 200),
  request_sha256 bytea not null check (octet_length(request_sha256) = 32),
  lease uuid not null,
  lease_until timestamptz not null,          -- of the request that is under way; afterwards another may take over
  status smallint,                           -- null: under way
  answer text,
  created_at timestamptz not null default now(),
  primary key (org_id, key)
);
create index idempotency_keys_age on agent_jobs.idempotency_keys (created_at);

-- {"outcome": "run", "lease"} for the first with this key, or after one that ended without an answer; "replay" with the
-- stored answer; "running" while the first is under way; "conflict" when the key came with another request.
create function agent_jobs.begin_idempotent_request(
  p_org_id uuid, p_key text, p_request_sha256 text, p_lease_seconds double precision, p_keep_seconds double precision
) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  held agent_jobs.idempotency_keys;
  new_lease uuid := gen_random_uuid();
begin
  -- What is too old goes a few rows at a time, with whoever comes by.
  delete from agent_jobs.idempotency_keys where (org_id, key) in (
    select org_id, key from agent_jobs.idempotency_keys
     where created_at < now() - make_interval(secs => p_keep_seconds)
     order by created_at limit 20 for update skip locked);
  insert into agent_jobs.idempotency_keys (org_id, key, request_sha256, lease, lease_until)
  values (p_org_id, p_key, decode(p_request_sha256, 'hex'), new_lease, now() + make_interval(secs => p_lease_seconds))
  on conflict do nothing;
  if found then
    return jsonb_build_object('outcome', 'run', 'lease', new_lease);
  end if;
  select * into held from agent_jobs.idempotency_keys where org_id = p_org_id and key = p_key for update;
  if not found then
    return jsonb_build_object('outcome', 'running');  -- given up by its holder at this moment
  elsif held.request_sha256 <> decode(p_request_sha256, 'hex') then
    return jsonb_build_object('outcome', 'conflict');
  elsif held.status is not null then
    return jsonb_build_object('outcome', 'replay', 'status', held.status, 'answer', held.answer);
  elsif held.lease_until > now() then
    return jsonb_build_object('outcome', 'running');
  end if;
  update agent_jobs.idempotency_keys
     set lease = new_lease, lease_until = now() + make_interval(secs => p_lease_seconds)
   where org_id = p_org_id and key = p_key;
  return jsonb_build_object('outcome', 'run', 'lease', new_lease);
end $$;

-- Keeps the answer; without one the key is free again. False: another request has taken over.
create function agent_jobs.end_idempotent_request(
  p_org_id uuid, p_key text, p_lease uuid, p_status integer, p_answer text
) returns boolean
language plpgsql security invoker set search_path = '' as $$
begin
  if p_status is null then
    delete from agent_jobs.idempotency_keys where org_id = p_org_id and key = p_key and lease = p_lease;
  else
    update agent_jobs.idempotency_keys set status = p_status, answer = p_answer
     where org_id = p_org_id and key = p_key and lease = p_lease;
  end if;
  return found;
end $$;

-- Where a document has been, and when: the times of its stages. Tenant: org_id. Its last five generations.
create table agent_jobs.document_stages (
  id bigint generated always as identity primary key,
  org_id uuid not null,
  document_id uuid not null,
  generation integer not null,
  state text not null,
  graph_state text not null,
  error_code text,
  graph_error_code text,
  at timestamptz not null default clock_timestamp(),
  foreign key (org_id, document_id) references agent_jobs.documents (org_id, id) on delete cascade
);
create index document_stages_document on agent_jobs.document_stages (document_id, id);

create function agent_jobs.note_document_stage() returns trigger
language plpgsql security invoker set search_path = '' as $$
begin
  if tg_op = 'UPDATE' and new.generation > old.generation then
    delete from agent_jobs.document_stages where document_id = new.id and generation <= new.generation - 5;
  end if;
  insert into agent_jobs.document_stages
    (org_id, document_id, generation, state, graph_state, error_code, graph_error_code)
  values (new.org_id, new.id, new.generation, new.state, new.graph_state, new.error_code, new.graph_error_code);
  return null;
end $$;
create trigger documents_note_first_stage after insert on agent_jobs.documents
  for each row execute function agent_jobs.note_document_stage();
create trigger documents_note_stage after update of state, graph_state, generation on agent_jobs.documents
  for each row when (row(old.state, old.graph_state, old.generation) is distinct from
                     row(new.state, new.graph_state, new.generation))
  execute function agent_jobs.note_document_stage();

-- What an old producer's `assetId` and `articleId` mean. REPLACE THESE TWO where your platform keeps such things itself:
-- no row says that there is no such asset; a null knowledge base is the organisation's default one. As they stand, an
-- asset is a document of ours, by its id. Later migrations leave them alone.
create function agent_jobs.legacy_asset(asset_id text, org_id uuid)
returns table (bucket text, path text, name text, mime text, knowledge_base_id uuid)
language sql stable security invoker set search_path = '' as $$
  select d.bucket, d.object_path, d.name, d.mime, d.knowledge_base_id
    from agent_jobs.documents d
   where d.org_id = legacy_asset.org_id and d.id::text = lower(legacy_asset.asset_id)
$$;
create function agent_jobs.legacy_article(article_id text, org_id uuid)
returns table (bucket text, path text, name text, mime text, knowledge_base_id uuid)
language sql stable security invoker set search_path = '' as $$
  select * from agent_jobs.legacy_asset(legacy_article.article_id, legacy_article.org_id)
$$;

-- The organisations that have anything, by id.
create function agent_jobs.list_organisations(p_after uuid, p_limit integer)
returns table (org_id uuid, api_keys bigint, knowledge_bases bigint, documents bigint)
language sql stable security invoker set search_path = '' as $$
  select o.org_id,
         (select count(*) from agent_jobs.api_keys k where k.org_id = o.org_id and k.revoked_at is null),
         (select count(*) from agent_jobs.knowledge_bases b where b.org_id = o.org_id),
         (select count(*) from agent_jobs.documents d where d.org_id = o.org_id)
    from (select k.org_id from agent_jobs.api_keys k union select b.org_id from agent_jobs.knowledge_bases b
          union select c.org_id from agent_jobs.crm_connections c union select d.org_id from agent_jobs.data_keys d) o
   where p_after is null or o.org_id > p_after
   order by o.org_id limit p_limit
$$;

-- Tables of tenants, those that refer to others first, so that a deletion never sets off a large cascade. Found by
-- looking: a table that a later migration adds is erased without being listed anywhere.
create function agent_jobs.tenant_tables() returns table (name text)
language sql stable security invoker set search_path = '' as $$
  with recursive
    tables as (
      select c.oid, c.relname from pg_catalog.pg_class c
        join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = 'org_id' and not a.attisdropped
       where c.relnamespace = 'agent_jobs'::regnamespace and c.relkind in ('r', 'p')),
    depths (oid, depth) as (
      select oid, 0 from tables
      union
      select f.conrelid, d.depth + 1 from depths d
        join pg_catalog.pg_constraint f on f.confrelid = d.oid and f.contype = 'f' and f.conrelid <> f.confrelid
       where d.depth < 12)
  select t.relname::text from tables t join depths d on d.oid = t.oid
   group by t.relname order by max(d.depth) desc, t.relname
$$;

-- Removes at most p_limit rows of each table; answers how many went. Repeat until none does. Keys of the API stay where
-- p_keep_api_keys says so: whoever erases through the API needs theirs to the end.
create function agent_jobs.erase_organisation(p_org_id uuid, p_limit integer, p_keep_api_keys boolean) returns bigint
language plpgsql security invoker set search_path = '' as $$
declare
  table_name text;
  erased bigint := 0;
  went bigint;
begin
  for table_name in select name from agent_jobs.tenant_tables() loop
    continue when table_name = 'api_keys' and p_keep_api_keys;
    begin
      execute format('delete from agent_jobs.%I where ctid = any (array(
                        select ctid from agent_jobs.%I where org_id = $1 limit $2))', table_name, table_name)
        using p_org_id, p_limit;
      get diagnostics went = row_count;
      erased := erased + went;
    exception when foreign_key_violation then
      null;  -- what refers to these rows has not gone yet; the next call finds it gone
    end;
  end loop;
  return erased;
end $$;

-- Rows that an organisation has, by table; tables without any are left out.
create function agent_jobs.count_organisation_rows(p_org_id uuid) returns jsonb
language plpgsql stable security invoker set search_path = '' as $$
declare
  table_name text;
  found_rows bigint;
  answer jsonb := '{}';
begin
  for table_name in select name from agent_jobs.tenant_tables() loop
    execute format('select count(*) from agent_jobs.%I where org_id = $1', table_name) into found_rows using p_org_id;
    if found_rows > 0 then
      answer := answer || jsonb_build_object(table_name, found_rows);
    end if;
  end loop;
  return answer;
end $$;

-- A page of one table's rows as JSON, for an export; p_offset and p_limit count rows in the order of their storage.
create function agent_jobs.export_organisation_rows(p_org_id uuid, p_table text, p_after tid, p_limit integer)
returns table (place tid, content jsonb)
language plpgsql stable security invoker set search_path = '' as $$
begin
  if not exists (select 1 from agent_jobs.tenant_tables() where name = p_table) then
    raise exception 'there is no table %', p_table using errcode = '22023';
  end if;
  return query execute format(
    'select t.ctid, to_jsonb(t) from agent_jobs.%I t
      where t.org_id = $1 and ($2 is null or t.ctid > $2) order by t.ctid limit $3', p_table)
    using p_org_id, p_after, p_limit;
end $$;

grant select, insert, update, delete on agent_jobs.idempotency_keys, agent_jobs.document_stages to service_role;
grant usage, select on all sequences in schema agent_jobs to service_role;
revoke all on agent_jobs.idempotency_keys, agent_jobs.document_stages from anon, authenticated;
alter table agent_jobs.idempotency_keys enable row level security; -- no policy: closed to everyone else
alter table agent_jobs.document_stages enable row level security;
grant select on agent_jobs.document_stages to authenticated;
create policy members_read on agent_jobs.document_stages for select to authenticated
  using (agent_jobs.is_member(org_id));

revoke execute on all functions in schema agent_jobs from public, anon, authenticated;
grant execute on all functions in schema agent_jobs to service_role;
grant execute on function agent_jobs.is_member(uuid) to authenticated;

notify pgrst, 'reload schema';
