import { z } from "zod";
import type { Supabase } from "./client.ts";
import { decodeCursor, encodeCursor, pageSize } from "./cursor.ts";
import { failure } from "./errors.ts";
import { errorCode, hex, row } from "./rows.ts";
import { call } from "./rpc.ts";

// Received webhooks: stored, handled lane by lane, looked at.

/** One verified message. `raw` is base64, a few harmless `headers` come along. */
export interface NewInboundEvent {
  readonly orgId: string;
  readonly sourceId: string;
  /** What it is about, at most 200 characters; messages of one lane are handled in the order of their arrival. */
  readonly laneKey: string;
  readonly dedupeKey: string;
  readonly eventType: string | null;
  readonly trust: "signed" | "secret" | "hint";
  readonly contentType: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly raw: string;
}

const lane = row({ orgId: z.string(), laneId: z.string() });
export type LaneId = z.output<typeof lane>;

const accepted = row({ stored: z.int(), refused: z.array(z.int()), wake: z.array(lane) });
/** `refused`: positions of events whose source is no longer active. What is neither stored nor refused was there. */
export type Accepted = z.output<typeof accepted>;

const queuedEvent = row({
  id: z.string(),
  seq: z.number(),
  sourceId: z.string(),
  scheme: z.string(),
  eventType: z.string().nullable(),
  trust: z.string(),
  contentType: z.string(),
  headers: z.record(z.string(), z.string()),
  attempts: z.int(),
  receivedAt: z.string(),
  raw: z.string().transform((text) => Buffer.from(text, "base64")),
  forwardEventType: z.string().nullable(),
  connection: row({ id: z.string(), provider: z.string(), accountKey: z.string().nullable() }).nullable(),
});
/** An event at the head of its lane, with what its source wants done. */
export type QueuedEvent = z.output<typeof queuedEvent>;

const claimed = row({
  lease: z.string().optional(),
  events: z.array(queuedEvent).default([]),
  dueInMs: z.number().optional(),
});
/** Without a lease there is nothing to do now; `dueInMs` says when there will be. */
export type ClaimedLane = z.output<typeof claimed>;

/** What happens in the transaction that marks an event done; `handler` is who decided it. */
export type InboundEffect = { readonly handler: string; readonly detail?: Readonly<Record<string, unknown>> } & (
  | { readonly kind: "none" }
  | {
      readonly kind: "refetch";
      readonly connectionId: string;
      readonly changes: readonly {
        readonly entity: string;
        readonly remoteId: string;
        readonly action: string;
        readonly changedBy?: string;
      }[];
    }
  /** Without a payload: the body, which must be JSON. */
  | { readonly kind: "message"; readonly eventType: string; readonly payload?: unknown }
);

export type EventResult =
  | { readonly eventId: string; readonly effect: InboundEffect }
  | {
      readonly eventId: string;
      /** `permanent`: no further try. */
      readonly error: { readonly code: string; readonly message: string; readonly permanent: boolean };
    };

const settled = row({
  done: z.int(),
  dead: z.int(),
  dueInMs: z.number().nullable(),
  endpointIds: z.array(z.string()),
  events: z.array(queuedEvent),
});
/** `events` come next; none: the lane is idle, blocked, or parked for `dueInMs`. */
export type SettledLane = z.output<typeof settled>;

const eventRow = row({
  id: z.string(),
  seq: z.number(),
  orgId: z.string(),
  sourceId: z.string(),
  laneId: z.string(),
  dedupeKey: z.string(),
  eventType: z.string().nullable(),
  trust: z.string(),
  contentType: z.string(),
  byteSize: z.int(),
  state: z.enum(["queued", "done", "dead"]),
  attempts: z.int(),
  outcome: z.string().nullable(),
  errorCode: errorCode.nullable(),
  errorMessage: z.string().nullable(),
  receivedAt: z.string(),
  finishedAt: z.string().nullable(),
});
export type InboundEventRow = z.output<typeof eventRow>;

const eventColumns =
  "id, seq, org_id, source_id, lane_id, dedupe_key, event_type, trust, content_type, byte_size, state, attempts, " +
  "outcome, error_code, error_message, received_at, finished_at";

const storedBody = row({ headers: z.record(z.string(), z.string()), raw: hex.nullable() });

const blockedLane = row({ id: z.string(), key: z.string(), scopeId: z.string(), blockedAt: z.string() });
export type BlockedLane = z.output<typeof blockedLane>;

export interface InboundEvents {
  /** Every event names its own organisation: what concurrent requests received is stored together. */
  accept(events: readonly NewInboundEvent[]): Promise<Accepted>;
  /** Takes the lane over from whoever holds it. @throws {PermanentError} tenant_mismatch where it is gone */
  claim(input: {
    readonly orgId: string;
    readonly laneId: string;
    readonly leaseSeconds: number;
    readonly limit: number;
  }): Promise<ClaimedLane>;
  /** @throws {PermanentError} stale_lease once another has claimed the lane */
  settle(input: {
    readonly orgId: string;
    readonly laneId: string;
    readonly lease: string;
    readonly leaseSeconds: number;
    readonly results: readonly EventResult[];
    readonly limit: number;
  }): Promise<SettledLane>;
  /** Newest first. */
  list(input: {
    readonly orgId: string;
    readonly sourceId?: string | undefined;
    readonly laneId?: string | undefined;
    readonly state?: InboundEventRow["state"] | undefined;
    readonly limit: number;
    readonly cursor?: string | undefined;
  }): Promise<{ readonly events: readonly InboundEventRow[]; readonly nextCursor?: string }>;
  get(input: { readonly orgId: string; readonly eventId: string }): Promise<InboundEventRow | undefined>;
  /** Undefined: there is no such event. `raw` is null once its time is over. */
  body(input: {
    readonly orgId: string;
    readonly eventId: string;
  }): Promise<{ readonly headers: Readonly<Record<string, string>>; readonly raw: Buffer | null } | undefined>;
  /** The lane to wake; undefined: the event is not dead, or its body is gone. @throws {PermanentError} tenant_mismatch */
  retry(input: { readonly orgId: string; readonly eventId: string }): Promise<string | undefined>;
  /** Oldest first. */
  blockedLanes(input: { readonly orgId: string; readonly limit: number }): Promise<readonly BlockedLane[]>;
  /** False: it was not blocked. @throws {PermanentError} tenant_mismatch */
  unblock(input: { readonly orgId: string; readonly laneId: string }): Promise<boolean>;
  /** Installation-wide, for the sweep: lanes with something due that nobody holds, ordered by id. */
  dueLanes(input: { readonly afterLaneId?: string; readonly limit: number }): Promise<readonly LaneId[]>;
  /** Installation-wide: removes what is too old, a bounded number of rows; answers how many. */
  tidy(input: { readonly limit: number }): Promise<number>;
}

const toEffect = ({ handler, detail, ...effect }: InboundEffect) => ({
  handler,
  detail: detail ?? {},
  kind: effect.kind,
  ...(effect.kind === "refetch" && {
    connection_id: effect.connectionId,
    changes: effect.changes.map(({ entity, remoteId, action, changedBy }) => ({
      entity,
      remote_id: remoteId,
      action,
      changed_by: changedBy ?? null,
    })),
  }),
  ...(effect.kind === "message" && {
    event_type: effect.eventType,
    ...(effect.payload !== undefined && { payload: effect.payload }),
  }),
});

const toResult = (result: EventResult) =>
  "effect" in result
    ? { event_id: result.eventId, effect: toEffect(result.effect) }
    : { event_id: result.eventId, error: result.error };

export const makeInboundEvents = (supabase: Supabase): InboundEvents => {
  const table = () => supabase.from("inbound_events");
  return {
    accept: (events) =>
      call(
        supabase,
        "accept_inbound_events",
        {
          p_events: events.map((event) => ({
            org_id: event.orgId,
            source_id: event.sourceId,
            lane_key: event.laneKey,
            dedupe_key: event.dedupeKey,
            event_type: event.eventType,
            trust: event.trust,
            content_type: event.contentType,
            headers: event.headers,
          })),
          p_bodies: events.map(({ raw }) => raw),
        },
        accepted,
      ),

    claim: ({ orgId, laneId, leaseSeconds, limit }) =>
      call(
        supabase,
        "claim_inbound_lane",
        { p_org_id: orgId, p_lane_id: laneId, p_lease_seconds: leaseSeconds, p_limit: limit },
        claimed,
      ),

    settle: ({ orgId, laneId, lease, leaseSeconds, results, limit }) =>
      call(
        supabase,
        "settle_inbound_events",
        {
          p_org_id: orgId,
          p_lane_id: laneId,
          p_lease: lease,
          p_lease_seconds: leaseSeconds,
          p_results: results.map(toResult),
          p_limit: limit,
        },
        settled,
      ),

    async list({ orgId, sourceId, laneId, state, limit, cursor }) {
      let query = table().select(eventColumns).eq("org_id", orgId);
      if (sourceId !== undefined) query = query.eq("source_id", sourceId);
      if (laneId !== undefined) query = query.eq("lane_id", laneId);
      if (state !== undefined) query = query.eq("state", state);
      if (cursor !== undefined) query = query.lt("seq", decodeCursor(cursor, z.tuple([z.int()]))[0]);
      const size = pageSize(limit);
      const { data, error, status } = await query.order("seq", { ascending: false }).limit(size + 1);
      if (error) throw failure("listing inbound events", error, status);
      const rows = z.array(eventRow).parse(data);
      const events = rows.slice(0, size);
      const last = events.at(-1);
      return { events, ...(rows.length > size && last && { nextCursor: encodeCursor([last.seq]) }) };
    },

    async get({ orgId, eventId }) {
      const { data, error, status } = await table()
        .select(eventColumns)
        .eq("org_id", orgId)
        .eq("id", eventId)
        .maybeSingle();
      if (error) throw failure(`reading inbound event ${eventId}`, error, status);
      return data ? eventRow.parse(data) : undefined;
    },

    async body({ orgId, eventId }) {
      const { data, error, status } = await table()
        .select("headers, raw")
        .eq("org_id", orgId)
        .eq("id", eventId)
        .maybeSingle();
      if (error) throw failure(`reading the body of inbound event ${eventId}`, error, status);
      if (!data) return undefined;
      const { headers, raw } = storedBody.parse(data);
      return { headers, raw: raw === null ? null : Buffer.from(raw, "hex") };
    },

    retry: async ({ orgId, eventId }) =>
      (await call(supabase, "retry_inbound_event", { p_org_id: orgId, p_event_id: eventId }, z.string().nullable())) ??
      undefined,

    async blockedLanes({ orgId, limit }) {
      const { data, error, status } = await supabase
        .from("webhook_lanes")
        .select("id, key, scope_id, blocked_at")
        .eq("org_id", orgId)
        .not("blocked_at", "is", null)
        .order("blocked_at")
        .order("id")
        .limit(pageSize(limit));
      if (error) throw failure("listing blocked lanes", error, status);
      return z.array(blockedLane).parse(data);
    },

    unblock: ({ orgId, laneId }) =>
      call(supabase, "unblock_webhook_lane", { p_org_id: orgId, p_lane_id: laneId }, z.boolean()),

    dueLanes: ({ afterLaneId, limit }) =>
      call(supabase, "due_inbound_lanes", { p_after: afterLaneId ?? null, p_limit: limit }, z.array(lane)),

    tidy: ({ limit }) => call(supabase, "tidy_inbound_events", { p_limit: limit }, z.int()),
  };
};
