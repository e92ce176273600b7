-- What models answered, as they answered it. Tenant: org_id in every table.
--
-- An answer is stored before anything reads it, and booked in the same transaction: a reader that is mended, a crash, a
-- moved or repeated passage cost no second call, and the ledger holds exactly what was stored. An answer goes with its
-- document: nothing of a text outlives the text. What it cost stays in the ledger.
create table agent_jobs.graph_answers (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null,
  document_id uuid not null,
  model text not null check (model <> ''),
  request_id text not null,
  content text not null,
  is_truncated boolean not null,
  created_at timestamptz not null default now(),
  unique (org_id, request_id),
  unique (org_id, id),
  foreign key (org_id, document_id) references agent_jobs.documents (org_id, id) on delete cascade
);
create index graph_answers_document on agent_jobs.graph_answers (document_id);

-- Which passages an answer is about. `chunk_key` is a hash of model, prompt and passage; `place` is the passage's among
-- the `of_count` that were asked about together.
create table agent_jobs.graph_answer_chunks (
  org_id uuid not null,
  chunk_key text not null check (chunk_key <> ''),
  answer_id uuid not null,
  place integer not null check (place >= 0),
  of_count integer not null check (of_count > place),
  primary key (org_id, chunk_key),
  foreign key (org_id, answer_id) references agent_jobs.graph_answers (org_id, id) on delete cascade
);
create index graph_answer_chunks_answer on agent_jobs.graph_answer_chunks (answer_id);

-- Stores an answer about the passages of p_chunk_keys, in their order, and books what it cost. The same request again
-- changes nothing; a passage
-- that was asked about anew (its first answer could not be read) is answered by the newer one.
create function agent_jobs.store_graph_answer(
  p_org_id uuid, p_document_id uuid, p_provider text, p_model text, p_request_id text, p_content text,
  p_is_truncated boolean, p_tokens bigint, p_cost_usd numeric, p_chunk_keys text[]
) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  stored uuid;
begin
  -- Holds the document, and refuses another organisation's.
  perform agent_jobs.record_usage(p_org_id, p_request_id, p_document_id, 'graph', p_provider, p_model, p_tokens,
                                  p_cost_usd);
  insert into agent_jobs.graph_answers (org_id, document_id, model, request_id, content, is_truncated)
  values (p_org_id, p_document_id, p_model, p_request_id, p_content, p_is_truncated)
  on conflict (org_id, request_id) do nothing
  returning id into stored;
  if stored is null then
    return;
  end if;
  insert into agent_jobs.graph_answer_chunks (org_id, chunk_key, answer_id, place, of_count)
  select p_org_id, key, stored, place - 1, cardinality(p_chunk_keys)
    from unnest(p_chunk_keys) with ordinality as k (key, place)
   -- In one order, so that two workers that ask about the same passages cannot wait for each other.
   order by key
  on conflict (org_id, chunk_key) do update
    set answer_id = excluded.answer_id, place = excluded.place, of_count = excluded.of_count;
end $$;

create function agent_jobs.find_graph_answers(p_org_id uuid, p_chunk_keys text[])
returns table (chunk_key text, content text, is_truncated boolean, place integer, of_count integer)
language sql stable security invoker set search_path = '' as $$
  select c.chunk_key, a.content, a.is_truncated, c.place, c.of_count
    from agent_jobs.graph_answer_chunks c
    join agent_jobs.graph_answers a on a.id = c.answer_id
   where c.org_id = p_org_id and c.chunk_key = any (p_chunk_keys)
$$;

-- Raw answers repeat what texts say; members read the graph, which is checked.
grant select, insert, update, delete on agent_jobs.graph_answers, agent_jobs.graph_answer_chunks to service_role;
revoke all on agent_jobs.graph_answers, agent_jobs.graph_answer_chunks from anon, authenticated;
alter table agent_jobs.graph_answers enable row level security;
alter table agent_jobs.graph_answer_chunks enable row level security;
revoke execute on all functions in schema agent_jobs from public, anon, authenticated;
grant execute on all functions in schema agent_jobs to service_role;
grant execute on function agent_jobs.is_member(uuid) to authenticated;

notify pgrst, 'reload schema';
