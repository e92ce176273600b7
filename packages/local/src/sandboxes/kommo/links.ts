import type { LinkedType } from "./account.ts";

/** Ids of linked records by their type. */
export type Linked = Readonly<Partial<Record<LinkedType, readonly number[]>>>;

export interface LinkEnd {
  readonly type: LinkedType;
  readonly id: number;
}

/** Which leads, contacts and companies belong together; a link is one thing, seen from both ends. */
export interface KommoLinks {
  add(one: LinkEnd, other: LinkEnd): void;
  remove(one: LinkEnd, other: LinkEnd): void;
  of(type: string, id: string): Linked;
}

export const makeKommoLinks = (): KommoLinks => {
  const ends = new Map<string, Map<string, LinkEnd>>();
  const keyOf = ({ type, id }: LinkEnd): string => `${type}/${id}`;
  const linksOf = (key: string): Map<string, LinkEnd> => {
    const known = ends.get(key) ?? new Map<string, LinkEnd>();
    ends.set(key, known);
    return known;
  };
  return {
    add: (one, other) => {
      linksOf(keyOf(one)).set(keyOf(other), other);
      linksOf(keyOf(other)).set(keyOf(one), one);
    },
    remove: (one, other) => {
      linksOf(keyOf(one)).delete(keyOf(other));
      linksOf(keyOf(other)).delete(keyOf(one));
    },
    of: (type, id) => {
      const grouped = Map.groupBy(ends.get(`${type}/${id}`)?.values() ?? [], (end) => end.type);
      return Object.fromEntries([...grouped].map(([other, links]) => [other, links.map((link) => link.id)]));
    },
  };
};
