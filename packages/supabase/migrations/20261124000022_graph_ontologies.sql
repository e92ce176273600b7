-- What a knowledge base's graph is made of, what a judge said about names, and ids that tell names apart. Tenant: org_id in
-- every table.

-- What a request costs has digits beyond 1e-8 USD, and the sum of many is to be what was paid.
alter table agent_jobs.usage_events alter column cost_usd type numeric(24, 14);
alter table agent_jobs.documents alter column cost_usd type numeric(24, 14);

-- Ontologies ------------------------------------------------------------------------------------------------------------

-- Each change is a further version; the latest one counts. No row: the installed release's own.
create table agent_jobs.graph_ontologies (
  org_id uuid not null,
  knowledge_base_id uuid not null,
  version integer not null check (version >= 1),
  definition jsonb,  -- null: back to the installed release's own
  -- Equal for ontologies that say the same; empty for the release's own. Part of what a chunk's reading is known by.
  fingerprint text not null check ((fingerprint = '') = (definition is null)),
  created_at timestamptz not null default now(),
  primary key (knowledge_base_id, version),
  foreign key (org_id, knowledge_base_id) references agent_jobs.knowledge_bases (org_id, id) on delete cascade
);
create index graph_ontologies_org on agent_jobs.graph_ontologies (org_id);

-- What a chunk's reading by p_reader is known as in this base: another ontology makes it another reading.
create function agent_jobs.reading_key(p_knowledge_base_id uuid, p_reader text) returns text
language sql stable security invoker set search_path = '' as $$
  select p_reader || coalesce((
    select nullif('+' || o.fingerprint, '+') from agent_jobs.graph_ontologies o
     where o.knowledge_base_id = p_knowledge_base_id order by o.version desc limit 1), '')
$$;

-- Gives the base another ontology, and makes its documents' graphs pending again; a reader that is under way loses its
-- lease. Chunks whose reading is still good are not read again: the claim decides. Saying the same again changes nothing.
create function agent_jobs.set_graph_ontology(
  p_org_id uuid, p_knowledge_base_id uuid, p_definition jsonb, p_fingerprint text
) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  latest agent_jobs.graph_ontologies;
  reread integer;
begin
  -- Documents before their base, as everywhere: who claims one meanwhile waits, and then finds this ontology.
  perform 1 from agent_jobs.documents
    where org_id = p_org_id and knowledge_base_id = p_knowledge_base_id order by id for no key update;
  perform 1 from agent_jobs.knowledge_bases where org_id = p_org_id and id = p_knowledge_base_id for no key update;
  if not found then
    raise exception 'no knowledge base % in organisation %', p_knowledge_base_id, p_org_id using errcode = 'AJ001';
  end if;
  select * into latest from agent_jobs.graph_ontologies
    where knowledge_base_id = p_knowledge_base_id order by version desc limit 1;
  if coalesce(latest.fingerprint, '') = p_fingerprint then
    return jsonb_build_object('version', coalesce(latest.version, 0), 'documents', 0);
  end if;
  insert into agent_jobs.graph_ontologies (org_id, knowledge_base_id, version, definition, fingerprint)
  values (p_org_id, p_knowledge_base_id, coalesce(latest.version, 0) + 1, p_definition, p_fingerprint);
  -- Those that came in between.
  perform 1 from agent_jobs.documents
    where org_id = p_org_id and knowledge_base_id = p_knowledge_base_id order by id for no key update;
  update agent_jobs.documents
     set graph_state = 'pending', graph_lease = null, graph_lease_until = null, updated_at = now()
   where org_id = p_org_id and knowledge_base_id = p_knowledge_base_id
     and graph_state in ('pending', 'ready') and state in ('embedding', 'ready', 'ready_partial');
  get diagnostics reread = row_count;
  return jsonb_build_object('version', coalesce(latest.version, 0) + 1, 'documents', reread);
end $$;

-- The latest versions, newest first.
create function agent_jobs.graph_ontology_versions(p_org_id uuid, p_knowledge_base_id uuid, p_limit integer)
returns table (version integer, definition jsonb, fingerprint text, created_at timestamptz)
language sql stable security invoker set search_path = '' as $$
  select version, definition, fingerprint, created_at from agent_jobs.graph_ontologies
   where org_id = p_org_id and knowledge_base_id = p_knowledge_base_id
   order by version desc
   limit p_limit
$$;

-- As before; a reading with another ontology is another extractor's. Who changes the ontology locks the documents first:
-- that comes before this claim, or takes its lease away.
create or replace function agent_jobs.claim_graph(
  p_org_id uuid, p_document_id uuid, p_generation integer, p_lease_seconds integer, p_extractor text
) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  document agent_jobs.documents;
begin
  document := agent_jobs.lock_document(p_org_id, p_document_id);
  if document.generation <> p_generation or document.graph_state <> 'pending'
     or document.state not in ('embedding', 'ready', 'ready_partial') then
    return jsonb_build_object('document', to_jsonb(document));
  end if;
  update agent_jobs.documents
     set graph_lease = gen_random_uuid(), graph_lease_until = now() + make_interval(secs => p_lease_seconds),
         updated_at = now()
   where id = p_document_id
  returning * into document;
  delete from agent_jobs.graph_extractions x using agent_jobs.chunks c
   where c.id = x.chunk_id and c.document_id = p_document_id and c.generation = p_generation
     and x.extractor <> agent_jobs.reading_key(document.knowledge_base_id, p_extractor);
  return jsonb_build_object('document', to_jsonb(document), 'lease', document.graph_lease);
end $$;

-- Names, and ids beside them ----------------------------------------------------------------------------------------------

drop function agent_jobs.entity_names(uuid, uuid, integer, uuid);
-- A page of a base's entities by id, each with the name that most of its mentions carry (ties: first in byte order), and
-- the ids that texts give it: tax numbers, e-mail addresses, sites, telephones. Unpublished mentions count too: a name is
-- a name.
create function agent_jobs.entity_names(p_org_id uuid, p_knowledge_base_id uuid, p_limit integer, p_after_id uuid)
returns table (id uuid, type text, name text, canonical_id uuid, ids text[])
language sql stable security invoker set search_path = '' as $$
  select e.id, e.type, coalesce(m.name, e.key), e.canonical_id, x.ids
    from (
      select * from agent_jobs.graph_entities
       where org_id = p_org_id and knowledge_base_id = p_knowledge_base_id
         and (p_after_id is null or id > p_after_id)
       order by id
       limit p_limit
    ) e
    cross join lateral (
      select mode() within group (order by x.name collate "C") as name
        from agent_jobs.graph_mentions x where x.entity_id = e.id
    ) m
    cross join lateral (
      select coalesce(array_agg(t.type || ' ' || t.key order by t.type, t.key), '{}') as ids
        from agent_jobs.graph_edges g
        join agent_jobs.graph_entities t on t.id = g.target_id
       where g.source_id = e.id and g.predicate in ('has_identifier', 'has_email', 'has_phone', 'has_website')
         and t.type in ('identifier', 'email', 'phone', 'url')
    ) x
   order by e.id
$$;

-- What a judge said about two names ---------------------------------------------------------------------------------------

-- By a hash of the judge, the kind of thing and both names: a verdict is about names, so it needs no text, and is not asked
-- for twice. People's decisions go before it.
create table agent_jobs.graph_judgements (
  org_id uuid not null,
  knowledge_base_id uuid not null,
  pair_key text not null check (pair_key <> ''),
  verdict text not null check (verdict in ('same', 'different', 'unsure')),
  created_at timestamptz not null default now(),
  primary key (knowledge_base_id, pair_key),
  foreign key (org_id, knowledge_base_id) references agent_jobs.knowledge_bases (org_id, id) on delete cascade
);
create index graph_judgements_org on agent_jobs.graph_judgements (org_id);

-- Keeps the verdicts of one request ([{"pairKey", "verdict"}]) and books what it cost.
create function agent_jobs.store_graph_judgements(
  p_org_id uuid, p_knowledge_base_id uuid, p_provider text, p_model text, p_request_id text, p_tokens bigint,
  p_cost_usd numeric, p_verdicts jsonb
) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  if not exists (select 1 from agent_jobs.knowledge_bases where org_id = p_org_id and id = p_knowledge_base_id) then
    raise exception 'no knowledge base % in organisation %', p_knowledge_base_id, p_org_id using errcode = 'AJ001';
  end if;
  perform agent_jobs.record_usage(p_org_id, p_request_id, null, 'graph', p_provider, p_model, p_tokens, p_cost_usd);
  insert into agent_jobs.graph_judgements (org_id, knowledge_base_id, pair_key, verdict)
  select distinct on (v."pairKey") p_org_id, p_knowledge_base_id, v."pairKey", v.verdict
    from jsonb_to_recordset(p_verdicts) as v ("pairKey" text, verdict text)
   order by v."pairKey", v.verdict
  on conflict do nothing;
end $$;

create function agent_jobs.find_graph_judgements(p_org_id uuid, p_knowledge_base_id uuid, p_pair_keys text[])
returns table (pair_key text, verdict text)
language sql stable security invoker set search_path = '' as $$
  select j.pair_key, j.verdict from agent_jobs.graph_judgements j
   where j.org_id = p_org_id and j.knowledge_base_id = p_knowledge_base_id and j.pair_key = any (p_pair_keys)
$$;

-- Access, as in 20261123000010 ------------------------------------------------------------------------------------------

grant select, insert, update, delete on agent_jobs.graph_ontologies, agent_jobs.graph_judgements to service_role;
revoke all on agent_jobs.graph_ontologies, agent_jobs.graph_judgements from anon, authenticated;
revoke execute on all functions in schema agent_jobs from public, anon, authenticated;
grant execute on all functions in schema agent_jobs to service_role;
grant execute on function agent_jobs.is_member(uuid) to authenticated;
alter table agent_jobs.graph_ontologies enable row level security;
alter table agent_jobs.graph_judgements enable row level security;
grant select on agent_jobs.graph_ontologies to authenticated;
create policy members_read on agent_jobs.graph_ontologies for select to authenticated
  using (agent_jobs.is_member(org_id));

notify pgrst, 'reload schema';
