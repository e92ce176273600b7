import { z } from "zod";
import type { Supabase } from "./client.ts";
import { row } from "./rows.ts";
import { call } from "./rpc.ts";

const bill = { requests: z.int(), tokens: z.int(), costUsd: z.number() };

const documentCosts = row({
  ...bill,
  chunks: z.array(
    row({
      chunkId: z.int(),
      ordinal: z.int(),
      /** What read it. */
      extractor: z.string(),
      entityCount: z.int(),
      edgeCount: z.int(),
      rejectedCount: z.int(),
      /** Its share of the answer it was read from. */
      tokens: z.int(),
      costUsd: z.number(),
    }),
  ),
});
export type DocumentGraphCosts = z.output<typeof documentCosts>;

const organisationCosts = row({
  ...bill,
  documents: z.array(row({ documentId: z.string(), documentName: z.string(), ...bill })),
});
export type OrganisationGraphCosts = z.output<typeof organisationCosts>;

/** What the graph's models cost. */
export interface GraphCosts {
  /** A document's bill and each chunk's share. Undefined: no such document. */
  document(input: { readonly orgId: string; readonly documentId: string }): Promise<DocumentGraphCosts | undefined>;
  /** An organisation's bill from … to (exclusive), and its `limit` dearest documents. */
  organisation(input: {
    readonly orgId: string;
    readonly from: string;
    readonly to: string;
    readonly limit: number;
  }): Promise<OrganisationGraphCosts>;
}

export const makeGraphCosts = (supabase: Supabase): GraphCosts => ({
  document: async ({ orgId, documentId }) =>
    (await call(supabase, "graph_costs", { p_org_id: orgId, p_document_id: documentId }, documentCosts.nullable())) ??
    undefined,

  organisation: ({ orgId, from, to, limit }) =>
    call(supabase, "graph_bill", { p_org_id: orgId, p_from: from, p_to: to, p_limit: limit }, organisationCosts),
});
