import { startSupabase } from "@gpt-agent/local/supabase/start-supabase";
import { readMigrations } from "@gpt-agent/supabase/migrations";
import { readThroughFaults } from "./crm-reading.ts";
import { type Database, killPoints, raceForToken, refreshAfterKill } from "./crm-tokens.ts";
import type { Scenario } from "./scenarios.ts";

const withDatabase = async <T>(use: (database: Database) => Promise<T>): Promise<T> => {
  const server = await startSupabase({ sql: await readMigrations() });
  try {
    return await use({ SUPABASE_URL: server.url, SUPABASE_SERVICE_ROLE_KEY: server.serviceRoleKey });
  } finally {
    await server.stop();
  }
};

const tokenRace: Scenario = {
  name: "crm-token-race",
  promise: "200 callers in each of 8 processes need a new CRM token at once: one refresh request",
  run: ({ smoke }) =>
    withDatabase(async (database) => {
      const rounds = smoke ? 1 : 5;
      for (let round = 0; round < rounds; round += 1) {
        const requests = await raceForToken(database, { processes: 8, callers: 200 });
        if (requests !== 1) throw new Error(`${requests} refresh requests`);
      }
      return `${rounds} × 8 processes × 200 callers, one request each time`;
    }),
};

const tokenKill: Scenario = {
  name: "crm-token-kill",
  promise: "a process killed at any step of a refresh: the token is lost only where the answer never arrived",
  run: ({ smoke }) =>
    withDatabase(async (database) => {
      const rounds = smoke ? 1 : 5;
      for (let round = 0; round < rounds; round += 1) {
        for (const point of killPoints) {
          const works = await refreshAfterKill(database, point);
          if (works !== (point !== "in flight"))
            throw new Error(`killed at "${point}": the token ${works ? "works" : "is lost"}`);
        }
      }
      return `${rounds} × ${killPoints.length} steps`;
    }),
};

const sameSecond: Scenario = {
  name: "crm-same-second",
  promise:
    "25,000 records of one second, shifting while read, the worker killed: none missed or double, one page again",
  run: ({ smoke }) => readThroughFaults(smoke ? { contacts: 1_500, kills: 1 } : { contacts: 25_000, kills: 4 }),
};

export const crmScenarios: readonly Scenario[] = [tokenRace, tokenKill, sameSecond];
