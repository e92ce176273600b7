import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { failure } from "./errors.ts";
import { makeRestFetch } from "./rest-fetch.ts";

/** Where all tables and functions of the workers live. */
export const schemaName = "agent_jobs";

/** Loose on purpose: what comes back is parsed where it arrives, and what goes in is checked by the SQL functions. */
type Row = Record<string, unknown>;
interface Schema {
  Tables: Record<string, { Row: Row; Insert: Row; Update: Row; Relationships: [] }>;
  Views: Record<string, { Row: Row; Relationships: [] }>;
  Functions: Record<string, { Args: Row; Returns: unknown }>;
}

/** The client that every repository takes: bound to our schema, service role. */
export type Supabase = SupabaseClient<Record<typeof schemaName, Schema>, typeof schemaName>;

export interface SupabaseConnection {
  readonly url: string;
  /** A `service_role` JWT or an `sb_secret_…` key. It bypasses row-level security. */
  readonly serviceRoleKey: { reveal(): string };
}

/** PostgREST ends a statement after 8 s, a few of our functions after 120 s; above that the answer is lost. */
const databaseTimeoutMs = 150_000;
/** The largest file over a slow line. */
const storageTimeoutMs = 600_000;

const askDatabase = makeRestFetch(databaseTimeoutMs);

/** A request to a host that swallows packets would otherwise never end. */
const fetchWithDeadline: typeof fetch = (input, init) => {
  const url = input instanceof Request ? input.url : String(input);
  if (url.includes("/rest/v1/")) return askDatabase(url, init);
  const deadline = AbortSignal.timeout(storageTimeoutMs);
  return fetch(input, { ...init, signal: init?.signal ? AbortSignal.any([init.signal, deadline]) : deadline });
};

/** No connection is opened; the first request does that. */
export const connectSupabase = ({ url, serviceRoleKey }: SupabaseConnection): Supabase =>
  createClient<Record<typeof schemaName, Schema>, typeof schemaName>(url, serviceRoleKey.reveal(), {
    db: { schema: schemaName },
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    global: { fetch: fetchWithDeadline },
  });

/**
 * For `/ready`: the project answers, our schema is exposed and migrated, the key may read it.
 * @throws what {@link failure} makes of the answer
 */
export const pingSupabase = async (supabase: Supabase, signal: AbortSignal): Promise<void> => {
  const { error, status } = await supabase.from("embedding_profiles").select("id").limit(1).abortSignal(signal);
  if (error) throw failure("reading from the database", error, status);
};
