import { isTextRefused } from "@gpt-agent/ai/openrouter/errors";
import type { Embedder } from "@gpt-agent/ai/embedder";
import { redactText } from "@gpt-agent/jobs/redact";
import type { EmbeddingStore, Held, PendingChunk, Progress } from "./ports.ts";

export interface BatchRun {
  readonly store: EmbeddingStore;
  readonly embedder: Embedder;
  readonly held: Held;
  readonly profileId: number;
  readonly signal: AbortSignal;
}

/** Any model embeds this; one that does not was asked wrongly. */
const harmlessText = "ok";

/**
 * Embeds and stores one batch. Where the provider refuses the texts, the batch is halved until the text it refuses
 * stands alone; that chunk is quarantined and the rest goes on, at the cost of about 2·log₂(n) requests.
 *
 * @throws what `embed` throws when not this text but every text is refused (an unknown model, say): a wrong
 * configuration must not quarantine a whole document.
 */
export const embedBatch = async (run: BatchRun, batch: readonly PendingChunk[]): Promise<Progress> => {
  const { store, embedder, held, profileId, signal } = run;
  let answer;
  try {
    answer = await embedder.embed(
      batch.map(({ text }) => text),
      signal,
      batch.reduce((sum, { tokenCount }) => sum + tokenCount, 0),
    );
  } catch (error) {
    if (!isTextRefused(error)) throw error;
    const [first, ...others] = batch;
    if (first === undefined) throw error;
    if (others.length > 0) {
      const middle = Math.ceil(batch.length / 2);
      await embedBatch(run, batch.slice(0, middle));
      return embedBatch(run, batch.slice(middle));
    }
    await embedder.embed([harmlessText], signal);
    // The provider's own words go into a row that people read.
    const message = redactText((error as Error).message);
    return store.quarantine({ ...held, chunkId: first.chunkId, code: "ai_bad_request", message });
  }
  const { vectors, requestId, tokens, costUsd } = answer;
  return store.store({
    ...held,
    profileId,
    vectors: batch.map(({ chunkId }, i) => ({ chunkId, vector: vectors[i] ?? [] })),
    requestId,
    tokens,
    costUsd,
  });
};
