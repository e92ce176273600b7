-- Webhooks that come in: who may send them, what arrived, and in which order it is handled.
--
--   source   an address with a secret token, a signature scheme and its secrets
--   event    one received message, stored before it is acknowledged: queued → done | dead
--   lane     the events of one source (or of one CRM connection) about one entity: strictly first in, first out
--
-- A lane is a fencing token's home: who claims it takes it over, and whoever held it before is refused (AJ002). The order
-- within a lane is the order of `seq`, and a number is drawn only while the lane's row is locked: an event that is
-- committed later can never have a smaller number than one that was handled before.

create table agent_jobs.webhook_sources (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null,
  name text not null check (name <> '' and char_length(name) <= 200),
  scheme text not null check (scheme ~ '^[a-z][a-z0-9-]{0,39}$'),  -- packages/signatures has the list
  options jsonb not null default '{}' check (jsonb_typeof(options) = 'object'),
  -- Only the SHA-256 of the token in the address is kept: 32 random bytes need no slow hash.
  token_hash bytea not null unique check (octet_length(token_hash) = 32),
  -- What becomes of an event: records of this CRM connection are read again, or it goes out as a message of this type,
  -- or a handler of ours knows its type, or it is only kept.
  connection_id uuid,
  forward_event_type text check (forward_event_type <> '' and char_length(forward_event_type) <= 200),
  -- JSON pointers whose values name the entity. Null: what the scheme's messages are about. {}: everything in one lane.
  lane_by text[] check (cardinality(lane_by) <= 8),
  -- An event that fails for good: go on with the next one of its lane, or wait for a person.
  on_poison text not null default 'skip' check (on_poison in ('skip', 'block')),
  retention_days integer not null default 30 check (retention_days between 1 and 400),
  state text not null default 'active' check (state in ('active', 'disabled', 'deleting')),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (org_id, id),
  foreign key (org_id, connection_id) references agent_jobs.crm_connections (org_id, id)
    on delete set null (connection_id),
  check (connection_id is null or forward_event_type is null)
);
create index webhook_sources_org on agent_jobs.webhook_sources (org_id, created_at, id);
create index webhook_sources_connection on agent_jobs.webhook_sources (connection_id) where connection_id is not null;
create index webhook_sources_deleting on agent_jobs.webhook_sources (id) where state = 'deleting';

-- Several at once, so that a secret can be changed without losing a message.
create table agent_jobs.webhook_source_secrets (
  id uuid primary key,                                   -- made by who seals: it is part of the place
  org_id uuid not null,
  source_id uuid not null,
  sealed text not null check (sealed like 'v1.%'),       -- packages/crypto
  expires_at timestamptz,
  created_at timestamptz not null default now(),
  foreign key (org_id, source_id) references agent_jobs.webhook_sources (org_id, id) on delete cascade
);
create index webhook_source_secrets_source on agent_jobs.webhook_source_secrets (source_id, created_at, id);

create table agent_jobs.webhook_lanes (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null,
  scope_id uuid not null,          -- the CRM connection, or the source where there is none
  key text not null check (char_length(key) <= 200),
  due_at timestamptz,              -- when its first event may be handled; null: nothing waits
  woken_at timestamptz,            -- when somebody was last told to enqueue a job for it
  blocked_at timestamptz,          -- a dead event stands in the way, and the source wants a person to look at it
  lease uuid,
  lease_until timestamptz,
  created_at timestamptz not null default now(),
  unique (org_id, id),
  unique (scope_id, key)
) with (fillfactor = 80);
create index webhook_lanes_due on agent_jobs.webhook_lanes (due_at) where due_at is not null;
create index webhook_lanes_blocked on agent_jobs.webhook_lanes (org_id, blocked_at, id) where blocked_at is not null;

create table agent_jobs.inbound_events (
  id uuid primary key default gen_random_uuid(),
  seq bigserial not null,
  org_id uuid not null,
  source_id uuid not null,
  lane_id uuid not null,
  dedupe_key text not null check (dedupe_key <> '' and char_length(dedupe_key) <= 300),
  event_type text check (char_length(event_type) <= 200),
  trust text not null check (trust in ('signed', 'secret', 'hint')),
  content_type text not null,
  headers jsonb not null default '{}',   -- a few harmless ones; never a proof or a secret
  raw bytea,                             -- the body; null once its time is over
  body_until timestamptz not null,
  byte_size integer not null,
  state text not null default 'queued' check (state in ('queued', 'done', 'dead')),
  attempts integer not null default 0,
  outcome text,                          -- of a done one: refetch, message, none …
  error_code text,
  error_message text,
  received_at timestamptz not null default now(),
  finished_at timestamptz,
  unique (org_id, id),
  unique (source_id, dedupe_key),
  foreign key (org_id, source_id) references agent_jobs.webhook_sources (org_id, id),
  foreign key (org_id, lane_id) references agent_jobs.webhook_lanes (org_id, id)
);
create index inbound_events_queued on agent_jobs.inbound_events (lane_id, seq) where state = 'queued';
create index inbound_events_dead on agent_jobs.inbound_events (org_id, seq) where state = 'dead';
create index inbound_events_org on agent_jobs.inbound_events (org_id, seq);
create index inbound_events_body on agent_jobs.inbound_events (body_until) where raw is not null;

-- What handling an event did: written in the transaction that does it, so that nothing is done twice.
create table agent_jobs.inbound_effects (
  event_id uuid not null,
  handler text not null check (handler <> ''),
  org_id uuid not null,
  detail jsonb not null default '{}',
  applied_at timestamptz not null default clock_timestamp(),  -- the lane is locked: the order of application
  primary key (event_id, handler),
  foreign key (org_id, event_id) references agent_jobs.inbound_events (org_id, id) on delete cascade
);

-- Sources ------------------------------------------------------------------------------------------------------------

-- The source behind a token, with its secrets that still stand. The one question asked before the organisation is known.
create function agent_jobs.find_webhook_source(p_token_hash text) returns jsonb
language sql stable security invoker set search_path = '' as $$
  select jsonb_build_object(
      'id', s.id, 'org_id', s.org_id, 'scheme', s.scheme, 'options', s.options, 'lane_by', s.lane_by,
      'secrets', coalesce(
        (select jsonb_agg(jsonb_build_object('id', k.id, 'sealed', k.sealed) order by k.created_at, k.id)
           from agent_jobs.webhook_source_secrets k
          where k.source_id = s.id and (k.expires_at is null or k.expires_at > now())), '[]'))
    from agent_jobs.webhook_sources s
   where s.token_hash = decode(p_token_hash, 'hex') and s.state = 'active'
$$;

-- A source with its first secrets: [{"id", "sealed"}].
create function agent_jobs.create_webhook_source(
  p_org_id uuid, p_id uuid, p_name text, p_scheme text, p_options jsonb, p_token_hash text, p_connection_id uuid,
  p_forward_event_type text, p_lane_by text[], p_on_poison text, p_retention_days integer, p_secrets jsonb
) returns agent_jobs.webhook_sources
language plpgsql security invoker set search_path = '' as $$
declare
  source agent_jobs.webhook_sources;
begin
  if p_connection_id is not null then
    perform agent_jobs.lock_crm_connection(p_org_id, p_connection_id);
  end if;
  insert into agent_jobs.webhook_sources (id, org_id, name, scheme, options, token_hash, connection_id,
                                          forward_event_type, lane_by, on_poison, retention_days)
  values (p_id, p_org_id, p_name, p_scheme, p_options, decode(p_token_hash, 'hex'), p_connection_id,
          p_forward_event_type, p_lane_by, p_on_poison, p_retention_days)
  returning * into source;
  insert into agent_jobs.webhook_source_secrets (id, org_id, source_id, sealed)
  select k.id, p_org_id, p_id, k.sealed from jsonb_to_recordset(p_secrets) k(id uuid, sealed text);
  return source;
end $$;

-- The organisation's source, locked until the transaction ends.
create function agent_jobs.lock_webhook_source(p_org_id uuid, p_source_id uuid) returns agent_jobs.webhook_sources
language plpgsql security invoker set search_path = '' as $$
declare
  source agent_jobs.webhook_sources;
begin
  select * into source from agent_jobs.webhook_sources
   where org_id = p_org_id and id = p_source_id and state <> 'deleting' for no key update;
  if not found then
    raise exception 'webhook source % does not exist for organisation %', p_source_id, p_org_id using errcode = 'AJ001';
  end if;
  return source;
end $$;

-- One more secret; the ones that stand end after the overlap (null: they stay). At most ten stand at once.
create function agent_jobs.add_webhook_secret(
  p_org_id uuid, p_source_id uuid, p_id uuid, p_sealed text, p_overlap_seconds double precision
) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  perform agent_jobs.lock_webhook_source(p_org_id, p_source_id);
  delete from agent_jobs.webhook_source_secrets where source_id = p_source_id and expires_at <= now();
  if p_overlap_seconds is not null then
    update agent_jobs.webhook_source_secrets
       set expires_at = least(expires_at, now() + make_interval(secs => p_overlap_seconds))
     where source_id = p_source_id;
  end if;
  if (select count(*) from agent_jobs.webhook_source_secrets where source_id = p_source_id) >= 10 then
    raise exception 'the source has ten secrets already; remove one first' using errcode = '22023';
  end if;
  insert into agent_jobs.webhook_source_secrets (id, org_id, source_id, sealed)
  values (p_id, p_org_id, p_source_id, p_sealed);
end $$;

-- Receiving ----------------------------------------------------------------------------------------------------------

-- Stores what concurrent requests received, in one transaction. `p_events` is
-- [{"org_id", "source_id", "lane_key", "dedupe_key", "event_type", "trust", "content_type", "headers"}], `p_bodies` their
-- bodies as base64. Answers {"stored", "refused": [0-based positions], "wake": [{"org_id", "lane_id"}]}: refused are those
-- whose source is no longer active; what is neither stored nor refused was there before. To be woken are lanes that were
-- idle, and those whose job has not come for a while: every event need not cost a job.
--
-- Lanes and events are found one by one, by their indexes (no seqscan): plans are kept, and are first made when the tables
-- are empty.
create function agent_jobs.accept_inbound_events(p_events jsonb, p_bodies text[]) returns jsonb
language plpgsql security invoker set search_path = '' set enable_seqscan = off as $$
declare
  refused jsonb;
  -- Of the others, in their order: where they stand in p_events (from 1), and what their rows and lanes are found by.
  places integer[];
  orgs uuid[];
  sources uuid[];
  scopes uuid[];
  lane_keys text[];
  dedupe_keys text[];
  body_untils timestamptz[];
  stored integer;
  lanes uuid[];
  wake jsonb;
begin
  select coalesce(jsonb_agg(e.n - 1 order by e.n) filter (where s.id is null), '[]'),
         array_agg(e.n order by e.n) filter (where s.id is not null),
         array_agg(s.org_id order by e.n) filter (where s.id is not null),
         array_agg(s.id order by e.n) filter (where s.id is not null),
         array_agg(coalesce(s.connection_id, s.id) order by e.n) filter (where s.id is not null),
         array_agg(e.lane_key order by e.n) filter (where s.id is not null),
         array_agg(e.dedupe_key order by e.n) filter (where s.id is not null),
         array_agg(now() + make_interval(days => s.retention_days) order by e.n) filter (where s.id is not null)
    into refused, places, orgs, sources, scopes, lane_keys, dedupe_keys, body_untils
    from rows from (
           jsonb_to_recordset(p_events) as (org_id uuid, source_id uuid, lane_key text, dedupe_key text)
         ) with ordinality e(org_id, source_id, lane_key, dedupe_key, n)
    left join agent_jobs.webhook_sources s on s.org_id = e.org_id and s.id = e.source_id and s.state = 'active';
  if places is null then
    return jsonb_build_object('stored', 0, 'refused', refused, 'wake', '[]'::jsonb);
  end if;

  -- Lanes first, and locked, each transaction in the same order: numbers are drawn under their locks. A repeated message
  -- locks none. (A statement of its own after the insert: it sees lanes that another has just made.)
  insert into agent_jobs.webhook_lanes (org_id, scope_id, key)
  select distinct e.org_id, e.scope_id, e.key
    from unnest(orgs, scopes, lane_keys) e(org_id, scope_id, key)
   where not exists (select from agent_jobs.webhook_lanes l where l.scope_id = e.scope_id and l.key = e.key)
   order by 2, 3
  on conflict (scope_id, key) do nothing;

  perform 1 from agent_jobs.webhook_lanes l
   where l.id in (
     select known.id
       from unnest(scopes, lane_keys, sources, dedupe_keys) e(scope_id, key, source_id, dedupe_key)
       join agent_jobs.webhook_lanes known on known.scope_id = e.scope_id and known.key = e.key
      where not exists (select from agent_jobs.inbound_events i
                         where i.source_id = e.source_id and i.dedupe_key = e.dedupe_key))
   order by l.id
     for no key update;

  with ordered as (
    select e.place, e.org_id, e.source_id, e.dedupe_key, e.body_until, l.id as lane_id, p_events -> (e.place - 1) as event,
           decode(p_bodies[e.place], 'base64') as raw
      from unnest(places, orgs, sources, scopes, lane_keys, dedupe_keys, body_untils)
             e(place, org_id, source_id, scope_id, key, dedupe_key, body_until)
      join agent_jobs.webhook_lanes l on l.scope_id = e.scope_id and l.key = e.key
     order by e.place
  ), added as (
    insert into agent_jobs.inbound_events (seq, org_id, source_id, lane_id, dedupe_key, event_type, trust, content_type,
                                           headers, raw, byte_size, body_until)
    select nextval('agent_jobs.inbound_events_seq_seq'), o.org_id, o.source_id, o.lane_id, o.dedupe_key,
           o.event ->> 'event_type', o.event ->> 'trust', o.event ->> 'content_type', o.event -> 'headers',
           o.raw, octet_length(o.raw), o.body_until
      from ordered o
    on conflict (source_id, dedupe_key) do nothing
    returning lane_id
  )
  select count(*), array_agg(distinct lane_id) into stored, lanes from added;

  with woken as (
    update agent_jobs.webhook_lanes
       set due_at = coalesce(due_at, now()), woken_at = now()
     where id = any (lanes) and blocked_at is null
       and (due_at is null or (due_at <= now() and woken_at < now() - interval '5 seconds'))
    returning org_id, id
  )
  select coalesce(jsonb_agg(jsonb_build_object('org_id', org_id, 'lane_id', id)), '[]') into wake from woken;

  return jsonb_build_object('stored', stored, 'refused', refused, 'wake', wake);
end $$;

-- Handling -----------------------------------------------------------------------------------------------------------

-- The organisation's lane, locked until the transaction ends: the first lock of everyone who handles its events.
create function agent_jobs.lock_webhook_lane(p_org_id uuid, p_lane_id uuid) returns agent_jobs.webhook_lanes
language plpgsql security invoker set search_path = '' as $$
declare
  lane agent_jobs.webhook_lanes;
begin
  select * into lane from agent_jobs.webhook_lanes where org_id = p_org_id and id = p_lane_id for no key update;
  if not found then
    raise exception 'webhook lane % does not exist for organisation %', p_lane_id, p_org_id using errcode = 'AJ001';
  end if;
  return lane;
end $$;

-- The first queued events of a lane, at most `p_limit` and about a megabyte, with what their source wants done.
create function agent_jobs.queued_inbound_events(p_org_id uuid, p_lane_id uuid, p_limit integer) returns jsonb
language sql stable security invoker set search_path = '' as $$
  with first as (
    select e.*, sum(e.byte_size) over (order by e.seq) - e.byte_size as before_it
      from (select * from agent_jobs.inbound_events
             where org_id = p_org_id and lane_id = p_lane_id and state = 'queued' order by seq limit p_limit) e
  )
  select coalesce(jsonb_agg(jsonb_build_object(
           'id', e.id, 'seq', e.seq, 'source_id', e.source_id, 'event_type', e.event_type, 'trust', e.trust,
           'content_type', e.content_type, 'headers', e.headers, 'attempts', e.attempts,
           'raw', translate(encode(e.raw, 'base64'), E'\n', ''), 'received_at', e.received_at,
           'scheme', s.scheme, 'forward_event_type', s.forward_event_type,
           'connection', (select jsonb_build_object('id', c.id, 'provider', c.provider, 'account_key', c.account_key)
                            from agent_jobs.crm_connections c where c.org_id = s.org_id and c.id = s.connection_id)
         ) order by e.seq), '[]')
    from first e
    join agent_jobs.webhook_sources s on s.id = e.source_id
   where e.before_it < 1048576
$$;

-- Takes a lane over, whoever holds it. Answers {"lease", "events"}; {"due_in_ms"} where the first event waits for its next
-- try; {} where there is nothing to do, or a person has to look first.
create function agent_jobs.claim_inbound_lane(
  p_org_id uuid, p_lane_id uuid, p_lease_seconds double precision, p_limit integer
) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  lane agent_jobs.webhook_lanes := agent_jobs.lock_webhook_lane(p_org_id, p_lane_id);
begin
  if lane.due_at is null or lane.blocked_at is not null then
    return '{}';
  end if;
  if lane.due_at > now() then
    return jsonb_build_object('due_in_ms', ceil(extract(epoch from lane.due_at - now()) * 1000));
  end if;
  update agent_jobs.webhook_lanes
     set lease = gen_random_uuid(), lease_until = now() + make_interval(secs => p_lease_seconds)
   where id = p_lane_id
  returning * into lane;
  return jsonb_build_object('lease', lane.lease,
                            'events', agent_jobs.queued_inbound_events(p_org_id, p_lane_id, p_limit));
end $$;

-- Does what a handler decided, inside the transaction that marks the event done. External calls are none of it: they are
-- rows of an outbox, which others send.
--   {"kind": "none", "detail"}                                         kept, nothing more
--   {"kind": "refetch", "connection_id", "changes": [...]}             records to read again from the CRM
--   {"kind": "message", "event_type", "payload"}                       an outbound message; without a payload the body
-- Every effect names its "handler". Answers the endpoints that wait for a message now.
create function agent_jobs.apply_inbound_effect(p_event agent_jobs.inbound_events, p_effect jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
begin
  insert into agent_jobs.inbound_effects (event_id, handler, org_id, detail)
  values (p_event.id, p_effect ->> 'handler', p_event.org_id, coalesce(p_effect -> 'detail', '{}'));
  case p_effect ->> 'kind'
    when 'none' then null;
    when 'refetch' then
      perform agent_jobs.request_crm_refetch(p_event.org_id, (p_effect ->> 'connection_id')::uuid,
                                             p_effect -> 'changes');
    when 'message' then
      return agent_jobs.create_webhook_message(
        p_event.org_id, p_effect ->> 'event_type',
        coalesce(p_effect -> 'payload', convert_from(p_event.raw, 'UTF8')::jsonb), 'inbound-' || p_event.id
      ) -> 'endpointIds';
    else raise exception 'unknown effect %', p_effect ->> 'kind' using errcode = '22023';
  end case;
  return '[]';
end $$;

-- Settles events in the lane's order: `p_results` is [{"event_id", "effect"} | {"event_id", "error": {"code", "message",
-- "permanent"}}]. It stops at the first one that is no longer the lane's head or has to be tried again. A failure is
-- the event's own: it parks its lane, five times at most, then the event is dead and the lane goes on or waits for a
-- person. Answers {"done", "dead", "due_in_ms", "endpoint_ids", "events"}: endpoints that wait for a message now, and
-- what comes next; nothing where the lane is idle, parked or blocked.
create function agent_jobs.settle_inbound_events(
  p_org_id uuid, p_lane_id uuid, p_lease uuid, p_lease_seconds double precision, p_results jsonb, p_limit integer
) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  lane agent_jobs.webhook_lanes := agent_jobs.lock_webhook_lane(p_org_id, p_lane_id);
  result jsonb;
  event agent_jobs.inbound_events;
  failure jsonb;
  dead boolean;
  done_count integer := 0;
  dead_count integer := 0;
  due timestamptz := now();
  blocked timestamptz;
  waiting jsonb := '[]';
  next_events jsonb := '[]';
begin
  if lane.lease is distinct from p_lease then
    raise exception 'webhook lane %: another worker took it over', p_lane_id using errcode = 'AJ002';
  end if;
  for result in select value from jsonb_array_elements(p_results) loop
    select * into event from agent_jobs.inbound_events
     where lane_id = p_lane_id and state = 'queued' order by seq limit 1;
    exit when not found or event.id <> (result ->> 'event_id')::uuid;

    failure := result -> 'error';
    if failure is null then
      begin
        waiting := waiting || agent_jobs.apply_inbound_effect(event, result -> 'effect');
        update agent_jobs.inbound_events
           set state = 'done', outcome = result -> 'effect' ->> 'kind', attempts = attempts + 1, finished_at = now(),
               error_code = null, error_message = null
         where id = event.id;
        done_count := done_count + 1;
      exception when others then
        -- A deadlock, a lost connection, a full disk: nobody's fault but ours, the whole call may be repeated.
        if left(sqlstate, 2) in ('08', '40', '53', '57', '58', 'XX') then
          raise;
        end if;
        failure := jsonb_build_object('code', case sqlstate when 'AJ001' then 'tenant_mismatch' else 'database_refused' end,
                                      'message', sqlerrm, 'permanent', left(sqlstate, 2) in ('22', '23', 'AJ'));
      end;
    end if;
    if failure is not null then
      dead := event.attempts + 1 >= 5 or coalesce((failure ->> 'permanent')::boolean, false);
      update agent_jobs.inbound_events
         set attempts = attempts + 1, state = case when dead then 'dead' else 'queued' end,
             finished_at = case when dead then now() end,
             error_code = failure ->> 'code', error_message = left(failure ->> 'message', 2000)
       where id = event.id;
      if not dead then
        due := now() + make_interval(secs => (array[5, 30, 120, 600])[event.attempts + 1] * (0.8 + 0.4 * random()));
        exit;
      end if;
      dead_count := dead_count + 1;
      if (select on_poison from agent_jobs.webhook_sources where id = event.source_id) = 'block' then
        blocked := now();
        exit;
      end if;
    end if;
  end loop;

  if blocked is null and due <= now() then
    next_events := agent_jobs.queued_inbound_events(p_org_id, p_lane_id, p_limit);
  end if;
  if blocked is not null or (due <= now() and not exists (
       select from agent_jobs.inbound_events where lane_id = p_lane_id and state = 'queued')) then
    due := null;
  end if;
  update agent_jobs.webhook_lanes
     set blocked_at = blocked,
         -- Unchanged while it goes on: the index on it is left alone.
         due_at = case when due > now() or due is null then due else due_at end,
         lease_until = case when due <= now() then now() + make_interval(secs => p_lease_seconds) end
   where id = p_lane_id;
  return jsonb_build_object('done', done_count, 'dead', dead_count, 'events', next_events, 'endpoint_ids', waiting,
                            'due_in_ms', case when due > now() then ceil(extract(epoch from due - now()) * 1000) end);
end $$;

-- Lanes whose events are due while nobody holds them, after `p_after`: for the sweep, over the whole installation.
create function agent_jobs.due_inbound_lanes(p_after uuid, p_limit integer)
returns table (org_id uuid, lane_id uuid)
language sql stable security invoker set search_path = '' as $$
  select l.org_id, l.id from agent_jobs.webhook_lanes l
   where l.due_at <= now() and l.blocked_at is null and (l.lease_until is null or l.lease_until < now())
     and (p_after is null or l.id > p_after)
   order by l.id
   limit p_limit
$$;

-- A dead event is tried again, in its old place: before what waits in its lane. A lane that it blocks goes on with it.
create function agent_jobs.retry_inbound_event(p_org_id uuid, p_event_id uuid) returns uuid
language plpgsql security invoker set search_path = '' as $$
declare
  lane uuid := (select lane_id from agent_jobs.inbound_events where org_id = p_org_id and id = p_event_id);
begin
  if lane is null then
    raise exception 'event % does not exist for organisation %', p_event_id, p_org_id using errcode = 'AJ001';
  end if;
  perform agent_jobs.lock_webhook_lane(p_org_id, lane);
  update agent_jobs.inbound_events
     set state = 'queued', attempts = 0, finished_at = null
   where id = p_event_id and state = 'dead' and raw is not null;
  if not found then
    return null;
  end if;
  update agent_jobs.webhook_lanes set due_at = now(), woken_at = now(), blocked_at = null where id = lane;
  return lane;
end $$;

-- A blocked lane goes on behind its dead event. False: it was not blocked.
create function agent_jobs.unblock_webhook_lane(p_org_id uuid, p_lane_id uuid) returns boolean
language plpgsql security invoker set search_path = '' as $$
declare
  lane agent_jobs.webhook_lanes := agent_jobs.lock_webhook_lane(p_org_id, p_lane_id);
begin
  if lane.blocked_at is null then
    return false;
  end if;
  update agent_jobs.webhook_lanes
     set blocked_at = null, woken_at = now(),
         due_at = case when exists (select from agent_jobs.inbound_events where lane_id = p_lane_id and state = 'queued')
                       then now() end
   where id = p_lane_id;
  return true;
end $$;

-- Bodies whose time is over, and what is left of deleted sources, at most `p_limit` rows of each. Installation-wide.
-- The rows of events stay: their dedupe keys are what keeps a late repetition from being handled again.
create function agent_jobs.tidy_inbound_events(p_limit integer) returns integer
language plpgsql security invoker set search_path = '' as $$
declare
  bodies integer;
  events integer;
begin
  update agent_jobs.inbound_events set raw = null, headers = '{}'
   where id in (select id from agent_jobs.inbound_events
                 where raw is not null and body_until < now() and state <> 'queued' limit p_limit for update skip locked);
  get diagnostics bodies = row_count;

  delete from agent_jobs.inbound_events
   where id in (select e.id from agent_jobs.webhook_sources s
                  join agent_jobs.inbound_events e on e.source_id = s.id
                 where s.state = 'deleting' limit p_limit for update of e skip locked);
  get diagnostics events = row_count;
  delete from agent_jobs.webhook_sources s
   where s.state = 'deleting' and not exists (select from agent_jobs.inbound_events e where e.source_id = s.id);
  return bodies + events;
end $$;

-- Access ---------------------------------------------------------------------------------------------------------------

revoke execute on all functions in schema agent_jobs from public, anon, authenticated;
grant execute on all functions in schema agent_jobs to service_role;
grant execute on function agent_jobs.is_member(uuid) to authenticated;

-- No policies: bodies are for the holders of an API key, tokens and secrets for nobody.
do $$
declare
  t text;
begin
  foreach t in array array['webhook_sources', 'webhook_source_secrets', 'webhook_lanes', 'inbound_events',
                           'inbound_effects'] loop
    execute format('grant select, insert, update, delete on agent_jobs.%I to service_role', t);
    execute format('revoke all on agent_jobs.%I from anon, authenticated', t);
    execute format('alter table agent_jobs.%I enable row level security', t);
  end loop;
end $$;
grant usage, select on sequence agent_jobs.inbound_events_seq_seq to service_role;

notify pgrst, 'reload schema';
