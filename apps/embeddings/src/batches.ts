/** Limits of one request. */
export interface BatchLimits {
  readonly maxBatchInputs: number;
  readonly maxBatchTokens: number;
}

/**
 * Cuts texts, in their order, into as few batches as the order allows, each within both limits. A text above the token
 * limit goes alone: whether it can be embedded is the provider's answer to give.
 */
export const packBatches = <T extends { readonly tokenCount: number }>(
  texts: readonly T[],
  { maxBatchInputs, maxBatchTokens }: BatchLimits,
): T[][] => {
  const batches: T[][] = [];
  let tokens = 0;
  for (const text of texts) {
    const last = batches.at(-1);
    if (last && last.length < maxBatchInputs && tokens + text.tokenCount <= maxBatchTokens) {
      last.push(text);
      tokens += text.tokenCount;
    } else {
      batches.push([text]);
      tokens = text.tokenCount;
    }
  }
  return batches;
};
