import { z } from "zod";
import type { Supabase } from "./client.ts";
import { failure } from "./errors.ts";
import { row } from "./rows.ts";
import { call } from "./rpc.ts";

const pauseRow = row({
  code: z.enum(["ai_payment_required", "ai_budget_spent"]),
  message: z.string(),
  resumesAt: z.string(),
});
/** While it stands, the organisation's documents that wait for vectors are `blocked` with its code. */
export type EmbeddingPause = z.output<typeof pauseRow>;

const dueRow = row({ orgId: z.string(), documentId: z.string(), generation: z.int() });
export type ResumedDocument = z.output<typeof dueRow>;

export interface EmbeddingBudgets {
  /** US dollars per day and month of UTC; null: no limit. */
  set(input: {
    readonly orgId: string;
    readonly maxUsdPerDay: number | null;
    readonly maxUsdPerMonth: number | null;
  }): Promise<void>;
  /** The pause that stands, or that begins now because a budget is spent. Undefined: go on. */
  hold(input: { readonly orgId: string }): Promise<EmbeddingPause | undefined>;
  /** The provider wants money. @returns how many documents are put aside */
  pause(input: {
    readonly orgId: string;
    readonly code: EmbeddingPause["code"];
    readonly message: string;
    readonly resumesInSeconds: number;
  }): Promise<number>;
  /** By hand. @returns the documents that wait again, for their jobs */
  resume(input: { readonly orgId: string }): Promise<readonly ResumedDocument[]>;
  /** For the sweep, across organisations: pauses whose time is over. @returns how many documents wait again */
  resumeDue(): Promise<number>;
}

export const makeEmbeddingBudgets = (supabase: Supabase): EmbeddingBudgets => ({
  async set({ orgId, maxUsdPerDay, maxUsdPerMonth }) {
    const { error, status } = await supabase.from("organisation_limits").upsert({
      org_id: orgId,
      max_ai_usd_per_day: maxUsdPerDay,
      max_ai_usd_per_month: maxUsdPerMonth,
      updated_at: new Date().toISOString(),
    });
    if (error) throw failure(`setting the AI budget of organisation ${orgId}`, error, status);
  },
  hold: async ({ orgId }) =>
    (await call(supabase, "hold_embedding", { p_org_id: orgId }, pauseRow.nullable())) ?? undefined,
  pause: ({ orgId, code, message, resumesInSeconds }) =>
    call(
      supabase,
      "pause_embedding",
      { p_org_id: orgId, p_code: code, p_message: message, p_resumes_in_seconds: resumesInSeconds },
      z.int(),
    ),
  resume: ({ orgId }) => call(supabase, "resume_embedding", { p_org_id: orgId }, z.array(dueRow)),
  resumeDue: () => call(supabase, "resume_due_embeddings", {}, z.int()),
});
