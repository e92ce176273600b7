import { z } from "zod";
import { row } from "./rows.ts";

const entityShape = {
  id: z.string(),
  knowledgeBaseId: z.string(),
  type: z.string(),
  /** As most mentions title it. */
  name: z.string(),
  /** Its other names in the documents, the most frequent first; at most 19. */
  aliases: z.array(z.string()),
  /** Canonical: the same in every document. */
  key: z.string(),
  /** Published mentions; in a list of one document, those of that document. */
  mentionCount: z.int(),
  documentCount: z.int(),
};

export const graphEntity = row(entityShape);
export type GraphEntity = z.output<typeof graphEntity>;

/** `distance`: steps from the entity that was asked about, 0 for itself. */
export const distantEntity = row({ ...entityShape, distance: z.int() });
export type DistantEntity = z.output<typeof distantEntity>;

const evidence = row({
  documentId: z.string(),
  documentName: z.string(),
  chunkId: z.int(),
  quote: z.string(),
  /** Code points in the chunk's content, half-open. */
  charStart: z.int(),
  charEnd: z.int(),
  confidence: z.number(),
  headingPath: z.array(z.string()),
  pageFrom: z.int().nullable(),
  pageTo: z.int().nullable(),
});
/** A passage that says it. */
export type Evidence = z.output<typeof evidence>;

export const graphEdge = row({
  id: z.string(),
  sourceId: z.string(),
  predicate: z.string(),
  targetId: z.string(),
  /** Passages that say it. */
  weight: z.int(),
  /** Noisy-or over them, below 1. */
  confidence: z.number(),
  /** Known to hold from then on: the earliest time that the evidence names, or else its documents'. */
  validFrom: z.string(),
  /** When it ended, by its words or because something newer took its place. Null: nothing says that it did. */
  validTo: z.string().nullable(),
  /** The best few, by confidence. */
  evidence: z.array(evidence),
});
export type GraphEdge = z.output<typeof graphEdge>;
