-- What the conformance cases work on: a schema of its own, exposed to the API. Against a hosted project apply this
-- file first (`psql`, or the SQL editor); every case keeps to rows of its own.
create extension if not exists vector with schema extensions;
drop schema if exists conformance cascade;
create schema conformance;
grant usage on schema conformance to anon, authenticated, service_role;
alter default privileges in schema conformance grant all on tables to anon, authenticated, service_role;
alter default privileges in schema conformance grant all on sequences to anon, authenticated, service_role;
alter default privileges in schema conformance grant all on functions to anon, authenticated, service_role;

create table conformance.authors (
  id uuid primary key default gen_random_uuid(),
  tenant text not null,
  name text not null,
  born int,
  mentor_id uuid references conformance.authors (id)
);
create table conformance.profiles (
  author_id uuid primary key references conformance.authors (id) on delete cascade,
  bio text not null
);
create table conformance.books (
  id bigint generated always as identity primary key,
  tenant text not null,
  author_id uuid not null constraint books_author_fkey references conformance.authors (id) on delete cascade,
  editor_id uuid constraint books_editor_fkey references conformance.authors (id),
  title text not null,
  isbn text,
  price numeric(10, 2),
  pages int check (pages > 0),
  status text not null default 'draft',
  tags text[] not null default '{}',
  meta jsonb not null default '{}',
  available boolean,
  span int4range,
  body tsvector generated always as (to_tsvector('english', title)) stored,
  embedding extensions.vector(3),
  created_at timestamptz not null default now(),
  unique (tenant, isbn)
);
create table conformance.genres (
  id uuid primary key default gen_random_uuid(),
  tenant text not null,
  name text not null
);
create table conformance.book_genres (
  book_id bigint references conformance.books (id) on delete cascade,
  genre_id uuid references conformance.genres (id) on delete cascade,
  primary key (book_id, genre_id)
);
create table conformance.reviews (
  id uuid primary key default gen_random_uuid(),
  book_id bigint not null references conformance.books (id) on delete cascade,
  stars int not null
);
create table conformance."Слова" (
  "ключ" text primary key,
  "значение с пробелом" text
);
create table conformance.kinds (
  id uuid primary key default gen_random_uuid(),
  big bigint,
  exact numeric,
  float double precision,
  bytes bytea,
  instant timestamptz,
  local timestamp,
  day date,
  span interval,
  document json,
  binary_document jsonb,
  numbers int[],
  flag boolean
);
create table conformance.notes (
  id uuid primary key default gen_random_uuid(),
  owner uuid not null default auth.uid(),
  text text not null
);
alter table conformance.notes enable row level security;
create policy own_notes on conformance.notes for all to authenticated
  using (owner = auth.uid()) with check (owner = auth.uid());
create table conformance.vault (id int primary key);
revoke all on conformance.vault from anon, authenticated;

create function conformance.add(a int, b int default 10) returns int language sql immutable as $$ select a + b $$;
create function conformance.echo(payload jsonb) returns jsonb language sql immutable as $$ select payload $$;
create function conformance.echo_list(items text[]) returns text[] language sql immutable as $$ select items $$;
create function conformance.echo_author(author conformance.authors) returns text language sql immutable as $$ select author.name $$;
create function conformance.total(variadic numbers int[]) returns bigint language sql immutable as $$ select sum(n) from unnest(numbers) n $$;
create function conformance.unnamed(json) returns json language sql immutable as $$ select $1 $$;
create function conformance.nothing() returns void language sql as $$ $$;
create function conformance.titles(of_tenant text) returns setof text language sql stable as $$
  select title from conformance.books where tenant = of_tenant order by title $$;
create function conformance.books_of(of_tenant text) returns setof conformance.books language sql stable as $$
  select * from conformance.books where tenant = of_tenant $$;
create function conformance.first_book(of_tenant text) returns conformance.books language sql stable as $$
  select * from conformance.books where tenant = of_tenant order by title limit 1 $$;
create function conformance.page_counts(of_tenant text) returns table (title text, pages int) language sql stable as $$
  select title, pages from conformance.books where tenant = of_tenant $$;
create function conformance.split(text text, out head text, out tail text) language sql immutable as $$
  select left(text, 1), substr(text, 2) $$;
create function conformance.either(a int) returns text language sql immutable as $$ select 'int' $$;
create function conformance.either(a text) returns text language sql immutable as $$ select 'text' $$;
create function conformance.whoami() returns jsonb language sql stable as $$
  select jsonb_build_object('role', current_user, 'sub', auth.uid(), 'claimed', auth.role()) $$;
create function conformance.rename(book bigint, new_title text) returns void language sql as $$
  update conformance.books set title = new_title where id = book $$;
create function conformance.refuse(state text, message text) returns void language plpgsql as $$
begin
  raise exception using errcode = state, message = message, detail = 'the detail', hint = 'the hint';
end $$;
create function conformance.nearest(query extensions.vector(3), of_tenant text) returns table (title text, distance float)
language sql stable set search_path = conformance, extensions as $$
  select title, embedding <=> query from books where tenant = of_tenant order by embedding <=> query $$;
create function conformance.store_vectors(of_tenant text, author uuid, vectors text[]) returns int
language sql set search_path = conformance, extensions as $$
  with stored as (
    insert into books (tenant, author_id, title, embedding)
    select of_tenant, author, 'vector ' || position, vector::vector(3) from unnest(vectors) with ordinality v(vector, position)
    returning 1)
  select count(*)::int from stored $$;
