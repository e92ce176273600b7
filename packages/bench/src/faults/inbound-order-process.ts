// One worker: takes lanes that are due and handles what waits in them, until it is killed.
import { environment } from "@gpt-agent/local/process/environment";
import { connectSupabase } from "@gpt-agent/supabase/client";
import { makeInboundEvents } from "@gpt-agent/supabase/inbound-events";

const { SUPABASE_URL: url = "", SUPABASE_SERVICE_ROLE_KEY: key = "" } = environment;
const events = makeInboundEvents(connectSupabase({ url, serviceRoleKey: { reveal: () => key } }));

/** So short that a lane is often taken from a worker that still has it. */
const leaseSeconds = 1;
const limit = 50;

const drain = async (orgId: string, laneId: string): Promise<void> => {
  const lane = { orgId, laneId, leaseSeconds, limit };
  const { lease, events: first } = await events.claim(lane);
  if (lease === undefined) return;
  for (let batch = first; batch.length > 0;) {
    const results = batch.map(({ id }) => ({ eventId: id, effect: { kind: "none", handler: "faults" } as const }));
    ({ events: batch } = await events.settle({ ...lane, lease, results }));
  }
};

for (;;) {
  const due = await events.dueLanes({ limit: 200 });
  const chosen = due[Math.floor(Math.random() * due.length)];
  // Whatever comes of it: another has the lane, or the connection broke. The next one is taken.
  if (chosen) await drain(chosen.orgId, chosen.laneId).catch(() => {});
  else await new Promise((resolve) => setTimeout(resolve, 20));
}
