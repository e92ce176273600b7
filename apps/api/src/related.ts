import type { ConnectedChunk } from "@gpt-agent/supabase/graph-exploration";
import { z } from "zod";
import type { Hit, Ports } from "./ports.ts";
import { hit } from "./resources/hit.ts";
import { id } from "./resources/id.ts";
import type { Question } from "./search.ts";

const statement = z.object({
  edgeId: id,
  sourceId: id,
  source: z.string(),
  predicate: z.string(),
  targetId: id,
  target: z.string(),
  quote: z.string().describe("The passage's own words."),
  confidence: z.number(),
  validFrom: z.string(),
  validTo: z.string().nullable(),
});

/** A passage that the graph adds to a search's hits. */
export const relatedHit = hit
  .pick({
    chunkId: true,
    documentId: true,
    documentName: true,
    knowledgeBaseId: true,
    text: true,
    context: true,
    kind: true,
    page: true,
    pageTo: true,
    sheet: true,
    rowFrom: true,
    rowTo: true,
    headingPath: true,
    charStart: true,
    charEnd: true,
  })
  .extend({
    score: z.number().describe("0 to 1, relative to the best connected."),
    because: z.array(statement).describe("What connects it with the hits, the strongest first."),
  })
  .meta({ id: "RelatedHit" });

const toRelated = ({ content, contextHeader, pageFrom, ...row }: ConnectedChunk): z.output<typeof relatedHit> => ({
  ...row,
  text: content,
  context: contextHeader,
  page: pageFrom,
});

/** Passages that state something about what the hits name, of the same scope; each hit counts by its score. */
export const findRelated = async (
  { graphExploration }: Pick<Ports, "graphExploration">,
  { orgId, knowledgeBaseId, documentId }: Pick<Question, "orgId" | "knowledgeBaseId" | "documentId">,
  hits: readonly Hit[],
  limit: number,
): Promise<z.output<typeof relatedHit>[]> => {
  if (hits.length === 0) return [];
  const passages = hits.map(({ chunkId, score }) => ({ chunkId, weight: score }));
  const found = await graphExploration.connected({ orgId, passages, knowledgeBaseId, documentId, limit });
  return found.map(toRelated);
};
