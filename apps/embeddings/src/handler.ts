import { isTakenOver } from "@gpt-agent/jobs/error-codes";
import { PermanentError, RetryLaterError } from "@gpt-agent/jobs/errors";
import type { Handler } from "@gpt-agent/jobs/handler";
import { leaseSeconds } from "@gpt-agent/jobs/lease";
import type { embeddings } from "@gpt-agent/jobs/queues/embeddings";
import { embedPending } from "./embed-pending.ts";
import type { Held, Ports, Progress } from "./ports.ts";

/** Then a long document lets others' jobs go first: seldom enough for its beginning anew to cost nothing that counts. */
const turnMs = 20_000;
/** After that the provider is asked again whether there is credit. */
const noCreditPauseSeconds = 3_600;

/**
 * Gives every chunk of a generation its vector, first from identical texts that already have one, then from the
 * knowledge base's model. The write that stores the last vector publishes the generation; until then the one before
 * is searched. Each batch is stored as it comes, so a run that is cut off loses and pays for what was under way at most.
 */
export const makeHandler =
  ({ store, documents, budgets, embedderFor, now }: Ports): Handler<typeof embeddings> =>
  async (scope, ctx) => {
    const { orgId } = scope;
    const { profile, lease } = await store.claim({ ...scope, leaseSeconds });
    if (lease === undefined) return ctx.log.info("nothing to embed: published already, or superseded");
    const isPaid = profile.provider !== "local";
    const { pause, weight } = isPaid ? await budgets.standing({ orgId }) : { pause: null, weight: 1 };
    if (pause) return ctx.log.warn("the organisation's embedding is paused", { ...pause });
    const held: Held = { ...scope, lease };
    let stored = 0;
    let remaining = Infinity;
    const note = async (progress: Progress): Promise<void> => {
      stored += progress.stored;
      remaining = Math.min(remaining, progress.remaining);
      if (progress.stored > 0) await ctx.checkpoint();
      await ctx.progress({ stored, remaining });
    };

    let end;
    try {
      await note(await store.reuse(held));
      const endsAt = now() + turnMs;
      const embedder = embedderFor(profile, { orgId, weight, lane: ctx.lane });
      const run = { store, documents, embedder, held, profile, profileId: profile.id, signal: ctx.signal, note };
      end = remaining === 0 ? "done" : await embedPending({ ...run, now, isTimeOver: () => now() >= endsAt });
      if (end === "done" && remaining > 0) {
        throw new Error(`${remaining} chunks are counted as waiting, but none is found`);
      }
    } catch (error) {
      // Put off, but not without progress: only idle put-offs are counted.
      if (error instanceof RetryLaterError && stored > 0) {
        ctx.log.info("put off by a limit", { code: error.code, delayMs: error.delayMs, stored });
        return ctx.continue({ progressed: true, delayMs: error.delayMs });
      }
      if (error instanceof PermanentError && error.code === "ai_payment_required" && isPaid) {
        const { code, message } = error;
        await budgets.pause({ orgId, code: "ai_payment_required", message, resumesInSeconds: noCreditPauseSeconds });
        return ctx.log.warn("the organisation's embedding is paused", { code, message });
      }
      if (!(error instanceof PermanentError && isTakenOver(error.code))) throw error;
      end = "lease lost" as const;
    }
    if (end === "out of time") return ctx.continue({ progressed: stored > 0 });
    ctx.log.info(end === "done" ? "all chunks have their vectors" : "another job took over", { stored });
  };
