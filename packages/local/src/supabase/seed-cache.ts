import { randomUUID } from "node:crypto";
import { existsSync, openAsBlob } from "node:fs";
import { mkdir, readFile, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bootstrapSql } from "./bootstrap-sql.ts";
import type { SqlFile } from "./prepare-database.ts";
import { sha256 } from "./prepare-database.ts";

/** `node_modules/.cache` of the workspace, which survives reinstalls and is never committed. */
export const defaultSeedCacheDir = (): string => {
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, "pnpm-workspace.yaml")))
      return join(folder, "node_modules", ".cache", "local-supabase");
  }
  return join(tmpdir(), "gpt-agent-local-supabase-cache");
};

const versionOf = async (packageName: string): Promise<string> => {
  const entry = fileURLToPath(import.meta.resolve(packageName));
  const { version } = JSON.parse(await readFile(join(dirname(entry), "..", "package.json"), "utf8")) as {
    version: string;
  };
  return `${packageName}@${version}`;
};

/** A database after its migrations, kept as a dump: starting from it takes a quarter of the time. */
export interface SeedCache {
  find(): Promise<Blob | undefined>;
  /** Safe against another process that writes the same one. */
  store(dump: Blob): Promise<void>;
}

const maxAgeMs = 14 * 24 * 3_600_000;

/** Every change of a migration leaves a seed behind that nobody asks for again. */
const removeOld = async (folder: string): Promise<void> => {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    if (Date.now() - (await stat(path)).mtimeMs > maxAgeMs) await rm(path, { force: true });
  }
};

/** The seed for exactly these versions and this SQL. */
export const openSeedCache = async (folder: string, files: readonly SqlFile[]): Promise<SeedCache> => {
  const versions = await Promise.all(["@electric-sql/pglite", "@electric-sql/pglite-pgvector"].map(versionOf));
  const path = join(folder, `${sha256(JSON.stringify([versions, bootstrapSql, files])).slice(0, 32)}.tar.gz`);
  return {
    find: async () => (existsSync(path) ? openAsBlob(path) : undefined),
    store: async (dump) => {
      await mkdir(folder, { recursive: true });
      const temporary = `${path}.${randomUUID()}.part`;
      try {
        await writeFile(temporary, new Uint8Array(await dump.arrayBuffer()));
        await rename(temporary, path);
        await removeOld(folder);
      } finally {
        await rm(temporary, { force: true });
      }
    },
  };
};
