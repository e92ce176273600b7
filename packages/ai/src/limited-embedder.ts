import { createHash } from "node:crypto";
import { RetryLaterError } from "@gpt-agent/jobs/errors";
import type { Lane, Limit, Limiter } from "@gpt-agent/limits/limiter";
import type { Embedder } from "./embedder.ts";

export interface EmbeddingBudget {
  readonly requestsPerMinute: number;
  readonly tokensPerMinute: number;
  /** How long a minute lasts; shorter ones are for measurements. Default 60 000. */
  readonly minuteMs?: number;
}

export interface Asking {
  /** Who gets a share of the budget. */
  readonly orgId: string;
  /** The size of that share beside others'; default 1. */
  readonly weight?: number;
  readonly lane: Lane;
  /** Longest wait for the budget; default 30 s. */
  readonly maxWaitMs?: number;
  /** For a few tokens and somebody who waits: sent uncounted where Redis does not answer. */
  readonly evenUncounted?: boolean;
}

/** Requests take about as long as each other; what the provider's minute and ours differ by fits in. */
const jitterPerMinute = 1 / 60;
/** Russian has about 4.5 bytes of UTF-8 per token, English 5.6. */
const bytesPerToken = 4.5;

const expectedTokens = (texts: readonly string[]): number =>
  Math.ceil(texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / bytesPerToken);

/** The budget of one key and model as the limiter counts it: providers count so, and 429s come so. */
export const budgetLimits = (
  model: string,
  key: { reveal(): string },
  { requestsPerMinute, tokensPerMinute, minuteMs = 60_000 }: EmbeddingBudget,
): readonly Limit[] => {
  const keyId = createHash("sha256").update(key.reveal()).digest("hex").slice(0, 12);
  const window = { kind: "window", windowMs: minuteMs, jitterMs: minuteMs * jitterPerMinute } as const;
  const scope = `embeddings:{${model}:${keyId}}`;
  return [
    { key: `${scope}:requests`, rule: { ...window, cost: requestsPerMinute }, cost: 1 },
    { key: `${scope}:tokens`, rule: { ...window, cost: tokensPerMinute } },
  ];
};

/**
 * The embedder under a budget that all instances share. Where the provider asks to slow down all the same, nobody
 * sends anything under these limits before the time it named.
 *
 * @throws {RetryLaterError} what the limiter throws, beside what the embedder does.
 */
export const limitEmbedder = (
  embedder: Embedder,
  {
    limiter,
    limits,
    asking,
  }: { readonly limiter: Limiter; readonly limits: readonly Limit[]; readonly asking: Asking },
): Embedder => ({
  profile: embedder.profile,
  embed: async (texts, signal, tokens = expectedTokens(texts)) => {
    const { orgId: tenant, evenUncounted = false, ...when } = asking;
    const permit = await limiter
      .acquire({ limits, cost: Math.max(1, tokens), tenant, signal, ...when })
      .catch((error: unknown) => {
        if (evenUncounted && error instanceof RetryLaterError && error.code === "queue_unavailable") return undefined;
        throw error;
      });
    try {
      const answer = await embedder.embed(texts, signal, tokens);
      await permit?.done({});
      return answer;
    } catch (error) {
      await permit?.done(error instanceof RetryLaterError ? { retryAfterMs: error.delayMs } : {});
      throw error;
    }
  },
});
