import type { GraphLinks } from "@gpt-agent/supabase/graph-exploration";
import { UndirectedGraph } from "graphology";
import louvainModule from "graphology-communities-louvain";

// Its types describe an ES module, which it is not.
const louvain = louvainModule as unknown as typeof louvainModule.default;

export interface Community {
  /** Ids, those with most connections within the community first. */
  readonly members: readonly string[];
  /** What passages say within the community. */
  readonly weight: number;
}

export interface Communities {
  /** The largest first. */
  readonly communities: readonly Community[];
  /** Newman's, -0.5 … 1: how much more is said within communities than chance would have it. */
  readonly modularity: number;
}

/**
 * Things that have more to do with one another than with the rest: Louvain (Blondel et al. 2008), without its random walk, so that equal
 * graphs have equal communities. Directions do not count; what is said of two things in both adds up.
 */
export const findCommunities = ({ ids, links }: Pick<GraphLinks, "ids" | "links">): Communities => {
  if (links.length === 0) return { communities: [], modularity: 0 };
  const graph = new UndirectedGraph<object, { weight: number }>();
  for (const place of ids.keys()) graph.addNode(place);
  for (const [from, to, weight] of links) {
    graph.updateUndirectedEdge(from, to, (known) => ({ weight: (known.weight ?? 0) + weight }));
  }
  const { communities, modularity } = louvain.detailed(graph, { getEdgeWeight: "weight", randomWalk: false });

  const within = new Map<string, number>();
  const weights = new Map<number, number>();
  graph.forEachEdge((_, { weight }, source, target) => {
    const community = communities[source];
    if (community === undefined || community !== communities[target]) return;
    for (const end of [source, target]) within.set(end, (within.get(end) ?? 0) + weight);
    weights.set(community, (weights.get(community) ?? 0) + weight);
  });
  const groups = Map.groupBy(graph.nodes(), (node) => communities[node] ?? -1);
  const found = [...groups].map(([community, nodes]) => ({
    members: nodes
      .toSorted((a, b) => (within.get(b) ?? 0) - (within.get(a) ?? 0) || Number(a) - Number(b))
      .map((node) => ids[Number(node)] ?? ""),
    weight: weights.get(community) ?? 0,
  }));
  return {
    communities: found.toSorted((a, b) => b.members.length - a.members.length || b.weight - a.weight),
    modularity,
  };
};
