/** Longer requests find less in each chunk, shorter ones pay for the prompt again and again. */
const mostTokens = 3_200;
const mostChunks = 8;

// A rule of thumb for today's tokenizers; only the size of packs hangs on it.
const estimateTokens = (text: string): number => {
  const cyrillic = (text.match(/\p{Script=Cyrillic}/gu) ?? []).length;
  return Math.ceil(cyrillic / 2.8 + (text.length - cyrillic) / 4);
};

/** Chunks in their order, in requests of about equal size, each within the limits; a chunk above them goes alone. */
export const makePacks = <Chunk extends { readonly content: string }>(chunks: readonly Chunk[]): Chunk[][] => {
  const sizes = chunks.map(({ content }) => estimateTokens(content));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const fewest = Math.max(Math.ceil(total / mostTokens), Math.ceil(chunks.length / mostChunks), 1);
  const target = Math.min(total / fewest, mostTokens);
  const packs: Chunk[][] = [];
  let filled = 0;
  chunks.forEach((chunk, i) => {
    const size = sizes[i] ?? 0;
    const pack = packs.at(-1);
    const isFull = pack === undefined || pack.length >= mostChunks || filled + size > mostTokens || filled >= target;
    if (isFull) packs.push([chunk]);
    else pack.push(chunk);
    filled = isFull ? size : filled + size;
  });
  return packs;
};
