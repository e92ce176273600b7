-- Our copy of a CRM's records, where reading stands, and what is to be read again. Tenant: org_id.
--
-- A record has three sides: `fields` is what we hold (a person or an agent may have changed it), `base` what both sides
-- last agreed on, `remote` what the CRM was last seen to hold. What is to be written is fields against base; what came
-- in is remote against base. The merge itself is a pure function (packages/crm/src/merge.ts); it reads rows with their
-- `version`, and apply_crm_records takes its outcome only for rows that are still of that version.
create table agent_jobs.crm_records (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null,
  connection_id uuid not null,
  entity text not null check (entity in ('contact', 'company', 'deal', 'note', 'task', 'pipeline', 'user', 'field')),
  remote_id text check (remote_id <> ''),  -- null: made by us, not in the CRM yet
  fields jsonb not null check (jsonb_typeof(fields) = 'object'),
  base jsonb not null check (jsonb_typeof(base) = 'object'),
  remote jsonb not null default '{}',      -- {"fields", "customFields"} by the provider's names, for a changed mapping
  raw jsonb,                               -- as it came
  links jsonb not null default '[]' check (jsonb_typeof(links) = 'array'),
  remote_updated_at timestamptz,           -- the provider's; what is older than this is not applied
  local_changed_at timestamptz,
  version bigint not null default 1,
  seen_sweep integer not null default 0,   -- the last id sweep that met it
  deleted_at timestamptz,                  -- in the CRM
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (org_id, connection_id, id),
  foreign key (org_id, connection_id) references agent_jobs.crm_connections (org_id, id) on delete cascade
);
create unique index crm_records_remote on agent_jobs.crm_records (connection_id, entity, remote_id)
  where remote_id is not null;
create index crm_records_list on agent_jobs.crm_records (connection_id, entity, id);

-- Where one way of reading one entity stands. `version` fences: a page is stored together with the step it makes, and
-- only once.
--   backfill  everything, by id          page: where it is; finished_at: done
--   delta     what changed since `synced_to`, window by window; window_to: the window that is being read
--   sweep     everything again, by id, to find what is gone (and all changes, where a filter is ignored)
--   deleted   the provider's own list of deletions
create table agent_jobs.crm_cursors (
  connection_id uuid not null,
  entity text not null,
  kind text not null check (kind in ('backfill', 'delta', 'sweep', 'deleted')),
  org_id uuid not null,
  page jsonb,
  window_from timestamptz,
  window_to timestamptz,
  synced_to timestamptz,
  pass integer not null default 0,         -- of a sweep: its number
  records_read bigint not null default 0,
  filter_ignored boolean not null default false,
  started_at timestamptz,
  finished_at timestamptz,
  version bigint not null default 1,
  updated_at timestamptz not null default now(),
  primary key (connection_id, entity, kind),
  foreign key (org_id, connection_id) references agent_jobs.crm_connections (org_id, id) on delete cascade
);

-- Records to be read again: an event named them, or their page came while they were being written.
create table agent_jobs.crm_refetches (
  connection_id uuid not null,
  entity text not null,
  remote_id text not null,
  org_id uuid not null,
  generation bigint not null default 1,    -- grows when it is asked for again: what was read before that is too old
  not_before timestamptz not null default now(),
  requested_at timestamptz not null default now(),
  primary key (connection_id, entity, remote_id),
  foreign key (org_id, connection_id) references agent_jobs.crm_connections (org_id, id) on delete cascade
);
create index crm_refetches_due on agent_jobs.crm_refetches (connection_id, not_before);

-- A field that both sides changed, or that goes to and fro. While it is open nothing writes the field, either way.
create table agent_jobs.crm_conflicts (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null,
  connection_id uuid not null,
  record_id uuid not null,
  entity text not null,
  field text not null,
  reason text not null check (reason in ('both_changed', 'flipping')),
  ours jsonb,
  crm jsonb,
  base jsonb,
  state text not null default 'open' check (state in ('open', 'resolved')),
  resolution text check (resolution in ('ours', 'crm', 'value', 'agreed')),
  resolved_by text check (resolved_by in ('policy', 'person', 'sync')),
  created_at timestamptz not null default now(),
  resolved_at timestamptz,
  foreign key (org_id, connection_id, record_id) references agent_jobs.crm_records (org_id, connection_id, id)
    on delete cascade
);
create unique index crm_conflicts_open on agent_jobs.crm_conflicts (record_id, field) where state = 'open';
create index crm_conflicts_list on agent_jobs.crm_conflicts (connection_id, created_at desc, id desc);

-- How often a field that we write changed direction lately. Past the limit it is frozen: two automations are fighting.
create table agent_jobs.crm_field_flips (
  record_id uuid not null,
  field text not null,
  org_id uuid not null,
  connection_id uuid not null,
  direction text not null check (direction in ('in', 'out')),
  flips integer not null default 0,
  since timestamptz not null default now(),
  primary key (record_id, field),
  foreign key (org_id, connection_id, record_id) references agent_jobs.crm_records (org_id, connection_id, id)
    on delete cascade
);
create index crm_field_flips_connection on agent_jobs.crm_field_flips (org_id, connection_id, record_id);

-- What could not be read or written, record by record; the others went through.
create table agent_jobs.crm_record_errors (
  connection_id uuid not null,
  entity text not null,
  subject text not null,                   -- the CRM's id, or ours where it has none
  code text not null,
  org_id uuid not null,
  message text not null,
  occurrences integer not null default 1,
  first_at timestamptz not null default now(),
  last_at timestamptz not null default now(),
  primary key (connection_id, entity, subject, code),
  foreign key (org_id, connection_id) references agent_jobs.crm_connections (org_id, id) on delete cascade
);

-- Asks for records to be read again. Events coalesce; one of our own making is left out where the provider says so.
-- p_changes: [{"entity", "remote_id", "action", "changed_by"}]. Returns how many are asked for.
create function agent_jobs.request_crm_refetch(p_org_id uuid, p_connection_id uuid, p_changes jsonb) returns integer
language plpgsql security invoker set search_path = '' as $$
declare
  asked integer;
begin
  perform 1 from agent_jobs.crm_connections where org_id = p_org_id and id = p_connection_id;
  if not found then
    raise exception 'CRM connection % does not exist for organisation %', p_connection_id, p_org_id
      using errcode = 'AJ001';
  end if;
  insert into agent_jobs.crm_refetches as r (connection_id, entity, remote_id, org_id)
  select distinct p_connection_id, c.entity, c.remote_id, p_org_id
    from jsonb_to_recordset(p_changes) as c (entity text, remote_id text, changed_by text)
   where c.entity in ('contact', 'company', 'deal', 'note', 'task', 'pipeline', 'user', 'field')
     and c.remote_id <> '' and c.changed_by is distinct from 'us'
   order by c.entity, c.remote_id  -- one order for all: two that come at once wait for each other, never in a circle
  on conflict (connection_id, entity, remote_id) do update
    set generation = r.generation + 1, requested_at = now(), not_before = least(r.not_before, now());
  get diagnostics asked = row_count;
  return asked;
end $$;

-- The next records to read again, oldest request first, of one entity: one batch request.
create function agent_jobs.due_crm_refetches(p_org_id uuid, p_connection_id uuid, p_limit integer)
returns table (entity text, remote_id text, generation bigint)
language sql stable security invoker set search_path = '' as $$
  with first_one as (
    select r.entity from agent_jobs.crm_refetches r
     where r.org_id = p_org_id and r.connection_id = p_connection_id and r.not_before <= now()
     order by r.not_before, r.entity limit 1
  )
  select r.entity, r.remote_id, r.generation
    from agent_jobs.crm_refetches r join first_one on first_one.entity = r.entity
   where r.org_id = p_org_id and r.connection_id = p_connection_id and r.not_before <= now()
   order by r.not_before, r.remote_id
   limit p_limit
$$;

-- Everything the merge needs of the records that a page names.
create function agent_jobs.crm_records_to_merge(
  p_org_id uuid, p_connection_id uuid, p_entity text, p_remote_ids text[]
) returns table (
  id uuid, remote_id text, version bigint, fields jsonb, base jsonb, remote jsonb, links jsonb, held text[],
  remote_updated_at timestamptz, local_changed_at timestamptz, deleted_at timestamptz
)
language sql stable security invoker set search_path = '' as $$
  select r.id, r.remote_id, r.version, r.fields, r.base, r.remote, r.links,
         array(select c.field from agent_jobs.crm_conflicts c where c.record_id = r.id and c.state = 'open'),
         r.remote_updated_at, r.local_changed_at, r.deleted_at
    from agent_jobs.crm_records r
   where r.org_id = p_org_id and r.connection_id = p_connection_id and r.entity = p_entity
     and r.remote_id = any (p_remote_ids)
$$;

-- A step of a cursor: only from the version that was read. p_step: {"entity", "kind", "version", …columns}.
create function agent_jobs.step_crm_cursor(p_org_id uuid, p_connection_id uuid, p_step jsonb) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  update agent_jobs.crm_cursors c
     set page = nullif(p_step -> 'page', 'null'), window_from = (p_step ->> 'window_from')::timestamptz,
         window_to = (p_step ->> 'window_to')::timestamptz, synced_to = (p_step ->> 'synced_to')::timestamptz,
         pass = coalesce((p_step ->> 'pass')::integer, c.pass),
         records_read = c.records_read + coalesce((p_step ->> 'records')::integer, 0),
         filter_ignored = coalesce((p_step ->> 'filter_ignored')::boolean, c.filter_ignored),
         started_at = (p_step ->> 'started_at')::timestamptz, finished_at = (p_step ->> 'finished_at')::timestamptz,
         version = c.version + 1, updated_at = now()
   where c.org_id = p_org_id and c.connection_id = p_connection_id and c.entity = p_step ->> 'entity'
     and c.kind = p_step ->> 'kind' and c.version = (p_step ->> 'version')::bigint;
  if not found then
    raise exception 'CRM connection %: another worker is reading % (%)', p_connection_id, p_step ->> 'entity',
      p_step ->> 'kind' using errcode = 'AJ002';
  end if;
end $$;

-- The cursor, made on first use.
create function agent_jobs.open_crm_cursor(p_org_id uuid, p_connection_id uuid, p_entity text, p_kind text)
returns agent_jobs.crm_cursors
language plpgsql security invoker set search_path = '' as $$
declare
  cursor_row agent_jobs.crm_cursors;
begin
  select * into cursor_row from agent_jobs.crm_cursors
   where org_id = p_org_id and connection_id = p_connection_id and entity = p_entity and kind = p_kind;
  if found then
    return cursor_row;
  end if;
  perform 1 from agent_jobs.crm_connections where org_id = p_org_id and id = p_connection_id;
  if not found then
    raise exception 'CRM connection % does not exist for organisation %', p_connection_id, p_org_id
      using errcode = 'AJ001';
  end if;
  insert into agent_jobs.crm_cursors (connection_id, entity, kind, org_id)
  values (p_connection_id, p_entity, p_kind, p_org_id) on conflict do nothing;
  select * into strict cursor_row from agent_jobs.crm_cursors
   where connection_id = p_connection_id and entity = p_entity and kind = p_kind;
  return cursor_row;
end $$;

create function agent_jobs.note_crm_record_error(
  p_org_id uuid, p_connection_id uuid, p_entity text, p_subject text, p_code text, p_message text
) returns void
language sql security invoker set search_path = '' as $$
  insert into agent_jobs.crm_record_errors as e (connection_id, entity, subject, code, org_id, message)
  values (p_connection_id, p_entity, p_subject, p_code, p_org_id, left(p_message, 2000))
  on conflict (connection_id, entity, subject, code) do update
    set message = excluded.message, occurrences = e.occurrences + 1, last_at = now()
$$;

-- A page of the CRM's records as the merge left them, together with the step that reading makes: one transaction, so a
-- worker that dies re-reads one page at most.
--   p_rows      [{"remote_id", "version" (0: new), "fields", "base", "remote", "raw", "links", "remote_updated_at",
--                 "pulled": [field], "closes": [field], "push": bool, "conflicts": [{"field", "ours", "crm", "base",
--                 "resolution" (null: open)}]}], changed rows only
--   p_missing   ids that are gone in the CRM
--   p_seen      ids that the sweep number p_sweep met
--   p_settled   [{"remote_id", "generation"}], refetches that this answers
--   p_errors    [{"subject", "code", "message"}]
-- A row that changed since it was read, or that is being written right now, is left alone and read again soon.
-- Returns {"stored", "again"}.
create function agent_jobs.apply_crm_records(
  p_org_id uuid, p_connection_id uuid, p_entity text, p_rows jsonb, p_missing text[], p_seen text[], p_sweep integer,
  p_settled jsonb, p_errors jsonb, p_step jsonb
) returns jsonb
language plpgsql security invoker set search_path = '' set statement_timeout = '120s' as $$
declare
  stored uuid[];
  stored_remote text[];
  again text[];
begin
  perform 1 from agent_jobs.crm_connections where org_id = p_org_id and id = p_connection_id for key share;
  if not found then
    raise exception 'CRM connection % does not exist for organisation %', p_connection_id, p_org_id
      using errcode = 'AJ001';
  end if;
  if p_step is not null then
    perform agent_jobs.step_crm_cursor(p_org_id, p_connection_id, p_step);
  end if;

  delete from agent_jobs.crm_refetches r
   using jsonb_to_recordset(p_settled) as s (remote_id text, generation bigint)
   where r.org_id = p_org_id and r.connection_id = p_connection_id and r.entity = p_entity
     and r.remote_id = s.remote_id and r.generation = s.generation;

  -- Rows are locked in the order of their ids, here and wherever several are.
  perform 1 from agent_jobs.crm_records r
    where r.connection_id = p_connection_id and r.entity = p_entity
      and r.remote_id in (select i.remote_id from jsonb_to_recordset(p_rows) as i (remote_id text)
                          union all select unnest(p_missing))
    order by r.id for no key update;

  with incoming as (
    select * from jsonb_to_recordset(p_rows) as i (
      remote_id text, version bigint, fields jsonb, base jsonb, remote jsonb, raw jsonb, links jsonb,
      remote_updated_at timestamptz)
  ), written as (
    insert into agent_jobs.crm_records as r
      (org_id, connection_id, entity, remote_id, fields, base, remote, raw, links, remote_updated_at, version)
    select p_org_id, p_connection_id, p_entity, i.remote_id, i.fields, i.base, i.remote, i.raw,
           coalesce(i.links, '[]'), i.remote_updated_at, i.version + 1
      from incoming i
     where not exists (
       select 1 from agent_jobs.crm_records busy
         join agent_jobs.crm_outbox o on o.record_id = busy.id and o.state = 'sending'
        where busy.connection_id = p_connection_id and busy.entity = p_entity and busy.remote_id = i.remote_id)
       and (i.version = 0 or exists (
         select 1 from agent_jobs.crm_records known
          where known.connection_id = p_connection_id and known.entity = p_entity and known.remote_id = i.remote_id
            and known.version = i.version))
    on conflict (connection_id, entity, remote_id) where remote_id is not null do update
      set fields = excluded.fields, base = excluded.base, remote = excluded.remote, raw = excluded.raw,
          links = excluded.links, remote_updated_at = excluded.remote_updated_at, version = excluded.version,
          deleted_at = null, updated_at = now()
      where r.version = excluded.version - 1
    returning r.id, r.remote_id
  )
  select coalesce(array_agg(w.id), '{}'), coalesce(array_agg(w.remote_id), '{}') into stored, stored_remote
    from written w;

  select coalesce(array_agg(i.remote_id), '{}') into again
    from jsonb_to_recordset(p_rows) as i (remote_id text) where i.remote_id <> all (stored_remote);
  insert into agent_jobs.crm_refetches as r (connection_id, entity, remote_id, org_id, not_before)
  select p_connection_id, p_entity, a.remote_id, p_org_id, now() + interval '1 second' from unnest(again) a (remote_id)
   order by a.remote_id
  on conflict (connection_id, entity, remote_id) do update set generation = r.generation + 1;

  -- Gone in the CRM; what we meant to write to it has nowhere to go.
  with gone as (
    update agent_jobs.crm_records r
       set deleted_at = now(), version = r.version + 1, updated_at = now()
     where r.org_id = p_org_id and r.connection_id = p_connection_id and r.entity = p_entity
       and r.remote_id = any (p_missing) and r.deleted_at is null
    returning r.id
  )
  update agent_jobs.crm_outbox o
     set state = 'refused', code = 'crm_record_refused', message = 'The record was deleted in the CRM.',
         updated_at = now()
    from gone where o.record_id = gone.id and o.state = 'pending';

  if p_sweep is not null then
    update agent_jobs.crm_records r set seen_sweep = p_sweep
     where r.org_id = p_org_id and r.connection_id = p_connection_id and r.entity = p_entity
       and r.remote_id = any (p_seen) and r.seen_sweep <> p_sweep;
  end if;

  perform agent_jobs.note_crm_record_error(p_org_id, p_connection_id, p_entity, e.subject, e.code, e.message)
    from jsonb_to_recordset(p_errors) as e (subject text, code text, message text);
  if cardinality(stored) > 0 then
    perform agent_jobs.settle_crm_merge(p_org_id, p_connection_id, p_entity, p_rows, stored);
  end if;
  return jsonb_build_object('stored', cardinality(stored), 'again', cardinality(again));
end $$;

-- What a merge leaves to do beside the rows: conflicts, flips, and writes for what is ours.
create function agent_jobs.settle_crm_merge(
  p_org_id uuid, p_connection_id uuid, p_entity text, p_rows jsonb, p_stored uuid[]
) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  -- Both sides came to the same value by themselves.
  update agent_jobs.crm_conflicts c
     set state = 'resolved', resolution = 'agreed', resolved_by = 'sync', resolved_at = now()
    from agent_jobs.crm_records r,
         jsonb_to_recordset(p_rows) as i (remote_id text, closes jsonb)
   where r.id = any (p_stored) and r.remote_id = i.remote_id and c.record_id = r.id and c.state = 'open'
     and i.closes ? c.field;

  insert into agent_jobs.crm_conflicts as c
    (org_id, connection_id, record_id, entity, field, reason, ours, crm, base, state, resolution, resolved_by, resolved_at)
  select p_org_id, p_connection_id, r.id, p_entity, f.field, 'both_changed', f.ours, f.crm, f.base,
         case when f.resolution is null then 'open' else 'resolved' end, f.resolution,
         case when f.resolution is not null then 'policy' end, case when f.resolution is not null then now() end
    from jsonb_to_recordset(p_rows) as i (remote_id text, conflicts jsonb)
    join agent_jobs.crm_records r on r.connection_id = p_connection_id and r.entity = p_entity
                                 and r.remote_id = i.remote_id and r.id = any (p_stored)
    cross join lateral jsonb_to_recordset(i.conflicts) as f (field text, ours jsonb, crm jsonb, base jsonb, resolution text)
  on conflict (record_id, field) where state = 'open' do update set crm = excluded.crm, ours = excluded.ours;

  perform agent_jobs.note_crm_flips(p_org_id, p_connection_id, 'in', coalesce((
    select jsonb_agg(jsonb_build_object('record_id', r.id, 'field', p.field))
      from jsonb_to_recordset(p_rows) as i (remote_id text, pulled jsonb)
      join agent_jobs.crm_records r on r.connection_id = p_connection_id and r.entity = p_entity
                                   and r.remote_id = i.remote_id and r.id = any (p_stored)
      cross join lateral jsonb_array_elements_text(i.pulled) as p (field)
     where exists (select 1 from agent_jobs.crm_field_flips known
                    where known.record_id = r.id and known.field = p.field)), '[]'));

  insert into agent_jobs.crm_outbox (org_id, connection_id, record_id, entity, op, idempotency_key)
  select p_org_id, p_connection_id, r.id, p_entity, 'update', 'merge-' || gen_random_uuid()
    from jsonb_to_recordset(p_rows) as i (remote_id text, push boolean)
    join agent_jobs.crm_records r on r.connection_id = p_connection_id and r.entity = p_entity
                                 and r.remote_id = i.remote_id and r.id = any (p_stored)
   where i.push
  on conflict (record_id) where state = 'pending' do nothing;
end $$;

-- Counts changes of direction; a field that turned more than six times within ten minutes is frozen by a conflict.
-- p_fields: [{"record_id", "field"}].
create function agent_jobs.note_crm_flips(p_org_id uuid, p_connection_id uuid, p_direction text, p_fields jsonb)
returns void
language plpgsql security invoker set search_path = '' as $$
begin
  with turned as (
    insert into agent_jobs.crm_field_flips as f (record_id, field, org_id, connection_id, direction)
    select x.record_id, x.field, p_org_id, p_connection_id, p_direction
      from jsonb_to_recordset(p_fields) as x (record_id uuid, field text)
     order by x.record_id, x.field
    on conflict (record_id, field) do update
      set flips = case when f.since < now() - interval '10 minutes' then 0 else f.flips end
                  + (f.direction <> excluded.direction)::integer,
          since = case when f.since < now() - interval '10 minutes' then now() else f.since end,
          direction = excluded.direction
    returning f.record_id, f.field, f.flips
  )
  insert into agent_jobs.crm_conflicts
    (org_id, connection_id, record_id, entity, field, reason, ours, crm, base)
  select p_org_id, p_connection_id, r.id, r.entity, t.field, 'flipping', r.fields -> t.field, r.base -> t.field,
         r.base -> t.field
    from turned t join agent_jobs.crm_records r on r.id = t.record_id
   where t.flips > 6
  on conflict (record_id, field) where state = 'open' do nothing;
end $$;

-- Ends a sweep: records that were there before it began and that it did not meet are read again, which tells whether
-- they are gone. Returns how many.
create function agent_jobs.finish_crm_sweep(
  p_org_id uuid, p_connection_id uuid, p_entity text, p_sweep integer, p_started_at timestamptz, p_step jsonb
) returns integer
language plpgsql security invoker set search_path = '' set statement_timeout = '120s' as $$
declare
  asked integer;
begin
  perform agent_jobs.step_crm_cursor(p_org_id, p_connection_id, p_step);
  insert into agent_jobs.crm_refetches as f (connection_id, entity, remote_id, org_id)
  select r.connection_id, r.entity, r.remote_id, r.org_id
    from agent_jobs.crm_records r
   where r.org_id = p_org_id and r.connection_id = p_connection_id and r.entity = p_entity
     and r.remote_id is not null and r.deleted_at is null and r.seen_sweep < p_sweep and r.created_at < p_started_at
   order by r.remote_id
  on conflict (connection_id, entity, remote_id) do update set generation = f.generation + 1;
  get diagnostics asked = row_count;
  return asked;
end $$;
