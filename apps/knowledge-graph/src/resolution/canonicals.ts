import { resolveNames } from "./resolve.ts";

export interface Nameable {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly canonicalId: string;
  readonly ids?: readonly string[];
}

export interface Decided {
  readonly firstId: string;
  readonly secondId: string;
  readonly verdict: "same" | "apart";
}

/**
 * What entities should stand for, where it is not what they stand for now: the smallest id of those that are one thing. Ids are UUIDs
 * in lower case, so that text and database agree on which is the smallest. Decisions on entities that are gone wait for them.
 */
export const canonicalChanges = (
  entities: readonly Nameable[],
  decisions: readonly Decided[],
): { readonly id: string; readonly canonicalId: string }[] => {
  const places = new Map(entities.map(({ id }, place) => [id, place]));
  const known = decisions.flatMap(({ firstId, secondId, verdict }) => {
    const [first, second] = [places.get(firstId), places.get(secondId)];
    return first === undefined || second === undefined ? [] : [{ first, second, verdict }];
  });
  const clusters = resolveNames(entities, known);
  const smallest = new Map<number, string>();
  entities.forEach(({ id }, place) => {
    const cluster = clusters[place] ?? place;
    const known = smallest.get(cluster);
    if (known === undefined || id < known) smallest.set(cluster, id);
  });
  return entities.flatMap(({ id, canonicalId }, place) => {
    const wanted = smallest.get(clusters[place] ?? place) ?? id;
    return wanted === canonicalId ? [] : [{ id, canonicalId: wanted }];
  });
};
