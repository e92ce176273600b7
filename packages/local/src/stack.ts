import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { startRedis } from "./redis/start-redis.ts";

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
  stop(): Promise<void>;
}

const readSql = async ({ migrations = true, sqlFiles = [] }: StartStackOptions): Promise<{ name: string; sql: string }[]> => {
  const own = migrations ? await (await import("@gpt-agent/supabase/migrations")).readMigrations() : [];
  const further = sqlFiles.map(async (file) => ({ name: basename(file), sql: await readFile(file, "utf8") }));
  return [...own, ...(await Promise.all(further))];
};

/**
 * A private Redis and a local Supabase, on loopback, not for production. Nothing of it outlives this process.
 * @throws {Error} saying what is missing on this machine.
 */
export const startStack = async (options: StartStackOptions = {}): Promise<Stack> => {
  const { dataDir, postgresUrl } = options;
  const folder = (name: string) => (dataDir === undefined ? {} : { dataDir: join(dataDir, name) });
  const { startSupabase } = await import("./supabase/start-supabase.ts");
  const started = await Promise.allSettled([
    startRedis({ ...folder("redis"), appendOnly: dataDir !== undefined }),
    readSql(options).then((migrations) =>
      startSupabase({ ...folder("supabase"), migrations, ...(postgresUrl === undefined ? {} : { postgresUrl }) }),
    ),
  ]);
  const [redis, supabase] = started;
  const stop = async (): Promise<void> => {
    await Promise.all(started.map((part) => (part.status === "fulfilled" ? part.value.stop() : undefined)));
  };
  if (redis.status === "rejected" || supabase.status === "rejected") {
    await stop();
    throw started.find((part) => part.status === "rejected")?.reason;
  }
  return {
    env: {
      REDIS_URL: redis.value.url,
      ...supabase.value.env,
      ...(postgresUrl === undefined ? {} : { SUPABASE_DB_URL: postgresUrl }),
    },
    stop,
  };
};
