import type { ErrorCode } from "@gpt-agent/jobs/error-codes";
import type { InboundEvents } from "@gpt-agent/supabase/inbound-events";
import type { Payload, WebhookJob } from "../handler.ts";

const pageSize = 500;
/** Rows that one sweep removes, in portions that lock little: 10,000 a minute. */
const tidySize = 500;
const tidyRounds = 20;

/** Lanes with something due whose job is gone; then what is too old is removed. */
export const makeInboundDue = (events: Pick<InboundEvents, "dueLanes" | "tidy">) =>
  async function* (): AsyncGenerator<WebhookJob<"inbound">> {
    for (let afterLaneId: string | undefined; ;) {
      const page = await events.dueLanes({ limit: pageSize, ...(afterLaneId !== undefined && { afterLaneId }) });
      for (const { orgId, laneId } of page) yield { kind: "inbound", orgId, laneId };
      if (page.length < pageSize) break;
      afterLaneId = page.at(-1)?.laneId;
    }
    for (let round = 0; round < tidyRounds; round += 1) {
      if ((await events.tidy({ limit: tidySize })) < tidySize) break;
    }
  };

/** The job itself can only end badly through its event: one that kills workers, or takes longer than any may. */
const eventsFault: ReadonlySet<ErrorCode> = new Set(["poison", "timeout"]);

/**
 * A lane's job failed for good. Where that is its first event's fault, the event is dead and the lane goes on; otherwise
 * (the database was away for long) the lane is still due, and the sweep brings it back.
 */
export const makeInboundFailed =
  (events: Pick<InboundEvents, "claim" | "settle">) =>
  async (job: Payload, { code, message }: { readonly code: ErrorCode; readonly message: string }): Promise<void> => {
    if (job.kind !== "inbound" || !eventsFault.has(code)) return;
    const { orgId, laneId } = job;
    const lane = { orgId, laneId, leaseSeconds: 1, limit: 1 };
    const { lease, events: batch } = await events.claim(lane);
    if (lease === undefined) return;
    const error = { code, message, permanent: true };
    await events.settle({ ...lane, lease, results: batch.map(({ id }) => ({ eventId: id, error })) });
  };
