import { z } from "zod";
import type { Found } from "../search.ts";
import { cutSnippet } from "../snippet.ts";
import { id } from "./id.ts";

const passage = {
  chunkId: z.int(),
  text: z.string().describe("Verbatim: the document's extracted text from charStart to charEnd."),
  context: z.string().describe("What belongs to the passage but stands elsewhere: headings, a table's header."),
  kind: z.enum(["text", "table", "code", "list"]),
  page: z.int().nullable().describe("Or slide, from 1."),
  pageTo: z.int().nullable(),
  charStart: z.int().describe("Unicode code points in the extracted text, half-open."),
  charEnd: z.int(),
};

const neighbour = z.object(passage).meta({ id: "NeighbourPassage" });

/** A passage and its place in the source: enough to quote it and to open the document there. */
export const hit = z
  .object({
    ...passage,
    documentId: id,
    documentName: z.string(),
    knowledgeBaseId: id,
    score: z.number().describe("0 to 1, by rank: 1 is first in every list that was asked."),
    similarity: z.number().nullable().describe("Of meaning, 0 to 1, as the model sees it. Null: not found by meaning."),
    textScore: z
      .number()
      .nullable()
      .describe("Share of the question's words, rare ones weighing more, 0 to 1. Null: not found by words."),
    rerankScore: z.number().optional().describe("What the reranker gave; the order is by it."),
    sheet: z.string().nullable().describe("Of a spreadsheet."),
    rowFrom: z.int().nullable().describe("Rows of the sheet or table file, as it numbers them, from 1."),
    rowTo: z.int().nullable(),
    headingPath: z.array(z.string()),
    snippet: z
      .object({
        text: z.string().describe("The part of the passage where most of the question's words stand, verbatim."),
        charStart: z.int().describe("In the extracted text."),
        highlights: z
          .array(z.object({ charStart: z.int(), charEnd: z.int() }))
          .describe("The question's words, in any inflection: code points in the snippet's text, half-open."),
      })
      .optional()
      .describe("Left out with `highlight: false`."),
    before: z.array(neighbour).optional().describe("With `neighbours`: what stands before it, in the text's order."),
    after: z.array(neighbour).optional(),
  })
  .meta({ id: "Hit" });

type Passage = Pick<
  Found["hit"],
  "chunkId" | "content" | "contextHeader" | "kind" | "pageFrom" | "pageTo" | "charStart" | "charEnd"
>;
const toPassage = ({ chunkId, content, contextHeader, kind, pageFrom, pageTo, charStart, charEnd }: Passage) => ({
  chunkId,
  text: content,
  context: contextHeader,
  kind,
  page: pageFrom,
  pageTo,
  charStart,
  charEnd,
});

export const toHit = ({ hit: row, rerankScore, before, after }: Found, highlight: boolean): z.output<typeof hit> => {
  const snippet = highlight ? cutSnippet(row.content, row.highlights) : undefined;
  return {
    ...toPassage(row),
    documentId: row.documentId,
    documentName: row.documentName,
    knowledgeBaseId: row.knowledgeBaseId,
    score: row.score,
    similarity: row.similarity,
    textScore: row.textScore,
    ...(rerankScore !== undefined && { rerankScore }),
    sheet: row.sheet,
    rowFrom: row.rowFrom,
    rowTo: row.rowTo,
    headingPath: [...row.headingPath],
    ...(snippet && {
      snippet: { ...snippet, charStart: row.charStart + snippet.charStart, highlights: [...snippet.highlights] },
    }),
    ...(before && { before: before.map(toPassage) }),
    ...(after && { after: after.map(toPassage) }),
  };
};
