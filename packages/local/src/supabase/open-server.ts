import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Executor } from "./executor.ts";
import type { PgliteExecutor } from "./executor-pglite.ts";
import { listen } from "./http-server.ts";
import type { ProjectKeys } from "./keys.ts";
import { deriveKeys, newJwtSecret } from "./keys.ts";
import { prepareDatabase } from "./prepare-database.ts";
import type { SqlFile } from "./prepare-database.ts";
import { makeRestApi } from "./rest/rest-api.ts";
import type { SchemaCache } from "./rest/schema-cache.ts";
import { loadSchemaCache } from "./rest/schema-cache.ts";
import type { SeedCache } from "./seed-cache.ts";
import { openSeedCache } from "./seed-cache.ts";
import { makeObjectFiles } from "./storage/object-files.ts";
import { makeStorageApi } from "./storage/storage-api.ts";

export interface ServerOptions {
  /** Holds the database, the objects' contents and the signing secret. */
  readonly dataDir: string;
  readonly sql: readonly SqlFile[];
  readonly postgresUrl?: string;
  /** 0: any free one. */
  readonly port: number;
  readonly seedCacheDir: string;
}

export interface OpenServer {
  readonly port: number;
  readonly keys: ProjectKeys;
  close(): Promise<void>;
}

/** A cache that cannot be written costs time at the next start and nothing else. */
const keepSeed = async (cache: SeedCache, executor: PgliteExecutor): Promise<void> => {
  await cache.store(await executor.dump()).catch(() => {});
};

/** A new folder starts from the database with these very files, else from the bare one; both are made where missing. */
const openPglite = async ({ dataDir, sql, seedCacheDir }: ServerOptions): Promise<Executor> => {
  // Drivers are imported where they are used: PGlite alone takes 100 MB.
  const { makePgliteExecutor } = await import("./executor-pglite.ts");
  const folder = join(dataDir, "database");
  if (existsSync(join(folder, "PG_VERSION"))) {
    const executor = await makePgliteExecutor(folder);
    await prepareDatabase(executor, sql);
    return executor;
  }
  const full = await openSeedCache(seedCacheDir, sql);
  const bare = await openSeedCache(seedCacheDir, []);
  const fullSeed = await full.find();
  const bareSeed = fullSeed === undefined ? await bare.find() : undefined;
  const executor = await makePgliteExecutor(folder, fullSeed ?? bareSeed);
  if (fullSeed === undefined && bareSeed === undefined) {
    await prepareDatabase(executor, []);
    await keepSeed(bare, executor);
  }
  await prepareDatabase(executor, sql);
  if (fullSeed === undefined && sql.length > 0) await keepSeed(full, executor);
  return executor;
};

const openPostgres = async (url: string, sql: readonly SqlFile[]): Promise<Executor> => {
  const { makePostgresExecutor } = await import("./executor-postgres.ts");
  const executor = makePostgresExecutor(url);
  try {
    await prepareDatabase(executor, sql);
    return executor;
  } catch (error) {
    await executor.close();
    throw error;
  }
};

/** Kept beside the data, so that keys handed out before a restart still open the project. */
const readSecret = async (dataDir: string): Promise<string> => {
  const path = join(dataDir, "jwt-secret");
  if (existsSync(path)) return (await readFile(path, "utf8")).trim();
  const secret = newJwtSecret();
  await writeFile(path, `${secret}\n`, { mode: 0o600 });
  return secret;
};

/** The schema cache, read again after `notify pgrst`; requests meanwhile wait for the new one. */
const watchSchema = async (executor: Executor): Promise<() => Promise<SchemaCache>> => {
  let current: Promise<SchemaCache> | undefined;
  await executor.listen("pgrst", () => {
    current = undefined;
  });
  const read = (): Promise<SchemaCache> => {
    const loading = loadSchemaCache(executor);
    loading.catch(() => {
      if (current === loading) current = undefined;
    });
    return loading;
  };
  const schema = (): Promise<SchemaCache> => (current ??= read());
  await schema();
  return schema;
};

/** Database, REST and Storage in this process. */
export const openServer = async (options: ServerOptions): Promise<OpenServer> => {
  await mkdir(options.dataDir, { recursive: true, mode: 0o700 });
  const keys = await deriveKeys(await readSecret(options.dataDir));
  const executor = await (options.postgresUrl === undefined
    ? openPglite(options)
    : openPostgres(options.postgresUrl, options.sql));
  try {
    const schema = await watchSchema(executor);
    const files = await makeObjectFiles(join(options.dataDir, "objects"));
    const { port, close } = await listen(options.port, keys, {
      rest: makeRestApi(executor, schema),
      storage: makeStorageApi(executor, schema, files, keys.jwtSecret),
    });
    return {
      port,
      keys,
      close: async () => {
        await close();
        await executor.close();
      },
    };
  } catch (error) {
    await executor.close();
    throw error;
  }
};
