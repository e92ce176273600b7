import { MultiDirectedGraph } from "graphology";
import { Sigma } from "sigma";
import { NodePointProgram } from "sigma/rendering";
import type { LayoutStep, LayoutTask } from "./layout-worker.ts";
import type { Edge } from "@gpt-agent/client";
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

const nodesAtOnce = 1_500;
/** Entities; from here on, names and lines make way while the picture moves. */
const largeFrom = 2_000;
/** Without a graphics card each line is drawn by the processor, and more than this are a grey ball to the eye. */
const mostLines = 3_000;
const nextTask = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

const style = (element: Element, name: string): string => getComputedStyle(element).getPropertyValue(name).trim();

const addLine = (graph: MultiDirectedGraph, { id, sourceId, targetId, predicate }: Edge, color: string): boolean => {
  if (sourceId === targetId || graph.hasEdge(id)) return false;
  graph.addEdgeWithKey(id, sourceId, targetId, { label: predicate, size: graph.order > largeFrom ? 0.5 : 1.5, color });
  return true;
};

/** What most passages say comes first. */
const strongest = (edges: readonly Edge[]): readonly Edge[] =>
  edges.length <= mostLines ? edges : edges.toSorted((a, b) => b.weight - a.weight).slice(0, mostLines);

/** Nodes and edges piece by piece: thousands of them at once would hold up the page. */
const fill = async (
  graph: MultiDirectedGraph,
  { entities, edges }: GraphData,
  colour: string,
  signal: AbortSignal,
): Promise<void> => {
  const angle = 2.399963;
  const scale = entities.length > largeFrom ? 0.5 : 1;
  for (const [index, { id, name, type, mentionCount }] of entities.entries()) {
    const radius = Math.sqrt(index + 0.5);
    graph.addNode(id, {
      x: radius * Math.cos(index * angle),
      y: radius * Math.sin(index * angle),
      size: Math.min(3 + Math.sqrt(mentionCount), 14) * scale,
      label: name,
      color: colourOf(type),
    });
    if (index % nodesAtOnce === nodesAtOnce - 1) await nextTask();
  }
  for (const [index, edge] of strongest(edges).entries()) {
    if (signal.aborted) return;
    addLine(graph, edge, colour);
    if (index % nodesAtOnce === nodesAtOnce - 1) await nextTask();
  }
  await nextTask();
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
  const line = style(container, "--line");
  const accent = style(container, "--accent");
  await fill(graph, data, line, signal);
  /** Lines that are there for the chosen entity alone. */
  let extra: string[] = [];
  let chosen: string | undefined;
  const near = new Set<string>();
  const isLarge = graph.order > largeFrom;

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
    // A third of a circle's work for the graphics card, or for the processor in its place.
    ...(isLarge && { nodeProgramClasses: { circle: NodePointProgram } }),
    minEdgeThickness: isLarge ? 1 : 2,
    nodeReducer: (node, attributes) =>
      node === chosen
        ? { ...attributes, highlighted: true, zIndex: 1 }
        : near.has(node)
          ? { ...attributes, forceLabel: true }
          : attributes,
    edgeReducer: (edge, attributes) =>
      chosen !== undefined && graph.hasExtremity(edge, chosen)
        ? { ...attributes, color: accent, size: isLarge ? 1 : 2.5, zIndex: 1 }
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
      for (const edgeId of extra) graph.dropEdge(edgeId);
      extra = [];
      if (chosen !== undefined) {
        const isOfChosen = ({ sourceId, targetId }: Edge): boolean => sourceId === chosen || targetId === chosen;
        for (const edge of data.edges.filter(isOfChosen).slice(0, mostLines)) {
          if (addLine(graph, edge, line)) extra.push(edge.id);
        }
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
