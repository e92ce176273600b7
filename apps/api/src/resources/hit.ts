import { z } from "zod";
import type { Hit } from "../ports.ts";
import { id } from "./id.ts";

/** A passage and its place in the source: enough to quote it and to open the document there. */
export const hit = z
  .object({
    chunkId: z.int(),
    documentId: id,
    documentName: z.string(),
    text: z.string().describe("Verbatim: the document's extracted text from charStart to charEnd."),
    context: z.string().describe("What belongs to the passage but stands elsewhere: headings, a table's header."),
    score: z.number().describe("0 to 1, by rank: 1 is first in every list that was asked."),
    kind: z.enum(["text", "table", "code", "list"]),
    page: z.int().nullable().describe("Or slide, from 1."),
    pageTo: z.int().nullable(),
    sheet: z.string().nullable().describe("Of a spreadsheet."),
    rowFrom: z.int().nullable().describe("Rows of the sheet or table file, as it numbers them, from 1."),
    rowTo: z.int().nullable(),
    headingPath: z.array(z.string()),
    charStart: z.int().describe("Unicode code points in the extracted text, half-open."),
    charEnd: z.int(),
  })
  .meta({ id: "Hit" });

export const toHit = (row: Hit): z.output<typeof hit> => ({
  chunkId: row.chunkId,
  documentId: row.documentId,
  documentName: row.documentName,
  text: row.content,
  context: row.contextHeader,
  score: row.score,
  kind: row.kind,
  page: row.pageFrom,
  pageTo: row.pageTo,
  sheet: row.sheet,
  rowFrom: row.rowFrom,
  rowTo: row.rowTo,
  headingPath: [...row.headingPath],
  charStart: row.charStart,
  charEnd: row.charEnd,
});
