import { likeness } from "./alike.ts";
import { conflict, splitIds } from "./ids.ts";
import { kindOf, type NameKind } from "./name-facts.ts";
import type { Decision, NamedThing } from "./resolve.ts";
import { soundOf } from "./sound.ts";
import { fold, numbersOf, wordsOf } from "./words.ts";

/** Two things that may be one, by their places in the list, the likelier first. */
export interface Doubt {
  readonly first: number;
  readonly second: number;
}

const leastLikeness = 0.6;
/** Beyond this a list costs more than a judge's word on it is worth. */
const mostThings = 20_000;
/** What so many names hold tells nothing. */
const mostSharers = 60;
const longest = 80;
/** One surname is many people's, one town's neighbour sounds like it, and a value is what it says: nothing for a judge of names. */
const judged: ReadonlySet<NameKind> = new Set(["organization", "event", "other"]);

interface Candidate {
  readonly place: number;
  readonly scope: string;
  readonly sound: string;
  readonly digits: string;
  readonly numbers: readonly string[];
}

const candidateOf = (thing: NamedThing, place: number): Candidate[] => {
  const kind = kindOf(thing.type);
  if (!judged.has(kind)) return [];
  const { name, numbers } = splitIds(thing.name, thing.ids);
  const words = wordsOf(fold(name.slice(0, longest)));
  const sound = soundOf(words);
  const scope = kind === "other" ? thing.type.toLowerCase() : kind;
  return sound === undefined ? [] : [{ place, scope, sound, digits: numbersOf(fold(name)), numbers }];
};

/**
 * Pairs of clusters that names alone could not tell: alike in sound, of one kind, with the same digits and no conflicting numbers, and
 * not decided by anybody. Each cluster is spoken for by its longest name. The same for the same names.
 */
export const findDoubts = (
  things: readonly NamedThing[],
  clusters: readonly number[],
  decisions: readonly Decision[],
  most: number,
): Doubt[] => {
  if (things.length > mostThings) return [];
  const speakers = new Map<number, number>();
  things.forEach(({ name }, place) => {
    const cluster = clusters[place] ?? place;
    const known = things[speakers.get(cluster) ?? -1]?.name;
    const isBetter =
      known === undefined || name.length > known.length || (name.length === known.length && name < known);
    if (isBetter) speakers.set(cluster, place);
  });
  const candidates = [...speakers.values()].flatMap((place) => {
    const thing = things[place];
    return thing ? candidateOf(thing, place) : [];
  });
  const byPart = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    const parts = new Set(
      Array.from({ length: Math.max(candidate.sound.length - 3, 0) }, (_, i) => candidate.sound.slice(i, i + 4)),
    );
    for (const part of parts) {
      const key = `${candidate.scope}\n${candidate.digits}\n${part}`;
      const known = byPart.get(key);
      if (known) known.push(candidate);
      else byPart.set(key, [candidate]);
    }
  }
  const endsOf = (a: number, b: number): string => {
    const [x, y] = [clusters[a] ?? a, clusters[b] ?? b];
    return `${Math.min(x, y)} ${Math.max(x, y)}`;
  };
  const decided = new Set(decisions.map(({ first, second }) => endsOf(first, second)));
  const found = new Map<string, Doubt & { readonly score: number }>();
  for (const sharing of byPart.values()) {
    if (sharing.length > mostSharers) continue;
    for (const a of sharing) {
      for (const b of sharing) {
        const key = `${a.place} ${b.place}`;
        if (a.place >= b.place || found.has(key) || conflict(a.numbers, b.numbers)) continue;
        const score = likeness(a.sound, b.sound);
        if (score >= leastLikeness && !decided.has(endsOf(a.place, b.place)))
          found.set(key, { first: a.place, second: b.place, score });
      }
    }
  }
  const nameOf = (place: number): string => things[place]?.name ?? "";
  return [...found.values()]
    .toSorted(
      (a, b) => b.score - a.score || (nameOf(a.first) + nameOf(a.second) < nameOf(b.first) + nameOf(b.second) ? -1 : 1),
    )
    .slice(0, most)
    .map(({ first, second }) => ({ first, second }));
};
