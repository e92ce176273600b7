import { conflict } from "./ids.ts";

/** Disjoint sets over 0 … n-1 (union by size, path halving). */
export interface Clusters {
  find(member: number): number;
  /**
   * Refused, and false, where the two must stay apart, have conflicting numbers, or together would hold more than `most` different
   * keys.
   */
  unite(a: number, b: number, most?: number): boolean;
  /** From now on the two are never united, whatever else they are united with. */
  keepApart(a: number, b: number): void;
}

/**
 * @param weights how much each member counts towards the size of its cluster
 * @param numbers what members have in registers
 */
export const makeClusters = (weights: readonly number[], numbers: readonly (readonly string[])[] = []): Clusters => {
  const parent = weights.map((_, i) => i);
  const size = [...weights];
  const numbersOf = [...numbers];
  const foes = new Map<number, Set<number>>();
  const foesOf = (root: number): Set<number> => foes.get(root) ?? new Set();
  const find = (member: number): number => {
    let at = member;
    for (;;) {
      const above = parent[at] ?? at;
      if (above === at) return at;
      parent[at] = parent[above] ?? above;
      at = above;
    }
  };
  return {
    find,
    unite: (a, b, most = Number.POSITIVE_INFINITY) => {
      const [x, y] = [find(a), find(b)];
      if (x === y) return true;
      const [sizeX, sizeY] = [size[x] ?? 0, size[y] ?? 0];
      if (sizeX + sizeY > most || foesOf(x).has(y)) return false;
      const [numbersX, numbersY] = [numbersOf[x] ?? [], numbersOf[y] ?? []];
      if (conflict(numbersX, numbersY)) return false;
      const [big, small] = sizeX >= sizeY ? [x, y] : [y, x];
      parent[small] = big;
      size[big] = sizeX + sizeY;
      if (numbersX.length + numbersY.length > 0) numbersOf[big] = [...new Set([...numbersX, ...numbersY])];
      for (const foe of foesOf(small)) {
        foes.get(foe)?.delete(small);
        foes.get(foe)?.add(big);
        foes.set(big, foesOf(big).add(foe));
      }
      foes.delete(small);
      return true;
    },
    keepApart: (a, b) => {
      const [x, y] = [find(a), find(b)];
      if (x === y) return;
      foes.set(x, foesOf(x).add(y));
      foes.set(y, foesOf(y).add(x));
    },
  };
};
