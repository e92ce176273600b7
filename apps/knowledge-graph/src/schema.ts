import type { Ontology } from "@gpt-agent/ai/ontology/ontology";
import { z } from "zod";

/** An entity as answers have it; whether its type is one of the ontology is looked at when it is verified. */
export const answeredEntity = z.strictObject({
  ref: z.string().describe("Unique in this answer: e1, e2, …"),
  chunk: z.string().describe("Id of the chunk that names it"),
  name: z.string().describe("In the language of the text, nominative case, without a legal form"),
  type: z.string(),
  mention: z.string().describe("The name exactly as the chunk writes it"),
});

export const answeredRelation = z.strictObject({
  chunk: z.string().describe("Id of the chunk that states it"),
  source: z.string().describe("ref of an entity"),
  predicate: z.string().describe("snake_case verb phrase"),
  target: z.string().describe("ref of an entity"),
  quote: z.string().describe("The words of the chunk that state it, copied exactly, at most 300 characters"),
  negated: z.boolean().describe("The text says that it is not so"),
  hypothetical: z.boolean().describe("Planned, possible, asked or wished, not stated as a fact"),
  confidence: z.enum(["low", "medium", "high"]),
});

/** What the model is asked for, strictly: only what the ontology knows, where it is a closed list. */
export const makeAnswerSchema = ({ mode, entityTypes, relations }: Ontology) => {
  const [types, predicates] = [entityTypes.map(({ name }) => name), relations.map(({ name }) => name)];
  const entity = mode === "open" ? answeredEntity : answeredEntity.extend({ type: z.enum(types) });
  const isClosed = mode === "strict" && predicates.length > 0;
  const relation = isClosed ? answeredRelation.extend({ predicate: z.enum(predicates) }) : answeredRelation;
  return z.strictObject({ entities: z.array(entity), relations: z.array(relation) });
};
