import { crmSync } from "@gpt-agent/jobs/queues/crm-sync";
import type { ClaimedCrmWrite, SettledCrmWrite } from "@gpt-agent/supabase/crm-outbox";
import { type Sendable, withoutChanged, withoutSending } from "./before-sending.ts";
import type { Run, RunResult } from "./run.ts";
import { sendBatch, sendMessage } from "./send-writes.ts";

const perClaim = 100;
/** Nothing is sent later than this after the claim; the lease covers the answer and the provider's search lag too. */
const sendWithinMs = 45_000;
const answerMs = 60_000;

/**
 * Sends what waits. A write that may have arrived already is looked for first: by id it is read again and merged, by
 * external id it is searched for. Each record succeeds or fails by itself.
 */
export const push = async (run: Run): Promise<RunResult> => {
  const { ports, key, provider } = run;
  const leaseSeconds = (sendWithinMs + answerMs + provider.searchLagMs) / 1_000;
  let [sent, refused, unclear] = [0, 0, 0];
  for (;;) {
    if (run.outOfTime()) return { more: true, progressed: sent > 0 };
    const claimedAt = ports.now();
    const claimed = await ports.outbox.claim({ ...key, limit: perClaim, leaseSeconds });
    const lease = claimed[0]?.lease;
    if (lease === undefined) break;
    const settle = async (results: readonly SettledCrmWrite[]): Promise<void> => {
      if (results.length === 0) return;
      await ports.outbox.settle({ ...key, lease, results });
      sent += results.filter(({ state }) => state === "done").length;
      refused += results.filter(({ state }) => state === "refused").length;
      unclear += results.filter(({ state }) => state === "unclear").length;
      if (results.some(({ state }) => state === "again")) await run.enqueue(crmSync, { kind: "refetch", ...key });
      const wait = Math.min(...results.map(({ delaySeconds }) => delaySeconds ?? Number.POSITIVE_INFINITY));
      if (Number.isFinite(wait)) await run.enqueue(crmSync, { kind: "push", ...key }, { delayMs: (wait + 1) * 1_000 });
    };
    await writeClaimed(run, claimed, settle, () => ports.now() - claimedAt < sendWithinMs);
  }
  if (sent + refused + unclear > 0) run.log.info("written to the CRM", { sent, refused, unclear });
  return { more: false, progressed: true };
};

type Settle = (results: readonly SettledCrmWrite[]) => Promise<void>;

const writeClaimed = async (
  run: Run,
  claimed: readonly ClaimedCrmWrite[],
  settle: Settle,
  inTime: () => boolean,
): Promise<void> => {
  const open = new Map(claimed.map((write) => [write.id, write]));
  const settleSome = async (results: readonly SettledCrmWrite[]): Promise<void> => {
    await settle(results);
    for (const { id } of results) open.delete(id);
  };
  try {
    const toSend: Sendable[] = [];
    for (const write of claimed) {
      if (!inTime()) break;
      const isMessage = write.op === "message" && write.remoteId === null;
      const result = await (isMessage ? sendMessage(run, write) : withoutSending(run, write));
      if ("state" in result) await settleSome([result]);
      else toSend.push(result);
    }
    for (const batch of batchesOf(toSend, run.provider.maxBatch)) {
      if (!inTime()) break;
      const unchanged = await withoutChanged(run, batch);
      await settleSome(unchanged.changed);
      if (unchanged.toSend.length > 0) await settleSome(await sendBatch(run, unchanged.toSend));
    }
  } finally {
    // An error ends the run; what was not sent goes back to waiting, as it was.
    await settle([...open.values()].map(({ id, unclear }) => ({ id, state: unclear ? "unclear" : "later" })));
  }
};

const batchesOf = (writes: readonly Sendable[], maxBatch: number): Sendable[][] => {
  // Creates before updates, one entity per request.
  const groups = Map.groupBy(writes, ({ entity, remoteId }) => `${remoteId === null ? 0 : 1} ${entity}`);
  return [...groups.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, group]) =>
      Array.from({ length: Math.ceil(group.length / maxBatch) }, (_, n) =>
        group.slice(n * maxBatch, (n + 1) * maxBatch),
      ),
    );
};
