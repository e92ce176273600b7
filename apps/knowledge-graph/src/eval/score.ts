export interface Score {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

const pairsIn = (counts: ReadonlyMap<unknown, number>): number =>
  [...counts.values()].reduce((sum, n) => sum + (n * (n - 1)) / 2, 0);

const countBy = (keys: readonly string[]): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
};

/** How many of the pairs that were put together belong together, and the other way round. 1 where there is no pair to judge. */
export const scorePairs = (clusters: readonly number[], gold: readonly string[]): Score => {
  const found = pairsIn(countBy(clusters.map(String)));
  const wanted = pairsIn(countBy(gold));
  const right = pairsIn(countBy(clusters.map((cluster, i) => `${cluster}\n${gold[i]}`)));
  const precision = found === 0 ? 1 : right / found;
  const recall = wanted === 0 ? 1 : right / wanted;
  return { precision, recall, f1: right === 0 ? 0 : (2 * precision * recall) / (precision + recall) };
};

/** Micro-averaged over all pairs of what was found and what is true. */
export const scoreSets = (sets: readonly (readonly [ReadonlySet<string>, ReadonlySet<string>])[]): Score => {
  const right = sets.reduce((sum, [found, gold]) => sum + [...found].filter((key) => gold.has(key)).length, 0);
  const found = sets.reduce((sum, [each]) => sum + each.size, 0);
  const wanted = sets.reduce((sum, [, gold]) => sum + gold.size, 0);
  const precision = found === 0 ? 1 : right / found;
  const recall = wanted === 0 ? 1 : right / wanted;
  return { precision, recall, f1: found + wanted === 0 ? 1 : (2 * right) / (found + wanted) };
};

export const tellScore = (what: string, { precision, recall, f1 }: Score): string =>
  `${what}: precision ${precision.toFixed(3)}, recall ${recall.toFixed(3)}, F1 ${f1.toFixed(3)}`;
