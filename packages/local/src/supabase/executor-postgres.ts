import pg from "pg";
import type { Executor, Row } from "./executor.ts";
import { ownerSession, settingsStatement } from "./executor.ts";
import { render } from "./sql.ts";

const maxConnections = 10;

const rollBack = async (client: pg.PoolClient): Promise<Error | undefined> => {
  try {
    await client.query("rollback");
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
};

/** A real Postgres. The URL's user must be a superuser, as the roles of a Supabase project are made and taken on. */
export const makePostgresExecutor = (url: string): Executor => {
  const pool = new pg.Pool({ connectionString: url, max: maxConnections });
  // A connection that breaks is replaced by the pool, idle or at work; without listeners it would end the process.
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  const listeners: pg.Client[] = [];
  return {
    tx: async (settings, work) => {
      const client = await pool.connect();
      let broken: Error | undefined;
      try {
        await client.query(settings.length > 0 ? `begin; ${settingsStatement(settings)}` : "begin");
        const result = await work({
          query: async (statement) => {
            const { text, values } = render(statement);
            return (await client.query<Row>(text, [...values])).rows;
          },
        });
        await client.query("commit");
        return result;
      } catch (error) {
        broken = await rollBack(client);
        throw error;
      } finally {
        client.release(broken);
      }
    },
    script: async (text) => {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      try {
        await client.query(ownerSession);
        await client.query(text);
      } finally {
        await client.end();
      }
    },
    listen: async (channel, onNotify) => {
      const client = new pg.Client({ connectionString: url });
      listeners.push(client);
      client.on("error", () => {});
      client.on("notification", (message) => {
        if (message.channel === channel) onNotify(message.payload ?? "");
      });
      await client.connect();
      await client.query(`listen ${pg.escapeIdentifier(channel)}`);
    },
    close: async () => {
      await Promise.all(listeners.map((client) => client.end()));
      await pool.end();
    },
  };
};
