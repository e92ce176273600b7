import type { GraphEdge, GraphEntity } from "@gpt-agent/supabase/graph";

/** A file format of graphs, written piece by piece: all nodes, then all edges. */
export interface GraphFormat {
  readonly contentType: string;
  readonly extension: string;
  readonly head: string;
  node(entity: GraphEntity): string;
  edge(edge: GraphEdge): string;
  readonly tail: string;
}
