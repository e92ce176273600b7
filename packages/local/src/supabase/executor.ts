import type { Sql } from "./sql.ts";
import { quoteLiteral } from "./sql.ts";

/** One row; the server's statements cast what they read to text, integers and booleans. */
export type Row = Readonly<Record<string, unknown>>;

export interface Connection {
  query(statement: Sql): Promise<readonly Row[]>;
}

/** Settings of one transaction, set in this order: `role` after `session_authorization`. */
export type Settings = readonly (readonly [name: string, value: string])[];

/** The database as the server sees it: PGlite or a pool of connections. */
export interface Executor {
  /** Runs `work` in a transaction under these settings: committed when it returns, rolled back when it throws. */
  tx<T>(settings: Settings, work: (connection: Connection) => Promise<T>): Promise<T>;
  /** Several statements at once, as the owner, outside the settings above. */
  script(text: string): Promise<void>;
  /** Calls back after every NOTIFY on the channel. */
  listen(channel: string, onNotify: (payload: string) => void): Promise<void>;
  close(): Promise<void>;
}

/** What Postgres says of a refused statement, from either driver. */
export interface DatabaseError extends Error {
  /** SQLSTATE. */
  readonly code: string;
  readonly detail?: string;
  readonly hint?: string;
}

export const isDatabaseError = (error: unknown): error is DatabaseError =>
  error instanceof Error && "code" in error && typeof error.code === "string" && /^[0-9A-Z]{5}$/.test(error.code);

/** One statement, so that a transaction's settings cost one round trip. */
export const settingsStatement = (settings: Settings): string =>
  `select ${settings.map(([name, value]) => `set_config(${quoteLiteral(name)}, ${quoteLiteral(value)}, true)`).join(", ")}`;

/** What a migration may count on, whatever the one before it has set: Supabase's search_path for the owner. */
export const ownerSession = `reset session authorization; reset all; set search_path = "$user", public, extensions`;
