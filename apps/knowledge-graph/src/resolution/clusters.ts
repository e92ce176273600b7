/** Disjoint sets over 0 … n-1 (union by size, path halving). */
export interface Clusters {
  find(member: number): number;
  /** Refused, and false, where the two together would hold more than `most` different keys. */
  unite(a: number, b: number, most?: number): boolean;
}

/** @param weights how much each member counts towards the size of its cluster */
export const makeClusters = (weights: readonly number[]): Clusters => {
  const parent = weights.map((_, i) => i);
  const size = [...weights];
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
      if (sizeX + sizeY > most) return false;
      const [big, small] = sizeX >= sizeY ? [x, y] : [y, x];
      parent[small] = big;
      size[big] = sizeX + sizeY;
      return true;
    },
  };
};
