import type { Command } from "../command.ts";
import { UsageError } from "../command.ts";
import { findQueue } from "../known-queues.ts";
import { changeQueues } from "../queues-connection.ts";
import { remoteOption, remoteUsage } from "../remote-guard.ts";

const payloadOf = (text: string | undefined): unknown => {
  if (text === undefined) throw new UsageError("The payload is missing.");
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError("The payload is not JSON. Put it in single quotes.");
  }
};

const delayOf = (text: unknown): number | undefined => {
  if (text === undefined) return undefined;
  if (typeof text === "string" && /^\d{1,12}$/.test(text)) return Number(text);
  throw new UsageError("--delay-ms is a whole number of milliseconds.");
};

export const enqueue: Command = {
  summary: "Puts one job into a queue; its payload is checked against the queue's schema.",
  usage: `pnpm ops enqueue <queue> <JSON> [--delay-ms N] [--remote]
  --delay-ms N not before this many milliseconds
  ${remoteUsage}
For example: pnpm ops enqueue kb-files '{"kind":"process","orgId":"…","documentId":"…"}'`,
  options: { "delay-ms": { type: "string" }, ...remoteOption },
  run: async ({ values, positionals, source }) => {
    const queue = await findQueue(positionals[0]);
    const payload = payloadOf(positionals[1]);
    const delayMs = delayOf(values["delay-ms"]);
    return changeQueues(source, values["remote"] === true, async ({ client, inspector }) => {
      await inspector.ping();
      const { jobId } = await client.enqueue(queue, payload, delayMs === undefined ? {} : { delayMs });
      return { text: `Job ${jobId} is in ${queue.name}.`, data: { queue: queue.name, jobId } };
    });
  },
};
