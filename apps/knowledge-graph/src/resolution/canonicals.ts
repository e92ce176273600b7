import { findDoubts } from "./doubtful.ts";
import { type Decision, resolveNames } from "./resolve.ts";

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

/** Two entities by their ids, with the names that speak for their clusters. */
export interface Judged {
  readonly firstId: string;
  readonly secondId: string;
  readonly type: string;
  readonly first: string;
  readonly second: string;
}

/** Decisions on entities that are gone wait for them. */
const placed = (
  entities: readonly Nameable[],
  decisions: readonly { firstId: string; secondId: string; verdict: Decision["verdict"] }[],
): Decision[] => {
  const places = new Map(entities.map(({ id }, place) => [id, place]));
  return decisions.flatMap(({ firstId, secondId, verdict }) => {
    const [first, second] = [places.get(firstId), places.get(secondId)];
    return first === undefined || second === undefined ? [] : [{ first, second, verdict }];
  });
};

/** What names alone leave open, the likeliest first. */
export const doubtfulNames = (
  entities: readonly Nameable[],
  decisions: readonly Decided[],
  most: number,
): readonly Judged[] => {
  const known = placed(entities, decisions);
  return findDoubts(entities, resolveNames(entities, known), known, most).flatMap(({ first, second }) => {
    const [one, other] = [entities[first], entities[second]];
    if (!one || !other) return [];
    return [{ firstId: one.id, secondId: other.id, type: one.type, first: one.name, second: other.name }];
  });
};

/**
 * What entities should stand for, where it is not what they stand for now: the smallest id of those that are one thing. Ids are UUIDs
 * in lower case, so that text and database agree on which is the smallest.
 * @param judged pairs that a judge called one thing
 */
export const canonicalChanges = (
  entities: readonly Nameable[],
  decisions: readonly Decided[],
  judged: readonly Judged[] = [],
): { readonly id: string; readonly canonicalId: string }[] => {
  const likely = judged.map(({ firstId, secondId }) => ({ firstId, secondId, verdict: "likely" as const }));
  const clusters = resolveNames(entities, placed(entities, [...decisions, ...likely]));
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
