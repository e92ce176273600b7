import { z } from "zod";
import type { Supabase } from "./client.ts";
import { nothing, row } from "./rows.ts";
import { call } from "./rpc.ts";

interface Base {
  readonly orgId: string;
  readonly knowledgeBaseId: string;
}

const namedEntity = row({
  id: z.string(),
  type: z.string(),
  name: z.string(),
  canonicalId: z.string(),
  /** What texts tell it by, with the kind before it: "identifier inn 7701234567", "email a@b.ru". */
  ids: z.array(z.string()),
});
/** An entity with the name most of its mentions carry, and what it stands for now. */
export type NamedEntity = z.output<typeof namedEntity>;

const decision = row({ firstId: z.string(), secondId: z.string(), verdict: z.enum(["same", "apart"]) });
/** What a person knows better than the names do. */
export type Decision = z.output<typeof decision>;

const dueBase = row({ orgId: z.string(), knowledgeBaseId: z.string() });

/** Which entities of a knowledge base are one thing: a layer above what documents contributed, computed from names. */
export interface GraphResolution {
  /** The latest change that is not resolved yet. */
  latestChange(base: Base): Promise<number | undefined>;
  /** Every entity, by id. */
  entities(base: Base): AsyncIterable<NamedEntity>;
  decisions(base: Base): Promise<readonly Decision[]>;
  /**
   * Entities that are gone are passed over. Gives how many changed.
   * @throws {PermanentError} `stale_lease` once somebody has resolved this change or a later one
   */
  assign(
    input: Base & { readonly change: number; readonly assignments: readonly { id: string; canonicalId: string }[] },
  ): Promise<number>;
  /** All changes up to this one are resolved. */
  settle(input: Base & { readonly change: number }): Promise<void>;
  /** Two entities are one thing, or are not; no verdict takes it back. Holds from the next resolution on. */
  decide(
    input: Base & {
      readonly entityId: string;
      readonly otherId: string;
      readonly verdict: Decision["verdict"] | undefined;
    },
  ): Promise<void>;
  /** Installation-wide: bases whose changes have waited for `ageSeconds`. */
  allDue(ageSeconds: number): AsyncIterable<Base>;
}

const entityPageSize = 1_000;
const duePageSize = 200;

export const makeGraphResolution = (supabase: Supabase): GraphResolution => {
  const args = ({ orgId, knowledgeBaseId }: Base) => ({ p_org_id: orgId, p_knowledge_base_id: knowledgeBaseId });

  return {
    latestChange: async (base) =>
      (await call(supabase, "latest_graph_change", args(base), z.int().nullable())) ?? undefined,

    async *entities(base) {
      for (let after: string | undefined; ;) {
        const page = await call(
          supabase,
          "entity_names",
          { ...args(base), p_limit: entityPageSize, p_after_id: after ?? null },
          z.array(namedEntity),
        );
        yield* page;
        if (page.length < entityPageSize) return;
        after = page.at(-1)?.id;
      }
    },

    decisions: (base) => call(supabase, "entity_decisions", args(base), z.array(decision)),

    assign: ({ change, assignments, ...base }) =>
      call(
        supabase,
        "assign_canonical_entities",
        { ...args(base), p_change: change, p_assignments: assignments },
        z.int(),
      ),

    settle: ({ change, ...base }) =>
      call(supabase, "settle_graph_changes", { ...args(base), p_change: change }, nothing),

    decide: ({ entityId, otherId, verdict, ...base }) =>
      call(
        supabase,
        "decide_entities",
        { ...args(base), p_entity_id: entityId, p_other_id: otherId, p_verdict: verdict ?? null },
        nothing,
      ),

    async *allDue(ageSeconds) {
      for (let after: string | undefined; ;) {
        const page = await call(
          supabase,
          "due_graph_resolutions",
          { p_limit: duePageSize, p_age_seconds: ageSeconds, p_after: after ?? null },
          z.array(dueBase),
        );
        yield* page;
        if (page.length < duePageSize) return;
        after = page.at(-1)?.knowledgeBaseId;
      }
    },
  };
};
