import { z } from "zod";
import { id } from "./id.ts";

export const entity = z
  .object({
    id: id,
    knowledgeBaseId: id,
    type: z.string(),
    name: z.string().describe("As most mentions write it."),
    aliases: z.array(z.string()).describe("Its other names in the documents, the most frequent first."),
    key: z.string().describe("Canonical form: the same in every document."),
    mentionCount: z.int(),
    documentCount: z.int(),
  })
  .meta({ id: "Entity" });

const evidence = z.object({
  documentId: id,
  documentName: z.string(),
  chunkId: z.int(),
  quote: z.string().describe("Verbatim: the chunk's text from charStart to charEnd."),
  charStart: z.int().describe("Unicode code points in the chunk, half-open."),
  charEnd: z.int(),
  confidence: z.number(),
  headingPath: z.array(z.string()),
  pageFrom: z.int().nullable(),
  pageTo: z.int().nullable(),
});

export const edge = z
  .object({
    id: id,
    sourceId: id,
    predicate: z.string(),
    targetId: id,
    weight: z.int().describe("Passages that say it."),
    confidence: z.number(),
    validFrom: z.string().describe("Known to hold from then on: by its words, or else by its documents' dates."),
    validTo: z
      .string()
      .nullable()
      .describe("When it ended: by its words, or because something newer took its place. Null: nothing says so."),
    evidence: z.array(evidence).describe("The best passages, each with its quote."),
  })
  .meta({ id: "Edge" });

/** An entity by its own id, before anything was made one. */
export const entityMember = z.object({
  id: id,
  type: z.string(),
  name: z.string(),
  mentionCount: z.int(),
});

export const distantGraph = z.object({ entities: z.array(entity.extend({ distance: z.int() })), edges: z.array(edge) });

export const graph = z.object({ entities: z.array(entity), edges: z.array(edge) });
