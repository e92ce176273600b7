import type { ErrorCode } from "@gpt-agent/jobs/error-codes";
import { z } from "zod";
import type { Supabase } from "./client.ts";
import { decodeCursor, encodeCursor, pageSize } from "./cursor.ts";
import { failure } from "./errors.ts";
import { errorCode, row } from "./rows.ts";
import { call } from "./rpc.ts";

/** `paused` is pending or retry_wait at an endpoint that is disabled. */
export const webhookDeliveryStates = [
  "pending",
  "sending",
  "delivered",
  "retry_wait",
  "paused",
  "exhausted",
  "cancelled",
] as const;
export type WebhookDeliveryState = (typeof webhookDeliveryStates)[number];

const deliveryRow = row({
  id: z.string(),
  orgId: z.string(),
  messageId: z.string(),
  endpointId: z.string(),
  eventType: z.string(),
  state: z.enum(webhookDeliveryStates),
  attemptsMade: z.int(),
  nextAt: z.string().nullable(),
  lastStatus: z.int().nullable(),
  lastErrorCode: errorCode.nullable(),
  deliveredAt: z.string().nullable(),
  createdAt: z.string(),
  updatedAt: z.string(),
});
/** One message on its way to one endpoint. */
export type WebhookDeliveryRow = z.output<typeof deliveryRow>;

const attemptRow = row({
  number: z.int(),
  startedAt: z.string(),
  ms: z.int(),
  status: z.int().nullable(),
  errorCode: errorCode.nullable(),
  responseHeaders: z.record(z.string(), z.string()).nullable(),
  responseBody: z.string().nullable(),
  responseTruncated: z.boolean(),
});
export type WebhookAttemptRow = z.output<typeof attemptRow>;

const claimed = z.union([
  z.object({ busy: z.literal(true), nextMs: z.number() }),
  z.object({ busy: z.literal(false), deliveries: z.tuple([]), nextMs: z.number().nullable() }),
  z.object({
    busy: z.literal(false),
    lease: z.string(),
    /** The endpoint is disabled, and this one delivery shows whether it is back. */
    probing: z.boolean(),
    url: z.string(),
    ordered: z.boolean(),
    concurrency: z.int(),
    sealedHeaders: z.string().nullable(),
    /** Valid ones, newest first. */
    secrets: z.array(z.object({ id: z.string(), sealed: z.string() })),
    deliveries: z.array(z.object({ id: z.string(), messageId: z.string(), attempt: z.int(), body: z.string() })),
  }),
]);
export type ClaimedWebhooks = z.output<typeof claimed>;

/** What one attempt came to, and where its delivery goes; `decide.ts` of apps/webhooks is who says so. */
export interface WebhookAttempt {
  readonly deliveryId: string;
  readonly state: "delivered" | "retry_wait" | "exhausted";
  /** Of the schedule, this one included. */
  readonly attempt: number;
  readonly nextInMs?: number | undefined;
  readonly startedAt: string;
  readonly ms: number;
  /** Null: no answer. */
  readonly status: number | null;
  readonly errorCode: ErrorCode | null;
  readonly headers: Readonly<Record<string, string>> | null;
  readonly body: string | null;
  readonly truncated: boolean;
  readonly address: string | null;
  readonly ok: boolean;
  /** Says something about the endpoint and not about the message: counts for the breaker. */
  readonly outage: boolean;
  /** 410: it wants no more of this. */
  readonly gone: boolean;
  /** The endpoint asked for time. */
  readonly holdMs?: number | undefined;
}

const recorded = z.object({
  disabled: z.enum(["gone", "failing"]).nullable(),
  enabled: z.boolean(),
  endpointIds: z.array(z.string()),
  next: claimed,
});

const redelivered = z.object({ redelivered: z.int(), more: z.boolean(), endpointIds: z.array(z.string()) });

interface EndpointKey {
  readonly orgId: string;
  readonly endpointId: string;
}
interface DeliveryKey {
  readonly orgId: string;
  readonly deliveryId: string;
}

export interface WebhookDeliveries {
  /**
   * Due deliveries of an endpoint, for a run that begins. An empty answer holds nothing.
   * @throws {PermanentError} stale_lease
   */
  claim(input: EndpointKey & { readonly leaseSeconds: number; readonly limit: number }): Promise<ClaimedWebhooks>;
  /**
   * In the order in which they ended; then claims so many more under the same lease, or with 0 gives it back.
   * @throws {PermanentError} stale_lease
   */
  record(
    input: EndpointKey & {
      readonly lease: string;
      readonly attempts: readonly WebhookAttempt[];
      readonly leaseSeconds: number;
      readonly limit: number;
    },
  ): Promise<z.output<typeof recorded>>;
  /** Ends a run; without effect once another has taken over. */
  release(input: EndpointKey & { readonly lease: string }): Promise<void>;

  get(key: DeliveryKey): Promise<WebhookDeliveryRow | undefined>;
  /** Newest first. */
  list(input: {
    readonly orgId: string;
    readonly endpointId?: string | undefined;
    readonly messageId?: string | undefined;
    readonly state?: WebhookDeliveryState | undefined;
    readonly eventType?: string | undefined;
    readonly from?: string | undefined;
    readonly to?: string | undefined;
    readonly limit: number;
    readonly cursor?: string | undefined;
  }): Promise<{ readonly deliveries: readonly WebhookDeliveryRow[]; readonly nextCursor?: string }>;
  /** The latest 100, newest first. */
  attempts(key: DeliveryKey): Promise<readonly WebhookAttemptRow[]>;
  /** Sends again from the first attempt. @throws {PermanentError} tenant_mismatch for an id that is not theirs */
  redeliver(input: {
    readonly orgId: string;
    readonly deliveryIds?: readonly string[] | undefined;
    readonly endpointId?: string | undefined;
    readonly from?: string | undefined;
    readonly to?: string | undefined;
    readonly states?: readonly WebhookDeliveryState[] | undefined;
    readonly limit: number;
  }): Promise<z.output<typeof redelivered>>;
  /** False: there was nothing left to stop. @throws {PermanentError} tenant_mismatch */
  cancel(key: DeliveryKey): Promise<boolean>;
  /** For the sweep, installation-wide: endpoints with something due that nobody sends. */
  allDue(): AsyncIterable<EndpointKey>;
  /** For the sweep, installation-wide: what is older than it may be goes. */
  purge(input: { readonly attemptDays: number; readonly messageDays: number }): Promise<void>;
}

const createdAtAndId = z.tuple([z.iso.datetime({ offset: true }), z.guid()]);
const dueRow = row({ orgId: z.string(), endpointId: z.string() });
const duePageSize = 200;
const purgeBatch = 5_000;

export const makeWebhookDeliveries = (supabase: Supabase): WebhookDeliveries => {
  const endpoint = ({ orgId, endpointId }: EndpointKey) => ({ p_org_id: orgId, p_endpoint_id: endpointId });
  const listed = (
    filters: Partial<Parameters<WebhookDeliveries["list"]>[0]> & { readonly deliveryId?: string },
    [afterCreatedAt, afterId]: readonly [string, string] | readonly [null, null] = [null, null],
  ) =>
    call(
      supabase,
      "list_webhook_deliveries",
      {
        p_org_id: filters.orgId,
        p_delivery_id: filters.deliveryId ?? null,
        p_endpoint_id: filters.endpointId ?? null,
        p_message_id: filters.messageId ?? null,
        p_state: filters.state ?? null,
        p_event_type: filters.eventType ?? null,
        p_from: filters.from ?? null,
        p_to: filters.to ?? null,
        p_limit: filters.limit,
        p_after_created_at: afterCreatedAt,
        p_after_id: afterId,
      },
      z.array(deliveryRow),
    );

  return {
    claim: ({ leaseSeconds, limit, ...key }) =>
      call(
        supabase,
        "claim_webhook_deliveries",
        { ...endpoint(key), p_lease: null, p_lease_seconds: leaseSeconds, p_limit: limit },
        claimed,
      ),
    record: ({ lease, attempts, leaseSeconds, limit, ...key }) =>
      call(
        supabase,
        "record_webhook_attempts",
        { ...endpoint(key), p_lease: lease, p_attempts: attempts, p_lease_seconds: leaseSeconds, p_limit: limit },
        recorded,
      ),
    async release({ lease, ...key }) {
      await call(supabase, "release_webhook_endpoint", { ...endpoint(key), p_lease: lease }, z.unknown());
    },

    async get({ orgId, deliveryId }) {
      const [found] = await listed({ orgId, deliveryId, limit: 1 });
      return found;
    },
    async list({ limit, cursor, ...filters }) {
      const size = pageSize(limit);
      const after = cursor === undefined ? undefined : decodeCursor(cursor, createdAtAndId);
      const rows = await listed({ ...filters, limit: size + 1 }, after);
      const deliveries = rows.slice(0, size);
      const last = deliveries.at(-1);
      return { deliveries, ...(last && rows.length > size && { nextCursor: encodeCursor([last.createdAt, last.id]) }) };
    },
    async attempts({ orgId, deliveryId }) {
      const { data, error, status } = await supabase
        .from("webhook_attempts")
        .select("number, started_at, ms, status, error_code, response_headers, response_body, response_truncated")
        .eq("org_id", orgId)
        .eq("delivery_id", deliveryId)
        .order("number", { ascending: false })
        .limit(100);
      if (error) throw failure(`reading the attempts of webhook delivery ${deliveryId}`, error, status);
      return z.array(attemptRow).parse(data);
    },
    redeliver: ({ orgId, deliveryIds, endpointId, from, to, states, limit }) =>
      call(
        supabase,
        "redeliver_webhooks",
        {
          p_org_id: orgId,
          p_delivery_ids: deliveryIds ?? null,
          p_endpoint_id: endpointId ?? null,
          p_from: from ?? null,
          p_to: to ?? null,
          p_states: states ?? null,
          p_limit: limit,
        },
        redelivered,
      ),
    cancel: ({ orgId, deliveryId }) =>
      call(supabase, "cancel_webhook_delivery", { p_org_id: orgId, p_delivery_id: deliveryId }, z.boolean()),

    async *allDue() {
      for (let after: string | null = null; ;) {
        const page: z.output<typeof dueRow>[] = await call(
          supabase,
          "due_webhook_endpoints",
          { p_limit: duePageSize, p_after: after },
          z.array(dueRow),
        );
        yield* page;
        if (page.length < duePageSize) return;
        after = page.at(-1)?.endpointId ?? null;
      }
    },
    async purge({ attemptDays, messageDays }) {
      const args = { p_attempt_days: attemptDays, p_message_days: messageDays, p_limit: purgeBatch };
      // A few batches a minute: retention is not urgent, and the sweep has other work.
      for (let batch = 0; batch < 5; batch += 1) {
        if (!(await call(supabase, "purge_webhooks", args, z.boolean()))) return;
      }
    },
  };
};
