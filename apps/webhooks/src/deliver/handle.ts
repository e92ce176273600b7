import { PermanentError } from "@gpt-agent/jobs/errors";
import type { JobContext } from "@gpt-agent/jobs/handler";
import { leaseSeconds } from "@gpt-agent/jobs/lease";
import { webhooks } from "@gpt-agent/jobs/queues/webhooks";
import type { WebhookJob } from "../handler.ts";
import { fitBodies, makeAttempt, type OpenedWork } from "./attempt.ts";
import type { DeliverPorts, EndpointKey, Work } from "./ports.ts";
import { sendBatch } from "./send-batch.ts";
import { makeSlots } from "./slots.ts";

/** A claim with what belongs to it; large enough that reading and recording cost little beside sending. */
const batchSize = 100;
/** No delivery starts later than this after its claim: it may take 15 s, and the lease holds for 45. */
const sendWindowMs = 20_000;
/** Then the job goes on as a continuation, behind the endpoints that wait: a long backlog takes turns with them. */
const runBudgetMs = 5_000;
/** A wake-up of its own is worth it for waits up to this; longer ones are the sweep's. */
const maxWakeUpMs = 10_000;
const slowRetryMs = 2_000;

/**
 * Sends one endpoint's due deliveries in batches: claim, send, record, until nothing is due. The claim is a lease on the
 * endpoint, so one run at a time sends to it, however many jobs and workers there are: its concurrency and its order are
 * this run's business, its rate, breaker and health the row's. A run that is cut off leaves deliveries that the next
 * claim hands out again; the receiver knows a repetition by its `webhook-id`.
 */
export const makeDeliver = (ports: DeliverPorts) => {
  const { deliveries, now } = ports;
  const slots = makeSlots(ports.slots);

  const open = async (key: EndpointKey, work: Work): Promise<OpenedWork> => {
    const [headers, ...secrets] = await Promise.all([
      work.sealedHeaders === null ? {} : ports.secrets.headers(key, work.sealedHeaders),
      ...work.secrets.map((secret) => ports.secrets.secret(key.orgId, secret)),
    ]);
    return { work, headers, sign: ports.makeSigner(secrets) };
  };

  const sendAll = async (key: EndpointKey, work: Work, signal: AbortSignal) => {
    const claimedAtMs = now();
    const attempts = await sendBatch(work.deliveries, {
      concurrency: work.concurrency,
      ordered: work.ordered,
      mayStart: () => !signal.aborted && now() - claimedAtMs < sendWindowMs,
      sendOne: makeAttempt(ports, await open(key, work), signal),
    });
    for (const { ms } of attempts) slots.note(key.endpointId, ms);
    return attempts;
  };

  const run = async (key: EndpointKey, ctx: JobContext): Promise<void> => {
    const endsAtMs = now() + runBudgetMs;
    const sent = { delivered: 0, failed: 0 };
    const wake = (endpointId: string, delayMs?: number) =>
      delayMs === undefined
        ? ctx.enqueue(webhooks, { kind: "deliver", orgId: key.orgId, endpointId })
        : ctx.enqueue(webhooks, { kind: "deliver", orgId: key.orgId, endpointId, later: true }, { delayMs });
    let lease: string | undefined;
    try {
      let work = await deliveries.claim({ ...key, leaseSeconds, limit: batchSize });
      for (;;) {
        if (work.busy) {
          await wake(key.endpointId, Math.min(work.nextMs, maxWakeUpMs));
          return ctx.log.debug("another run sends to this endpoint", { endpointId: key.endpointId });
        }
        if (!("lease" in work)) {
          if (work.nextMs === 0) return await ctx.continue({ progressed: true });
          if (work.nextMs !== null && work.nextMs <= maxWakeUpMs) await wake(key.endpointId, work.nextMs);
          return;
        }
        lease = work.lease;
        const attempts = await sendAll(key, work, ctx.signal);
        const goesOn = !ctx.signal.aborted && now() < endsAtMs;
        const recorded = await deliveries.record({
          ...key,
          lease,
          attempts: fitBodies(attempts),
          leaseSeconds,
          limit: goesOn ? batchSize : 0,
        });
        work = recorded.next;
        lease = "lease" in work ? work.lease : undefined;

        const delivered = attempts.filter(({ ok }) => ok).length;
        sent.delivered += delivered;
        sent.failed += attempts.length - delivered;
        const { disabled, enabled } = recorded;
        if (disabled !== null) ctx.log.warn("endpoint disabled", { endpointId: key.endpointId, reason: disabled });
        if (enabled) ctx.log.info("endpoint enabled again by a probe", { endpointId: key.endpointId });
        for (const endpointId of recorded.endpointIds) await wake(endpointId);
        ctx.signal.throwIfAborted();
      }
    } finally {
      if (sent.delivered + sent.failed > 0) ctx.log.info("deliveries", { endpointId: key.endpointId, ...sent });
      if (lease !== undefined) await deliveries.release({ ...key, lease });
    }
  };

  return async ({ orgId, endpointId }: WebhookJob<"deliver">, ctx: JobContext): Promise<void> => {
    const leave = slots.enter(endpointId);
    if (leave === undefined) {
      await ctx.enqueue(webhooks, { kind: "deliver", orgId, endpointId, later: true }, { delayMs: slowRetryMs });
      return;
    }
    try {
      await run({ orgId, endpointId }, ctx);
    } catch (error) {
      if (!(error instanceof PermanentError && error.code === "stale_lease")) throw error;
      ctx.log.info("another run took the endpoint over", { endpointId });
    } finally {
      leave();
    }
  };
};
