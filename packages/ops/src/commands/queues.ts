import { setTimeout as delay } from "node:timers/promises";
import type { Command } from "../command.ts";
import { knownQueues } from "../known-queues.ts";
import { inspectQueues } from "../queues-connection.ts";
import { renderDuration, renderTable } from "../table.ts";

const everyMs = 2_000;

const header = [
  "queue",
  "waiting",
  "prioritized",
  "active",
  "delayed",
  "overdue",
  "completed",
  "failed",
  "oldest waits",
];

export const queues: Command = {
  summary: "Jobs in each queue, and how long the oldest waiting one has been due.",
  usage: `pnpm ops queues [--watch]
  --watch      again every two seconds, until Ctrl-C`,
  options: { watch: { type: "boolean" } },
  run: ({ source, values }) =>
    inspectQueues(source, async (inspector) => {
      const definitions = [...(await knownQueues()).values()];
      for (;;) {
        const states = await Promise.all(
          definitions.map(async (queue) => ({ queue: queue.name, ...(await inspector.state(queue)) })),
        );
        const rows = states.map((one) => [
          one.held ? `${one.queue} (held)` : one.queue,
          one.waiting,
          one.prioritized,
          one.active,
          one.delayed,
          one.overdue,
          one.completed,
          one.failed,
          one.waiting + one.prioritized === 0 ? "-" : renderDuration(one.latencyMs),
        ]);
        const text = renderTable(header, rows);
        if (values["watch"] !== true) return { text, data: { queues: states } };
        // Clears the screen first.
        process.stdout.write(`\u001b[2J\u001b[H${text}\n`);
        await delay(everyMs);
      }
    }),
};
