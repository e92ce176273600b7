import { crmSync } from "@gpt-agent/jobs/queues/crm-sync";
import { webhooks } from "@gpt-agent/jobs/queues/webhooks";
import type { JobContext } from "@gpt-agent/jobs/handler";
import { PermanentError, RetryLaterError } from "@gpt-agent/jobs/errors";
import type { EventResult, SettledLane } from "@gpt-agent/supabase/inbound-events";
import type { WebhookJob } from "../handler.ts";
import type { InboundPorts, QueuedEvent } from "./ports.ts";

/** A lane whose holder is silent for this long is taken over by the sweep; every settled batch begins it anew. */
const leaseSeconds = 60;
/** Events that are settled in one transaction. */
const batchSize = 20;
/** Of one lane in a row; then other lanes have their turn. Well below the queue's timeout. */
const maxEvents = 500;
const maxMs = 15_000;

/**
 * Drains one lane of received events, first in, first out: decides what each does, and has a batch of decisions carried
 * out and marked done in one transaction. An event that fails parks its lane until its next try; others go on.
 */
export const makeInbound =
  ({ events, decide }: InboundPorts) =>
  async ({ orgId, laneId }: WebhookJob<"inbound">, ctx: JobContext): Promise<void> => {
    const startedAtMs = performance.now();
    const lane = { orgId, laneId, leaseSeconds, limit: batchSize };
    const { lease, dueInMs, events: first } = await events.claim(lane);
    // Parked: this job waits until the lane goes on. Idle, or blocked until a person has looked: nothing to do.
    if (lease === undefined) return dueInMs === undefined ? undefined : ctx.continue(after(dueInMs));

    let settled: SettledLane = { done: 0, dead: 0, dueInMs: null, endpointIds: [], events: first };
    let count = 0;
    do {
      const results = await decideAll(settled.events, decide, ctx.signal);
      settled = await events.settle({ ...lane, lease, results });
      count += settled.done + settled.dead;
      if (settled.dead > 0) ctx.log.warn("events of a lane are dead", { laneId, dead: settled.dead });
      await wake(orgId, results.slice(0, settled.done + settled.dead), settled, ctx);
      if (settled.events.length > 0 && (count >= maxEvents || performance.now() - startedAtMs > maxMs)) {
        return ctx.continue({ progressed: count > 0 });
      }
    } while (settled.events.length > 0);

    if (settled.dueInMs === null) return undefined;
    ctx.log.warn("an event failed; its lane waits for the next try", { laneId, retryInMs: settled.dueInMs });
    return ctx.continue(after(settled.dueInMs));
  };

/** The wait counts as progress: it ends with the event's fifth try. */
const after = (delayMs: number) => ({ progressed: true, delayMs });

/** In order, up to the first one that must be tried again: those behind it wait for it. */
const decideAll = async (
  batch: readonly QueuedEvent[],
  decide: InboundPorts["decide"],
  signal: AbortSignal,
): Promise<EventResult[]> => {
  const results: EventResult[] = [];
  for (const event of batch) {
    signal.throwIfAborted();
    try {
      results.push({ eventId: event.id, effect: await decide(event, signal) });
    } catch (error) {
      // The run was ended, the event did not fail.
      signal.throwIfAborted();
      const permanent = error instanceof PermanentError;
      const code = permanent || error instanceof RetryLaterError ? error.code : "unexpected_error";
      const message = error instanceof Error ? error.message : String(error);
      results.push({ eventId: event.id, error: { code, message, permanent } });
      if (!permanent) break;
    }
  }
  return results;
};

/** Tells those whose rows were written. Should that get lost, their own sweeps find the rows. */
const wake = async (
  orgId: string,
  results: readonly EventResult[],
  { endpointIds }: SettledLane,
  { enqueue }: JobContext,
): Promise<void> => {
  const connectionIds = results.flatMap((result) =>
    "effect" in result && result.effect.kind === "refetch" ? [result.effect.connectionId] : [],
  );
  for (const connectionId of new Set(connectionIds)) await enqueue(crmSync, { kind: "refetch", orgId, connectionId });
  for (const endpointId of new Set(endpointIds)) await enqueue(webhooks, { kind: "deliver", orgId, endpointId });
};
