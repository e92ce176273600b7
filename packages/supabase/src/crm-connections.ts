import { z } from "zod";
import type { Supabase } from "./client.ts";
import { failure } from "./errors.ts";
import { errorCode, row } from "./rows.ts";
import { call } from "./rpc.ts";

export const crmConnectionStates = [
  "connecting",
  "backfilling",
  "live",
  "degraded",
  "needs_reauth",
  "suspended",
  "disconnecting",
] as const;
/**
 * `needs_reauth` and `suspended` wait for a person; nothing is read or written meanwhile. `disconnecting`: gone for
 * everybody but the job that ends its webhooks.
 */
export type CrmConnectionState = (typeof crmConnectionStates)[number];

/** How changes reach us: subscribed at the CRM, by its app's own settings, or by reading at intervals alone. */
export const crmWebhookKinds = ["subscribed", "app", "polling"] as const;
export type CrmWebhookKind = (typeof crmWebhookKinds)[number];

export const conflictPolicies = ["crm_wins", "ours_wins", "newest", "manual"] as const;
export type ConflictPolicy = (typeof conflictPolicies)[number];

export const crmJobKinds = ["sync", "refetch", "push", "reconcile", "token", "disconnect"] as const;
export type CrmJobKind = (typeof crmJobKinds)[number];

const connectionRow = row({
  id: z.string(),
  orgId: z.string(),
  provider: z.enum(["kommo", "amocrm", "bitrix24", "hubspot", "pipedrive", "salesforce"]),
  name: z.string(),
  /** What the CRM's webhooks and limits name the account by; null until the first call. */
  accountKey: z.string().nullable(),
  accountName: z.string().nullable(),
  baseUrl: z.string().nullable(),
  state: z.enum(crmConnectionStates),
  stateCode: errorCode.nullable(),
  stateMessage: z.string().nullable(),
  stateChangedAt: z.string(),
  policy: z.enum(conflictPolicies),
  plan: z.record(z.string(), z.union([z.string(), z.number()])),
  settings: z.record(z.string(), z.unknown()),
  /** By entity, the provider's field that holds our external ids. */
  externalIdFields: z.record(z.string(), z.string()),
  /** The organisation's own OAuth app; null: the installation's. */
  clientId: z.string().nullable(),
  redirectUrl: z.string().nullable(),
  /** By signing in, or by a long-lived token, to which no OAuth app belongs; null: not yet. */
  auth: z.enum(["oauth", "token"]).nullable(),
  webhooks: z.enum(crmWebhookKinds).nullable(),
  webhooksMessage: z.string().nullable(),
  /** The source whose address is subscribed. */
  webhookSourceId: z.string().nullable(),
  backfilledAt: z.string().nullable(),
  syncedAt: z.string().nullable(),
  nextSyncAt: z.string(),
  createdAt: z.string(),
  updatedAt: z.string(),
});
export type CrmConnectionRow = z.output<typeof connectionRow>;

interface Key {
  readonly orgId: string;
  readonly connectionId: string;
}

export interface NewCrmConnection {
  readonly orgId: string;
  /** Chosen by the caller: what is sealed is bound to it. */
  readonly id: string;
  readonly provider: CrmConnectionRow["provider"];
  readonly name: string;
  readonly policy?: ConflictPolicy | undefined;
  readonly plan?: Readonly<Record<string, string | number>> | undefined;
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
  readonly clientId?: string | undefined;
  readonly sealedClientSecret?: string | undefined;
}

export interface CrmConnectionChanges {
  readonly name?: string | undefined;
  readonly policy?: ConflictPolicy | undefined;
  readonly plan?: Readonly<Record<string, string | number>> | undefined;
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
  readonly externalIdFields?: Readonly<Record<string, string>> | undefined;
}

/** Connections to CRM accounts. Another organisation's id is refused with `PermanentError("tenant_mismatch")`. */
export interface CrmConnections {
  create(connection: NewCrmConnection): Promise<CrmConnectionRow>;
  get(key: Key): Promise<CrmConnectionRow | undefined>;
  /** All of the organisation's but those that are being disconnected, oldest first. */
  list(input: { readonly orgId: string }): Promise<readonly CrmConnectionRow[]>;
  update(changes: Key & CrmConnectionChanges): Promise<CrmConnectionRow | undefined>;
  /** With its tokens, records, conflicts and outbox, part by part. False: gone already. */
  remove(key: Key): Promise<boolean>;
  /**
   * Gone for everybody but the `disconnect` job, which ends its webhooks at the CRM and removes it. False: there is no such
   * connection.
   */
  disconnect(key: Key): Promise<boolean>;
  /** How changes reach us from now on; the address that was subscribed before is void. */
  watch(
    input: Key & {
      readonly webhooks: CrmWebhookKind;
      readonly message: string | null;
      readonly sourceId: string | null;
    },
  ): Promise<CrmConnectionRow>;
  /**
   * Stops it, or calls it degraded, for a person to see. Nothing happens when the tokens are newer than those the
   * fault came with. Returns whether anything changed.
   */
  stop(
    input: Key & {
      readonly state: "needs_reauth" | "suspended" | "degraded";
      readonly code: string;
      readonly message: string;
      readonly tokenVersion?: number | undefined;
    },
  ): Promise<boolean>;
  /** Work again after a person has seen to the cause; without tokens nothing changes. */
  resume(key: Key): Promise<CrmConnectionRow>;
  /** @throws {PermanentError} conflict where the organisation is connected to this account already, or to another */
  setAccount(
    input: Key & { readonly accountKey: string; readonly accountName: string; readonly baseUrl: string },
  ): Promise<CrmConnectionRow>;
  /** After a run: when the next one is due. `backfilled`: everything was read once, the connection is live. */
  schedule(
    input: Key & {
      readonly backfilled: boolean;
      readonly nextSyncSeconds?: number | undefined;
      readonly nextReconcileSeconds?: number | undefined;
    },
  ): Promise<CrmConnectionRow>;
  /** For the sweep, across organisations: what should have a job by now. @param keepAliveSeconds by provider */
  due(input: {
    readonly keepAliveSeconds: Readonly<Record<string, number>>;
  }): AsyncIterable<Key & { kind: CrmJobKind }>;
}

const dueRow = row({ orgId: z.string(), connectionId: z.string(), kinds: z.array(z.enum(crmJobKinds)) });
const duePageSize = 200;
/** Each takes its conflicts and writes along: seconds, in one transaction. */
const recordsPerRemoval = 10_000;

export const makeCrmConnections = (supabase: Supabase): CrmConnections => {
  const table = () => supabase.from("crm_connections");
  const key = ({ orgId, connectionId }: Key) => ({ p_org_id: orgId, p_connection_id: connectionId });
  return {
    create: ({ orgId, id, provider, name, policy, plan, settings, clientId, sealedClientSecret }) =>
      call(
        supabase,
        "create_crm_connection",
        {
          p_org_id: orgId,
          p_id: id,
          p_provider: provider,
          p_name: name,
          p_policy: policy ?? "crm_wins",
          p_plan: plan ?? {},
          p_settings: settings ?? {},
          p_client_id: clientId ?? null,
          p_client_secret: sealedClientSecret ?? null,
        },
        connectionRow,
      ),

    async get({ orgId, connectionId }) {
      const { data, error, status } = await table().select().eq("org_id", orgId).eq("id", connectionId).maybeSingle();
      if (error) throw failure(`reading CRM connection ${connectionId}`, error, status);
      return data ? connectionRow.parse(data) : undefined;
    },

    async list({ orgId }) {
      const { data, error, status } = await table()
        .select()
        .eq("org_id", orgId)
        .neq("state", "disconnecting")
        .order("created_at")
        .order("id");
      if (error) throw failure("listing CRM connections", error, status);
      return z.array(connectionRow).parse(data);
    },

    async update({ orgId, connectionId, name, policy, plan, settings, externalIdFields }) {
      const changes = {
        ...(name !== undefined && { name }),
        ...(policy !== undefined && { policy }),
        ...(plan !== undefined && { plan }),
        ...(settings !== undefined && { settings }),
        ...(externalIdFields !== undefined && { external_id_fields: externalIdFields }),
        updated_at: new Date().toISOString(),
      };
      const { data, error, status } = await table()
        .update(changes)
        .eq("org_id", orgId)
        .eq("id", connectionId)
        .select()
        .maybeSingle();
      if (error) throw failure(`changing CRM connection ${connectionId}`, error, status);
      return data ? connectionRow.parse(data) : undefined;
    },

    async remove(connection) {
      const args = { ...key(connection), p_limit: recordsPerRemoval };
      for (;;) {
        const left = await call(supabase, "remove_crm_connection", args, z.enum(["more", "gone"]).nullable());
        if (left !== "more") return left === "gone";
      }
    },

    disconnect: (connection) => call(supabase, "disconnect_crm_connection", key(connection), z.boolean()),

    watch: ({ webhooks, message, sourceId, ...connection }) =>
      call(
        supabase,
        "watch_crm_connection",
        { ...key(connection), p_webhooks: webhooks, p_message: message, p_source_id: sourceId },
        connectionRow,
      ),

    stop: ({ state, code, message, tokenVersion, ...connection }) =>
      call(
        supabase,
        "stop_crm_connection",
        {
          ...key(connection),
          p_state: state,
          p_code: code,
          p_message: message,
          p_token_version: tokenVersion ?? null,
        },
        z.boolean(),
      ),

    resume: (connection) => call(supabase, "resume_crm_connection", key(connection), connectionRow),

    setAccount: ({ accountKey, accountName, baseUrl, ...connection }) =>
      call(
        supabase,
        "set_crm_account",
        { ...key(connection), p_account_key: accountKey, p_account_name: accountName, p_base_url: baseUrl },
        connectionRow,
      ),

    schedule: ({ backfilled, nextSyncSeconds, nextReconcileSeconds, ...connection }) =>
      call(
        supabase,
        "schedule_crm_connection",
        {
          ...key(connection),
          p_backfilled: backfilled,
          p_next_sync_seconds: nextSyncSeconds ?? null,
          p_next_reconcile_seconds: nextReconcileSeconds ?? null,
        },
        connectionRow,
      ),

    async *due({ keepAliveSeconds }) {
      for (let after: string | null = null; ;) {
        const args = { p_keep_alive: keepAliveSeconds, p_limit: duePageSize, p_after: after };
        const page: z.output<typeof dueRow>[] = await call(supabase, "due_crm_jobs", args, z.array(dueRow));
        for (const { kinds, ...connection } of page) for (const kind of kinds) yield { ...connection, kind };
        if (page.length < duePageSize) return;
        after = page.at(-1)?.connectionId ?? null;
      }
    },
  };
};
