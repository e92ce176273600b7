-- Passwords of protected files, sealed with the organisation's data key (packages/crypto): useless to whoever reads only the
-- database. Tenant: org_id. One goes with its document.
create table agent_jobs.document_passwords (
  document_id uuid primary key,
  org_id uuid not null,
  sealed text not null check (sealed <> ''),
  created_at timestamptz not null default now(),
  foreign key (org_id, document_id) references agent_jobs.documents (org_id, id) on delete cascade
);

-- Stores it in place of an earlier one; false where the organisation has no such document.
create function agent_jobs.set_document_password(p_org_id uuid, p_document_id uuid, p_sealed text) returns boolean
language plpgsql security invoker set search_path = '' as $$
begin
  insert into agent_jobs.document_passwords (document_id, org_id, sealed)
  select d.id, d.org_id, p_sealed from agent_jobs.documents d where d.org_id = p_org_id and d.id = p_document_id
  on conflict (document_id) do update set sealed = excluded.sealed, created_at = now();
  return found;
end $$;

grant select, insert, update, delete on agent_jobs.document_passwords to service_role;
revoke all on agent_jobs.document_passwords from anon, authenticated;
alter table agent_jobs.document_passwords enable row level security; -- no policy: closed to everyone else

revoke execute on all functions in schema agent_jobs from public, anon, authenticated;
grant execute on all functions in schema agent_jobs to service_role;
grant execute on function agent_jobs.is_member(uuid) to authenticated;

notify pgrst, 'reload schema';
