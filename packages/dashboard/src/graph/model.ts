import type { Client, Edge, Entity } from "@gpt-agent/client";

/** Beyond this a picture says nothing more; the search finds the rest. */
export const mostNodes = 10_000;

export interface GraphData {
  readonly entities: readonly Entity[];
  /** Between entities that are shown. */
  readonly edges: readonly Edge[];
  readonly isCut: boolean;
}

/** All pages of a base's graph, up to what a picture holds. */
export const readGraph = async (
  client: Client,
  knowledgeBaseId: string,
  signal: AbortSignal,
  onProgress: (entities: number) => void,
): Promise<GraphData> => {
  const entities = new Map<string, Entity>();
  const edges = new Map<string, Edge>();
  let cursor: string | undefined;
  do {
    const page = await client.exportGraph({ knowledgeBaseId, limit: 500, cursor }, { signal });
    for (const entity of page.entities) if (entities.size < mostNodes) entities.set(entity.id, entity);
    for (const edge of page.edges) edges.set(edge.id, edge);
    cursor = page.nextCursor;
    onProgress(entities.size);
  } while (cursor !== undefined && entities.size < mostNodes);
  const shown = [...edges.values()].filter(
    ({ sourceId, targetId }) => entities.has(sourceId) && entities.has(targetId),
  );
  return { entities: [...entities.values()], edges: shown, isCut: cursor !== undefined };
};

/** The same type always has the same colour; readable on light and dark. */
const palette = ["#3b7dd8", "#c2571a", "#2f8f57", "#a0459b", "#b08a00", "#2a93a3", "#cc4b5f", "#7a6cd0"] as const;

export const colourOf = (type: string): string => {
  let hash = 0;
  for (const point of type) hash = (hash * 31 + (point.codePointAt(0) ?? 0)) >>> 0;
  return palette[hash % palette.length] ?? palette[0];
};
