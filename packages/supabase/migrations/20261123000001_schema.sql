-- The workers' own schema, beside whatever the platform already has in the project.
--
-- These files apply unchanged with `supabase db push`, on a bare Postgres 15+ that has the Supabase roles, and on PGlite.
-- What only some of those have is guarded. Nothing outside this schema is altered except: two extensions, one storage
-- bucket with its policy, and PostgREST's list of exposed schemas.
--
-- House rules for what follows:
--   * Every tenant table has org_id. References inside a tenant are composite, (org_id, …, id), so that a row which
--     points into another organisation cannot exist, whatever the code does. No foreign key leaves the schema:
--     organisation ids are the platform's.
--   * Functions are SECURITY INVOKER, have an empty search_path, are idempotent, and run for the service role only.
--   * Three SQLSTATEs of our own: AJ001 no such row for this organisation, AJ002 the lease was taken over,
--     AJ003 a newer generation (or a deletion) took over. src/errors.ts translates them.

create schema if not exists agent_jobs;
create schema if not exists extensions;

create extension if not exists vector with schema extensions;
create extension if not exists pg_trgm with schema extensions;

-- `if not exists` says nothing when a project once installed an extension elsewhere; the files below would then fail
-- with "type extensions.vector does not exist", which helps nobody.
do $$
declare
  misplaced text;
begin
  select string_agg(format('%s is in schema %s', e.extname, n.nspname), ', ')
    into misplaced
    from pg_extension e
    join pg_namespace n on n.oid = e.extnamespace
   where e.extname in ('vector', 'pg_trgm') and n.nspname <> 'extensions';
  if misplaced is not null then
    raise exception 'agent_jobs expects its extensions in the schema "extensions", but %', misplaced
      using hint = 'Move them: alter extension <name> set schema extensions;';
  end if;
end $$;

grant usage on schema agent_jobs to anon, authenticated, service_role;
grant usage on schema extensions to service_role;

-- Who may read an organisation's rows when they come with a user's token instead of the service role. The default takes
-- the organisations from the token's app_metadata, which only the server can write: {"org_ids": ["…"]} or
-- {"org_id": "…"}. A platform with a membership table replaces this one function and nothing else.
-- (The claims are read from the setting and not with auth.jwt(), which is the same, so that no auth schema is needed.)
create or replace function agent_jobs.is_member(org uuid) returns boolean
language sql stable security invoker set search_path = '' as $$
  select coalesce(
    (metadata -> 'org_ids') @> to_jsonb(org::text) or (metadata ->> 'org_id') = org::text,
    false)
  from (
    select nullif(current_setting('request.jwt.claims', true), '')::jsonb -> 'app_metadata' as metadata
  ) claims
$$;

-- Expose the schema to PostgREST. The list lives in a setting of the role `authenticator`; it is extended, never
-- replaced. Where no list is set, Supabase's default is public and graphql_public; but a project may also have exposed
-- further schemas in its dashboard, which SQL cannot see and a new setting would hide. So if any other schema is open to
-- API roles, leave the list alone and say what to click.
do $$
declare
  present text;
  wanted text;
  foreign_schema text;
begin
  if not exists (select 1 from pg_roles where rolname = 'authenticator') then
    raise notice 'agent_jobs: there is no role authenticator; expose the schema agent_jobs in your PostgREST by hand';
    return;
  end if;

  select substring(setting from '^pgrst\.db_schemas=(.*)$')
    into present
    from pg_db_role_setting s
    cross join unnest(s.setconfig) setting
   where s.setrole = 'authenticator'::regrole
     and s.setdatabase in (0, (select oid from pg_database where datname = current_database()))
     and setting like 'pgrst.db\_schemas=%'
   order by s.setdatabase desc
   limit 1;

  if present is null then
    select n.nspname into foreign_schema
      from pg_namespace n
     where n.nspname not like 'pg\_%'
       and n.nspname not in ('information_schema', 'public', 'graphql_public', 'graphql', 'agent_jobs', 'auth',
                             'extensions', 'storage', 'realtime', '_realtime', 'net', 'vault', 'cron', 'pgbouncer',
                             'supabase_functions', 'supabase_migrations')
       and has_schema_privilege('authenticated', n.oid, 'usage')
     limit 1;
    if foreign_schema is not null then
      raise notice 'agent_jobs: schema % may be exposed by the dashboard; add agent_jobs under Settings, API, Exposed schemas',
        foreign_schema;
      return;
    end if;
    select string_agg(nspname, ', ' order by nspname desc) into present
      from pg_namespace where nspname in ('public', 'graphql_public');
  end if;

  if 'agent_jobs' = any (regexp_split_to_array(present, '\s*,\s*')) then
    return;
  end if;
  wanted := concat_ws(', ', nullif(present, ''), 'agent_jobs');
  execute format('alter role authenticator set pgrst.db_schemas = %L', wanted);
  notify pgrst, 'reload config';
exception when insufficient_privilege then
  raise notice 'agent_jobs: not allowed to expose the schema; add agent_jobs under Settings, API, Exposed schemas';
end $$;
