import { createHash } from "node:crypto";
import type { Scheme } from "@gpt-agent/signatures/scheme";

/** What the ledger needs to know of a message: its type, for filters and handlers, and its lane. */
export interface Description {
  readonly eventType: string | null;
  /** Messages with the same one are handled in the order of their arrival. */
  readonly laneKey: string;
}

/** A message's headers, names in lower case. */
type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

interface Reading {
  readonly type: string | undefined;
  /** What it is about; undefined: everything of its source is one lane. */
  readonly entity: readonly (string | undefined)[] | undefined;
}

/** What each scheme's messages say of themselves. */
const readers: Readonly<Record<Scheme, (body: unknown, headers: Headers) => Reading>> = {
  standard: (body) => plain(body),
  svix: (body) => plain(body),
  hmac: (body) => plain(body),
  stripe: (body) => ({ type: text(body, "type"), entity: [text(body, "data", "object", "id")] }),
  github: (body, headers) => {
    const [event, action] = [first(headers["x-github-event"]), text(body, "action")];
    return { type: join(".", event, action), entity: [text(body, "repository", "id")] };
  },
  slack: (body) => ({
    type: text(body, "event", "type") ?? text(body, "type"),
    entity: [text(body, "event", "channel") ?? text(body, "team_id")],
  }),
  // One event: a request with several was taken apart before.
  hubspot: (body) => {
    const event = Array.isArray(body) ? (body as readonly unknown[])[0] : body;
    const type = text(event, "subscriptionType");
    return { type, entity: [text(event, "objectTypeId") ?? type?.split(".")[0], text(event, "objectId")] };
  },
  shopify: (body, headers) => ({
    type: first(headers["x-shopify-topic"]),
    entity: [text(body, "admin_graphql_api_id") ?? text(body, "id")],
  }),
  kommo: (body) => {
    for (const entity of ["leads", "contacts", "companies", "customers", "task", "tasks", "message", "talk"]) {
      for (const [action, items] of entries(at(body, entity))) {
        const [id] = entries(items).flatMap(([, item]) => text(item, "id") ?? text(item, "note", "element_id") ?? []);
        return { type: `${entity}.${action}`, entity: [entity, id] };
      }
    }
    return { type: undefined, entity: undefined };
  },
  "amocrm-chats": (body) => ({
    type: "message",
    entity: [text(body, "message", "conversation", "id") ?? text(body, "message", "conversation", "client_id")],
  }),
  bitrix24: (body) => {
    const type = text(body, "event");
    const entity = type?.toUpperCase().replace(/(ADD|UPDATE|DELETE|RESTORE)(_.*)?$/, "");
    const fields = at(body, "data", "FIELDS");
    return { type, entity: [entity, text(fields, "ENTITY_TYPE_ID") ?? "", text(fields, "ID")] };
  },
  pipedrive: (body) => {
    const [action, entity] = [
      text(body, "meta", "action"),
      text(body, "meta", "entity") ?? text(body, "meta", "object"),
    ];
    return {
      type: join(".", entity, action),
      entity: [entity, text(body, "meta", "entity_id") ?? text(body, "meta", "id")],
    };
  },
  telegram: (body) => {
    const [kind, update] = entries(body).find(([name]) => name !== "update_id") ?? [];
    const chat = text(update, "chat", "id") ?? text(update, "message", "chat", "id") ?? text(update, "from", "id");
    return { type: kind, entity: [chat] };
  },
  yookassa: (body) => ({
    type: text(body, "event"),
    entity: [text(body, "object", "payment_id") ?? text(body, "object", "id")],
  }),
  tbank: (body) => ({ type: text(body, "Status"), entity: [text(body, "OrderId") ?? text(body, "PaymentId")] }),
};

/**
 * @param body parsed; undefined where it could not be
 * @param laneBy JSON pointers whose values name the entity; null: what the scheme's messages are about
 */
export const describe = (
  scheme: Scheme,
  body: unknown,
  headers: Headers,
  laneBy: readonly string[] | null,
): Description => {
  const { type, entity } = readers[scheme](body, headers);
  const parts = laneBy === null ? entity : laneBy.map((pointer) => text(body, ...stepsOf(pointer)));
  return { eventType: type === undefined ? null : storable(type).slice(0, 200), laneKey: laneKeyOf(parts) };
};

/** An entity that is not named completely is none: such messages share the source's own lane. */
const laneKeyOf = (parts: readonly (string | undefined)[] | undefined): string => {
  if (parts === undefined || parts.length === 0 || parts.includes(undefined)) return "";
  const key = storable(parts.map((part) => part?.replaceAll(/[\\:]/g, "\\$&")).join(":"));
  return key.length <= 200 ? key : `sha256:${createHash("sha256").update(key).digest("hex")}`;
};

/** Standard Webhooks and its like leave the body to the sender; these names are the usual ones. */
const plain = (body: unknown): Reading => ({
  type: text(body, "type") ?? text(body, "event_type") ?? text(body, "eventType") ?? text(body, "event"),
  entity: undefined,
});

const first = (value: string | readonly string[] | undefined): string | undefined =>
  typeof value === "string" ? value : value?.[0];

const join = (separator: string, ...parts: readonly (string | undefined)[]): string | undefined =>
  parts.filter((part) => part !== undefined).join(separator) || undefined;

/** RFC 6901. */
const stepsOf = (pointer: string): readonly string[] =>
  pointer
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));

const at = (value: unknown, ...path: readonly string[]): unknown => {
  let here = value;
  for (const step of path) {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, step)) return undefined;
    here = (here as Readonly<Record<string, unknown>>)[step];
  }
  return here;
};

const text = (value: unknown, ...path: readonly string[]): string | undefined => {
  const found = at(value, ...path);
  if (typeof found === "string") return found;
  return typeof found === "number" || typeof found === "boolean" ? String(found) : undefined;
};

const entries = (value: unknown): readonly (readonly [string, unknown])[] =>
  typeof value === "object" && value !== null ? Object.entries(value) : [];

/** What Postgres stores as text. */
const storable = (value: string): string => value.toWellFormed().replaceAll("\0", "");
