import { MultiDirectedGraph } from "graphology";
import { Sigma } from "sigma";
import type { LayoutStep, LayoutTask } from "./layout-worker.ts";
import { colourOf, type GraphData } from "./model.ts";

export interface PictureEvents {
  readonly onNode: (entityId: string) => void;
  readonly onEdge: (edgeId: string) => void;
  readonly onArranged: () => void;
}

export interface Picture {
  /** Brings an entity into the middle and marks it with what it is connected with. */
  readonly focus: (entityId: string | undefined) => void;
  readonly stop: () => void;
}

const edgesAtOnce = 4_000;
const nextTask = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

const style = (element: Element, name: string): string => getComputedStyle(element).getPropertyValue(name).trim();

/** Nodes at once, edges piece by piece: thousands of them would hold up the page. */
const fill = async (
  graph: MultiDirectedGraph,
  { entities, edges }: GraphData,
  colour: string,
  signal: AbortSignal,
): Promise<void> => {
  const angle = 2.399963;
  for (const [index, { id, name, type, mentionCount }] of entities.entries()) {
    const radius = Math.sqrt(index + 0.5);
    graph.addNode(id, {
      x: radius * Math.cos(index * angle),
      y: radius * Math.sin(index * angle),
      size: Math.min(3 + Math.sqrt(mentionCount), 14),
      label: name,
      color: colourOf(type),
    });
    if (index % edgesAtOnce === edgesAtOnce - 1) await nextTask();
  }
  for (const [index, { id, sourceId, targetId, predicate }] of edges.entries()) {
    if (signal.aborted) return;
    if (sourceId !== targetId)
      graph.addEdgeWithKey(id, sourceId, targetId, { label: predicate, size: 1.5, color: colour });
    if (index % edgesAtOnce === edgesAtOnce - 1) await nextTask();
  }
};

const toTask = ({ entities, edges }: GraphData): LayoutTask => {
  const indices = new Map(entities.map(({ id }, index) => [id, index]));
  return {
    nodes: entities.length,
    links: Uint32Array.from(
      edges.flatMap(({ sourceId, targetId }) => [indices.get(sourceId) ?? 0, indices.get(targetId) ?? 0]),
    ),
  };
};

/** Draws the graph; a worker arranges it meanwhile. */
export const drawPicture = async (
  container: HTMLElement,
  data: GraphData,
  { onNode, onEdge, onArranged }: PictureEvents,
  signal: AbortSignal,
): Promise<Picture> => {
  const graph = new MultiDirectedGraph();
  const ink = style(container, "--ink");
  await fill(graph, data, style(container, "--line"), signal);
  let chosen: string | undefined;
  const near = new Set<string>();
  const isLarge = graph.order > 2_000;

  const sigma = new Sigma(graph, container, {
    allowInvalidContainer: true,
    enableEdgeEvents: true,
    hideEdgesOnMove: isLarge,
    hideLabelsOnMove: isLarge,
    labelRenderedSizeThreshold: isLarge ? 9 : 5,
    labelColor: { color: ink },
    labelFont: "system-ui, sans-serif",
    renderEdgeLabels: !isLarge,
    edgeLabelColor: { color: ink },
    defaultEdgeType: "line",
    minEdgeThickness: 2,
    nodeReducer: (node, attributes) =>
      node === chosen
        ? { ...attributes, highlighted: true, zIndex: 1 }
        : near.has(node)
          ? { ...attributes, forceLabel: true }
          : attributes,
    edgeReducer: (edge, attributes) =>
      chosen !== undefined && graph.hasExtremity(edge, chosen)
        ? { ...attributes, color: style(container, "--accent"), size: 2.5, zIndex: 1 }
        : attributes,
  });
  sigma.on("clickNode", ({ node }) => onNode(node));
  sigma.on("clickEdge", ({ edge }) => onEdge(edge));

  const worker = new Worker(new URL("./layout-worker.ts", import.meta.url), { type: "module" });
  const task = toTask(data);
  worker.addEventListener("message", ({ data: step }: MessageEvent<LayoutStep>) => {
    let index = 0;
    graph.updateEachNodeAttributes(
      (_, attributes) => {
        attributes["x"] = step.positions[index] ?? 0;
        attributes["y"] = step.positions[index + 1] ?? 0;
        index += 2;
        return attributes;
      },
      { attributes: ["x", "y"] },
    );
    if (step.done) {
      worker.terminate();
      onArranged();
    }
  });
  worker.postMessage(task, [task.links.buffer]);

  return {
    focus: (entityId) => {
      chosen = entityId !== undefined && graph.hasNode(entityId) ? entityId : undefined;
      near.clear();
      if (chosen !== undefined) {
        for (const other of graph.neighbors(chosen)) near.add(other);
        const place = sigma.getNodeDisplayData(chosen);
        if (place) void sigma.getCamera().animate({ x: place.x, y: place.y, ratio: isLarge ? 0.15 : 0.6 });
      }
      sigma.refresh({ skipIndexation: true });
    },
    stop: () => {
      worker.terminate();
      sigma.kill();
    },
  };
};
