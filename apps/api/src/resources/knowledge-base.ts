import { z } from "zod";
import type { KnowledgeBaseRow } from "../ports.ts";
import { line } from "./text.ts";
import { id } from "./id.ts";

const chunking = z
  .strictObject({
    maxTokens: z.int().min(50).max(4000).describe("Longest chunk, in tokens."),
    overlapTokens: z.int().min(0).max(1000).describe("Tokens that an oversize block's pieces share."),
  })
  .refine(({ maxTokens, overlapTokens }) => overlapTokens * 2 <= maxTokens, {
    path: ["overlapTokens"],
    message: "must be at most half of maxTokens",
  });

const name = line(200);

export const newKnowledgeBase = z.strictObject({ name, chunking: chunking.optional() });

export const knowledgeBaseChanges = z
  .strictObject({ name: name.optional(), chunking: chunking.optional() })
  .refine((changes) => Object.keys(changes).length > 0, "name at least one field to change");

export const knowledgeBase = z
  .object({
    id: id,
    name: z.string(),
    chunking: z.object({ maxTokens: z.int(), overlapTokens: z.int() }),
    createdAt: z.iso.datetime({ offset: true }),
  })
  .meta({ id: "KnowledgeBase" });

export const toKnowledgeBase = ({
  id,
  name,
  chunking,
  createdAt,
}: KnowledgeBaseRow): z.output<typeof knowledgeBase> => ({
  id,
  name,
  chunking,
  createdAt,
});
