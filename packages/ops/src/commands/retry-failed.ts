import { loadEnv } from "@gpt-agent/config/load-env";
import { connectSupabase } from "@gpt-agent/supabase/client";
import { makeDocuments } from "@gpt-agent/supabase/documents";
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
  usage: `pnpm ops retry-failed <queue> (--id JOB [--id JOB]... | --all) [--remote]
  --id JOB     this one; repeatable
  --all        all that are failed now
  ${remoteUsage}
A document that its failure left "failed" or "blocked" is reprocessed, as POST /v1/documents/<id>/reprocess does.`,
  options: { id: { type: "string", multiple: true }, all: { type: "boolean" }, ...remoteOption },
  run: async ({ values, positionals, source }) => {
    const queue = await findQueue(positionals[0]);
    const ids = [values["id"] ?? []].flat().map(String);
    const all = values["all"] === true;
    if (all === ids.length > 0) throw new UsageError("Say --all, or one or more --id.");
    const remote = values["remote"] === true;
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
      let [retried, reprocessed] = [0, 0];
      for (const { jobId, payload } of failed) {
        if (!all && !ids.includes(jobId)) continue;
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
