import { z } from "zod";
import type { Supabase } from "./client.ts";
import { decodeCursor, encodeCursor, pageSize } from "./cursor.ts";
import { failure } from "./errors.ts";
import { errorCode, row } from "./rows.ts";
import { call } from "./rpc.ts";

const conflictRow = row({
  id: z.string(),
  recordId: z.string(),
  entity: z.string(),
  field: z.string(),
  /** `flipping`: it went to and fro, and was frozen. */
  reason: z.enum(["both_changed", "flipping"]),
  ours: z.unknown(),
  crm: z.unknown(),
  base: z.unknown(),
  state: z.enum(["open", "resolved"]),
  resolution: z.enum(["ours", "crm", "value", "agreed"]).nullable(),
  resolvedBy: z.enum(["policy", "person", "sync"]).nullable(),
  createdAt: z.string(),
  resolvedAt: z.string().nullable(),
});
export type CrmConflictRow = z.output<typeof conflictRow>;

const errorRow = row({
  entity: z.string(),
  subject: z.string(),
  code: errorCode,
  message: z.string(),
  occurrences: z.int(),
  lastAt: z.string(),
});
export type CrmRecordErrorRow = z.output<typeof errorRow>;

interface Key {
  readonly orgId: string;
  readonly connectionId: string;
}

/** Fields that both sides changed, and records that could not be read or written. */
export interface CrmConflicts {
  /** Newest first. */
  list(
    input: Key & {
      readonly state?: "open" | "resolved" | undefined;
      readonly limit: number;
      readonly cursor?: string | undefined;
    },
  ): Promise<{ readonly conflicts: readonly CrmConflictRow[]; readonly nextCursor?: string }>;
  /** One that is resolved already stays as it is. */
  resolve(
    input: Key & {
      readonly conflictId: string;
      readonly resolution: "ours" | "crm" | "value";
      readonly value?: unknown;
    },
  ): Promise<CrmConflictRow>;
  /** Latest first. */
  errors(input: Key & { readonly limit: number }): Promise<readonly CrmRecordErrorRow[]>;
}

const createdAtAndId = z.tuple([z.string(), z.string()]);

export const makeCrmConflicts = (supabase: Supabase): CrmConflicts => ({
  async list({ orgId, connectionId, state, limit, cursor }) {
    const size = pageSize(limit);
    let query = supabase.from("crm_conflicts").select().eq("org_id", orgId).eq("connection_id", connectionId);
    if (state !== undefined) query = query.eq("state", state);
    if (cursor !== undefined) {
      const [createdAt, id] = decodeCursor(cursor, createdAtAndId);
      query = query.or(`created_at.lt."${createdAt}",and(created_at.eq."${createdAt}",id.lt.${id})`);
    }
    const { data, error, status } = await query
      .order("created_at", { ascending: false })
      .order("id", { ascending: false })
      .limit(size + 1);
    if (error) throw failure("listing conflicts", error, status);
    const conflicts = z.array(conflictRow).parse(data.slice(0, size));
    const last = conflicts.at(-1);
    return { conflicts, ...(last && data.length > size && { nextCursor: encodeCursor([last.createdAt, last.id]) }) };
  },

  resolve: ({ orgId, connectionId, conflictId, resolution, value }) =>
    call(
      supabase,
      "resolve_crm_conflict",
      {
        p_org_id: orgId,
        p_connection_id: connectionId,
        p_conflict_id: conflictId,
        p_resolution: resolution,
        p_value: value ?? null,
      },
      conflictRow,
    ),

  async errors({ orgId, connectionId, limit }) {
    const { data, error, status } = await supabase
      .from("crm_record_errors")
      .select()
      .eq("org_id", orgId)
      .eq("connection_id", connectionId)
      .order("last_at", { ascending: false })
      .limit(pageSize(limit));
    if (error) throw failure("listing records with errors", error, status);
    return z.array(errorRow).parse(data);
  },
});
