import type { Log } from "@gpt-agent/jobs/handler";
import { webhooks } from "@gpt-agent/jobs/queues/webhooks";
import { enqueueOrLeaveToSweep } from "./add-document.ts";
import type { Ports } from "./ports.ts";

/** Has these endpoints' due deliveries sent. Without Redis the rows stand, and the sweep finds them. */
export const wakeEndpoints = async (
  enqueue: Ports["enqueue"],
  orgId: string,
  endpointIds: readonly string[],
  log: Log,
): Promise<void> => {
  await Promise.all(
    endpointIds.map((endpointId) =>
      enqueueOrLeaveToSweep(enqueue, webhooks, { kind: "deliver", orgId, endpointId }, log),
    ),
  );
};
