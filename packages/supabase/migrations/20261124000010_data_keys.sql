-- The key that seals one organisation's credentials (CRM tokens, webhook secrets), wrapped by the installation's
-- ENCRYPTION_KEY: `dk1.…` of packages/crypto. Tenant: org_id. Useless to whoever reads only the database.
create table agent_jobs.data_keys (
  org_id uuid primary key,
  record text not null check (record like 'dk1.%'),
  created_at timestamptz not null default now(),
  rewrapped_at timestamptz
);

-- The organisation's record: this one, or the one that is there already. Two processes that seal an organisation's first
-- secret at once end up with the same key.
create function agent_jobs.ensure_data_key(p_org_id uuid, p_record text) returns text
language plpgsql security invoker set search_path = '' as $$
begin
  insert into agent_jobs.data_keys (org_id, record) values (p_org_id, p_record) on conflict (org_id) do nothing;
  return (select k.record from agent_jobs.data_keys k where k.org_id = p_org_id);
end $$;

-- Rotation: only over the very record that was read, so that two rotations at once cannot lose one another's work.
create function agent_jobs.replace_data_key(p_org_id uuid, p_before text, p_after text) returns boolean
language plpgsql security invoker set search_path = '' as $$
begin
  -- `dk1.<wrapping key>.<data key>.…`: the data key itself must stay, or everything sealed with it is lost.
  if split_part(p_before, '.', 3) <> split_part(p_after, '.', 3) then
    raise exception 'a rewrapped record holds another data key' using errcode = '22023';
  end if;
  update agent_jobs.data_keys
     set record = p_after, rewrapped_at = now()
   where org_id = p_org_id and record = p_before;
  return found;
end $$;

grant select, insert, update, delete on agent_jobs.data_keys to service_role;
revoke all on agent_jobs.data_keys from anon, authenticated;
alter table agent_jobs.data_keys enable row level security; -- no policy: closed to everyone else

revoke execute on all functions in schema agent_jobs from public, anon, authenticated;
grant execute on all functions in schema agent_jobs to service_role;
grant execute on function agent_jobs.is_member(uuid) to authenticated;

notify pgrst, 'reload schema';
