import { z } from "zod";
import type { Supabase } from "./client.ts";
import { failure } from "./errors.ts";
import { row } from "./rows.ts";
import { call } from "./rpc.ts";

const pauseRow = row({
  code: z.enum(["ai_payment_required", "ai_budget_spent"]),
  message: z.string(),
  pausedAt: z.string(),
  resumesAt: z.string(),
});
/** While it stands, the organisation's documents that wait for vectors are `blocked` with its code. */
export type EmbeddingPause = z.output<typeof pauseRow>;

const standing = z.object({ pause: pauseRow.nullable(), weight: z.number() }).readonly();
/** Without a pause: go on. */
export type EmbeddingStanding = z.output<typeof standing>;

const budgetRow = row({
  maxUsdPerDay: z.number().nullable(),
  maxUsdPerMonth: z.number().nullable(),
  weight: z.number(),
  usdToday: z.number(),
  usdThisMonth: z.number(),
  pause: pauseRow.nullable(),
});
export type EmbeddingBudget = z.output<typeof budgetRow>;

const weightRow = row({ orgId: z.string(), weight: z.number() });
const weightsPerRead = 1_000;

const dueRow = row({ orgId: z.string(), documentId: z.string(), generation: z.int() });
export type ResumedDocument = z.output<typeof dueRow>;

export interface EmbeddingBudgets {
  /** What may be spent, what is spent, and the pause that stands. */
  get(input: { readonly orgId: string }): Promise<EmbeddingBudget>;
  /** US dollars per day and month of UTC; null: no limit. What is left out stays as it is. */
  set(input: {
    readonly orgId: string;
    readonly maxUsdPerDay?: number | null | undefined;
    readonly maxUsdPerMonth?: number | null | undefined;
    /** Its share of the queues and of the provider's budget, 0.1 … 100, where others have 1. */
    readonly weight?: number | undefined;
  }): Promise<void>;
  /** Asked before each run: the pause that stands, or that begins now because a budget is spent; and the weight. */
  standing(input: { readonly orgId: string }): Promise<EmbeddingStanding>;
  /** For the sweep, across organisations: weights that were set. */
  weights(): Promise<ReadonlyMap<string, number>>;
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
  get: ({ orgId }) => call(supabase, "embedding_budget", { p_org_id: orgId }, budgetRow),
  async set({ orgId, maxUsdPerDay, maxUsdPerMonth, weight }) {
    const { error, status } = await supabase.from("organisation_limits").upsert({
      org_id: orgId,
      max_ai_usd_per_day: maxUsdPerDay,
      max_ai_usd_per_month: maxUsdPerMonth,
      weight,
      updated_at: new Date().toISOString(),
    });
    if (error) throw failure(`setting the AI budget of organisation ${orgId}`, error, status);
  },
  standing: ({ orgId }) => call(supabase, "embedding_standing", { p_org_id: orgId }, standing),
  async weights() {
    const weights = new Map<string, number>();
    for (let after: string | null = null; ;) {
      const page: z.output<typeof weightRow>[] = await call(
        supabase,
        "organisation_weights",
        { p_after: after, p_limit: weightsPerRead },
        z.array(weightRow),
      );
      for (const { orgId, weight } of page) weights.set(orgId, weight);
      if (page.length < weightsPerRead) return weights;
      after = page.at(-1)?.orgId ?? null;
    }
  },
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
