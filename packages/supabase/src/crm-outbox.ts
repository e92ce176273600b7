import { z } from "zod";
import type { Supabase } from "./client.ts";
import { failure } from "./errors.ts";
import { pageSize } from "./cursor.ts";
import { errorCode, row } from "./rows.ts";
import { call } from "./rpc.ts";

const fieldValues = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())]));
const link = z.object({ entity: z.string(), remoteId: z.string() });

const message = z.object({
  /** The deal's id in the CRM. */
  dealId: z.string(),
  channel: z.enum(["email", "chat"]),
  subject: z.string().optional(),
  body: z.string(),
  attachments: z.array(z.object({ url: z.string(), name: z.string() })).optional(),
});
/** A message for a deal, as the outbox keeps it. */
export type CrmMessage = z.output<typeof message>;

const waitingWrite = {
  id: z.string(),
  op: z.enum(["create", "update", "message"]),
  payload: message.nullable(),
  /** An earlier attempt may have arrived: look before anything is sent. */
  unclear: z.boolean(),
  attempts: z.int(),
  entity: z.string(),
  recordId: z.string(),
  remoteId: z.string().nullable(),
  fields: fieldValues,
  base: fieldValues,
  links: z.array(link),
  held: z.array(z.string()),
  /** When the first attempt was made; ISO 8601. */
  sentAt: z.string().nullable(),
};
const waitingWriteRow = row(waitingWrite);
/** A write with what it is computed from. */
export type WaitingCrmWrite = z.output<typeof waitingWriteRow>;
const claimedWrite = row({ ...waitingWrite, lease: z.string() });
export type ClaimedCrmWrite = z.output<typeof claimedWrite>;

const outboxRow = row({
  id: z.string(),
  recordId: z.string(),
  entity: z.string(),
  op: z.enum(["create", "update", "message"]),
  state: z.enum(["pending", "sending", "done", "refused", "cancelled"]),
  unclear: z.boolean(),
  attempts: z.int(),
  code: errorCode.nullable(),
  message: z.string().nullable(),
  createdAt: z.string(),
  updatedAt: z.string(),
});
export type CrmOutboxRow = z.output<typeof outboxRow>;

export interface SettledCrmWrite {
  readonly id: string;
  /** `later`: not sent; `again`: an unclear one whose record is to be read and merged first. */
  readonly state: "done" | "refused" | "unclear" | "later" | "again";
  readonly remoteId?: string | undefined;
  readonly remoteUpdatedAtMs?: number | undefined;
  /** What the CRM holds from now on, by our names. */
  readonly agreed?: z.output<typeof fieldValues> | undefined;
  readonly pushed?: readonly string[] | undefined;
  /** Done, but further fields wait to be written. */
  readonly more?: boolean | undefined;
  readonly code?: string | undefined;
  readonly message?: string | undefined;
  readonly delaySeconds?: number | undefined;
}

interface Key {
  readonly orgId: string;
  readonly connectionId: string;
}

/** What is to be written to a CRM. */
export interface CrmOutbox {
  /** The next writes with their records, all under one lease. Those whose holder died come back as unclear. */
  claim(input: Key & { readonly limit: number; readonly leaseSeconds: number }): Promise<readonly ClaimedCrmWrite[]>;
  /** What waits, oldest first, without taking it. */
  waiting(input: Key & { readonly limit: number }): Promise<readonly WaitingCrmWrite[]>;
  /** Returns how many were settled; those of an older lease are not. */
  settle(input: Key & { readonly lease: string; readonly results: readonly SettledCrmWrite[] }): Promise<number>;
  /** What is open, oldest first; with `recordId` everything of that record. */
  list(
    input: Key & { readonly recordId?: string | undefined; readonly limit: number },
  ): Promise<readonly CrmOutboxRow[]>;
}

const iso = (epochMs: number | undefined): string | null =>
  epochMs === undefined ? null : new Date(epochMs).toISOString();

export const makeCrmOutbox = (supabase: Supabase): CrmOutbox => {
  const key = ({ orgId, connectionId }: Key) => ({ p_org_id: orgId, p_connection_id: connectionId });
  return {
    claim: ({ limit, leaseSeconds, ...connection }) =>
      call(
        supabase,
        "claim_crm_outbox",
        { ...key(connection), p_limit: limit, p_lease_seconds: leaseSeconds },
        z.array(claimedWrite),
      ),

    waiting: ({ limit, ...connection }) =>
      call(supabase, "waiting_crm_writes", { ...key(connection), p_limit: limit }, z.array(waitingWriteRow)),

    settle: ({ lease, results, ...connection }) =>
      call(
        supabase,
        "settle_crm_outbox",
        {
          ...key(connection),
          p_lease: lease,
          p_results: results.map(({ remoteId, remoteUpdatedAtMs, delaySeconds, ...rest }) => ({
            ...rest,
            remote_id: remoteId ?? null,
            remote_updated_at: iso(remoteUpdatedAtMs),
            delay_seconds: delaySeconds ?? null,
          })),
        },
        z.int(),
      ),

    async list({ orgId, connectionId, recordId, limit }) {
      const query = supabase.from("crm_outbox").select().eq("org_id", orgId).eq("connection_id", connectionId);
      const chosen =
        recordId === undefined ? query.in("state", ["pending", "sending"]) : query.eq("record_id", recordId);
      const { data, error, status } = await chosen.order("created_at").order("id").limit(pageSize(limit));
      if (error) throw failure("listing what is to be written", error, status);
      return z.array(outboxRow).parse(data);
    },
  };
};
