-- The roles that PostgREST and Storage connect as come without a password; give them the database's own.
\set password `echo "$POSTGRES_PASSWORD"`
alter user authenticator with password :'password';
alter user supabase_storage_admin with password :'password';
