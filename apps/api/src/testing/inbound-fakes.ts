import { randomUUID } from "node:crypto";
import { PermanentError } from "@gpt-agent/jobs/errors";
import type { InboundEventRow, NewInboundEvent } from "@gpt-agent/supabase/inbound-events";
import type { SealedSecret, SourceRow, SourceWithSecrets } from "@gpt-agent/supabase/webhook-sources";
import type { Ports } from "../ports.ts";

const at = "2026-11-23T12:00:00+00:00";

type StoredSource = SourceRow & { readonly tokenHash: string; readonly sealed: readonly SealedSecret[] };
type StoredEvent = InboundEventRow & Pick<NewInboundEvent, "headers" | "raw">;

/** Incoming webhooks in memory: sources with their tokens and secrets, events stored once, and whose is whose. */
export const makeInboundFakes = () => {
  const sources = new Map<string, StoredSource>();
  const events = new Map<string, StoredEvent>();
  const connectionIds = new Map<string, string>();

  const own = <Row extends { readonly orgId: string }>(row: Row | undefined, orgId: string): Row | undefined =>
    row?.orgId === orgId ? row : undefined;
  const refuseOthers = (orgId: string, connectionId: string | null | undefined): void => {
    if (connectionId && connectionIds.get(connectionId) !== orgId) {
      throw new PermanentError("tenant_mismatch", "no such connection");
    }
  };
  const withSecrets = ({ tokenHash: _tokenHash, sealed, ...row }: StoredSource): SourceWithSecrets => ({
    ...row,
    secrets: sealed.map(({ id }) => ({ id, createdAt: at, expiresAt: null })),
  });
  const lane = (orgId: string, laneId: string) =>
    [...events.values()].find((event) => event.orgId === orgId && event.laneId === laneId);

  const ports: Pick<Ports, "webhookSources" | "inboundEvents"> = {
    webhookSources: {
      find: async ({ tokenHash }) => {
        const found = [...sources.values()].find((row) => row.tokenHash === tokenHash && row.state === "active");
        return found && { ...found, secrets: [...found.sealed] };
      },
      create: async ({ orgId, secrets, ...fields }) => {
        refuseOthers(orgId, fields.connectionId);
        const row: StoredSource = {
          ...fields,
          orgId,
          options: { ...fields.options },
          laneBy: fields.laneBy && [...fields.laneBy],
          sealed: [...secrets],
          state: "active",
          createdAt: at,
          updatedAt: at,
        };
        sources.set(row.id, row);
        return row;
      },
      list: async ({ orgId }) => [...sources.values()].filter((row) => row.orgId === orgId).map(withSecrets),
      get: async ({ orgId, sourceId }) => {
        const row = own(sources.get(sourceId), orgId);
        return row && withSecrets(row);
      },
      update: async ({ orgId, sourceId, ...changes }) => {
        const row = own(sources.get(sourceId), orgId);
        if (!row) return undefined;
        refuseOthers(orgId, changes.connectionId);
        const defined = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
        sources.set(sourceId, { ...row, ...defined });
        return row;
      },
      remove: async ({ orgId, sourceId }) =>
        own(sources.get(sourceId), orgId) !== undefined && sources.delete(sourceId),
      addSecret: async ({ orgId, sourceId, id, sealed }) => {
        const row = own(sources.get(sourceId), orgId);
        if (!row) throw new PermanentError("tenant_mismatch", "no such source");
        sources.set(sourceId, { ...row, sealed: [...row.sealed, { id, sealed }] });
      },
      removeSecret: async ({ orgId, sourceId, secretId }) => {
        const row = own(sources.get(sourceId), orgId);
        if (!row?.sealed.some(({ id }) => id === secretId)) return false;
        sources.set(sourceId, { ...row, sealed: row.sealed.filter(({ id }) => id !== secretId) });
        return true;
      },
    },
    inboundEvents: {
      accept: async (arrived) => {
        const refused = arrived.flatMap(({ sourceId }, index) =>
          sources.get(sourceId)?.state === "active" ? [] : [index],
        );
        const fresh = arrived.filter(
          (one, index) =>
            !refused.includes(index) &&
            ![...events.values()].some((row) => row.sourceId === one.sourceId && row.dedupeKey === one.dedupeKey),
        );
        const rows = fresh.map((one) => makeEventRow({ ...one, laneId: randomUUID() }));
        for (const row of rows) events.set(row.id, row);
        return { stored: rows.length, refused, wake: rows.map(({ orgId, laneId }) => ({ orgId, laneId })) };
      },
      list: async ({ orgId, sourceId, laneId, state, limit }) => ({
        events: [...events.values()]
          .filter((row) => row.orgId === orgId && (sourceId ?? row.sourceId) === row.sourceId)
          .filter((row) => (laneId ?? row.laneId) === row.laneId && (state ?? row.state) === row.state)
          .slice(0, limit)
          .map(({ headers: _headers, raw: _raw, ...row }) => row),
      }),
      get: async ({ orgId, eventId }) => {
        const stored = own(events.get(eventId), orgId);
        if (!stored) return undefined;
        const { headers: _headers, raw: _raw, ...row } = stored;
        return row;
      },
      body: async ({ orgId, eventId }) => {
        const row = own(events.get(eventId), orgId);
        return row && { headers: row.headers, raw: Buffer.from(row.raw, "base64") };
      },
      retry: async ({ orgId, eventId }) => {
        const row = own(events.get(eventId), orgId);
        if (!row) throw new PermanentError("tenant_mismatch", "no such event");
        if (row.state !== "dead") return undefined;
        events.set(eventId, { ...row, state: "queued" });
        return row.laneId;
      },
      blockedLanes: async ({ orgId }) =>
        [...events.values()]
          .filter((row) => row.orgId === orgId && row.state === "dead")
          .map((row) => ({ id: row.laneId, key: "", scopeId: row.sourceId, blockedAt: at })),
      unblock: async ({ orgId, laneId }) => {
        const row = lane(orgId, laneId);
        if (!row) throw new PermanentError("tenant_mismatch", "no such lane");
        return row.state === "dead";
      },
    },
  };
  return { ports, sources, events, connectionIds };
};

export const makeEventRow = (fields: Partial<StoredEvent>): StoredEvent => ({
  id: randomUUID(),
  seq: 1,
  orgId: randomUUID(),
  sourceId: randomUUID(),
  laneId: randomUUID(),
  dedupeKey: "key",
  eventType: null,
  trust: "signed",
  contentType: "application/json",
  byteSize: 2,
  state: "queued",
  attempts: 0,
  outcome: null,
  errorCode: null,
  errorMessage: null,
  receivedAt: at,
  finishedAt: null,
  headers: {},
  raw: Buffer.from("{}").toString("base64"),
  ...fields,
});
