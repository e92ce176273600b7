/** Draws from a seed: the same seed, the same draws. */
export interface Random {
  /** 0 (inclusive) … 1 (exclusive). */
  next(): number;
  below(count: number): number;
  pick<Item>(from: readonly Item[]): Item;
  chance(share: number): boolean;
}

/** mulberry32: small, seeded, good enough to make names and noise. */
export const makeRandom = (seed: number): Random => {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (count: number): number => Math.floor(next() * count);
  return {
    next,
    below,
    pick: (from) => from[below(from.length)] as (typeof from)[number],
    chance: (share) => next() < share,
  };
};
