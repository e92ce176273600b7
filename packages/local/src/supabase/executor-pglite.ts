import { PGlite } from "@electric-sql/pglite";
import type { Transaction } from "@electric-sql/pglite";
import { pg_trgm } from "@electric-sql/pglite/contrib/pg_trgm";
import { pgcrypto } from "@electric-sql/pglite/contrib/pgcrypto";
import { uuid_ossp } from "@electric-sql/pglite/contrib/uuid_ossp";
import { vector } from "@electric-sql/pglite-pgvector";
import type { Executor, Row } from "./executor.ts";
import { ownerSession, settingsStatement } from "./executor.ts";
import { render } from "./sql.ts";
import type { Sql } from "./sql.ts";

export interface PgliteExecutor extends Executor {
  /** The whole data folder as a tar archive, for `seed` of another start. */
  dump(): Promise<Blob>;
}

/** Values arrive as Postgres reads them; PGlite's own conversions by type would only refuse some. */
const asText = new Proxy<Record<number, (value: string) => string>>({}, { get: () => (value: string) => value });

// In single-user mode nobody has logged in: without a name set there is nothing for a transaction's own
// `session_authorization` to fall back to, and it would outlive the transaction.
const owner = `${ownerSession}; set session authorization postgres`;

const run = async (transaction: Transaction, statement: Sql): Promise<readonly Row[]> => {
  const { text, values } = render(statement);
  return (await transaction.query<Row>(text, [...values], { serializers: asText })).rows;
};

/**
 * Postgres compiled to WebAssembly, in this thread: it blocks the event loop while it works, so give it a process of
 * its own. It has one connection; transactions wait for each other in the order they came.
 * @param dataDir A folder of Postgres' own, created where it is missing. In memory it takes twice as much of it.
 * @param seed Another instance's dump, for a folder that does not exist yet.
 */
export const makePgliteExecutor = async (dataDir: string, seed?: Blob): Promise<PgliteExecutor> => {
  const db = await PGlite.create({
    dataDir,
    extensions: { vector, pgcrypto, pg_trgm, uuid_ossp },
    relaxedDurability: true,
    ...(seed === undefined ? {} : { loadDataDir: seed }),
  });
  await db.exec(owner);
  return {
    tx: (settings, work) =>
      db.transaction(async (transaction) => {
        if (settings.length > 0) await transaction.exec(settingsStatement(settings));
        return work({ query: (statement) => run(transaction, statement) });
      }),
    script: async (text) => {
      await db.exec(ownerSession);
      await db.exec(text);
      await db.exec(owner);
    },
    listen: async (channel, onNotify) => {
      await db.listen(channel, onNotify);
    },
    dump: () => db.dumpDataDir("gzip"),
    close: () => db.close(),
  };
};
