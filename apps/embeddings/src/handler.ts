import { isTakenOver } from "@gpt-agent/jobs/error-codes";
import { PermanentError } from "@gpt-agent/jobs/errors";
import type { Handler } from "@gpt-agent/jobs/handler";
import { leaseSeconds } from "@gpt-agent/jobs/lease";
import type { embeddings } from "@gpt-agent/jobs/queues/embeddings";
import { packBatches } from "./batches.ts";
import { embedBatch } from "./embed-batch.ts";
import type { Held, Ports, Progress } from "./ports.ts";

/** Leaves a third of the queue's timeout for the batch that is under way. */
const runBudgetMs = 80_000;
const chunksPerRead = 192;

/**
 * Gives every chunk of a generation its vector, first from identical texts that already have one, then from the
 * knowledge base's model. The write that stores the last vector publishes the generation; until then the one before
 * is searched. Each batch is stored as it comes, so a run that is cut off loses and pays for one batch at most.
 */
export const makeHandler =
  ({ store, documents, embedderFor, now }: Ports): Handler<typeof embeddings> =>
  async (scope, ctx) => {
    const { profile, lease } = await store.claim({ ...scope, leaseSeconds });
    if (lease === undefined) return ctx.log.info("nothing to embed: published already, or superseded");
    const held: Held = { ...scope, lease };
    const run = { store, embedder: embedderFor(profile), held, profileId: profile.id, signal: ctx.signal };
    const endsAt = now() + runBudgetMs;
    let stored = 0;

    const note = async (progress: Progress): Promise<number> => {
      stored += progress.stored;
      await ctx.progress({ stored, remaining: progress.remaining });
      return progress.remaining;
    };
    const embedPending = async (): Promise<"done" | "out of time" | "lease lost"> => {
      for (let remaining = await note(await store.reuse(held)); remaining > 0;) {
        const chunks = await store.pending({ ...scope, limit: chunksPerRead });
        if (chunks.length === 0) throw new Error(`${remaining} chunks are counted as waiting, but none is found`);
        for (const batch of packBatches(chunks, profile)) {
          ctx.signal.throwIfAborted();
          if (now() >= endsAt) return "out of time";
          if (!(await documents.renewLease({ ...held, stage: "search", leaseSeconds }))) return "lease lost";
          remaining = await note(await embedBatch(run, batch));
        }
      }
      return "done";
    };

    let end;
    try {
      end = await embedPending();
    } catch (error) {
      if (!(error instanceof PermanentError && isTakenOver(error.code))) throw error;
      end = "lease lost" as const;
    }
    if (end === "out of time") return ctx.continue({ progressed: stored > 0 });
    ctx.log.info(end === "done" ? "all chunks have their vectors" : "another job took over", { stored });
  };
