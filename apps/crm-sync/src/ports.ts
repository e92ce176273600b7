import type { ConnectionKey } from "@gpt-agent/crm/sealed-tokens";
import type { CrmProvider } from "@gpt-agent/crm/provider";
import type { CrmConnectionRow, CrmConnections } from "@gpt-agent/supabase/crm-connections";
import type { CrmCursors } from "@gpt-agent/supabase/crm-cursors";
import type { CrmMappings } from "@gpt-agent/supabase/crm-mappings";
import type { CrmOutbox } from "@gpt-agent/supabase/crm-outbox";
import type { CrmRecords } from "@gpt-agent/supabase/crm-records";
import type { CrmRefetches } from "@gpt-agent/supabase/crm-refetches";
import type { WebhookAddresses } from "./webhook-addresses.ts";

export type Connection = CrmConnectionRow;

/** What the job needs from the outside. Repositories refuse another organisation's ids; all methods may be repeated. */
export interface Ports {
  readonly connections: Pick<
    CrmConnections,
    "get" | "update" | "stop" | "setAccount" | "schedule" | "watch" | "remove"
  >;
  readonly cursors: Pick<CrmCursors, "open">;
  readonly records: Pick<CrmRecords, "toMerge" | "apply" | "finishSweep">;
  readonly refetches: Pick<CrmRefetches, "due" | "request">;
  readonly outbox: Pick<CrmOutbox, "claim" | "settle">;
  readonly mappings: Pick<CrmMappings, "list">;
  /** The CRM behind a connection, at its limits and with its tokens. */
  readonly providerOf: (connection: Connection) => CrmProvider;
  /** The longest window that the provider counts requests in. */
  readonly limitWindowMs: (connection: Connection) => number;
  /** Absent: PUBLIC_URL is not set, so no CRM can reach us. */
  readonly addresses?: WebhookAddresses;
  readonly renewToken: (connection: ConnectionKey, signal: AbortSignal) => Promise<void>;
  /** Epoch milliseconds. */
  readonly now: () => number;
}
