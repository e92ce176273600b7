import { z } from "zod";
import type { Supabase } from "./client.ts";
import { stepColumns, type CrmCursorStep } from "./crm-cursors.ts";
import type { CrmMessage } from "./crm-outbox.ts";
import { decodeCursor, encodeCursor, pageSize } from "./cursor.ts";
import { failure } from "./errors.ts";
import { row } from "./rows.ts";
import { call } from "./rpc.ts";

const fieldValue = z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())]);
const fieldValues = z.record(z.string(), fieldValue);
export type CrmFieldValues = z.output<typeof fieldValues>;

const link = z.object({ entity: z.string(), remoteId: z.string() });
const remoteSide = z.object({ fields: fieldValues.default({}), customFields: fieldValues.default({}) });

const recordRow = row({
  id: z.string(),
  orgId: z.string(),
  connectionId: z.string(),
  entity: z.string(),
  /** Null: made here, not in the CRM yet. */
  remoteId: z.string().nullable(),
  /** What we hold, by our names. */
  fields: fieldValues,
  /** What both sides last agreed on. */
  base: fieldValues,
  links: z.array(link),
  /** What the CRM was last seen to hold, by its names: also what nothing maps. */
  remote: remoteSide,
  remoteUpdatedAt: z.string().nullable(),
  localChangedAt: z.string().nullable(),
  version: z.number(),
  deletedAt: z.string().nullable(),
  createdAt: z.string(),
  updatedAt: z.string(),
});
export type CrmRecordRow = z.output<typeof recordRow>;

const recordToMerge = row({
  id: z.string(),
  remoteId: z.string(),
  version: z.number(),
  fields: fieldValues,
  base: fieldValues,
  remote: remoteSide,
  links: z.array(link),
  /** Fields with an open conflict: nothing writes them. */
  held: z.array(z.string()),
  remoteUpdatedAt: z.string().nullable(),
  localChangedAt: z.string().nullable(),
  deletedAt: z.string().nullable(),
});
export type CrmRecordToMerge = z.output<typeof recordToMerge>;

/** A record as the merge left it. */
export interface MergedCrmRecord {
  readonly remoteId: string;
  /** The one that the merge began from; 0: new. */
  readonly version: number;
  readonly fields: CrmFieldValues;
  readonly base: CrmFieldValues;
  readonly remote: { readonly fields: object; readonly customFields: object };
  readonly raw: unknown;
  readonly links: readonly { readonly entity: string; readonly remoteId: string }[];
  readonly remoteUpdatedAtMs: number | undefined;
  /** Fields taken from the CRM. */
  readonly pulled: readonly string[];
  /** Fields whose open conflict is over: both sides agree. */
  readonly closes: readonly string[];
  /** Something of ours is to be written. */
  readonly push: boolean;
  readonly conflicts: readonly {
    readonly field: string;
    readonly ours: unknown;
    readonly crm: unknown;
    readonly base: unknown;
    /** Null: it stays open for a person. */
    readonly resolution: "ours" | "crm" | null;
  }[];
}

interface Key {
  readonly orgId: string;
  readonly connectionId: string;
}

export interface AppliedPage extends Key {
  readonly entity: string;
  /** Changed ones only. */
  readonly rows: readonly MergedCrmRecord[];
  /** Ids that are gone in the CRM. */
  readonly missing?: readonly string[] | undefined;
  /** What a sweep met, with its number. */
  readonly seen?: { readonly pass: number; readonly remoteIds: readonly string[] } | undefined;
  /** Refetches that this answers. */
  readonly settled?: readonly { readonly remoteId: string; readonly generation: number }[] | undefined;
  readonly errors?:
    | readonly { readonly subject: string; readonly code: string; readonly message: string }[]
    | undefined;
  /** The step that reading makes with this page, in the same transaction. */
  readonly step?: CrmCursorStep | undefined;
}

/** Our copy of a CRM's records. */
export interface CrmRecords {
  /** Those of these ids that we have, as the merge needs them. */
  toMerge(
    input: Key & { readonly entity: string; readonly remoteIds: readonly string[] },
  ): Promise<readonly CrmRecordToMerge[]>;
  /**
   * Stores a page and the step it makes. A record that changed since it was read, or is being written right now, is
   * left alone and put on the refetch list (`again`).
   * @throws {PermanentError} stale_lease where another worker took the step
   */
  apply(page: AppliedPage): Promise<{ readonly stored: number; readonly again: number }>;
  /** Puts what the sweep did not meet on the refetch list; returns how many. */
  finishSweep(
    input: Key & {
      readonly entity: string;
      readonly pass: number;
      readonly startedAt: string;
      readonly step: CrmCursorStep;
    },
  ): Promise<number>;
  get(key: Key & { readonly recordId: string }): Promise<CrmRecordRow | undefined>;
  list(
    input: Key & { readonly entity?: string | undefined; readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<{ readonly records: readonly CrmRecordRow[]; readonly nextCursor?: string }>;
  /** A record of ours, to be written to the CRM. The same key gives the same record. */
  create(
    input: Key & {
      readonly entity: string;
      readonly fields: CrmFieldValues;
      readonly links?: readonly { readonly entity: string; readonly remoteId: string }[] | undefined;
      readonly idempotencyKey: string;
      /** It is sent as a message and becomes this note. */
      readonly message?: CrmMessage | undefined;
    },
  ): Promise<CrmRecordRow>;
  /** @throws {PermanentError} superseded where the record is of another version by now, or deleted in the CRM */
  edit(
    input: Key & {
      readonly recordId: string;
      readonly changes: CrmFieldValues;
      readonly version?: number | undefined;
      readonly idempotencyKey: string;
    },
  ): Promise<CrmRecordRow>;
}

const columns =
  "id, org_id, connection_id, entity, remote_id, fields, base, links, remote, remote_updated_at, local_changed_at, " +
  "version, deleted_at, created_at, updated_at";

const iso = (epochMs: number | undefined): string | null =>
  epochMs === undefined ? null : new Date(epochMs).toISOString();

const rowColumns = ({ remoteId, remoteUpdatedAtMs, ...rest }: MergedCrmRecord) => ({
  ...rest,
  remote_id: remoteId,
  remote_updated_at: iso(remoteUpdatedAtMs),
});

const applied = z.object({ stored: z.int(), again: z.int() });

export const makeCrmRecords = (supabase: Supabase): CrmRecords => {
  const key = ({ orgId, connectionId }: Key) => ({ p_org_id: orgId, p_connection_id: connectionId });
  return {
    toMerge: ({ entity, remoteIds, ...connection }) =>
      call(
        supabase,
        "crm_records_to_merge",
        { ...key(connection), p_entity: entity, p_remote_ids: remoteIds },
        z.array(recordToMerge),
      ),

    apply: ({ entity, rows, missing, seen, settled, errors, step, ...connection }) =>
      call(
        supabase,
        "apply_crm_records",
        {
          ...key(connection),
          p_entity: entity,
          p_rows: rows.map(rowColumns),
          p_missing: missing ?? [],
          p_seen: seen?.remoteIds ?? [],
          p_sweep: seen?.pass ?? null,
          p_settled: (settled ?? []).map(({ remoteId, generation }) => ({ remote_id: remoteId, generation })),
          p_errors: errors ?? [],
          p_step: step ? stepColumns(step) : null,
        },
        applied,
      ),

    finishSweep: ({ entity, pass, startedAt, step, ...connection }) =>
      call(
        supabase,
        "finish_crm_sweep",
        {
          ...key(connection),
          p_entity: entity,
          p_sweep: pass,
          p_started_at: startedAt,
          p_step: stepColumns(step),
        },
        z.int(),
      ),

    async get({ orgId, connectionId, recordId }) {
      const { data, error, status } = await supabase
        .from("crm_records")
        .select(columns)
        .eq("org_id", orgId)
        .eq("connection_id", connectionId)
        .eq("id", recordId)
        .maybeSingle();
      if (error) throw failure(`reading CRM record ${recordId}`, error, status);
      return data ? recordRow.parse(data) : undefined;
    },

    async list({ orgId, connectionId, entity, limit, cursor }) {
      const size = pageSize(limit);
      let query = supabase.from("crm_records").select(columns).eq("org_id", orgId).eq("connection_id", connectionId);
      if (entity !== undefined) query = query.eq("entity", entity);
      if (cursor !== undefined) query = query.gt("id", decodeCursor(cursor, z.tuple([z.string()]))[0]);
      const { data, error, status } = await query.order("id").limit(size + 1);
      if (error) throw failure("listing CRM records", error, status);
      const records = z.array(recordRow).parse(data.slice(0, size));
      const last = records.at(-1);
      return { records, ...(last && data.length > size && { nextCursor: encodeCursor([last.id]) }) };
    },

    create: ({ entity, fields, links, idempotencyKey, message, ...connection }) =>
      call(
        supabase,
        "create_crm_record",
        {
          ...key(connection),
          p_entity: entity,
          p_fields: fields,
          p_links: links ?? [],
          p_idempotency_key: idempotencyKey,
          p_message: message ?? null,
        },
        recordRow,
      ),

    edit: ({ recordId, changes, version, idempotencyKey, ...connection }) =>
      call(
        supabase,
        "edit_crm_record",
        {
          ...key(connection),
          p_record_id: recordId,
          p_changes: changes,
          p_version: version ?? null,
          p_idempotency_key: idempotencyKey,
        },
        recordRow,
      ),
  };
};
