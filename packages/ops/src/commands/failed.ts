import type { Command } from "../command.ts";
import { UsageError } from "../command.ts";
import { findQueue } from "../known-queues.ts";
import { inspectQueues } from "../queues-connection.ts";

const limitOf = (text: unknown): number => {
  const limit = Number(text ?? 20);
  if (Number.isInteger(limit) && limit >= 1 && limit <= 1_000) return limit;
  throw new UsageError("--limit is a whole number from 1 to 1000.");
};

export const failed: Command = {
  summary: "A queue's dead letters, newest first, with code and message.",
  usage: `pnpm ops failed <queue> [--limit N]
  --limit N    at most this many, 1 to 1000; default 20`,
  options: { limit: { type: "string" } },
  run: async ({ values, positionals, source }) => {
    const queue = await findQueue(positionals[0]);
    const limit = limitOf(values["limit"]);
    return inspectQueues(source, async (inspector) => {
      const jobs = await inspector.failed(queue, limit);
      const entries = jobs.map(
        (job) =>
          `${job.failedAt ?? "-"}  ${job.jobId}  ${job.code}, attempts ${job.attemptsMade}\n    ${job.message}\n    ${JSON.stringify(job.payload)}`,
      );
      return {
        text: entries.length === 0 ? `Nothing failed in ${queue.name}.` : entries.join("\n"),
        data: { queue: queue.name, jobs },
      };
    });
  },
};
