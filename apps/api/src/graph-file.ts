import { once } from "node:events";
import type { GraphPart } from "@gpt-agent/supabase/graph";
import type { Response } from "express";
import { cypher } from "./graph-formats/cypher.ts";
import type { GraphFormat } from "./graph-formats/format.ts";
import { graphMl } from "./graph-formats/graphml.ts";
import { jsonLd } from "./graph-formats/json-ld.ts";

export const graphFormats = { jsonld: jsonLd, graphml: graphMl, cypher } as const satisfies Record<string, GraphFormat>;

export interface GraphFile {
  /** The whole graph from its beginning, page by page; read twice, since readers want all nodes before the first edge. */
  readonly pages: () => AsyncIterable<GraphPart>;
  readonly format: GraphFormat;
  readonly res: Response;
  /** Aborts when the client is gone. */
  readonly signal: AbortSignal;
}

/** Writes a graph as a file while it is read, never faster than the client takes it. */
export const sendGraphFile = async ({ pages, format, res, signal }: GraphFile): Promise<void> => {
  res.status(200).set({
    "content-type": format.contentType,
    "content-disposition": `attachment; filename="graph.${format.extension}"`,
  });
  const write = async (text: string): Promise<void> => {
    if (!res.write(text)) await once(res, "drain", { signal });
  };
  await write(format.head);
  for await (const { entities } of pages()) await write(entities.map(format.node).join(""));
  for await (const { edges } of pages()) await write(edges.map(format.edge).join(""));
  res.end(format.tail);
};
