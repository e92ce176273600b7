import { makeClusters } from "./clusters.ts";
import { kindOf, levels, type NameFacts, type NameKind } from "./name-facts.ts";
import { organizationFacts } from "./organization-names.ts";
import { eventFacts, otherFacts } from "./other-names.ts";
import { personFacts } from "./person-names.ts";
import { placeFacts } from "./place-names.ts";
import { typoPairs } from "./typos.ts";

export interface NamedThing {
  readonly name: string;
  readonly type: string;
}

/** What somebody knows better about two of the names, by their places in the list. */
export interface Decision {
  readonly first: number;
  readonly second: number;
  readonly verdict: "same" | "apart";
}

/** A cluster never holds more different keys: what would grow beyond is a chain of accidents. */
const mostKeys = 30;

const factsOf: Readonly<Record<NameKind, (name: string) => NameFacts>> = {
  person: personFacts,
  organization: organizationFacts,
  place: placeFacts,
  event: eventFacts,
  other: otherFacts,
};

/** Types never mix, but for those that are one kind under several names. */
const scopeOf = ({ type }: NamedThing): string => {
  const kind = kindOf(type);
  return kind === "other" ? `other ${type.toLowerCase()}` : kind;
};

/**
 * Which names are one thing, by names and types alone: a cluster number for each, the same for the same names in whatever order.
 *
 * Equal keys are one. Then, surest first, a short form joins the only cluster that answers to it; where several do, it joins
 * none, and homonyms stay apart. Slips of the keyboard come last.
 */
export const resolveNames = (things: readonly NamedThing[], decisions: readonly Decision[] = []): number[] => {
  const named = things.map((thing) => {
    const scope = scopeOf(thing);
    const { keys, shortFor, offers, spelling } = factsOf[kindOf(thing.type)](thing.name);
    const scoped = (key: string): string => `${scope}\n${key}`;
    return {
      keys: keys.map(scoped),
      spelling: spelling === undefined ? undefined : scoped(spelling),
      offers: offers.map(scoped),
      shortFor: shortFor.map(({ key, unless, level }) => ({
        key: scoped(key),
        unless: unless === undefined ? undefined : scoped(unless),
        level,
      })),
    };
  });

  const firstWith = new Map<string, number>();
  const weights = named.map(({ keys: [key = ""] }, i) => {
    const isFirst = !firstWith.has(key);
    if (isFirst) firstWith.set(key, i);
    return isFirst ? 1 : 0;
  });
  const clusters = makeClusters(weights);
  for (const { first, second, verdict } of decisions) if (verdict === "apart") clusters.keepApart(first, second);
  for (const { first, second, verdict } of decisions) if (verdict === "same") clusters.unite(first, second);
  named.forEach(({ keys }, i) => {
    for (const key of keys) {
      const first = firstWith.get(key);
      if (first === undefined) firstWith.set(key, i);
      else clusters.unite(first, i);
    }
  });

  const offering = new Map<string, number[]>();
  named.forEach(({ offers }, i) => {
    for (const key of offers) offering.set(key, [...(offering.get(key) ?? []), i]);
  });
  for (const level of levels) {
    // Decided on the state before the level, so that the order of names does not matter.
    const joins = named.flatMap(({ shortFor }, i) => {
      const asked = shortFor.filter((short) => short.level === level);
      for (const { key, unless } of asked) {
        const owners = new Set((offering.get(key) ?? []).map(clusters.find));
        owners.delete(clusters.find(i));
        const [owner, ...others] = owners;
        if (owner === undefined) continue;
        const isDoubtful = others.length > 0 || (unless !== undefined && offering.has(unless));
        return isDoubtful ? [] : [[owner, i] as const];
      }
      return [];
    });
    for (const [owner, i] of joins) clusters.unite(owner, i, mostKeys);
  }

  const firstSpelled = new Map<string, number>();
  named.forEach(({ spelling }, i) => {
    if (spelling !== undefined && !firstSpelled.has(spelling)) firstSpelled.set(spelling, i);
  });
  for (const [a, b] of typoPairs(firstSpelled.keys())) {
    const [first, second] = [firstSpelled.get(a), firstSpelled.get(b)];
    if (first !== undefined && second !== undefined) clusters.unite(first, second, mostKeys);
  }

  const numbers = new Map<number, number>();
  return named.map((_, i) => {
    const root = clusters.find(i);
    const number = numbers.get(root) ?? numbers.size;
    numbers.set(root, number);
    return number;
  });
};
