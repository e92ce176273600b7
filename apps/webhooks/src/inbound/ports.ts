import type { InboundEffect, InboundEvents, QueuedEvent } from "@gpt-agent/supabase/inbound-events";

export type { InboundEffect, QueuedEvent };

/**
 * Decides what an event does, and does nothing itself: the effect is carried out in the transaction that marks the event
 * done. The same event may be decided twice, by two workers. A PermanentError makes it dead at once; anything else that
 * is thrown is tried again, five times at most, while the lane waits.
 */
export type InboundHandler = (event: QueuedEvent, signal: AbortSignal) => InboundEffect | Promise<InboundEffect>;

/** What draining a lane needs. */
export interface InboundPorts {
  readonly events: Pick<InboundEvents, "claim" | "settle">;
  readonly decide: InboundHandler;
}
