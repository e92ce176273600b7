import { createHmac } from "node:crypto";
import type { RecordStore, StoreChange } from "../record-store.ts";
import type { WebhookSender } from "../webhook-sender.ts";
import type { HubspotPortal } from "./portal.ts";
import { objectType } from "./portal.ts";

const verbs = { added: "creation", updated: "propertyChange", deleted: "deletion", restored: "restore" } as const;

/**
 * JSON lists of events, signed with the app's secret over method, address, body and time (v3). A change of several
 * properties is several events. Objects without a name of their own come as `object.*`.
 * https://developers.hubspot.com/docs/guides/api/app-management/webhooks
 */
export const makeHubspotWebhooks = (
  store: RecordStore,
  portal: HubspotPortal,
  clientSecret: string,
  sender: WebhookSender,
): { subscribe(url: string): void } => {
  const urls: string[] = [];
  let sequence = 100;

  const events = ({ action, record, previous }: StoreChange): readonly object[] => {
    const type = objectType(record.type);
    if (type === undefined) return [];
    const app = record.changedBy.kind === "app";
    const event = (more: object): object => {
      sequence += 1;
      return {
        eventId: sequence,
        subscriptionId: 1_160_000,
        portalId: portal.portalId,
        appId: portal.appId,
        occurredAt: record.updatedAtMs,
        attemptNumber: 0,
        objectId: Number(record.id),
        subscriptionType: `${type.webhookName ?? "object"}.${verbs[action]}`,
        ...(type.webhookName === undefined ? { objectTypeId: type.typeId } : {}),
        changeSource: app ? "INTEGRATION" : "CRM_UI",
        sourceId: app ? String(portal.appId) : "userId:501",
        ...more,
      };
    };
    if (action === "added") return [event({ changeFlag: "NEW" })];
    if (action === "deleted") return [event({ changeFlag: "DELETED" })];
    if (action === "restored") return [event({})];
    return Object.entries(record.data)
      .filter(([name, value]) => previous?.data[name] !== value)
      .map(([name, value]) => event({ propertyName: name, propertyValue: value ?? "" }));
  };

  store.onChange((change) => {
    const body = events(change);
    if (body.length === 0) return;
    for (const url of urls) {
      const text = JSON.stringify(body);
      const timestamp = String(change.record.updatedAtMs);
      const signature = createHmac("sha256", clientSecret).update(`POST${url}${text}${timestamp}`).digest("base64");
      sender.send({
        url,
        headers: {
          "content-type": "application/json",
          "x-hubspot-signature-v3": signature,
          "x-hubspot-request-timestamp": timestamp,
          "x-hubspot-signature-version": "v3",
        },
        body: text,
      });
    }
  });
  return {
    subscribe: (url) => {
      urls.push(url);
    },
  };
};
