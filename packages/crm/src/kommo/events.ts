import type { RemoteEvent, RemoteEvents } from "../provider.ts";
import { at } from "../transport/read-body.ts";
import { entityOf, noteId, type Parent, parents } from "./records.ts";

const actions: Readonly<Record<string, RemoteEvent["action"]>> = {
  add: "added",
  update: "updated",
  status: "updated",
  responsible: "updated",
  delete: "deleted",
  restore: "restored",
};

/** The items of a form's list: `{0: …, 1: …}` or an array, as the parser had it. */
const items = (value: unknown): readonly unknown[] =>
  typeof value === "object" && value !== null ? Object.values(value).slice(0, 500) : [];

const digits = (value: unknown): string | undefined => {
  const text = typeof value === "number" || typeof value === "string" ? String(value) : "";
  return /^\d{1,18}$/u.test(text) ? text : undefined;
};

/** `leads[note][0][note]`: what the note hangs on, as a number in `element_type`. */
const elementParents: Readonly<Record<string, Parent>> = { "1": "contacts", "2": "leads", "3": "companies" };

const noteEvent = (group: string, item: unknown): RemoteEvent | undefined => {
  const note = at(item, "note") ?? item;
  const id = digits(at(note, "id"));
  const parent = elementParents[String(at(note, "element_type"))] ?? parents.find((name) => name === group);
  return id === undefined || parent === undefined
    ? undefined
    : { entity: "note", remoteId: noteId(parent, id), action: "added" };
};

/**
 * A form `entity[action][n][…]` with `account[id]`, not signed by anyone. Companies come as `contacts` with type `company`,
 * or under their own name.
 * https://developers.kommo.com/docs/webhooks-general
 */
export const readKommoEvents = (body: unknown): RemoteEvents => {
  const events: RemoteEvent[] = [];
  for (const group of ["leads", "contacts", "companies", "company", "task", "tasks"]) {
    const byAction = at(body, group);
    if (typeof byAction !== "object" || byAction === null) continue;
    for (const [name, list] of Object.entries(byAction)) {
      for (const item of items(list)) {
        if (name === "note") {
          const event = noteEvent(group, item);
          if (event !== undefined) events.push(event);
          continue;
        }
        const action = actions[name];
        const remoteId = digits(at(item, "id"));
        const entity = at(item, "type") === "company" ? "company" : entityOf[group];
        if (action !== undefined && remoteId !== undefined && entity !== undefined) {
          events.push({ entity, remoteId, action });
        }
      }
    }
  }
  return { accountKey: digits(at(body, "account", "id")), events };
};
