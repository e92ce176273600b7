/** Which records belong together; both directions at once. */
export interface Associations {
  add(a: Place, b: Place): void;
  of(place: Place, otherType: string): readonly string[];
}

export interface Place {
  readonly type: string;
  readonly id: string;
}

const key = ({ type, id }: Place): string => `${type}/${id}`;

export const makeAssociations = (): Associations => {
  const links = new Map<string, Set<string>>();
  const put = (from: Place, to: Place): void => {
    const known = links.get(key(from)) ?? new Set();
    known.add(key(to));
    links.set(key(from), known);
  };
  return {
    add: (a, b) => {
      put(a, b);
      put(b, a);
    },
    of: (place, otherType) =>
      [...(links.get(key(place)) ?? [])]
        .filter((other) => other.startsWith(`${otherType}/`))
        .map((other) => other.slice(otherType.length + 1)),
  };
};
