import { randomUUID } from "node:crypto";
import { PermanentError } from "@gpt-agent/jobs/errors";
import type { Ports, WebhookDeliveryRow, WebhookEndpointRow, WebhookMessageRow } from "../ports.ts";

const at = "2026-11-23T12:00:00+00:00";

/** Outbound webhooks in memory: no schedule and no filters, but whose is whose. */
export const makeWebhookFakes = () => {
  const endpoints = new Map<string, WebhookEndpointRow>();
  const secrets = new Map<string, string[]>();
  const messages = new Map<string, WebhookMessageRow>();
  const deliveries = new Map<string, WebhookDeliveryRow>();

  const own = <Row extends { readonly orgId: string }>(row: Row | undefined, orgId: string): Row | undefined =>
    row?.orgId === orgId ? row : undefined;
  const must = <Row>(row: Row | undefined): Row => {
    if (row === undefined) throw new PermanentError("tenant_mismatch", "no such row");
    return row;
  };
  const change = (orgId: string, endpointId: string, changes: Partial<WebhookEndpointRow>): WebhookEndpointRow => {
    const row = { ...must(own(endpoints.get(endpointId), orgId)), ...changes };
    endpoints.set(endpointId, row);
    return row;
  };
  const page = <Row extends { readonly orgId: string }>(rows: Map<string, Row>, orgId: string, limit: number) =>
    [...rows.values()].filter((row) => row.orgId === orgId).slice(0, limit);

  const ports: Pick<Ports, "webhookEndpoints" | "webhookMessages" | "webhookDeliveries"> = {
    webhookEndpoints: {
      create: async ({ orgId, endpointId, settings: { sealedHeaders: _sealed, ...settings }, secret }) => {
        const row: WebhookEndpointRow = {
          ...settings,
          eventTypes: [...settings.eventTypes],
          headerNames: [...settings.headerNames],
          id: endpointId,
          orgId,
          state: "enabled",
          disabledReason: null,
          disabledAt: null,
          failingSince: null,
          heldUntil: null,
          lastSuccessAt: null,
          createdAt: at,
          updatedAt: at,
        };
        endpoints.set(endpointId, row);
        secrets.set(endpointId, [secret.sealed]);
        return row;
      },
      get: async ({ orgId, endpointId }) => own(endpoints.get(endpointId), orgId),
      list: async ({ orgId }) => page(endpoints, orgId, 1_000),
      update: async ({ orgId, endpointId, changes }) => {
        if (!own(endpoints.get(endpointId), orgId)) return undefined;
        const { sealedHeaders: _sealed, ...given } = changes;
        const defined = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
        return change(orgId, endpointId, defined);
      },
      remove: async ({ orgId, endpointId }) =>
        own(endpoints.get(endpointId), orgId) !== undefined && endpoints.delete(endpointId),
      disable: async ({ orgId, endpointId }) =>
        change(orgId, endpointId, { state: "disabled", disabledReason: "manual", disabledAt: at }),
      enable: async ({ orgId, endpointId }) =>
        change(orgId, endpointId, { state: "enabled", disabledReason: null, disabledAt: null }),
      rotateSecret: async ({ orgId, endpointId, secret }) => {
        must(own(endpoints.get(endpointId), orgId));
        secrets.get(endpointId)?.unshift(secret.sealed);
      },
    },
    webhookMessages: {
      create: async ({ orgId, eventType, payload, idempotencyKey = null, endpointId }) => {
        const known = [...messages.values()].find(
          (row) => row.orgId === orgId && idempotencyKey !== null && row.idempotencyKey === idempotencyKey,
        );
        if (known && JSON.stringify(known.payload) !== JSON.stringify(payload)) {
          throw new PermanentError("conflict", "used for another message");
        }
        const message = known ?? { id: randomUUID(), orgId, eventType, payload, idempotencyKey, createdAt: at };
        messages.set(message.id, message);
        const targets = known ? [] : page(endpoints, orgId, 1_000).filter(({ id }) => (endpointId ?? id) === id);
        for (const { id } of targets) {
          const delivery = makeDeliveryRow({ orgId, eventType, messageId: message.id, endpointId: id });
          deliveries.set(delivery.id, delivery);
        }
        return { message, created: !known, endpointIds: targets.map(({ id }) => id) };
      },
      get: async ({ orgId, messageId }) => own(messages.get(messageId), orgId),
      list: async ({ orgId, limit }) => ({ messages: page(messages, orgId, limit) }),
    },
    webhookDeliveries: {
      get: async ({ orgId, deliveryId }) => own(deliveries.get(deliveryId), orgId),
      list: async ({ orgId, limit, state }) => ({
        deliveries: page(deliveries, orgId, limit).filter((row) => !state || row.state === state),
      }),
      attempts: async () => [
        {
          number: 1,
          startedAt: at,
          ms: 12,
          status: 500,
          errorCode: "endpoint_failed",
          responseHeaders: { "content-type": "text/plain" },
          responseBody: "нет",
          responseTruncated: false,
        },
      ],
      redeliver: async ({ orgId, deliveryIds, endpointId, states }) => {
        const chosen = deliveryIds
          ? deliveryIds.map((id) => must(own(deliveries.get(id), orgId)))
          : page(deliveries, orgId, 1_000).filter(
              (row) => row.endpointId === endpointId && (!states || states.includes(row.state)),
            );
        for (const row of chosen) deliveries.set(row.id, { ...row, state: "pending" });
        const endpointIds = [...new Set(chosen.map((row) => row.endpointId))];
        return { redelivered: chosen.length, more: false, endpointIds };
      },
      cancel: async ({ orgId, deliveryId }) => {
        const row = must(own(deliveries.get(deliveryId), orgId));
        if (row.state !== "pending") return false;
        deliveries.set(row.id, { ...row, state: "cancelled" });
        return true;
      },
    },
  };
  return { ports, endpoints, secrets, messages, deliveries };
};

export const makeDeliveryRow = (fields: Partial<WebhookDeliveryRow>): WebhookDeliveryRow => ({
  id: randomUUID(),
  orgId: randomUUID(),
  messageId: randomUUID(),
  endpointId: randomUUID(),
  eventType: "order.created",
  state: "pending",
  attemptsMade: 0,
  nextAt: null,
  lastStatus: null,
  lastErrorCode: null,
  deliveredAt: null,
  createdAt: at,
  updatedAt: at,
  ...fields,
});
