-- Outbound webhooks: endpoints, messages, deliveries and their attempts. Tenant: org_id, everywhere.
--
--   pending → sending → delivered
--                └────→ retry_wait → sending → …  → exhausted (ten attempts)
--   pending, retry_wait, sending → cancelled
--   shown as `paused`: pending or retry_wait while the endpoint is disabled. Not stored: disabling an endpoint with a
--   million waiting deliveries, and enabling it, touches one row.
--
-- The endpoint is the unit of scheduling. Whoever sends holds its lease, a fencing token, so concurrency and order of one
-- endpoint are kept inside one process; rate, circuit breaker and health stand in the endpoint's row, which claim and
-- record lock anyway. What a delivery's next state is after an attempt is decided by the worker
-- (apps/webhooks/src/deliver/decide.ts); what becomes of the endpoint is decided here, because it depends on what other
-- attempts came to.
create table agent_jobs.webhook_endpoints (
  id uuid primary key,
  org_id uuid not null,
  url text not null check (url ~ '^https?://' and char_length(url) <= 2000),
  description text not null default '' check (char_length(description) <= 500),
  -- Globs over event types: `*` stands for any characters.
  event_types text[] not null default '{*}' check (cardinality(event_types) between 1 and 100),
  ordered boolean not null default false,  -- one at a time, in the order of creation; the first that fails holds the rest
  concurrency smallint not null default 10 check (concurrency between 1 and 50),
  rate_per_second integer check (rate_per_second between 1 and 1000),  -- null: no limit
  header_names text[] not null default '{}',
  sealed_headers text,  -- custom headers as a JSON object, sealed: they often carry a credential
  state text not null default 'enabled' check (state in ('enabled', 'disabled')),
  -- manual: a person did it. gone: it answered 410. failing: no success for five days; only this one is probed.
  disabled_reason text check (disabled_reason in ('manual', 'gone', 'failing')),
  disabled_at timestamptz,
  probe_at timestamptz,
  lease uuid,
  lease_until timestamptz,
  failing_since timestamptz,                          -- first failure after the last success
  consecutive_outages integer not null default 0,     -- timeouts, refusals, 429 and 5xx in a row
  trips smallint not null default 0,                  -- how often in a row the breaker opened
  held_until timestamptz,                             -- breaker open, or the endpoint asked to wait
  rate_tokens double precision not null default 0,
  rate_at timestamptz not null default '-infinity',
  last_success_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (org_id, id),
  check ((state = 'disabled') = (disabled_reason is not null))
);
create index webhook_endpoints_org on agent_jobs.webhook_endpoints (org_id, created_at, id);

-- Several at once while one is being rotated out. `sealed` opens with the organisation's data key.
create table agent_jobs.webhook_endpoint_secrets (
  id uuid primary key,
  org_id uuid not null,
  endpoint_id uuid not null,
  sealed text not null check (sealed <> ''),
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  foreign key (org_id, endpoint_id) references agent_jobs.webhook_endpoints (org_id, id) on delete cascade
);
create index webhook_endpoint_secrets_endpoint on agent_jobs.webhook_endpoint_secrets (org_id, endpoint_id, created_at);

create table agent_jobs.webhook_messages (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null,
  event_type text not null check (event_type ~ '^[A-Za-z0-9_.:-]{1,200}$'),
  payload jsonb not null,
  byte_size integer not null check (byte_size <= 300000),
  idempotency_key text check (char_length(idempotency_key) between 1 and 200),
  only_endpoint_id uuid,  -- a test event goes to one endpoint, whatever its filters
  created_at timestamptz not null default now(),
  unique (org_id, id),
  unique (org_id, idempotency_key)
);
create index webhook_messages_org on agent_jobs.webhook_messages (org_id, created_at desc, id desc);
create index webhook_messages_time on agent_jobs.webhook_messages (created_at);

create table agent_jobs.webhook_deliveries (
  id uuid primary key default gen_random_uuid(),
  seq bigint generated always as identity,
  org_id uuid not null,
  message_id uuid not null,
  endpoint_id uuid not null,
  state text not null default 'pending' check (state in
    ('pending', 'sending', 'delivered', 'retry_wait', 'exhausted', 'cancelled')),
  attempt smallint not null default 0,         -- of the present schedule; redelivery starts it again
  attempts_made integer not null default 0,    -- ever
  next_at timestamptz not null default now(),  -- of pending and retry_wait
  lease uuid,                                  -- the endpoint's, under which it was last taken
  last_status smallint,
  last_error_code text,
  delivered_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (org_id, id),
  unique (endpoint_id, message_id),
  foreign key (org_id, message_id) references agent_jobs.webhook_messages (org_id, id) on delete cascade,
  foreign key (org_id, endpoint_id) references agent_jobs.webhook_endpoints (org_id, id) on delete cascade
);
create index webhook_deliveries_due on agent_jobs.webhook_deliveries (endpoint_id, next_at, seq)
  where state in ('pending', 'retry_wait');
create index webhook_deliveries_order on agent_jobs.webhook_deliveries (endpoint_id, seq)
  where state in ('pending', 'retry_wait');
create index webhook_deliveries_sending on agent_jobs.webhook_deliveries (endpoint_id) where state = 'sending';
create index webhook_deliveries_message on agent_jobs.webhook_deliveries (org_id, message_id);
create index webhook_deliveries_org on agent_jobs.webhook_deliveries (org_id, created_at desc, id desc);
create index webhook_deliveries_endpoint on agent_jobs.webhook_deliveries (org_id, endpoint_id, created_at desc, id desc);

-- What was sent and what came back: for the tenant, save `address`, which would map our network's view of his.
create table agent_jobs.webhook_attempts (
  id bigint generated always as identity primary key,
  org_id uuid not null,
  delivery_id uuid not null,
  number integer not null,
  started_at timestamptz not null,
  ms integer not null,
  status smallint,         -- null: no answer
  error_code text,
  response_headers jsonb,
  response_body text,      -- redacted, cut at 64 KiB
  response_truncated boolean not null default false,
  address text,
  created_at timestamptz not null default now(),
  foreign key (org_id, delivery_id) references agent_jobs.webhook_deliveries (org_id, id) on delete cascade
);
create index webhook_attempts_delivery on agent_jobs.webhook_attempts (org_id, delivery_id, number);
create index webhook_attempts_time on agent_jobs.webhook_attempts (created_at);

-- Does one of the globs match? `_` is no wildcard here, `*` is the only one.
create function agent_jobs.event_type_matches(p_event_type text, p_globs text[]) returns boolean
language sql immutable security invoker set search_path = '' as $$
  select exists (select 1 from unnest(p_globs) glob
                  where p_event_type like replace(replace(glob, '_', '\_'), '*', '%'))
$$;

-- The exact bytes that are signed and sent, the same on every attempt: Standard Webhooks' envelope.
create function agent_jobs.webhook_body(m agent_jobs.webhook_messages) returns text
language sql stable security invoker set search_path = '' as $$
  select jsonb_build_object(
    'type', m.event_type,
    'timestamp', to_char(m.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'data', m.payload)::text
$$;

-- The endpoint's row, held against whoever else claims, records or changes it. Messages may go on referring to it.
create function agent_jobs.lock_webhook_endpoint(p_org_id uuid, p_endpoint_id uuid) returns agent_jobs.webhook_endpoints
language plpgsql security invoker set search_path = '' as $$
declare
  endpoint agent_jobs.webhook_endpoints;
begin
  select * into endpoint from agent_jobs.webhook_endpoints
   where org_id = p_org_id and id = p_endpoint_id for no key update;
  if not found then
    raise exception 'webhook endpoint % does not exist for this organisation', p_endpoint_id using errcode = 'AJ001';
  end if;
  return endpoint;
end $$;

-- An endpoint with its first secret.
create function agent_jobs.create_webhook_endpoint(
  p_org_id uuid, p_id uuid, p_url text, p_description text, p_event_types text[], p_ordered boolean,
  p_concurrency integer, p_rate_per_second integer, p_header_names text[], p_sealed_headers text,
  p_secret_id uuid, p_sealed_secret text
) returns agent_jobs.webhook_endpoints
language plpgsql security invoker set search_path = '' as $$
declare
  endpoint agent_jobs.webhook_endpoints;
begin
  if (select count(*) from agent_jobs.webhook_endpoints where org_id = p_org_id) >= 200 then
    raise exception 'the organisation has 200 webhook endpoints already' using errcode = 'unique_violation';
  end if;
  insert into agent_jobs.webhook_endpoints (id, org_id, url, description, event_types, ordered, concurrency,
                                            rate_per_second, header_names, sealed_headers)
  values (p_id, p_org_id, p_url, p_description, p_event_types, p_ordered, p_concurrency, p_rate_per_second,
          p_header_names, p_sealed_headers)
  returning * into endpoint;
  insert into agent_jobs.webhook_endpoint_secrets (id, org_id, endpoint_id, sealed)
  values (p_secret_id, p_org_id, p_id, p_sealed_secret);
  return endpoint;
end $$;

-- A new secret signs at once; those before it go on signing beside it for a while, so that the receiver can change over.
create function agent_jobs.rotate_webhook_secret(
  p_org_id uuid, p_endpoint_id uuid, p_secret_id uuid, p_sealed_secret text, p_overlap_seconds integer
) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  perform agent_jobs.lock_webhook_endpoint(p_org_id, p_endpoint_id);
  delete from agent_jobs.webhook_endpoint_secrets
   where org_id = p_org_id and endpoint_id = p_endpoint_id and expires_at <= now();
  if (select count(*) from agent_jobs.webhook_endpoint_secrets
       where org_id = p_org_id and endpoint_id = p_endpoint_id) >= 5 then
    raise exception 'webhook endpoint % has five valid secrets; wait until one has expired', p_endpoint_id
      using errcode = 'unique_violation';
  end if;
  update agent_jobs.webhook_endpoint_secrets
     set expires_at = least(coalesce(expires_at, 'infinity'), now() + make_interval(secs => p_overlap_seconds))
   where org_id = p_org_id and endpoint_id = p_endpoint_id;
  insert into agent_jobs.webhook_endpoint_secrets (id, org_id, endpoint_id, sealed)
  values (p_secret_id, p_org_id, p_endpoint_id, p_sealed_secret);
end $$;

create function agent_jobs.disable_webhook_endpoint(p_org_id uuid, p_endpoint_id uuid)
returns agent_jobs.webhook_endpoints
language plpgsql security invoker set search_path = '' as $$
declare
  endpoint agent_jobs.webhook_endpoints := agent_jobs.lock_webhook_endpoint(p_org_id, p_endpoint_id);
begin
  update agent_jobs.webhook_endpoints
     set state = 'disabled', disabled_reason = 'manual', disabled_at = coalesce(disabled_at, now()), probe_at = null,
         updated_at = now()
   where id = endpoint.id
  returning * into endpoint;
  return endpoint;
end $$;

-- Starts anew: health forgotten. What waited goes out now, or is cancelled.
create function agent_jobs.enable_webhook_endpoint(p_org_id uuid, p_endpoint_id uuid, p_cancel_waiting boolean)
returns agent_jobs.webhook_endpoints
language plpgsql security invoker set search_path = '' set statement_timeout = '120s' as $$
declare
  endpoint agent_jobs.webhook_endpoints := agent_jobs.lock_webhook_endpoint(p_org_id, p_endpoint_id);
begin
  update agent_jobs.webhook_endpoints
     set state = 'enabled', disabled_reason = null, disabled_at = null, probe_at = null, failing_since = null,
         consecutive_outages = 0, trips = 0, held_until = null, updated_at = now()
   where id = endpoint.id
  returning * into endpoint;
  update agent_jobs.webhook_deliveries
     set state = case when p_cancel_waiting then 'cancelled' else state end, next_at = now(), updated_at = now()
   where endpoint_id = endpoint.id and state in ('pending', 'retry_wait')
     and (p_cancel_waiting or next_at > now());
  return endpoint;
end $$;

-- A message and a delivery for every endpoint whose filters match (or for one, whatever they say), in one transaction.
-- The same key again is the same message and no second delivery; the same key for something else is refused.
-- Answers {"message", "created", "endpointIds": whom to wake}.
create function agent_jobs.create_webhook_message(
  p_org_id uuid, p_event_type text, p_payload jsonb, p_idempotency_key text default null,
  p_only_endpoint_id uuid default null
) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  message agent_jobs.webhook_messages;
  created boolean;
  waiting jsonb;
begin
  insert into agent_jobs.webhook_messages (org_id, event_type, payload, byte_size, idempotency_key, only_endpoint_id)
  values (p_org_id, p_event_type, p_payload, octet_length(p_payload::text), p_idempotency_key, p_only_endpoint_id)
  on conflict (org_id, idempotency_key) do nothing
  returning * into message;
  created := found;
  if created then
    insert into agent_jobs.webhook_deliveries (org_id, message_id, endpoint_id)
    select p_org_id, message.id, e.id
      from agent_jobs.webhook_endpoints e
     where e.org_id = p_org_id
       and case when p_only_endpoint_id is null then agent_jobs.event_type_matches(p_event_type, e.event_types)
                else e.id = p_only_endpoint_id end
       -- A notice about an endpoint is for the others.
       and (e.state = 'enabled' or not starts_with(p_event_type, 'endpoint.'));
    if not found and p_only_endpoint_id is not null then
      perform agent_jobs.lock_webhook_endpoint(p_org_id, p_only_endpoint_id);
    end if;
  else
    select * into strict message from agent_jobs.webhook_messages
     where org_id = p_org_id and idempotency_key = p_idempotency_key;
    if (message.event_type, message.payload, message.only_endpoint_id)
       is distinct from (p_event_type, p_payload, p_only_endpoint_id) then
      raise exception 'the idempotency key "%" was used for another message', p_idempotency_key
        using errcode = 'unique_violation';
    end if;
  end if;
  select coalesce(jsonb_agg(endpoint_id), '[]') into waiting
    from agent_jobs.webhook_deliveries
   where org_id = p_org_id and message_id = message.id and state in ('pending', 'retry_wait');
  return jsonb_build_object('message', to_jsonb(message), 'created', created, 'endpointIds', waiting);
end $$;

-- The next deliveries of an endpoint, taken under its lease; its address, headers and secrets with them.
--   p_lease null begins: refused as {"busy": true} while another holds the endpoint ("nextMs": how much longer, should it
--   have died). Unlike a document's claim it waits for that: two senders at once would break order and concurrency, which
--   nobody could take back. Otherwise it goes on, with the token
--   that the first answer gave, once everything taken before is recorded; what was not recorded is taken again.
-- With nothing to take the lease is given up in the same transaction, so that whoever comes next finds the endpoint free,
-- and "nextMs" says when there will be something (0: there is; null: nobody knows, or nothing waits).
create function agent_jobs.claim_webhook_deliveries(
  p_org_id uuid, p_endpoint_id uuid, p_lease uuid, p_lease_seconds integer, p_limit integer
) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  endpoint agent_jobs.webhook_endpoints := agent_jobs.lock_webhook_endpoint(p_org_id, p_endpoint_id);
  moment timestamptz := clock_timestamp();
  token uuid := coalesce(p_lease, gen_random_uuid());
  probing boolean := false;
  tokens double precision;
  allowed integer := p_limit;
  next_at timestamptz;
  deliveries jsonb;
  taken integer := 0;
begin
  if p_lease is null and endpoint.lease_until > moment then
    return jsonb_build_object('busy', true, 'nextMs', ceil(extract(epoch from endpoint.lease_until - moment) * 1000));
  end if;
  if p_lease is not null and endpoint.lease is distinct from p_lease then
    raise exception 'webhook endpoint % was taken over', p_endpoint_id using errcode = 'AJ002';
  end if;
  -- Only the holder takes deliveries, and it records before it comes again: these are nobody's.
  update agent_jobs.webhook_deliveries
     set state = case when attempt = 0 then 'pending' else 'retry_wait' end, lease = null
   where endpoint_id = p_endpoint_id and state = 'sending';

  tokens := least(endpoint.rate_per_second,
                  endpoint.rate_tokens
                  + extract(epoch from moment - greatest(endpoint.rate_at, moment - interval '1 hour'))
                    * endpoint.rate_per_second);
  if endpoint.state = 'disabled' then
    probing := coalesce(endpoint.probe_at <= moment, false);
    allowed := least(allowed, case when probing then 1 else 0 end);
  elsif endpoint.held_until > moment then
    allowed := 0;
    next_at := endpoint.held_until;
  elsif endpoint.consecutive_outages >= 10 then  -- half open: one shows whether it is back
    allowed := least(allowed, 1);
  end if;
  if allowed > 0 and tokens < 1 then
    allowed := 0;
    next_at := moment + interval '1 second';
  end if;
  allowed := least(allowed, coalesce(floor(tokens)::integer, allowed));

  if allowed > 0 then
    with due as (
      select d.id, d.message_id, d.attempt, row_number() over (order by d.next_at, d.seq) as n
        from (select * from agent_jobs.webhook_deliveries u
               where not endpoint.ordered and u.endpoint_id = p_endpoint_id and u.state in ('pending', 'retry_wait')
                 and (probing or u.next_at <= moment)
               order by u.next_at, u.seq limit allowed) d
      union all
      select o.id, o.message_id, o.attempt, o.n
        from (select h.id, h.message_id, h.attempt, row_number() over (order by h.seq) as n,
                     bool_and(probing or h.next_at <= moment) over (order by h.seq) as ready
                from (select * from agent_jobs.webhook_deliveries u
                       where endpoint.ordered and u.endpoint_id = p_endpoint_id and u.state in ('pending', 'retry_wait')
                       order by u.seq limit allowed) h) o
       where o.ready
    ), sized as (
      select due.*, m as message, sum(m.byte_size) over (order by due.n) - m.byte_size as bytes_before
        from due join agent_jobs.webhook_messages m on m.id = due.message_id
    ), marked as (
      update agent_jobs.webhook_deliveries d
         set state = 'sending', lease = token, updated_at = moment
        from sized s
       where d.id = s.id and s.bytes_before < 1048576 and d.state in ('pending', 'retry_wait')
      returning d.id, s.n, s.attempt, s.message
    )
    select count(*), jsonb_agg(jsonb_build_object(
             'id', id, 'messageId', (message).id, 'attempt', attempt, 'body', agent_jobs.webhook_body(message)) order by n)
      into taken, deliveries
      from marked;
  end if;

  if taken = 0 then
    if next_at is null and endpoint.state = 'enabled' then
      if endpoint.ordered then
        select d.next_at into next_at from agent_jobs.webhook_deliveries d
         where d.endpoint_id = p_endpoint_id and d.state in ('pending', 'retry_wait') order by d.seq limit 1;
      else
        select d.next_at into next_at from agent_jobs.webhook_deliveries d
         where d.endpoint_id = p_endpoint_id and d.state in ('pending', 'retry_wait') order by d.next_at limit 1;
      end if;
    end if;
    update agent_jobs.webhook_endpoints set lease = null, lease_until = null
     where id = p_endpoint_id and lease is not null;
    return jsonb_build_object('busy', false, 'deliveries', '[]'::jsonb,
                              'nextMs', case when next_at > moment then ceil(extract(epoch from next_at - moment) * 1000)
                                             when next_at <= moment then 0 end);
  end if;

  update agent_jobs.webhook_endpoints
     set lease = token, lease_until = moment + make_interval(secs => p_lease_seconds),
         rate_tokens = coalesce(tokens - taken, 0), rate_at = moment
   where id = p_endpoint_id;
  return jsonb_build_object(
    'busy', false, 'lease', token, 'probing', probing, 'url', endpoint.url, 'ordered', endpoint.ordered,
    'concurrency', endpoint.concurrency, 'sealedHeaders', endpoint.sealed_headers,
    'secrets', (select coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'sealed', s.sealed) order by s.created_at desc), '[]')
                  from agent_jobs.webhook_endpoint_secrets s
                 where s.org_id = p_org_id and s.endpoint_id = p_endpoint_id
                   and (s.expires_at is null or s.expires_at > moment)),
    'deliveries', deliveries, 'nextMs', null);
end $$;

-- What became of the deliveries that were taken, in the order in which they ended: the attempts are logged, the
-- deliveries go where the worker says, and the endpoint's health follows.
--   p_attempts: [{deliveryId, state: delivered | retry_wait | exhausted, attempt, nextInMs, startedAt, ms, status,
--                 errorCode, headers, body, truncated, address, ok, outage, gone, holdMs}]
--   * ten outages in a row open the breaker: nothing is taken for 30 s, then one; twice as long each time, up to 15 min.
--   * holdMs: the endpoint itself asked for time (Retry-After).
--   * gone (410), or five days without a success: disabled, and a message `endpoint.disabled` tells the other endpoints.
--   * a probe that succeeds enables a failing endpoint again, and says so.
-- Then it goes on in the same transaction: claims up to p_limit more, or with 0 gives the endpoint back.
-- Answers {"disabled": reason or null, "enabled", "endpointIds": whom to wake, "next": as claim_webhook_deliveries}.
create function agent_jobs.record_webhook_attempts(
  p_org_id uuid, p_endpoint_id uuid, p_lease uuid, p_attempts jsonb, p_lease_seconds integer, p_limit integer
) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  endpoint agent_jobs.webhook_endpoints := agent_jobs.lock_webhook_endpoint(p_org_id, p_endpoint_id);
  moment timestamptz := clock_timestamp();
  last_ok integer;
  failures integer;
  outages integer;
  hold_ms double precision;
  gone boolean;
  disable_for text;
  enable boolean := false;
  notice jsonb;
begin
  if endpoint.lease is distinct from p_lease then
    raise exception 'webhook endpoint % was taken over', p_endpoint_id using errcode = 'AJ002';
  end if;

  with given as materialized (
    select * from jsonb_to_recordset(p_attempts) as g (
      "deliveryId" uuid, state text, attempt smallint, "nextInMs" double precision, "startedAt" timestamptz, ms integer,
      status smallint, "errorCode" text, headers jsonb, body text, truncated boolean, address text)
  ), settled as (
    update agent_jobs.webhook_deliveries d
       -- A delivery that was cancelled on its way stays so, unless it arrived all the same.
       set state = case when d.state = 'sending' or g.state = 'delivered' then g.state else d.state end,
           attempt = g.attempt, attempts_made = d.attempts_made + 1,
           next_at = moment + make_interval(secs => coalesce(g."nextInMs", 0) / 1000),
           lease = null, last_status = g.status, last_error_code = g."errorCode",
           delivered_at = case when g.state = 'delivered' then moment else d.delivered_at end, updated_at = moment
      from given g
     where d.id = g."deliveryId" and d.endpoint_id = p_endpoint_id and d.lease = p_lease
    returning d.id, d.attempts_made
  )
  insert into agent_jobs.webhook_attempts (org_id, delivery_id, number, started_at, ms, status, error_code,
                                           response_headers, response_body, response_truncated, address)
  select p_org_id, s.id, s.attempts_made, g."startedAt", g.ms, g.status, g."errorCode", g.headers, g.body, g.truncated,
         g.address
    from settled s join given g on g."deliveryId" = s.id;

  select max(n) filter (where ok), max("holdMs"), bool_or(a.gone)
    into last_ok, hold_ms, gone
    from rows from (jsonb_to_recordset(p_attempts) as (ok boolean, "holdMs" double precision, gone boolean))
         with ordinality as a (ok, "holdMs", gone, n);
  select count(*) filter (where not ok), count(*) filter (where outage)
    into failures, outages
    from rows from (jsonb_to_recordset(p_attempts) as (ok boolean, outage boolean))
         with ordinality as a (ok, outage, n)
   where n > coalesce(last_ok, 0);

  if last_ok is not null then
    endpoint.consecutive_outages := 0;
    endpoint.trips := 0;
    endpoint.held_until := null;
    endpoint.last_success_at := moment;
    endpoint.failing_since := null;
    enable := endpoint.disabled_reason is not distinct from 'failing';
  end if;
  endpoint.consecutive_outages := endpoint.consecutive_outages + outages;
  if failures > 0 then
    endpoint.failing_since := coalesce(endpoint.failing_since, moment);
  end if;
  if outages > 0 and endpoint.consecutive_outages >= 10 then
    endpoint.held_until := moment + least(interval '30 seconds' * power(2, least(endpoint.trips, 10)), interval '15 minutes')
                                    * (0.8 + 0.4 * random());
    endpoint.trips := least(endpoint.trips + 1, 1000);
  end if;
  if hold_ms > 0 then
    endpoint.held_until := greatest(endpoint.held_until, moment + make_interval(secs => hold_ms / 1000));
  end if;

  if enable then
    endpoint.state := 'enabled';
    endpoint.disabled_reason := null;
    endpoint.disabled_at := null;
    endpoint.probe_at := null;
  elsif endpoint.state = 'enabled' and (gone or endpoint.failing_since <= moment - interval '5 days') then
    disable_for := case when gone then 'gone' else 'failing' end;
    endpoint.state := 'disabled';
    endpoint.disabled_reason := disable_for;
    endpoint.disabled_at := moment;
    endpoint.probe_at := case when not coalesce(gone, false) then moment + interval '1 hour' end;
  elsif endpoint.disabled_reason = 'failing' and failures > 0 then
    if gone then
      endpoint.disabled_reason := 'gone';
      endpoint.probe_at := null;
    else
      endpoint.probe_at := moment + least(greatest((moment - endpoint.disabled_at) / 2, interval '1 hour'), interval '24 hours');
    end if;
  end if;

  update agent_jobs.webhook_endpoints e
     set consecutive_outages = endpoint.consecutive_outages, trips = endpoint.trips, held_until = endpoint.held_until,
         last_success_at = endpoint.last_success_at, failing_since = endpoint.failing_since, state = endpoint.state,
         disabled_reason = endpoint.disabled_reason, disabled_at = endpoint.disabled_at, probe_at = endpoint.probe_at
   where e.id = p_endpoint_id;

  if enable or disable_for is not null then
    notice := agent_jobs.create_webhook_message(
      p_org_id, case when enable then 'endpoint.enabled' else 'endpoint.disabled' end,
      jsonb_build_object('endpointId', p_endpoint_id, 'url', endpoint.url, 'description', endpoint.description,
                         'reason', disable_for, 'failingSince', endpoint.failing_since),
      format('endpoint.%s.%s.%s', case when enable then 'enabled' else 'disabled' end, p_endpoint_id,
             extract(epoch from moment)));
  end if;
  return jsonb_build_object(
    'disabled', disable_for, 'enabled', enable, 'endpointIds', coalesce(notice -> 'endpointIds', '[]'::jsonb),
    'next', agent_jobs.claim_webhook_deliveries(p_org_id, p_endpoint_id, p_lease, p_lease_seconds, p_limit));
end $$;

-- The holder goes; what it took and did not record is due again. Without effect once another has taken over.
create function agent_jobs.release_webhook_endpoint(p_org_id uuid, p_endpoint_id uuid, p_lease uuid) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  endpoint agent_jobs.webhook_endpoints := agent_jobs.lock_webhook_endpoint(p_org_id, p_endpoint_id);
begin
  if endpoint.lease is distinct from p_lease then
    return;
  end if;
  update agent_jobs.webhook_deliveries
     set state = case when attempt = 0 then 'pending' else 'retry_wait' end, lease = null
   where endpoint_id = p_endpoint_id and state = 'sending';
  update agent_jobs.webhook_endpoints set lease = null, lease_until = null where id = p_endpoint_id;
end $$;

-- For the sweep: endpoints that have something to send and nobody who does. Installation-wide, ordered by id.
create function agent_jobs.due_webhook_endpoints(p_limit integer, p_after uuid)
returns table (org_id uuid, endpoint_id uuid)
language sql stable security invoker set search_path = '' as $$
  select e.org_id, e.id
    from agent_jobs.webhook_endpoints e
   where (p_after is null or e.id > p_after) and (e.lease_until is null or e.lease_until < now())
     and case when e.state = 'enabled' then
           (e.held_until is null or e.held_until <= now())
           and (exists (select 1 from agent_jobs.webhook_deliveries d
                         where d.endpoint_id = e.id and d.state in ('pending', 'retry_wait') and d.next_at <= now())
                or exists (select 1 from agent_jobs.webhook_deliveries d
                            where d.endpoint_id = e.id and d.state = 'sending'))
         else
           e.probe_at <= now()
           and exists (select 1 from agent_jobs.webhook_deliveries d
                        where d.endpoint_id = e.id and d.state in ('pending', 'retry_wait', 'sending'))
         end
   order by e.id
   limit p_limit
$$;

-- Deliveries as people see them. A page, newest first.
create function agent_jobs.list_webhook_deliveries(
  p_org_id uuid, p_delivery_id uuid, p_endpoint_id uuid, p_message_id uuid, p_state text, p_event_type text,
  p_from timestamptz, p_to timestamptz, p_limit integer, p_after_created_at timestamptz, p_after_id uuid
) returns table (
  id uuid, org_id uuid, message_id uuid, endpoint_id uuid, event_type text, state text, attempts_made integer,
  next_at timestamptz, last_status smallint, last_error_code text, delivered_at timestamptz, created_at timestamptz,
  updated_at timestamptz
)
language sql stable security invoker set search_path = '' as $$
  select d.id, d.org_id, d.message_id, d.endpoint_id, m.event_type, s.state, d.attempts_made,
         case when s.state in ('pending', 'retry_wait') then d.next_at end, d.last_status, d.last_error_code,
         d.delivered_at, d.created_at, d.updated_at
    from agent_jobs.webhook_deliveries d
    join agent_jobs.webhook_messages m on m.id = d.message_id
    join agent_jobs.webhook_endpoints e on e.id = d.endpoint_id
    cross join lateral (
      select case when e.state = 'disabled' and d.state in ('pending', 'retry_wait') then 'paused' else d.state end as state
    ) s
   where d.org_id = p_org_id
     and (p_delivery_id is null or d.id = p_delivery_id)
     and (p_endpoint_id is null or d.endpoint_id = p_endpoint_id)
     and (p_message_id is null or d.message_id = p_message_id)
     and (p_state is null or s.state = p_state)
     and (p_event_type is null or m.event_type = p_event_type)
     and (p_from is null or d.created_at >= p_from) and (p_to is null or d.created_at < p_to)
     and (p_after_id is null or (d.created_at, d.id) < (p_after_created_at, p_after_id))
   order by d.created_at desc, d.id desc
   limit p_limit
$$;

-- Sends again, from the first attempt: these deliveries, or an endpoint's of a span of time that ended as p_states say.
-- At most p_limit, oldest first; {"redelivered", "more", "endpointIds": whom to wake}.
create function agent_jobs.redeliver_webhooks(
  p_org_id uuid, p_delivery_ids uuid[], p_endpoint_id uuid, p_from timestamptz, p_to timestamptz, p_states text[],
  p_limit integer
) returns jsonb
language plpgsql security invoker set search_path = '' set statement_timeout = '120s' as $$
declare
  answer jsonb;
begin
  if p_delivery_ids is not null and (select count(*) from agent_jobs.webhook_deliveries
                                      where org_id = p_org_id and id = any (p_delivery_ids)) <> cardinality(p_delivery_ids) then
    raise exception 'a delivery to repeat does not exist for this organisation' using errcode = 'AJ001';
  end if;
  -- Claims and records take the endpoint first, then many deliveries: so does this, or they would meet crosswise.
  perform 1 from agent_jobs.webhook_endpoints e
    where e.org_id = p_org_id
      and (e.id = p_endpoint_id or e.id in (select d.endpoint_id from agent_jobs.webhook_deliveries d
                                             where d.org_id = p_org_id and d.id = any (p_delivery_ids)))
    order by e.id for no key update;
  with chosen as (
    select d.id from agent_jobs.webhook_deliveries d
     where d.org_id = p_org_id and (p_delivery_ids is null or d.id = any (p_delivery_ids))
       and (p_endpoint_id is null or d.endpoint_id = p_endpoint_id)
       and (p_from is null or d.created_at >= p_from) and (p_to is null or d.created_at < p_to)
       and (p_states is null or d.state = any (p_states)) and d.state <> 'sending'
     order by d.seq limit p_limit + 1
  ), again as (
    update agent_jobs.webhook_deliveries d
       set state = 'pending', attempt = 0, next_at = now(), updated_at = now()
      from (select id from chosen limit p_limit) c
     where d.id = c.id and d.state <> 'sending'
    returning d.endpoint_id
  )
  select jsonb_build_object('redelivered', count(*), 'more', (select count(*) > p_limit from chosen),
                            'endpointIds', coalesce(jsonb_agg(distinct endpoint_id), '[]'))
    into answer from again;
  return answer;
end $$;

-- True: it will not be sent (again). False: there was nothing left to stop. One that is on its way may still arrive.
create function agent_jobs.cancel_webhook_delivery(p_org_id uuid, p_delivery_id uuid) returns boolean
language plpgsql security invoker set search_path = '' as $$
begin
  if not exists (select 1 from agent_jobs.webhook_deliveries where org_id = p_org_id and id = p_delivery_id) then
    raise exception 'webhook delivery % does not exist for this organisation', p_delivery_id using errcode = 'AJ001';
  end if;
  update agent_jobs.webhook_deliveries set state = 'cancelled', updated_at = now()
   where org_id = p_org_id and id = p_delivery_id and state in ('pending', 'retry_wait', 'sending');
  return found;
end $$;

create function agent_jobs.delete_webhook_endpoint(p_org_id uuid, p_endpoint_id uuid) returns boolean
language plpgsql security invoker set search_path = '' set statement_timeout = '120s' as $$
begin
  delete from agent_jobs.webhook_endpoints where org_id = p_org_id and id = p_endpoint_id;
  return found;
end $$;

-- Attempts go after p_attempt_days; messages with all that hangs on them (bodies, deliveries, idempotency keys) after
-- p_message_days, which is well above the longest schedule. True: there may be more than p_limit.
create function agent_jobs.purge_webhooks(p_attempt_days integer, p_message_days integer, p_limit integer) returns boolean
language plpgsql security invoker set search_path = '' as $$
declare
  attempts integer;
  messages integer;
begin
  delete from agent_jobs.webhook_attempts
   where id in (select id from agent_jobs.webhook_attempts
                 where created_at < now() - make_interval(days => p_attempt_days) order by created_at limit p_limit);
  get diagnostics attempts = row_count;
  delete from agent_jobs.webhook_messages
   where id in (select id from agent_jobs.webhook_messages
                 where created_at < now() - make_interval(days => p_message_days) order by created_at limit p_limit);
  get diagnostics messages = row_count;
  return greatest(attempts, messages) >= p_limit;
end $$;

-- Members read messages and deliveries. Endpoints (sealed headers), secrets and attempts (addresses) are the API's.
do $$
declare
  t text;
begin
  foreach t in array array['webhook_endpoints', 'webhook_endpoint_secrets', 'webhook_messages', 'webhook_deliveries',
                           'webhook_attempts'] loop
    execute format('alter table agent_jobs.%I enable row level security', t);
    execute format('grant select, insert, update, delete on agent_jobs.%I to service_role', t);
    execute format('revoke all on agent_jobs.%I from anon, authenticated', t);
  end loop;
  foreach t in array array['webhook_messages', 'webhook_deliveries'] loop
    execute format('grant select on agent_jobs.%I to authenticated', t);
    execute format('create policy members_read on agent_jobs.%I for select to authenticated
                    using (agent_jobs.is_member(org_id))', t);
  end loop;
end $$;
grant usage, select on all sequences in schema agent_jobs to service_role;

revoke execute on all functions in schema agent_jobs from public, anon, authenticated;
grant execute on all functions in schema agent_jobs to service_role;
grant execute on function agent_jobs.is_member(uuid) to authenticated;

notify pgrst, 'reload schema';
