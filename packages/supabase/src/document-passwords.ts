import { z } from "zod";
import type { Supabase } from "./client.ts";
import { failure } from "./errors.ts";
import { row } from "./rows.ts";
import { call } from "./rpc.ts";

interface DocumentOf {
  readonly orgId: string;
  readonly documentId: string;
}

/** Passwords of protected files. They come and go sealed: see `passwordPlace`. */
export interface DocumentPasswords {
  get(input: DocumentOf): Promise<string | undefined>;
  /** False: the organisation has no such document. */
  set(input: DocumentOf & { readonly sealed: string }): Promise<boolean>;
}

/** What a sealed password is bound to. */
export const passwordPlace = ({ orgId, documentId }: DocumentOf) => ({
  orgId,
  table: "document_passwords",
  rowId: documentId,
  column: "sealed",
});

const stored = row({ sealed: z.string() });

export const makeDocumentPasswords = (supabase: Supabase): DocumentPasswords => ({
  async get({ orgId, documentId }) {
    const { data, error, status } = await supabase
      .from("document_passwords")
      .select("sealed")
      .eq("org_id", orgId)
      .eq("document_id", documentId)
      .maybeSingle();
    if (error) throw failure(`reading the password of document ${documentId}`, error, status);
    return data ? stored.parse(data).sealed : undefined;
  },

  set: ({ orgId, documentId, sealed }) =>
    call(
      supabase,
      "set_document_password",
      { p_org_id: orgId, p_document_id: documentId, p_sealed: sealed },
      z.boolean(),
    ),
});
