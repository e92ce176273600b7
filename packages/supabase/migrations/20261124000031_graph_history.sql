-- The history of a graph: what became one and how that is undone, and what reading cost. Tenant: org_id in every table.

-- What became one, and how it is undone ------------------------------------------------------------------------------------

-- Every time that resolution made things one or took them apart: entities of `member_ids` stood for `before_id` and stand
-- for `after_id` since; `other_ids` are those that they were joined with, or were parted from. Ids alone: nothing of a text
-- outlives the text. An entry is history and never read to know what is one now: that follows from names and decisions.
create table agent_jobs.graph_merges (
  id bigint generated always as identity primary key,
  org_id uuid not null,
  knowledge_base_id uuid not null,
  kind text not null check (kind in ('joined', 'parted')),
  before_id uuid not null,
  after_id uuid not null,
  member_ids uuid[] not null,
  other_ids uuid[] not null,
  undone_at timestamptz,
  created_at timestamptz not null default now(),
  foreign key (org_id, knowledge_base_id) references agent_jobs.knowledge_bases (org_id, id) on delete cascade
);
create index graph_merges_base on agent_jobs.graph_merges (knowledge_base_id, id desc);
create index graph_merges_org on agent_jobs.graph_merges (org_id);

-- As before, and writes down what became one and what was parted.
create or replace function agent_jobs.assign_canonical_entities(
  p_org_id uuid, p_knowledge_base_id uuid, p_change bigint, p_assignments jsonb
) returns integer
language plpgsql security invoker set search_path = '' as $$
declare
  changed uuid[];
  befores uuid[];
  afters uuid[];
begin
  if not exists (select 1 from agent_jobs.knowledge_bases where org_id = p_org_id and id = p_knowledge_base_id) then
    raise exception 'no knowledge base % in organisation %', p_knowledge_base_id, p_org_id using errcode = 'AJ001';
  end if;
  -- Held until the end, so that it cannot be settled meanwhile.
  perform 1 from agent_jobs.graph_changes
    where org_id = p_org_id and knowledge_base_id = p_knowledge_base_id and id = p_change for share;
  if not found then
    raise exception 'change % of knowledge base % is settled', p_change, p_knowledge_base_id using errcode = 'AJ002';
  end if;
  perform 1 from agent_jobs.graph_entities e
    where e.org_id = p_org_id and e.knowledge_base_id = p_knowledge_base_id
      and e.id in (select id from jsonb_to_recordset(p_assignments) as a (id uuid))
    order by e.id for no key update;
  select array_agg(e.id), array_agg(e.canonical_id), array_agg(a."canonicalId") into changed, befores, afters
    from jsonb_to_recordset(p_assignments) as a (id uuid, "canonicalId" uuid)
    join agent_jobs.graph_entities e on e.id = a.id
   where e.org_id = p_org_id and e.knowledge_base_id = p_knowledge_base_id and e.canonical_id <> a."canonicalId";
  if changed is null then
    return 0;
  end if;
  update agent_jobs.graph_entities e set canonical_id = m.after_id
    from unnest(changed, afters) as m (id, after_id) where e.id = m.id;
  perform 1 from agent_jobs.graph_edges where source_id = any (changed) or target_id = any (changed)
    order by id for no key update;
  -- What they stand between follows from their ends (canonical_edge).
  update agent_jobs.graph_edges set canonical_id = canonical_id
   where source_id = any (changed) or target_id = any (changed);

  insert into agent_jobs.graph_merges
    (org_id, knowledge_base_id, kind, before_id, after_id, member_ids, other_ids)
  select p_org_id, p_knowledge_base_id, case when joined.ids is null then 'parted' else 'joined' end,
         m.before_id, m.after_id, m.ids, coalesce(joined.ids, parted.ids)
    from (
      select before_id, after_id, array_agg(id order by id) as ids
        from unnest(changed, befores, afters) as c (id, before_id, after_id)
       group by before_id, after_id
    ) m
    cross join lateral (
      select (array_agg(e.id order by e.id))[:100] as ids from agent_jobs.graph_entities e
       where e.canonical_id = m.after_id and e.org_id = p_org_id and e.id <> all (m.ids)
    ) joined
    cross join lateral (
      select (array_agg(e.id order by e.id))[:100] as ids from agent_jobs.graph_entities e
       where e.canonical_id = m.before_id and e.org_id = p_org_id and e.id <> all (m.ids)
    ) parted
   -- Neither: they only go by another of their own ids, because the smallest came or went.
   where joined.ids is not null or parted.ids is not null
   order by m.before_id, m.after_id;
  return cardinality(changed);
end $$;

-- Entities by their own ids: what each was called before anything was made one.
create function agent_jobs.name_entities(p_org_id uuid, p_ids uuid[]) returns jsonb
language sql stable security invoker set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object(
           'id', e.id, 'type', e.type, 'name', coalesce(m.name, e.key), 'mention_count', m.mentions)
           order by m.mentions desc, e.id), '[]')
    from agent_jobs.graph_entities e
    cross join lateral (
      select mode() within group (order by l.name collate "C") as name, count(*) as mentions
        from agent_jobs.live_mentions l where l.entity_id = e.id
    ) m
   where e.org_id = p_org_id and e.id = any (p_ids)
$$;

-- The latest first, from p_before_id on. Members and others as far as they are still there.
create function agent_jobs.list_graph_merges(
  p_org_id uuid, p_knowledge_base_id uuid, p_limit integer, p_before_id bigint
) returns table (id bigint, kind text, before_id uuid, after_id uuid, members jsonb, others jsonb, undone_at timestamptz,
                 created_at timestamptz)
language sql stable security invoker set search_path = '' as $$
  select m.id, m.kind, m.before_id, m.after_id, agent_jobs.name_entities(p_org_id, m.member_ids),
         agent_jobs.name_entities(p_org_id, m.other_ids), m.undone_at, m.created_at
    from agent_jobs.graph_merges m
   where m.org_id = p_org_id and m.knowledge_base_id = p_knowledge_base_id
     and (p_before_id is null or m.id < p_before_id)
   order by m.id desc
   limit p_limit
$$;

-- One thing and the entities that it is made of. Null: the organisation has none of this id that is published.
create function agent_jobs.describe_members(p_org_id uuid, p_entity_id uuid) returns jsonb
language plpgsql stable security invoker set search_path = '' as $$
declare
  centre constant uuid := agent_jobs.canonical_entity(p_org_id, p_entity_id);
  entity jsonb := agent_jobs.find_entities(p_org_id, array[centre]) -> 0;
begin
  if entity is null or not exists (
    select 1 from agent_jobs.graph_entities e join agent_jobs.live_mentions m on m.entity_id = e.id
     where e.canonical_id = centre and e.org_id = p_org_id)
     and not exists (select 1 from agent_jobs.steps_from(array[centre], 1, true)) then
    return null;
  end if;
  return jsonb_build_object('entity', entity, 'members', agent_jobs.name_entities(p_org_id, array(
    select id from agent_jobs.graph_entities where canonical_id = centre and org_id = p_org_id)));
end $$;

-- Takes an entry back, by decisions, so that it holds whatever names come: what was joined is apart from now on; of what was
-- parted each word "apart" is taken back, and where none was said, the two sides are the same. Again: nothing. False: no
-- such entry.
create function agent_jobs.undo_graph_merge(p_org_id uuid, p_knowledge_base_id uuid, p_merge_id bigint) returns boolean
language plpgsql security invoker set search_path = '' as $$
declare
  merge agent_jobs.graph_merges;
begin
  select * into merge from agent_jobs.graph_merges
    where org_id = p_org_id and knowledge_base_id = p_knowledge_base_id and id = p_merge_id for update;
  if not found then
    return false;
  end if;
  if merge.undone_at is not null then
    return true;
  end if;
  with pairs as (
    select least(m, o) as first_id, greatest(m, o) as second_id
      from unnest(merge.member_ids) m cross join unnest(merge.other_ids) o
  )
  delete from agent_jobs.graph_decisions d using pairs p
   where d.knowledge_base_id = p_knowledge_base_id and d.first_id = p.first_id and d.second_id = p.second_id;
  if merge.kind = 'joined' then
    insert into agent_jobs.graph_decisions (org_id, knowledge_base_id, first_id, second_id, verdict)
    select p_org_id, p_knowledge_base_id, least(m, o), greatest(m, o), 'apart'
      from unnest(merge.member_ids) m cross join unnest(merge.other_ids) o
     order by 3, 4;
  elsif not found then
    insert into agent_jobs.graph_decisions (org_id, knowledge_base_id, first_id, second_id, verdict)
    values (p_org_id, p_knowledge_base_id, least(merge.member_ids[1], merge.other_ids[1]),
            greatest(merge.member_ids[1], merge.other_ids[1]), 'same');
  end if;
  update agent_jobs.graph_merges set undone_at = now() where id = p_merge_id;
  insert into agent_jobs.graph_changes (org_id, knowledge_base_id) values (p_org_id, p_knowledge_base_id);
  return true;
end $$;

-- What reading cost ---------------------------------------------------------------------------------------------------------

-- A document's bill for its graph, and each chunk's share of it: an answer's cost is shared evenly among the passages it was
-- asked about together, and a passage's among the chunks that are word for word the same. What was paid for answers that a
-- later one replaced is in the document's bill alone. Chunks of the newest generation; those whose reading came along from
-- an older one, or was answered before, cost nothing again. Null: no such document.
create function agent_jobs.graph_costs(p_org_id uuid, p_document_id uuid) returns jsonb
language plpgsql stable security invoker set search_path = '' as $$
declare
  document agent_jobs.documents;
begin
  select * into document from agent_jobs.documents where org_id = p_org_id and id = p_document_id;
  if not found then
    return null;
  end if;
  return (
    with read as (
      select c.id, c.ordinal, x.extractor, x.entity_count, x.relation_count, jsonb_array_length(x.rejected) as rejected,
             x.answer_keys
        from agent_jobs.chunks c
        join agent_jobs.graph_extractions x on x.chunk_id = c.id
       where c.document_id = p_document_id and c.generation = document.generation
    ), asked as (
      select r.id, key, count(*) over (partition by key) as alike from read r cross join unnest(r.answer_keys) key
    ), shares as (
      select q.id, sum(u.tokens / k.of_count::numeric / q.alike) as tokens, sum(u.cost_usd / k.of_count / q.alike) as cost_usd
        from asked q
        join agent_jobs.graph_answer_chunks k on k.org_id = p_org_id and k.chunk_key = q.key
        join agent_jobs.graph_answers a on a.id = k.answer_id and a.document_id = p_document_id
        join agent_jobs.usage_events u on u.org_id = p_org_id and u.request_id = a.request_id
       group by q.id
    ), priced as (
      select r.*, coalesce(s.tokens, 0) as tokens, coalesce(s.cost_usd, 0) as cost_usd
        from read r left join shares s on s.id = r.id
    )
    select jsonb_build_object(
      'requests', (select count(*) from agent_jobs.usage_events
                    where org_id = p_org_id and document_id = p_document_id and purpose = 'graph'),
      'tokens', (select coalesce(sum(tokens), 0) from agent_jobs.usage_events
                  where org_id = p_org_id and document_id = p_document_id and purpose = 'graph'),
      'cost_usd', (select coalesce(sum(cost_usd), 0) from agent_jobs.usage_events
                    where org_id = p_org_id and document_id = p_document_id and purpose = 'graph'),
      'chunks', coalesce((
        select jsonb_agg(jsonb_build_object(
                 'chunk_id', p.id, 'ordinal', p.ordinal, 'extractor', p.extractor, 'entity_count', p.entity_count,
                 'edge_count', p.relation_count, 'rejected_count', p.rejected, 'tokens', round(p.tokens),
                 'cost_usd', p.cost_usd) order by p.ordinal)
          from priced p), '[]')));
end $$;

-- An organisation's bill for graphs, of one base or of all, document by document: the dearest first. `total` also holds what
-- was paid for documents that are gone and for judging names, which belongs to no document.
create function agent_jobs.graph_bill(p_org_id uuid, p_from timestamptz, p_to timestamptz, p_limit integer) returns jsonb
language sql stable security invoker set search_path = '' as $$
  with paid as (
    select u.document_id, count(*) as requests, sum(u.tokens) as tokens, sum(u.cost_usd) as cost_usd
      from agent_jobs.usage_events u
     where u.org_id = p_org_id and u.purpose = 'graph' and u.created_at >= p_from and u.created_at < p_to
     group by u.document_id
  )
  select jsonb_build_object(
    'requests', coalesce(sum(requests), 0), 'tokens', coalesce(sum(tokens), 0), 'cost_usd', coalesce(sum(cost_usd), 0),
    'documents', coalesce((
      select jsonb_agg(jsonb_build_object(
               'document_id', d.id, 'document_name', d.name, 'requests', p.requests, 'tokens', p.tokens,
               'cost_usd', p.cost_usd) order by p.cost_usd desc, d.id)
        from (select * from paid where document_id is not null order by cost_usd desc, document_id limit p_limit) p
        join agent_jobs.documents d on d.id = p.document_id), '[]'))
    from paid
$$;

-- Access, as in 20261123000010 ------------------------------------------------------------------------------------------

grant select, insert, update, delete on agent_jobs.graph_merges to service_role;
grant usage, select on all sequences in schema agent_jobs to service_role;
revoke all on agent_jobs.graph_merges from anon, authenticated;
alter table agent_jobs.graph_merges enable row level security;
grant select on agent_jobs.graph_merges to authenticated;
create policy members_read on agent_jobs.graph_merges for select to authenticated
  using (agent_jobs.is_member(org_id));
revoke execute on all functions in schema agent_jobs from public, anon, authenticated;
grant execute on all functions in schema agent_jobs to service_role;
grant execute on function agent_jobs.is_member(uuid) to authenticated;

notify pgrst, 'reload schema';
