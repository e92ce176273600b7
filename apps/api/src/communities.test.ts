import fc from "fast-check";
import { expect, test } from "vitest";
import { findCommunities } from "./communities.ts";

/** Two circles of friends, joined by one acquaintance. */
const twoCircles = {
  ids: ["a", "b", "c", "d", "e", "f", "g"],
  links: [
    [0, 1, 3],
    [1, 2, 3],
    [2, 0, 3],
    [3, 4, 2],
    [4, 5, 2],
    [5, 3, 2],
    [5, 6, 2],
    [2, 3, 1],
  ] as [number, number, number][],
};

test("what has more to do with one another is a community; the largest first, the best connected first", () => {
  const { communities, modularity } = findCommunities(twoCircles);
  expect(communities.map(({ members, weight }) => [members.toSorted().join(""), weight])).toEqual([
    ["defg", 8],
    ["abc", 9],
  ]);
  expect(communities[0]?.members[0]).toBe("f");
  expect(modularity).toBeGreaterThan(0.3);
});

test("nobody says anything: no community", () => {
  expect(findCommunities({ ids: [], links: [] })).toEqual({ communities: [], modularity: 0 });
});

test("everything is in exactly one community, and equal graphs have equal ones", () => {
  const graphs = fc.integer({ min: 2, max: 20 }).chain((size) => {
    const end = fc.nat(size - 1);
    const link = fc.tuple(end, end, fc.integer({ min: 1, max: 9 })).filter(([from, to]) => from !== to);
    return fc.record({
      ids: fc.constant(Array.from({ length: size }, (_, n) => `id-${n}`)),
      links: fc.array(link, { minLength: 1, maxLength: 60 }),
    });
  });
  fc.assert(
    fc.property(graphs, (graph) => {
      const found = findCommunities(graph);
      expect(found.communities.flatMap(({ members }) => members).toSorted()).toEqual(graph.ids.toSorted());
      expect(findCommunities(graph)).toEqual(found);
    }),
  );
});
