-- What is to be written to a CRM. Tenant: org_id.
--
--   pending → sending → done | refused      A row is a wake-up for its record: what is written is computed when it is
--      ↑         │                          taken, as the record's fields against its base. So edits coalesce, and a
--      └─────────┘ unclear                  repeated write after a crash is computed anew instead of sent anew.
--
-- `unclear`: nobody knows whether an earlier attempt arrived. Such a record is read, or searched for by external id,
-- before anything is sent again.
create table agent_jobs.crm_outbox (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null,
  connection_id uuid not null,
  record_id uuid not null,
  entity text not null,
  op text not null check (op in ('create', 'update', 'message')),
  payload jsonb,                           -- of a message: what is sent; the record is the note that it becomes
  idempotency_key text not null check (idempotency_key <> '' and char_length(idempotency_key) <= 300),
  state text not null default 'pending' check (state in ('pending', 'sending', 'done', 'refused', 'cancelled')),
  unclear boolean not null default false,
  attempts integer not null default 0,
  lease uuid,
  lease_until timestamptz,
  not_before timestamptz not null default now(),
  sent_at timestamptz,                     -- the first attempt that may have arrived
  code text,
  message text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (connection_id, idempotency_key),
  foreign key (org_id, connection_id, record_id) references agent_jobs.crm_records (org_id, connection_id, id)
    on delete cascade
);
create unique index crm_outbox_waiting on agent_jobs.crm_outbox (record_id) where state = 'pending';
create index crm_outbox_sending on agent_jobs.crm_outbox (record_id) where state = 'sending';
create index crm_outbox_due on agent_jobs.crm_outbox (connection_id, not_before) where state in ('pending', 'sending');
create index crm_outbox_record on agent_jobs.crm_outbox (org_id, connection_id, record_id);

-- A record of our own making; it is written to the CRM under its id as the external id. The same key gives the same
-- record, however often it is asked for. p_message: it is sent as a message and becomes this note.
create function agent_jobs.create_crm_record(
  p_org_id uuid, p_connection_id uuid, p_entity text, p_fields jsonb, p_links jsonb, p_idempotency_key text,
  p_message jsonb
) returns agent_jobs.crm_records
language plpgsql security invoker set search_path = '' as $$
declare
  connection agent_jobs.crm_connections := agent_jobs.lock_crm_connection(p_org_id, p_connection_id);
  record_row agent_jobs.crm_records;
begin
  select r.* into record_row
    from agent_jobs.crm_outbox o join agent_jobs.crm_records r on r.id = o.record_id
   where o.connection_id = connection.id and o.idempotency_key = p_idempotency_key;
  if found then
    return record_row;
  end if;
  insert into agent_jobs.crm_records (org_id, connection_id, entity, fields, base, links, local_changed_at)
  values (p_org_id, p_connection_id, p_entity, p_fields, '{}', p_links, now())
  returning * into record_row;
  insert into agent_jobs.crm_outbox (org_id, connection_id, record_id, entity, op, payload, idempotency_key)
  values (p_org_id, p_connection_id, record_row.id, p_entity,
          case when p_message is null then 'create' else 'message' end, p_message, p_idempotency_key);
  return record_row;
end $$;

-- Our side's edit. A field whose conflict is open may be edited; it waits with the conflict. p_version null: whatever
-- it is; otherwise the version the caller has seen (AJ003 where it moved on).
create function agent_jobs.edit_crm_record(
  p_org_id uuid, p_connection_id uuid, p_record_id uuid, p_changes jsonb, p_version bigint, p_idempotency_key text
) returns agent_jobs.crm_records
language plpgsql security invoker set search_path = '' as $$
declare
  record_row agent_jobs.crm_records;
begin
  select * into record_row from agent_jobs.crm_records
   where org_id = p_org_id and connection_id = p_connection_id and id = p_record_id for no key update;
  if not found then
    raise exception 'record % does not exist for organisation %', p_record_id, p_org_id using errcode = 'AJ001';
  end if;
  if exists (select 1 from agent_jobs.crm_outbox
              where connection_id = p_connection_id and idempotency_key = p_idempotency_key) then
    return record_row;  -- done before
  end if;
  if p_version is not null and record_row.version <> p_version then
    raise exception 'record % has version % by now', p_record_id, record_row.version using errcode = 'AJ003';
  end if;
  if record_row.deleted_at is not null then
    raise exception 'record % was deleted in the CRM', p_record_id using errcode = 'AJ003';
  end if;
  update agent_jobs.crm_records
     set fields = fields || p_changes, local_changed_at = now(), version = version + 1, updated_at = now()
   where id = p_record_id
  returning * into record_row;
  insert into agent_jobs.crm_outbox (org_id, connection_id, record_id, entity, op, idempotency_key)
  values (p_org_id, p_connection_id, p_record_id, record_row.entity,
          case when record_row.remote_id is null then 'create' else 'update' end, p_idempotency_key)
  on conflict (record_id) where state = 'pending' do nothing;
  return record_row;
end $$;

-- Writes with what they are computed from.
create function agent_jobs.crm_writes(p_ids uuid[]) returns jsonb
language sql stable security invoker set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object(
           'id', o.id, 'op', o.op, 'payload', o.payload, 'lease', o.lease, 'unclear', o.unclear, 'attempts', o.attempts, 'entity', r.entity,
           'record_id', r.id, 'remote_id', r.remote_id, 'fields', r.fields, 'base', r.base, 'links', r.links, 'sent_at', o.sent_at,
           'held', (select coalesce(jsonb_agg(c.field), '[]') from agent_jobs.crm_conflicts c
                     where c.record_id = r.id and c.state = 'open'))
         order by o.created_at, o.id), '[]')
    from agent_jobs.crm_outbox o join agent_jobs.crm_records r on r.id = o.record_id
   where o.id = any (p_ids)
$$;

-- What waits to be written, oldest first, without taking it: for the dry run.
create function agent_jobs.waiting_crm_writes(p_org_id uuid, p_connection_id uuid, p_limit integer) returns jsonb
language sql stable security invoker set search_path = '' as $$
  select agent_jobs.crm_writes(array(
    select o.id from agent_jobs.crm_outbox o
     where o.org_id = p_org_id and o.connection_id = p_connection_id and o.state in ('pending', 'sending')
     order by o.created_at, o.id limit p_limit))
$$;

-- The next writes of a connection, with their records. Rows whose holder died become unclear first.
create function agent_jobs.claim_crm_outbox(
  p_org_id uuid, p_connection_id uuid, p_limit integer, p_lease_seconds double precision
) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  new_lease uuid := gen_random_uuid();
  candidates uuid[];
  taken uuid[];
begin
  select array_agg(id) into candidates from (
    select o.id from agent_jobs.crm_outbox o
     where o.org_id = p_org_id and o.connection_id = p_connection_id
       and ((o.state = 'pending' and o.not_before <= now()) or (o.state = 'sending' and o.lease_until < now()))
     order by o.not_before, o.created_at, o.id
     limit p_limit) due;
  -- Records first, in the order of their ids, then what hangs on them: the order of every writer. From here on reading
  -- leaves these records alone until their write is settled.
  perform 1 from agent_jobs.crm_records
    where id in (select record_id from agent_jobs.crm_outbox where id = any (candidates)) order by id for no key update;
  perform agent_jobs.return_crm_write(o.id, true, now(), o.code, o.message)
    from (select id, code, message from agent_jobs.crm_outbox
           where id = any (candidates) and state = 'sending' and lease_until < now() order by id) o;
  select array_agg(o.id) into taken
    from agent_jobs.crm_outbox o
   where o.id = any (candidates) and o.state = 'pending' and o.not_before <= now()
     and not exists (select 1 from agent_jobs.crm_outbox busy
                      where busy.record_id = o.record_id and busy.state = 'sending');
  if taken is null then
    return '[]'::jsonb;
  end if;
  update agent_jobs.crm_outbox
     set state = 'sending', lease = new_lease, lease_until = clock_timestamp() + make_interval(secs => p_lease_seconds),
         attempts = attempts + 1, sent_at = coalesce(sent_at, now()), updated_at = now()
   where id = any (taken);
  return agent_jobs.crm_writes(taken);
end $$;

-- Back to waiting. Where another row waits for the same record by now, that one goes on for both.
create function agent_jobs.return_crm_write(
  p_id uuid, p_unclear boolean, p_not_before timestamptz, p_code text, p_message text
) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  waiting uuid;
  returned agent_jobs.crm_outbox;
begin
  select * into strict returned from agent_jobs.crm_outbox where id = p_id;
  select id into waiting from agent_jobs.crm_outbox where record_id = returned.record_id and state = 'pending';
  if found then
    update agent_jobs.crm_outbox
       set unclear = unclear or p_unclear, sent_at = least(sent_at, returned.sent_at), op = case when returned.op = 'update' then op else returned.op end, payload = coalesce(returned.payload, payload),
           attempts = greatest(attempts, returned.attempts), not_before = greatest(not_before, p_not_before)
     where id = waiting;
    update agent_jobs.crm_outbox
       set state = 'cancelled', lease = null, code = p_code, message = left(p_message, 2000), updated_at = now()
     where id = p_id;
  else
    update agent_jobs.crm_outbox
       set state = 'pending', unclear = unclear or p_unclear, not_before = p_not_before, lease = null, code = p_code,
           message = left(p_message, 2000), updated_at = now()
     where id = p_id;
  end if;
end $$;

-- How writes went. p_results: [{"id", "state", "remote_id", "remote_updated_at", "agreed": {field: value},
-- "pushed": [field], "more": bool, "code", "message", "delay_seconds"}].
--   done     `agreed` is what the CRM holds from now on; `more`: further fields wait to be written
--   refused  by the CRM; nothing is tried again until the record changes
--   later    not sent                         unclear  sent, but nobody knows whether it arrived
--   again    an unclear one that was looked for: the record is read and merged before it is written
-- Rows of an older lease are left alone: somebody else settles them. Returns how many were settled.
create function agent_jobs.settle_crm_outbox(p_org_id uuid, p_connection_id uuid, p_lease uuid, p_results jsonb)
returns integer
language plpgsql security invoker set search_path = '' as $$
declare
  result record;
  row_ agent_jobs.crm_outbox;
  settled integer := 0;
begin
  perform 1 from agent_jobs.crm_records
    where id in (select o.record_id from agent_jobs.crm_outbox o
                  where o.org_id = p_org_id and o.connection_id = p_connection_id and o.lease = p_lease)
    order by id for no key update;
  for result in
    select x.* from jsonb_to_recordset(p_results) as x (
      id uuid, state text, remote_id text, remote_updated_at timestamptz, agreed jsonb, pushed jsonb, more boolean,
      code text, message text, delay_seconds double precision)
    order by x.id
  loop
    select * into row_ from agent_jobs.crm_outbox
     where id = result.id and org_id = p_org_id and connection_id = p_connection_id and state = 'sending'
       and lease = p_lease for no key update;
    continue when not found;
    settled := settled + 1;
    if result.state = 'again' then
      update agent_jobs.crm_outbox set unclear = false where id = row_.id;
      perform agent_jobs.request_crm_refetch(p_org_id, p_connection_id, jsonb_build_array(
        jsonb_build_object('entity', row_.entity, 'remote_id', result.remote_id)));
    end if;
    if result.state in ('unclear', 'later', 'again') then
      perform agent_jobs.return_crm_write(row_.id, result.state = 'unclear',
        now() + make_interval(secs => coalesce(result.delay_seconds, 0)), result.code, result.message);
      continue;
    end if;
    update agent_jobs.crm_outbox
       set state = result.state, unclear = false, lease = null, code = result.code,
           message = left(result.message, 2000), updated_at = now()
     where id = row_.id;
    if result.state = 'refused' then
      perform agent_jobs.note_crm_record_error(p_org_id, p_connection_id, row_.entity,
        coalesce(result.remote_id, row_.record_id::text), coalesce(result.code, 'crm_record_refused'),
        coalesce(result.message, 'The CRM refused the record.'));
      continue;
    end if;

    -- An event of our own creation may have been read as a record of its own before we learned its id.
    delete from agent_jobs.crm_records twin
     where twin.connection_id = p_connection_id and twin.entity = row_.entity and twin.remote_id = result.remote_id
       and twin.id <> row_.record_id;
    update agent_jobs.crm_records r
       set remote_id = coalesce(r.remote_id, result.remote_id), base = r.base || coalesce(result.agreed, '{}'),
           remote_updated_at = coalesce(greatest(r.remote_updated_at, result.remote_updated_at), r.remote_updated_at),
           version = r.version + 1, updated_at = now()
     where r.id = row_.record_id;
    if result.pushed is not null and row_.op = 'update' then
      perform agent_jobs.note_crm_flips(p_org_id, p_connection_id, 'out', coalesce((
        select jsonb_agg(jsonb_build_object('record_id', row_.record_id, 'field', f.field))
          from jsonb_array_elements_text(result.pushed) as f (field)), '[]'));
    end if;
    if result.more then
      insert into agent_jobs.crm_outbox (org_id, connection_id, record_id, entity, op, idempotency_key)
      values (p_org_id, p_connection_id, row_.record_id, row_.entity, 'update', 'more-' || gen_random_uuid())
      on conflict (record_id) where state = 'pending' do nothing;
    end if;
    delete from agent_jobs.crm_record_errors
     where connection_id = p_connection_id and entity = row_.entity
       and subject in (result.remote_id, row_.record_id::text) and code = 'crm_record_refused';
  end loop;
  return settled;
end $$;

-- Decides an open conflict. `ours`: our value is written; `crm`: theirs is taken; `value`: p_value, on both sides.
create function agent_jobs.resolve_crm_conflict(
  p_org_id uuid, p_connection_id uuid, p_conflict_id uuid, p_resolution text, p_value jsonb
) returns agent_jobs.crm_conflicts
language plpgsql security invoker set search_path = '' as $$
declare
  conflict agent_jobs.crm_conflicts;
  record_row agent_jobs.crm_records;
  decided jsonb;
begin
  select * into conflict from agent_jobs.crm_conflicts
   where org_id = p_org_id and connection_id = p_connection_id and id = p_conflict_id;
  if not found then
    raise exception 'conflict % does not exist for organisation %', p_conflict_id, p_org_id using errcode = 'AJ001';
  end if;
  -- Record first, then what hangs on it: the order of every other writer.
  select * into strict record_row from agent_jobs.crm_records where id = conflict.record_id for no key update;
  select * into strict conflict from agent_jobs.crm_conflicts where id = p_conflict_id for update;
  if conflict.state = 'resolved' then
    return conflict;
  end if;
  decided := coalesce(case p_resolution when 'ours' then record_row.fields -> conflict.field
                                        when 'crm' then conflict.crm else p_value end, 'null');
  update agent_jobs.crm_records
     set fields = fields || jsonb_build_object(conflict.field, decided),
         base = base || jsonb_build_object(conflict.field, coalesce(conflict.crm, 'null')),
         local_changed_at = case when p_resolution = 'crm' then local_changed_at else now() end,
         version = version + 1, updated_at = now()
   where id = record_row.id;
  update agent_jobs.crm_conflicts
     set state = 'resolved', resolution = p_resolution, resolved_by = 'person', resolved_at = now(), ours = decided
   where id = p_conflict_id
  returning * into conflict;
  delete from agent_jobs.crm_field_flips where record_id = record_row.id and field = conflict.field;
  if decided is distinct from coalesce(conflict.crm, 'null') and record_row.deleted_at is null then
    insert into agent_jobs.crm_outbox as o (org_id, connection_id, record_id, entity, op, idempotency_key)
    values (p_org_id, p_connection_id, record_row.id, record_row.entity,
            case when record_row.remote_id is null then 'create' else 'update' end, 'conflict-' || p_conflict_id)
    on conflict (record_id) where state = 'pending' do update set not_before = least(o.not_before, now());
  end if;
  -- The CRM may have moved on meanwhile: look again.
  if record_row.remote_id is not null then
    perform agent_jobs.request_crm_refetch(p_org_id, p_connection_id, jsonb_build_array(
      jsonb_build_object('entity', record_row.entity, 'remote_id', record_row.remote_id)));
  end if;
  return conflict;
end $$;

-- What should have a job by now, for the sweep: across organisations, ordered, page with p_after.
--   sync       its interval is over          reconcile  the daily sweep is due
--   refetch    records asked for             push       writes wait, or their holder died
--   token      half of the refresh token's idle life is over (p_keep_alive: seconds by provider)
create function agent_jobs.due_crm_jobs(p_keep_alive jsonb, p_limit integer, p_after uuid)
returns table (org_id uuid, connection_id uuid, kinds text[])
language sql stable security invoker set search_path = '' set plan_cache_mode = force_custom_plan as $$
  select due.org_id, due.id, due.kinds
    from (
      select c.org_id, c.id, array_remove(array[
        case when c.next_sync_at <= now() then 'sync' end,
        case when c.next_reconcile_at <= now() then 'reconcile' end,
        case when exists (select 1 from agent_jobs.crm_refetches r
                           where r.connection_id = c.id and r.not_before <= now()) then 'refetch' end,
        case when exists (select 1 from agent_jobs.crm_outbox o
                           where o.connection_id = c.id
                             and ((o.state = 'pending' and o.not_before <= now())
                                  or (o.state = 'sending' and o.lease_until < now()))) then 'push' end,
        case when t.refreshable and t.refreshed_at + make_interval(
                    secs => coalesce((p_keep_alive ->> c.provider)::double precision, 2592000)) <= now()
             then 'token' end], null) as kinds
        from agent_jobs.crm_connections c
        join agent_jobs.crm_tokens t on t.connection_id = c.id and t.tokens is not null
       where c.state in ('connecting', 'backfilling', 'live', 'degraded') and (p_after is null or c.id > p_after)
    ) due
   where due.kinds <> '{}'
   order by due.id
   limit p_limit
$$;

revoke execute on all functions in schema agent_jobs from public, anon, authenticated;
grant execute on all functions in schema agent_jobs to service_role;
grant execute on function agent_jobs.is_member(uuid) to authenticated;
grant select, insert, update, delete on all tables in schema agent_jobs to service_role;

do $$
declare
  t text;
begin
  foreach t in array array['crm_records', 'crm_cursors', 'crm_refetches', 'crm_conflicts', 'crm_field_flips',
                           'crm_record_errors', 'crm_outbox'] loop
    execute format('alter table agent_jobs.%I enable row level security', t);
    execute format('revoke all on agent_jobs.%I from anon, authenticated', t);
  end loop;
  foreach t in array array['crm_records', 'crm_conflicts', 'crm_record_errors', 'crm_outbox'] loop
    execute format('grant select on agent_jobs.%I to authenticated', t);
    execute format('create policy members_read on agent_jobs.%I for select to authenticated
                    using (agent_jobs.is_member(org_id))', t);
  end loop;
end $$;

notify pgrst, 'reload schema';
