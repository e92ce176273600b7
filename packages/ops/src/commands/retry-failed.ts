import { loadEnv } from "@gpt-agent/config/load-env";
import { connectSupabase } from "@gpt-agent/supabase/client";
import { makeDocuments } from "@gpt-agent/supabase/documents";
import { chooseFailed, momentOf } from "../choose-failed.ts";
import type { Command } from "../command.ts";
import { OpsError, UsageError } from "../command.ts";
import { stores } from "../env.ts";
import { findQueue } from "../known-queues.ts";
import { changeQueues } from "../queues-connection.ts";
import { guardRemote, remoteOption, remoteUsage } from "../remote-guard.ts";
import { makeReopenDocument } from "../reopen-document.ts";

/** As many as workers keep, see their retention. */
const mostKept = 10_000;

export const retryFailed: Command = {
  summary: "Gives dead letters of a queue all their attempts again, and failed documents a new generation.",
  usage: `pnpm ops retry-failed <queue> (--id JOB [--id JOB]... | --all | --since WHEN | --match TEXT) [--dry-run] [--remote]
  --id JOB      this one; repeatable
  --all         all that are failed now
  --since WHEN  those that failed since: 30m, 2h, 7d, or a moment
  --match TEXT  those with this in code, message or payload
  --dry-run     only say which
  ${remoteUsage}
A document that its failure left "failed" or "blocked" is reprocessed, as POST /v1/documents/<id>/reprocess does.`,
  options: {
    id: { type: "string", multiple: true },
    all: { type: "boolean" },
    since: { type: "string" },
    match: { type: "string" },
    "dry-run": { type: "boolean" },
    ...remoteOption,
  },
  run: async ({ values, positionals, source }) => {
    const queue = await findQueue(positionals[0]);
    const ids = [values["id"] ?? []].flat().map(String);
    const { since, match } = values as { readonly since?: string; readonly match?: string };
    const all = values["all"] === true || since !== undefined || match !== undefined;
    if (all === ids.length > 0) throw new UsageError("Say --all, --since, --match, or one or more --id.");
    const sinceMs = since === undefined ? undefined : momentOf(since, Date.now());
    const remote = values["remote"] === true || values["dry-run"] === true;
    const { supabase } = loadEnv(stores, source);
    guardRemote("SUPABASE_URL", new URL(supabase.url).hostname, remote);

    return changeQueues(source, remote, async ({ inspector, client }) => {
      const reopen = makeReopenDocument({
        documents: makeDocuments(connectSupabase(supabase)),
        enqueue: client.enqueue,
      });
      // The list first: a job that fails again meanwhile must not be retried without end.
      const failed = await inspector.failed(queue, mostKept);
      const missing = ids.filter((id) => !failed.some(({ jobId }) => jobId === id));
      if (missing.length > 0 && missing.length === ids.length) {
        throw new OpsError("not_found", `No failed job of ${queue.name} has the id ${missing.join(", ")}.`);
      }
      const chosen = all ? chooseFailed(failed, { sinceMs, match }) : failed.filter(({ jobId }) => ids.includes(jobId));
      if (values["dry-run"] === true) {
        const lines = chosen.map(({ jobId, code, message }) => `  ${jobId}  ${code}: ${message}`);
        const text = [`${chosen.length} of ${queue.name} would wait again.`, ...lines].join("\n");
        return { text, data: { queue: queue.name, dryRun: true, jobs: chosen } };
      }
      let [retried, reprocessed] = [0, 0];
      for (const { jobId, payload } of chosen) {
        if (await reopen(queue, payload)) reprocessed += 1;
        if (await inspector.retry(queue, jobId)) retried += 1;
      }
      const documents = reprocessed === 0 ? "" : ` Documents that begin again: ${reprocessed}.`;
      const rest = missing.length === 0 ? "" : ` Not found among the failed: ${missing.join(", ")}.`;
      return {
        text: `${retried} of ${queue.name} wait again.${documents}${rest}`,
        data: { queue: queue.name, retried, reprocessed, ...(!all && { missing }) },
        failed: missing.length > 0,
      };
    });
  },
};
