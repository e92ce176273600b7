import { z } from "zod";
import { defineQueue } from "../define-queue.ts";

const orgId = z.guid();

/**
 * A wake-up, never the message itself: what is due stands in the rows. `inbound` drains one lane of received events in
 * their order, `deliver` one endpoint's due deliveries.
 */
export const webhooks = defineQueue({
  name: "webhooks",
  payload: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("inbound"), orgId, laneId: z.guid() }),
    z.object({
      kind: z.literal("deliver"),
      orgId,
      endpointId: z.guid(),
      /** For a moment to come: such a job waits beside one for now, and never in its place. */
      later: z.literal(true).optional(),
    }),
  ]),
  attempts: 5,
  backoff: { delayMs: 1_000, maxDelayMs: 60_000, jitter: 0.5 },
  timeoutMs: 60_000,
  publicKinds: ["inbound", "deliver"],
  dedupe: (payload) =>
    payload.kind === "inbound"
      ? `inbound-${payload.laneId}`
      : `deliver-${payload.endpointId}${payload.later ? "-later" : ""}`,
});
