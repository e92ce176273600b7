import { loadEnv } from "@gpt-agent/config/load-env";
import { makeTenantJobs } from "@gpt-agent/queue/tenant-jobs";
import { connectSupabase } from "@gpt-agent/supabase/client";
import { eraseOrganisation } from "@gpt-agent/supabase/erase-organisation";
import { makeFiles } from "@gpt-agent/supabase/files";
import { makeOrganisations } from "@gpt-agent/supabase/organisations";
import { type Command, UsageError } from "../command.ts";
import { stores } from "../env.ts";
import { knownQueues } from "../known-queues.ts";
import { orgIdOf } from "../org-option.ts";
import { guardRemote, remoteOption, remoteUsage } from "../remote-guard.ts";
import { renderTable } from "../table.ts";

/** What was found of an organisation, place by place. */
interface Found {
  readonly rows: Readonly<Record<string, number>>;
  readonly files: number;
  readonly jobs: number;
  /** Redis keys with its id in their name. */
  readonly keys: number;
}

const render = ({ rows, files, jobs, keys }: Found): string =>
  renderTable(
    ["place", "holds"],
    [
      ...Object.entries(rows).map(([table, count]) => [`table ${table}`, count]),
      ["files", files],
      ["jobs", jobs],
      ["Redis keys", keys],
    ],
  );

export const eraseOrg: Command = {
  summary: "Removes everything of one organisation and proves it: a search of every table, the bucket and every queue.",
  usage: `pnpm ops erase-org --org ID (--dry-run | --confirm ID) [--remote]
  --org ID      the organisation, by your platform's uuid
  --dry-run     only say what it has
  --confirm ID  the same id again: this cannot be taken back
  ${remoteUsage}
Its API keys go, too. Nothing in a CRM itself is touched. Exit 1 where something is left, for instance a job that runs: repeat it.`,
  options: { org: { type: "string" }, confirm: { type: "string" }, "dry-run": { type: "boolean" }, ...remoteOption },
  run: async ({ values, source }) => {
    const orgId = orgIdOf(values["org"]);
    const dryRun = values["dry-run"] === true;
    if (!dryRun && String(values["confirm"]).toLowerCase() !== orgId) {
      throw new UsageError("Say the same id again with --confirm, or --dry-run to look first.");
    }
    const { redis, supabase: project } = loadEnv(stores, source);
    if (!dryRun) {
      guardRemote("SUPABASE_URL", new URL(project.url).hostname, values["remote"] === true);
      guardRemote("REDIS_URL", new URL(redis.url.reveal()).hostname, values["remote"] === true);
    }
    const supabase = connectSupabase(project);
    const organisations = makeOrganisations(supabase);
    const jobs = makeTenantJobs(redis, [...(await knownQueues()).values()]);
    const look = async (): Promise<Found> => {
      const files = (await Array.fromAsync(organisations.allObjects({ orgId }))).length;
      return { rows: await organisations.countRows({ orgId }), files, ...(await jobs.count(orgId)) };
    };
    try {
      const before = await look();
      if (dryRun) return { text: render(before), data: { dryRun, orgId, found: before } };
      const { done, ...erased } = await eraseOrganisation(
        { organisations, files: makeFiles(supabase), jobs },
        { orgId, keepApiKeys: false },
      );
      const left = await look();
      const isClean = done && Object.keys(left.rows).length + left.files + left.jobs + left.keys === 0;
      const title = `Removed ${erased.rows} rows, ${erased.files} files, ${erased.jobs} jobs.`;
      const proof = isClean
        ? "Searched again: no table, no file, no job and no Redis key has this organisation's id."
        : `Something is left:\n${render(left)}`;
      return { text: `${title}\n${proof}`, data: { orgId, erased, left, clean: isClean }, failed: !isClean };
    } finally {
      await jobs.close();
    }
  },
};
