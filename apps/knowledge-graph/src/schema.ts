import { entityTypes } from "@gpt-agent/ai/rules/mention";
import { z } from "zod";

export const answeredEntity = z.strictObject({
  ref: z.string().describe("Unique in this answer: e1, e2, …"),
  chunk: z.string().describe("Id of the chunk that names it"),
  name: z.string().describe("In the language of the text, nominative case, without a legal form"),
  type: z.enum(entityTypes),
  mention: z.string().describe("The name exactly as the chunk writes it"),
});

export const answeredRelation = z.strictObject({
  chunk: z.string().describe("Id of the chunk that states it"),
  source: z.string().describe("ref of an entity"),
  predicate: z.string().describe("snake_case English verb phrase: works_at, founded_by, located_in, uses, …"),
  target: z.string().describe("ref of an entity"),
  quote: z.string().describe("The words of the chunk that state it, copied exactly, at most 300 characters"),
  negated: z.boolean().describe("The text says that it is not so"),
  hypothetical: z.boolean().describe("Planned, possible, asked or wished, not stated as a fact"),
  confidence: z.enum(["low", "medium", "high"]),
});

/** What the model is asked for, strictly. */
export const answerSchema = z.strictObject({
  entities: z.array(answeredEntity),
  relations: z.array(answeredRelation),
});
