import { z } from "zod";
import type { Supabase } from "./client.ts";
import { nothing, row } from "./rows.ts";
import { call } from "./rpc.ts";

const storedAnswer = row({
  chunkKey: z.string(),
  content: z.string(),
  isTruncated: z.boolean(),
  /** The passage's place among those that were asked about together. */
  place: z.int(),
  ofCount: z.int(),
});
export type StoredAnswer = z.output<typeof storedAnswer>;

/** What models answered about passages. A passage is known by a key that the caller makes of model, prompt and text. */
export interface GraphAnswers {
  /** For those of the keys that have an answer. */
  find(input: { readonly orgId: string; readonly chunkKeys: readonly string[] }): Promise<readonly StoredAnswer[]>;
  /** Books what it cost, too. `chunkKeys` in the order in which they were asked about. The same `requestId` counts once. */
  store(input: {
    readonly orgId: string;
    readonly documentId: string;
    readonly provider: string;
    readonly model: string;
    readonly requestId: string;
    readonly content: string;
    readonly isTruncated: boolean;
    readonly tokens: number;
    readonly costUsd: number;
    readonly chunkKeys: readonly string[];
  }): Promise<void>;
}

export const makeGraphAnswers = (supabase: Supabase): GraphAnswers => ({
  find: ({ orgId, chunkKeys }) =>
    call(supabase, "find_graph_answers", { p_org_id: orgId, p_chunk_keys: chunkKeys }, z.array(storedAnswer)),

  store: ({ orgId, documentId, provider, model, requestId, content, isTruncated, tokens, costUsd, chunkKeys }) =>
    call(
      supabase,
      "store_graph_answer",
      {
        p_org_id: orgId,
        p_document_id: documentId,
        p_provider: provider,
        p_model: model,
        p_request_id: requestId,
        // Postgres stores no NUL.
        p_content: content.toWellFormed().replaceAll("\0", ""),
        p_is_truncated: isTruncated,
        p_tokens: tokens,
        p_cost_usd: costUsd,
        p_chunk_keys: chunkKeys,
      },
      nothing,
    ),
});
