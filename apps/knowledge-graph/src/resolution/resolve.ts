import { makeClusters } from "./clusters.ts";
import { splitIds } from "./ids.ts";
import { kindOf, type NameFacts, type NameKind } from "./name-facts.ts";
import { organizationFacts } from "./organization-names.ts";
import { eventFacts, otherFacts, valueFacts } from "./other-names.ts";
import { personFacts } from "./person-names.ts";
import { placeFacts } from "./place-names.ts";
import {
  mostKeys,
  type Named,
  uniteByAddresses,
  uniteByKeys,
  uniteByNumbers,
  uniteShortForms,
  uniteSlips,
} from "./unite.ts";

export interface NamedThing {
  readonly name: string;
  readonly type: string;
  /** With their kind: "identifier inn 7701234567", "email a@b.ru", "phone +74951234567", "url b.ru". */
  readonly ids?: readonly string[];
}

/** What somebody knows better about two of the names, by their places in the list. `likely`: a judge's word, which goes last. */
export interface Decision {
  readonly first: number;
  readonly second: number;
  readonly verdict: "same" | "apart" | "likely";
}

const factsOf: Readonly<Record<NameKind, (name: string) => NameFacts>> = {
  person: personFacts,
  organization: organizationFacts,
  place: placeFacts,
  event: eventFacts,
  value: valueFacts,
  other: otherFacts,
};

/** Types never mix, but for those that are one kind under several names. */
const scopeOf = (kind: NameKind, type: string): string =>
  kind === "other" || kind === "value" ? `${kind} ${type.toLowerCase()}` : kind;

/** What a thing's name and ids say, each key within the things it is compared with. */
const nameOf = (thing: NamedThing): Named => {
  const kind = kindOf(thing.type);
  const scope = scopeOf(kind, thing.type);
  const scoped = (key: string): string => `${scope}\n${key}`;
  // A value's name is its id.
  const { name, numbers, addresses } =
    kind === "value" ? { name: thing.name, numbers: [], addresses: [] } : splitIds(thing.name, thing.ids);
  const { keys, shortFor, offers, spelling } = factsOf[kind](name);
  return {
    kind,
    name,
    numbers: numbers.map(scoped),
    addresses: addresses.map(scoped),
    keys: keys.map(scoped),
    offers: offers.map(scoped),
    ...(spelling !== undefined && { spelling: scoped(spelling) }),
    shortFor: shortFor.map(({ key, unless, level }) => {
      return { key: scoped(key), ...(unless !== undefined && { unless: scoped(unless) }), level };
    }),
  };
};

/**
 * Which names are one thing, by names, types and ids: a cluster number for each, the same for the same names in whatever order.
 *
 * What somebody decided holds. Equal numbers in a register are one thing, equal keys are. Then, surest first, a short form joins the
 * only cluster that answers to it; where several do, it joins none, and homonyms stay apart. Slips of the keyboard come last.
 */
export const resolveNames = (things: readonly NamedThing[], decisions: readonly Decision[] = []): number[] => {
  const named = things.map(nameOf);
  const seen = new Set<string>();
  const weights = named.map(({ keys: [key = ""] }) => {
    const isFirst = !seen.has(key);
    seen.add(key);
    return isFirst ? 1 : 0;
  });
  const clusters = makeClusters(
    weights,
    named.map(({ numbers }) => numbers),
  );
  for (const { first, second, verdict } of decisions) if (verdict === "apart") clusters.keepApart(first, second);
  for (const { first, second, verdict } of decisions) if (verdict === "same") clusters.unite(first, second);
  for (const unite of [uniteByNumbers, uniteByKeys, uniteByAddresses, uniteShortForms, uniteSlips])
    unite(named, clusters);

  for (const { first, second, verdict } of decisions) if (verdict === "likely") clusters.unite(first, second, mostKeys);

  const numbers = new Map<number, number>();
  return named.map((_, i) => {
    const root = clusters.find(i);
    const number = numbers.get(root) ?? numbers.size;
    numbers.set(root, number);
    return number;
  });
};
