import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { readMigrations } from "@gpt-agent/supabase/migrations";
import { startRedis } from "./redis/start-redis.ts";
import { startSupabase } from "./supabase/start-supabase.ts";

/** What programs need to reach the stack, under the names of their environment variables. */
export interface StackEnv {
  readonly REDIS_URL: string;
  readonly SUPABASE_URL: string;
  readonly SUPABASE_SERVICE_ROLE_KEY: string;
  readonly SUPABASE_ANON_KEY: string;
  readonly SUPABASE_JWT_SECRET: string;
  /** Only where the stack runs over a real Postgres. */
  readonly SUPABASE_DB_URL?: string;
}

export interface StartStackOptions {
  /** Where data lies and is kept. Default: temporary folders that go with the stack. */
  readonly dataDir?: string;
  /** Apply the project's own migrations. Default: true. */
  readonly migrations?: boolean;
  /** Further SQL files, applied after them in this order. */
  readonly sqlFiles?: readonly string[];
  /** Serve this Postgres (as superuser) in place of the embedded one. */
  readonly postgresUrl?: string;
}

export interface Stack {
  readonly env: StackEnv;
  /** Rejects, saying which part, when one ends by itself. */
  readonly failure: Promise<never>;
  stop(): Promise<void>;
}

const readSql = async ({
  migrations = true,
  sqlFiles = [],
}: StartStackOptions): Promise<{ name: string; sql: string }[]> => {
  const own = migrations ? await readMigrations() : [];
  const further = sqlFiles.map(async (file) => ({ name: basename(file), sql: await readFile(file, "utf8") }));
  return [...own, ...(await Promise.all(further))];
};

/**
 * A private Redis and a local Supabase, on loopback, not for production. Nothing of it outlives this process.
 * @throws {Error} saying what is missing on this machine.
 */
export const startStack = async (options: StartStackOptions = {}): Promise<Stack> => {
  const { dataDir, postgresUrl } = options;
  const sql = await readSql(options);
  const folder = (name: string) => (dataDir === undefined ? {} : { dataDir: join(dataDir, name) });
  const starting = {
    redis: startRedis({ ...folder("redis"), appendOnly: dataDir !== undefined }),
    supabase: startSupabase({ ...folder("supabase"), sql, ...(postgresUrl === undefined ? {} : { postgresUrl }) }),
  };
  let stopping = false;
  const stop = async (): Promise<void> => {
    stopping = true;
    const started = await Promise.allSettled(Object.values(starting));
    await Promise.all(started.map(async (part) => part.status === "fulfilled" && part.value.stop()));
  };
  try {
    const [redis, supabase] = await Promise.all([starting.redis, starting.supabase]);
    const env: StackEnv = {
      REDIS_URL: redis.url,
      SUPABASE_URL: supabase.url,
      SUPABASE_SERVICE_ROLE_KEY: supabase.serviceRoleKey,
      SUPABASE_ANON_KEY: supabase.anonKey,
      SUPABASE_JWT_SECRET: supabase.jwtSecret,
      ...(supabase.dbUrl === undefined ? {} : { SUPABASE_DB_URL: supabase.dbUrl }),
    };
    const failure = new Promise<never>((_, reject) => {
      for (const [name, { ended }] of Object.entries({ Redis: redis, Supabase: supabase })) {
        void ended.then(() => {
          if (!stopping) reject(new Error(`The local ${name} has ended by itself.`));
        });
      }
    });
    failure.catch(() => {}); // Whoever waits for it hears of it; nobody has to.
    return { env, failure, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};
