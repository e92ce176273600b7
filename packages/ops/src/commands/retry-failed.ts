import type { Command } from "../command.ts";
import { OpsError, UsageError } from "../command.ts";
import { findQueue } from "../known-queues.ts";
import { changeQueues } from "../queues-connection.ts";
import { remoteOption, remoteUsage } from "../remote-guard.ts";

export const retryFailed: Command = {
  summary: "Gives dead letters of a queue all their attempts again.",
  usage: `pnpm ops retry-failed <queue> (--id JOB [--id JOB]... | --all) [--remote]
  --id JOB     this one; repeatable
  --all        all that are failed now
  ${remoteUsage}
The row is the truth: where the failure marked it (a document that is "failed"), the job finds nothing to do.
Such a document is run again with POST /v1/documents/<id>/reprocess.`,
  options: { id: { type: "string", multiple: true }, all: { type: "boolean" }, ...remoteOption },
  run: async ({ values, positionals, source }) => {
    const queue = await findQueue(positionals[0]);
    const ids = [values["id"] ?? []].flat().map(String);
    const all = values["all"] === true;
    if (all === ids.length > 0) throw new UsageError("Say --all, or one or more --id.");
    return changeQueues(source, values["remote"] === true, async ({ inspector }) => {
      if (all) {
        const retried = await inspector.retryAll(queue);
        return { text: `${retried} of ${queue.name} wait again.`, data: { queue: queue.name, retried } };
      }
      const missing: string[] = [];
      for (const id of ids) if (!(await inspector.retry(queue, id))) missing.push(id);
      const retried = ids.length - missing.length;
      if (retried === 0)
        throw new OpsError("not_found", `No failed job of ${queue.name} has the id ${missing.join(", ")}.`);
      const rest = missing.length === 0 ? "" : ` Not found among the failed: ${missing.join(", ")}.`;
      return {
        text: `${retried} of ${queue.name} wait again.${rest}`,
        data: { queue: queue.name, retried, missing },
        failed: missing.length > 0,
      };
    });
  },
};
