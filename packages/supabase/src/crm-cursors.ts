import { z } from "zod";
import type { Supabase } from "./client.ts";
import { failure } from "./errors.ts";
import { row } from "./rows.ts";
import { call } from "./rpc.ts";

export type CrmCursorKind = "backfill" | "delta" | "sweep" | "deleted";

const cursorRow = row({
  entity: z.string(),
  kind: z.enum(["backfill", "delta", "sweep", "deleted"]),
  /** The provider's own, opaque. */
  page: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).nullable(),
  /** Of the window that is being read; ISO 8601. */
  windowFrom: z.string().nullable(),
  windowTo: z.string().nullable(),
  /** Everything up to here was read. */
  syncedTo: z.string().nullable(),
  /** Of a sweep: its number. */
  pass: z.int(),
  recordsRead: z.number(),
  /** The account ignores the filter by time: it is read in full instead. */
  filterIgnored: z.boolean(),
  startedAt: z.string().nullable(),
  finishedAt: z.string().nullable(),
  /** Fencing: a step is taken from the version that was read, once. */
  version: z.number(),
});
export type CrmCursorRow = z.output<typeof cursorRow>;

/** Where a cursor goes with a page; what is left out becomes null. */
export interface CrmCursorStep {
  readonly entity: string;
  readonly kind: CrmCursorKind;
  /** The one that was read. */
  readonly version: number;
  readonly page?: CrmCursorRow["page"] | undefined;
  readonly windowFrom?: string | null | undefined;
  readonly windowTo?: string | null | undefined;
  readonly syncedTo?: string | null | undefined;
  readonly pass?: number | undefined;
  /** Read with this page. */
  readonly records?: number | undefined;
  readonly filterIgnored?: boolean | undefined;
  readonly startedAt?: string | null | undefined;
  readonly finishedAt?: string | null | undefined;
}

export const stepColumns = (step: CrmCursorStep) => ({
  entity: step.entity,
  kind: step.kind,
  version: step.version,
  page: step.page ?? null,
  window_from: step.windowFrom ?? null,
  window_to: step.windowTo ?? null,
  synced_to: step.syncedTo ?? null,
  pass: step.pass ?? null,
  records: step.records ?? 0,
  filter_ignored: step.filterIgnored ?? null,
  started_at: step.startedAt ?? null,
  finished_at: step.finishedAt ?? null,
});

interface Key {
  readonly orgId: string;
  readonly connectionId: string;
}

/** Where reading stands, by entity and way of reading. Steps are taken with the records they brought: `CrmRecords.apply`. */
export interface CrmCursors {
  /** Made on first use. */
  open(key: Key & { readonly entity: string; readonly kind: CrmCursorKind }): Promise<CrmCursorRow>;
  list(key: Key): Promise<readonly CrmCursorRow[]>;
}

export const makeCrmCursors = (supabase: Supabase): CrmCursors => ({
  open: ({ orgId, connectionId, entity, kind }) =>
    call(
      supabase,
      "open_crm_cursor",
      { p_org_id: orgId, p_connection_id: connectionId, p_entity: entity, p_kind: kind },
      cursorRow,
    ),

  async list({ orgId, connectionId }) {
    const { data, error, status } = await supabase
      .from("crm_cursors")
      .select()
      .eq("org_id", orgId)
      .eq("connection_id", connectionId)
      .order("entity")
      .order("kind");
    if (error) throw failure(`reading the cursors of CRM connection ${connectionId}`, error, status);
    return z.array(cursorRow).parse(data);
  },
});
