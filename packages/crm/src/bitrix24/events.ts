import type { CrmEntity, RemoteEvent, RemoteEvents } from "../provider.ts";
import { at, textOf } from "../transport/read-body.ts";

const objects: Readonly<Record<string, CrmEntity>> = {
  DEAL: "deal",
  CONTACT: "contact",
  COMPANY: "company",
  ACTIVITY: "task",
  TIMELINECOMMENT: "note",
};
const actions: Readonly<Record<string, RemoteEvent["action"]>> = { ADD: "added", UPDATE: "updated", DELETE: "deleted" };

/** All that say something of what we read. */
export const eventNames = Object.keys(objects).flatMap((object) =>
  Object.keys(actions).map((verb) => `ONCRM${object}${verb}`),
);

/**
 * A form with the event's name and an id, nothing else; the portal names itself by `auth[member_id]` and proves it by
 * `auth[application_token]`, which whoever received the request has compared. It is sent once and not repeated.
 * https://apidocs.bitrix24.com/api-reference/events/index.html
 */
export const readBitrixEvents = (body: unknown): RemoteEvents => {
  const accountKey = textOf(at(body, "auth", "member_id"));
  const [, object, verb] = /^ONCRM([A-Z]+?)(ADD|UPDATE|DELETE)$/iu.exec(textOf(at(body, "event")) ?? "") ?? [];
  const entity = objects[object?.toUpperCase() ?? ""];
  const action = actions[verb?.toUpperCase() ?? ""];
  const id = at(body, "data", "FIELDS", "ID") ?? at(body, "data", "ID");
  const remoteId = typeof id === "number" || typeof id === "string" ? String(id) : "";
  if (entity === undefined || action === undefined || !/^\d{1,18}$/u.test(remoteId)) return { accountKey, events: [] };
  return { accountKey, events: [{ entity, remoteId, action }] };
};
