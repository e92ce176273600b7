import { UndirectedGraph } from "graphology";
import forceAtlas2 from "graphology-layout-forceatlas2";

/** Nodes and edges by index, and how often to look. */
export interface LayoutTask {
  readonly nodes: number;
  /** Pairs of indices. */
  readonly links: Uint32Array;
}

/** x and y of each node in turn. */
export interface LayoutStep {
  readonly positions: Float32Array;
  readonly done: boolean;
}

const longestMs = 15_000;
/** Each look is drawn anew, which for many nodes takes its time. */
const stepMs = (nodes: number): number => (nodes > 2_000 ? 5_000 : 1_000);

/** A sunflower's seeds: spread evenly, and the same every time. */
const start = (index: number): { x: number; y: number } => {
  const [radius, angle] = [Math.sqrt(index + 0.5), index * 2.399963];
  return { x: radius * Math.cos(angle), y: radius * Math.sin(angle) };
};

const arrange = ({ nodes, links }: LayoutTask): void => {
  const graph = new UndirectedGraph();
  for (let index = 0; index < nodes; index += 1) graph.addNode(index, start(index));
  for (let at = 0; at + 1 < links.length; at += 2) {
    const [source, target] = [links[at], links[at + 1]];
    if (source !== target) graph.mergeEdge(source, target);
  }
  const settings = { ...forceAtlas2.inferSettings(graph), barnesHutOptimize: nodes > 500, slowDown: 5 };
  const most = nodes > 2_000 ? 150 : 400;
  const endAt = performance.now() + longestMs;
  for (let done = 0; done < most;) {
    const stepEndsAt = performance.now() + stepMs(nodes);
    do {
      forceAtlas2.assign(graph, { iterations: 5, settings });
      done += 5;
    } while (performance.now() < stepEndsAt && done < most);
    const isDone = done >= most || performance.now() > endAt;
    const positions = new Float32Array(nodes * 2);
    graph.forEachNode((node, { x, y }) => {
      positions[Number(node) * 2] = x as number;
      positions[Number(node) * 2 + 1] = y as number;
    });
    postMessage({ positions, done: isDone } satisfies LayoutStep, { transfer: [positions.buffer] });
    if (isDone) return;
  }
};

addEventListener("message", ({ data }: MessageEvent<LayoutTask>) => arrange(data));
