import type { Clusters } from "./clusters.ts";
import { areAlike } from "./alike.ts";
import { registerOf } from "./ids.ts";
import { levels, type NameFacts, type NameKind } from "./name-facts.ts";
import { typoPairs } from "./typos.ts";

/** A thing as its name and ids tell of it. Keys of all sorts hold what they are compared within. */
export interface Named extends NameFacts {
  readonly kind: NameKind;
  readonly name: string;
  readonly numbers: readonly string[];
  readonly addresses: readonly string[];
}

type Unite = (named: readonly Named[], clusters: Clusters) => void;

/** A cluster never holds more different keys: what would grow beyond is a chain of accidents. */
export const mostKeys = 30;
/** Who shares a telephone with more than these shares it with a house. */
const mostSharers = 10;

const placesBy = (named: readonly Named[], keysOf: (one: Named) => readonly string[]): Map<string, number[]> => {
  const places = new Map<string, number[]>();
  named.forEach((one, i) => {
    for (const key of keysOf(one)) {
      const known = places.get(key);
      if (known) known.push(i);
      else places.set(key, [i]);
    }
  });
  return places;
};

/** One number in a register is one thing, whatever it is called. */
export const uniteByNumbers: Unite = (named, clusters) => {
  for (const places of placesBy(named, ({ numbers }) => numbers).values()) {
    for (const place of places) clusters.unite(places[0] ?? place, place, mostKeys);
  }
};

/** Equal keys are one thing; but where numbers say that there are several of the name, who has no number is none of them. */
export const uniteByKeys: Unite = (named, clusters) => {
  for (const places of placesBy(named, ({ keys }) => keys).values()) {
    const numbers = new Set(places.flatMap((place) => named[place]?.numbers ?? []));
    const areSeveral = new Set([...numbers].map(registerOf)).size < numbers.size;
    const group = areSeveral ? places.filter((place) => named[place]?.numbers.length === 0) : places;
    for (const place of group) clusters.unite(group[0] ?? place, place);
  }
};

/** One address is one thing where the names are alike: houses, families and groups of companies share theirs. */
export const uniteByAddresses: Unite = (named, clusters) => {
  for (const places of placesBy(named, ({ addresses }) => addresses).values()) {
    if (places.length < 2 || places.length > mostSharers) continue;
    for (const a of places) {
      for (const b of places) {
        const [one, other] = [named[a], named[b]];
        if (a < b && one && other && areAlike(one.kind, one.name, other.name)) clusters.unite(a, b, mostKeys);
      }
    }
  }
};

/** A short form joins the only cluster that answers to it. */
export const uniteShortForms: Unite = (named, clusters) => {
  const offering = placesBy(named, ({ offers }) => offers);
  for (const level of levels) {
    // Decided on the state before the level, so that the order of names does not matter.
    const joins = named.flatMap(({ shortFor }, i) => {
      const asked = shortFor.filter((short) => short.level === level);
      for (const { key, unless } of asked) {
        const owners = new Set((offering.get(key) ?? []).map(clusters.find));
        // Initials that something surer has explained ask nobody else.
        const isExplained = owners.delete(clusters.find(i)) && level === "acronym";
        const [owner, ...others] = owners;
        if (owner === undefined || isExplained) continue;
        const isDoubtful = others.length > 0 || (unless !== undefined && offering.has(unless));
        return isDoubtful ? [] : [[owner, i] as const];
      }
      return [];
    });
    for (const [owner, i] of joins) clusters.unite(owner, i, mostKeys);
  }
};

/** One slip of the keyboard apart. */
export const uniteSlips: Unite = (named, clusters) => {
  const firstSpelled = new Map<string, number>();
  named.forEach(({ spelling }, i) => {
    if (spelling !== undefined && !firstSpelled.has(spelling)) firstSpelled.set(spelling, i);
  });
  for (const [a, b] of typoPairs(firstSpelled.keys())) {
    const [first, second] = [firstSpelled.get(a), firstSpelled.get(b)];
    if (first !== undefined && second !== undefined) clusters.unite(first, second, mostKeys);
  }
};
