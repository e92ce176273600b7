import { hostReach } from "@gpt-agent/config/private-host";
import { Client } from "pg";
import { OpsError } from "../command.ts";
import type { PlannedMigration } from "./plan.ts";

/**
 * The history that `supabase db push` keeps, in the same table and form, so that either tool sees what the other did.
 * Versions of the platform's own migrations in it are left alone.
 */
const createHistory = `
create schema if not exists supabase_migrations;
create table if not exists supabase_migrations.schema_migrations (version text not null primary key);
alter table supabase_migrations.schema_migrations add column if not exists statements text[];
alter table supabase_migrations.schema_migrations add column if not exists name text;`;

/** One `migrate` at a time per database: the key is arbitrary, and the same in every copy of this tool. */
const lockKey = 7_461_016_222;

/**
 * A connection of its own, closed afterwards. To another machine it is encrypted; like libpq's `sslmode=require` without
 * checking the certificate, because Supabase signs its own. Say `?sslmode=verify-full&sslrootcert=FILE` to check it.
 */
export const withDatabase = async <T>(
  database: { readonly url: { reveal(): string }; readonly host: string },
  work: (client: Client) => Promise<T>,
): Promise<T> => {
  const connectionString = database.url.reveal();
  const encrypt = hostReach(database.host) !== "loopback" && !/[?&]sslmode=/.test(connectionString);
  const client = new Client({
    connectionString,
    connectionTimeoutMillis: 10_000,
    application_name: "gpt-agent ops migrate",
    ...(encrypt ? { ssl: { rejectUnauthorized: false } } : {}),
  });
  // A connection that breaks between two queries would otherwise end the process; the next query reports it.
  client.on("error", () => {});
  try {
    await client.connect();
  } catch (error) {
    const reason =
      error instanceof Error ? error.message || ("code" in error ? String(error.code) : error.name) : String(error);
    throw new OpsError("database_unavailable", `The database at ${database.host} cannot be reached: ${reason}`, {
      cause: error,
    });
  }
  try {
    return await work(client);
  } finally {
    await client.end();
  }
};

/** Versions that are in the history; none where there is no history yet. */
export const appliedVersions = async (client: Client): Promise<ReadonlySet<string>> => {
  const exists = await client.query<{ found: boolean }>(
    "select to_regclass('supabase_migrations.schema_migrations') is not null as found",
  );
  if (!exists.rows[0]?.found) return new Set();
  const { rows } = await client.query<{ version: string }>("select version from supabase_migrations.schema_migrations");
  return new Set(rows.map(({ version }) => version));
};

/** Creates the history if need be and takes the lock, which the end of the connection gives back. */
export const lockHistory = async (client: Client): Promise<void> => {
  await client.query("select pg_advisory_lock($1)", [lockKey]);
  await client.query(createHistory);
};

/** Applies one migration and notes it, in one transaction: both or neither. @throws {OpsError} `migration_failed` */
export const applyMigration = async (client: Client, { version, name, sql }: PlannedMigration): Promise<void> => {
  try {
    await client.query("begin");
    // Rather fail than queue every reader of the project behind a lock that does not come.
    await client.query("set local lock_timeout = '10s'");
    await client.query(sql);
    await client.query(
      "insert into supabase_migrations.schema_migrations (version, name, statements) values ($1, $2, $3)",
      [version, name, [sql]],
    );
    await client.query("commit");
  } catch (error) {
    await client.query("rollback").catch(() => undefined);
    const reason = error instanceof Error ? error.message : String(error);
    throw new OpsError("migration_failed", `Migration ${version}_${name} failed and was rolled back: ${reason}`, {
      cause: error,
    });
  }
};
