import { z } from "zod";
import type { Supabase } from "./client.ts";
import { documentStates, graphStates } from "./document-row.ts";
import { failure } from "./errors.ts";
import { errorCode, row } from "./rows.ts";

const stageRow = row({
  generation: z.int(),
  state: z.enum(documentStates),
  graphState: z.enum(graphStates),
  errorCode: errorCode.nullable(),
  graphErrorCode: errorCode.nullable(),
  /** When it came to this; ISO 8601. */
  at: z.string(),
});
export type DocumentStageRow = z.output<typeof stageRow>;

/** Where a document has been: written by a trigger with every change of state. */
export interface DocumentStages {
  /** Of its last five generations, oldest first; empty for another organisation's document. */
  list(input: { readonly orgId: string; readonly documentId: string }): Promise<readonly DocumentStageRow[]>;
}

export const makeDocumentStages = (supabase: Supabase): DocumentStages => ({
  async list({ orgId, documentId }) {
    const { data, error, status } = await supabase
      .from("document_stages")
      .select("generation, state, graph_state, error_code, graph_error_code, at")
      .eq("org_id", orgId)
      .eq("document_id", documentId)
      .order("id");
    if (error) throw failure(`listing the stages of document ${documentId}`, error, status);
    return z.array(stageRow).parse(data);
  },
});
