-- Who may do what.
--   service_role   (workers, API)    everything; it bypasses row-level security, so every query names its organisation
--   authenticated  (a user's token)  reads the rows of the organisations it is a member of; writes nothing
--   anon                             nothing

grant select, insert, update, delete on all tables in schema agent_jobs to service_role;
grant usage, select on all sequences in schema agent_jobs to service_role;
revoke all on all tables in schema agent_jobs from anon, authenticated;

-- Postgres lets everyone execute a new function; here nobody but the service role may. A later migration that adds a
-- function repeats these two lines (src/migrations.test.ts looks).
revoke execute on all functions in schema agent_jobs from public, anon, authenticated;
grant execute on all functions in schema agent_jobs to service_role;
-- Except the question that the policies below ask on a user's behalf.
grant execute on function agent_jobs.is_member(uuid) to authenticated;

-- Every table is closed, then opened for reading to members. Views follow their tables (security_invoker).
do $$
declare
  t text;
begin
  for t in select tablename from pg_tables where schemaname = 'agent_jobs' loop
    execute format('alter table agent_jobs.%I enable row level security', t);
  end loop;
  foreach t in array array['knowledge_bases', 'documents', 'chunks', 'graph_entities', 'graph_mentions', 'graph_edges',
                           'graph_evidence', 'graph_extractions', 'usage_events', 'organisation_limits'] loop
    execute format('grant select on agent_jobs.%I to authenticated', t);
    execute format('create policy members_read on agent_jobs.%I for select to authenticated
                    using (agent_jobs.is_member(org_id))', t);
  end loop;
end $$;
grant select on agent_jobs.live_chunks, agent_jobs.live_evidence, agent_jobs.live_mentions to authenticated, service_role;

-- Profiles hold no tenant's data: a member may look up what a base is embedded with.
grant select on agent_jobs.embedding_profiles to authenticated;
create policy everyone_reads on agent_jobs.embedding_profiles for select to authenticated using (true);
-- chunk_embeddings (large, and texts can be guessed from vectors), api_keys and sweep_leases have no policy: closed.

-- Files: one private bucket, `<orgId>/…`. Members may read their organisation's folder; only the service role writes.
-- Guarded, because a bare Postgres has no Storage, and on some projects the migration role does not own its tables.
do $$
begin
  if to_regclass('storage.buckets') is null or to_regclass('storage.objects') is null then
    raise notice 'agent_jobs: no Storage in this database; create the private bucket agent-jobs where files are kept';
    return;
  end if;
  insert into storage.buckets (id, name, public) values ('agent-jobs', 'agent-jobs', false) on conflict (id) do nothing;
  if not exists (select 1 from pg_policies where schemaname = 'storage' and tablename = 'objects'
                    and policyname = 'agent_jobs_members_read') then
    create policy agent_jobs_members_read on storage.objects for select to authenticated
      using (
        bucket_id = 'agent-jobs'
        -- The case guards the cast: names in other buckets need not begin with a uuid.
        and case when name ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/'
                 then agent_jobs.is_member(split_part(name, '/', 1)::uuid) else false end);
  end if;
exception when insufficient_privilege then
  raise notice 'agent_jobs: not allowed to set up Storage; create the private bucket agent-jobs in the dashboard';
end $$;

notify pgrst, 'reload schema';
