import { createHash } from "node:crypto";
import { bootstrapSql } from "./bootstrap-sql.ts";
import type { Executor } from "./executor.ts";
import { fromCatalog, quoteLiteral } from "./sql.ts";

export interface SqlFile {
  readonly name: string;
  readonly sql: string;
}

export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

const bootstrapFile: SqlFile = { name: "(bootstrap)", sql: bootstrapSql };

const appliedFiles = (executor: Executor): Promise<ReadonlyMap<string, string>> =>
  executor.tx([], async (connection) => {
    const [ledger] = await connection.query(fromCatalog("select to_regclass('local_stack.applied')::text as name"));
    if (ledger?.name === null || ledger === undefined) return new Map();
    const rows = await connection.query(fromCatalog("select name, sha256 from local_stack.applied"));
    return new Map(rows.map(({ name, sha256: digest }) => [String(name), String(digest)]));
  });

const apply = async (executor: Executor, { name, sql: text }: SqlFile): Promise<void> => {
  const record = `insert into local_stack.applied (name, sha256) values (${quoteLiteral(name)}, ${quoteLiteral(sha256(text))})
    on conflict (name) do update set sha256 = excluded.sha256, applied_at = now()`;
  try {
    await executor.script(`${text}\n;\n${record};`);
  } catch (error) {
    throw new Error(`The SQL of ${name} failed: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
};

/**
 * Brings a database to the state after the bootstrap and these files, in order. Each file runs once in the life of the
 * database, as one transaction unless it says otherwise.
 * @throws {Error} when a file fails, or when one that ran has changed since
 */
export const prepareDatabase = async (executor: Executor, files: readonly SqlFile[]): Promise<void> => {
  const applied = await appliedFiles(executor);
  if (applied.get(bootstrapFile.name) !== sha256(bootstrapSql)) await apply(executor, bootstrapFile);
  for (const file of files) {
    const before = applied.get(file.name);
    if (before === undefined) await apply(executor, file);
    else if (before !== sha256(file.sql)) {
      throw new Error(
        `The SQL of ${file.name} has changed since it was applied to this database. Start with an empty one, or undo the change and add a new file.`,
      );
    }
  }
};
