import { loadEnv } from "@gpt-agent/config/load-env";
import { readMigrations } from "@gpt-agent/supabase/migrations";
import type { Command, Report } from "../command.ts";
import { databaseOnly } from "../env.ts";
import { appliedVersions, applyMigration, lockHistory, withDatabase } from "../migrate/apply.ts";
import { planMigrations } from "../migrate/plan.ts";
import type { PlannedMigration } from "../migrate/plan.ts";
import { guardRemote, remoteOption, remoteUsage } from "../remote-guard.ts";

const report = (dryRun: boolean, migrations: readonly PlannedMigration[]): Report => {
  const names = migrations.map(({ version, name }) => `${version}_${name}`);
  const title = dryRun ? "Would apply" : "Applied";
  const text =
    names.length === 0 ? "The database is up to date." : `${title} ${names.length}:\n  ${names.join("\n  ")}`;
  return { text, data: { dryRun, applied: dryRun ? [] : names, pending: dryRun ? names : [] } };
};

export const migrate: Command = {
  summary: "Brings the schema agent_jobs of SUPABASE_DB_URL up to date.",
  usage: `pnpm ops migrate [--dry-run] [--remote]
  --dry-run    only say what would be applied
  ${remoteUsage}
Each file of packages/supabase/migrations runs in one transaction and is noted where \`supabase db push\` notes it.`,
  options: { "dry-run": { type: "boolean" }, ...remoteOption },
  run: async ({ values, source }) => {
    const { database } = loadEnv(databaseOnly, source);
    const dryRun = values["dry-run"] === true;
    if (!dryRun) guardRemote("SUPABASE_DB_URL", database.host, values["remote"] === true);
    const migrations = await readMigrations();
    return withDatabase(database, async (client) => {
      if (dryRun) return report(true, planMigrations(migrations, await appliedVersions(client)));
      await lockHistory(client);
      const planned = planMigrations(migrations, await appliedVersions(client));
      for (const migration of planned) await applyMigration(client, migration);
      return report(false, planned);
    });
  },
};
