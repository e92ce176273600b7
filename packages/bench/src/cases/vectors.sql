-- What a plain `insert` through PostgREST writes, for comparison: no lease, no ledger, no counters, no publishing.
create schema bench;
create table bench.vectors (id bigint primary key, embedding extensions.vector not null);
grant usage on schema bench to service_role;
grant all on bench.vectors to service_role;
alter role authenticator set pgrst.db_schemas = 'public, agent_jobs, bench';
notify pgrst, 'reload config';
