import { z } from "zod";
import type { CrmEntity, RemoteEvent, RemoteEvents } from "../provider.ts";
import { entityByTypeId, isObjectEntity } from "./objects.ts";

const id = z.coerce.string().regex(/^\d{1,20}$/u);

const item = z.looseObject({
  portalId: id,
  subscriptionType: z.string(),
  objectId: id.optional(),
  objectTypeId: z.string().optional(),
  changeSource: z.string().optional(),
  // contact.merge
  primaryObjectId: id.optional(),
  mergedObjectIds: z.array(id).optional(),
  // contact.associationChange
  fromObjectId: id.optional(),
  toObjectId: id.optional(),
});
type Item = z.output<typeof item>;

const actions: Readonly<Record<string, RemoteEvent["action"]>> = {
  creation: "added",
  propertyChange: "updated",
  associationChange: "updated",
  deletion: "deleted",
  privacyDeletion: "deleted",
  restore: "restored",
};

const eventsOf = (event: Item): RemoteEvent[] => {
  const [kind = "", what = ""] = event.subscriptionType.split(".");
  const entity = kind === "object" ? entityByTypeId[event.objectTypeId ?? ""] : (kind as CrmEntity);
  if (entity === undefined || !isObjectEntity(entity)) return [];
  if (what === "merge") {
    const gone = (event.mergedObjectIds ?? []).filter((merged) => merged !== event.primaryObjectId);
    return [
      ...(event.primaryObjectId === undefined
        ? []
        : [{ entity, remoteId: event.primaryObjectId, action: "updated" } as const]),
      ...gone.map((remoteId) => ({ entity, remoteId, action: "deleted" }) as const),
    ];
  }
  const action = actions[what];
  const remoteId = event.objectId ?? event.fromObjectId;
  if (action === undefined || remoteId === undefined) return [];
  // Apps share the source "INTEGRATION", ours among them: only a person's change is surely not ours.
  const byPerson = event.changeSource === "CRM_UI" || event.changeSource === "MOBILE";
  return [{ entity, remoteId, action, ...(byPerson ? { changedBy: "other" } : {}) }];
};

/**
 * A JSON list of up to 100 events, several properties of one record each by itself. An app has one address for all accounts
 * that installed it, so one list may speak of several.
 * https://developers.hubspot.com/docs/api-reference/webhooks-webhooks-v3/guide
 */
export const readHubspotEvents = (body: unknown): readonly RemoteEvents[] => {
  const list = Array.isArray(body) ? body : [body];
  const items = list.slice(0, 1_000).flatMap((one) => {
    const parsed = item.safeParse(one);
    return parsed.success ? [parsed.data] : [];
  });
  return [...Map.groupBy(items, ({ portalId }) => portalId)].map(([accountKey, own]) => {
    const events = new Map<string, RemoteEvent>();
    for (const event of own.flatMap(eventsOf)) {
      events.set(`${event.entity}/${event.remoteId}/${event.action}`, event);
    }
    return { accountKey, events: [...events.values()] };
  });
};
