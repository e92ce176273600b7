import { z } from "zod";
import type { Supabase } from "./client.ts";
import { failure } from "./errors.ts";
import { nothing, row } from "./rows.ts";
import { call } from "./rpc.ts";

const endpointRow = row({
  id: z.string(),
  orgId: z.string(),
  url: z.string(),
  description: z.string(),
  eventTypes: z.array(z.string()),
  ordered: z.boolean(),
  concurrency: z.int(),
  ratePerSecond: z.int().nullable(),
  headerNames: z.array(z.string()),
  state: z.enum(["enabled", "disabled"]),
  disabledReason: z.enum(["manual", "gone", "failing"]).nullable(),
  disabledAt: z.string().nullable(),
  failingSince: z.string().nullable(),
  heldUntil: z.string().nullable(),
  lastSuccessAt: z.string().nullable(),
  createdAt: z.string(),
  updatedAt: z.string(),
});
/** Where an organisation wants its events sent. Secrets and header values stay sealed in the database. */
export type WebhookEndpointRow = z.output<typeof endpointRow>;

/** Text sealed for this row by `packages/crypto`; the place is table, row id, column. */
export interface SealedSecret {
  readonly id: string;
  readonly sealed: string;
}

/** What a person chooses. */
export interface WebhookEndpointSettings {
  readonly url: string;
  readonly description: string;
  /** Globs: `order.*`. */
  readonly eventTypes: readonly string[];
  readonly ordered: boolean;
  readonly concurrency: number;
  readonly ratePerSecond: number | null;
  readonly headerNames: readonly string[];
  readonly sealedHeaders: string | null;
}

interface Key {
  readonly orgId: string;
  readonly endpointId: string;
}

export interface WebhookEndpoints {
  /** @throws {PermanentError} conflict above 200 of an organisation */
  create(
    input: Key & { readonly settings: WebhookEndpointSettings; readonly secret: SealedSecret },
  ): Promise<WebhookEndpointRow>;
  get(key: Key): Promise<WebhookEndpointRow | undefined>;
  /** All of the organisation's, oldest first. */
  list(input: { readonly orgId: string }): Promise<readonly WebhookEndpointRow[]>;
  /** Undefined: the organisation has no such endpoint. */
  update(
    change: Key & {
      readonly changes: { readonly [K in keyof WebhookEndpointSettings]?: WebhookEndpointSettings[K] | undefined };
    },
  ): Promise<WebhookEndpointRow | undefined>;
  /** With its deliveries. False: it was gone already. */
  remove(key: Key): Promise<boolean>;
  /** Nothing is sent any more; what waits is kept. */
  disable(key: Key): Promise<WebhookEndpointRow>;
  /** With a clean bill of health; what waited is sent now, or cancelled. */
  enable(key: Key & { readonly cancelWaiting: boolean }): Promise<WebhookEndpointRow>;
  /** Those before it sign beside it until the overlap is over. @throws {PermanentError} conflict above five at once */
  rotateSecret(key: Key & { readonly secret: SealedSecret; readonly overlapSeconds: number }): Promise<void>;
}

/** Where the sealed columns lie, for whoever seals and opens them. */
export const sealedHeadersPlace = (orgId: string, endpointId: string) =>
  ({ orgId, table: "webhook_endpoints", rowId: endpointId, column: "sealed_headers" }) as const;
export const sealedSecretPlace = (orgId: string, secretId: string) =>
  ({ orgId, table: "webhook_endpoint_secrets", rowId: secretId, column: "sealed" }) as const;

export const makeWebhookEndpoints = (supabase: Supabase): WebhookEndpoints => {
  const table = () => supabase.from("webhook_endpoints");
  const args = ({ orgId, endpointId }: Key) => ({ p_org_id: orgId, p_endpoint_id: endpointId });
  return {
    create: ({ orgId, endpointId, settings, secret }) =>
      call(
        supabase,
        "create_webhook_endpoint",
        {
          p_org_id: orgId,
          p_id: endpointId,
          p_url: settings.url,
          p_description: settings.description,
          p_event_types: settings.eventTypes,
          p_ordered: settings.ordered,
          p_concurrency: settings.concurrency,
          p_rate_per_second: settings.ratePerSecond,
          p_header_names: settings.headerNames,
          p_sealed_headers: settings.sealedHeaders,
          p_secret_id: secret.id,
          p_sealed_secret: secret.sealed,
        },
        endpointRow,
      ),

    async get({ orgId, endpointId }) {
      const { data, error, status } = await table().select().eq("org_id", orgId).eq("id", endpointId).maybeSingle();
      if (error) throw failure(`reading webhook endpoint ${endpointId}`, error, status);
      return data ? endpointRow.parse(data) : undefined;
    },

    async list({ orgId }) {
      const { data, error, status } = await table().select().eq("org_id", orgId).order("created_at").order("id");
      if (error) throw failure("listing webhook endpoints", error, status);
      return z.array(endpointRow).parse(data);
    },

    async update({ orgId, endpointId, changes }) {
      const columns = {
        url: changes.url,
        description: changes.description,
        event_types: changes.eventTypes,
        ordered: changes.ordered,
        concurrency: changes.concurrency,
        rate_per_second: changes.ratePerSecond,
        header_names: changes.headerNames,
        sealed_headers: changes.sealedHeaders,
        updated_at: new Date().toISOString(),
        // Another address is another server: what was learned about the old one says nothing about it.
        ...(changes.url !== undefined && { held_until: null, consecutive_outages: 0, trips: 0, failing_since: null }),
      };
      const { data, error, status } = await table()
        .update(columns)
        .eq("org_id", orgId)
        .eq("id", endpointId)
        .select()
        .maybeSingle();
      if (error) throw failure(`changing webhook endpoint ${endpointId}`, error, status);
      return data ? endpointRow.parse(data) : undefined;
    },

    remove: (key) => call(supabase, "delete_webhook_endpoint", args(key), z.boolean()),
    disable: (key) => call(supabase, "disable_webhook_endpoint", args(key), endpointRow),
    enable: ({ cancelWaiting, ...key }) =>
      call(supabase, "enable_webhook_endpoint", { ...args(key), p_cancel_waiting: cancelWaiting }, endpointRow),
    rotateSecret: ({ secret, overlapSeconds, ...key }) =>
      call(
        supabase,
        "rotate_webhook_secret",
        {
          ...args(key),
          p_secret_id: secret.id,
          p_sealed_secret: secret.sealed,
          p_overlap_seconds: overlapSeconds,
        },
        nothing,
      ),
  };
};
