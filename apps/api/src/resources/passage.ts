import { graphStates } from "@gpt-agent/supabase/document-row";
import type { DocumentStageRow } from "@gpt-agent/supabase/document-stages";
import type { PassageRow } from "@gpt-agent/supabase/passages";
import { z } from "zod";
import { documentState } from "./document.ts";
import { hit } from "./hit.ts";

/** The same place as a hit's, without the search that found it. */
export const passage = hit
  .pick({
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
  .extend({ id: z.int(), ordinal: z.int().describe("From 0.") })
  .meta({ id: "Passage" });

export const toPassage = (row: PassageRow): z.output<typeof passage> => ({
  id: row.id,
  ordinal: row.ordinal,
  text: row.content,
  context: row.contextHeader,
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

export const documentStage = z.object({
  generation: z.int(),
  state: documentState,
  graphState: z.enum(graphStates),
  errorCode: z.string().nullable(),
  graphErrorCode: z.string().nullable(),
  at: z.iso.datetime({ offset: true }).describe("When it came to this."),
});

export const toDocumentStage = (row: DocumentStageRow): z.output<typeof documentStage> => ({
  generation: row.generation,
  state: row.state,
  graphState: row.graphState,
  errorCode: row.errorCode,
  graphErrorCode: row.graphErrorCode,
  at: row.at,
});
