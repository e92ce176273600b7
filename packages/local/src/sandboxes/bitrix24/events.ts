import { randomUUID } from "node:crypto";
import { encodeNestedForm } from "../nested-form.ts";
import { plainText } from "../plain-text.ts";
import type { RecordStore, StoreChange } from "../record-store.ts";
import type { WebhookSender } from "../webhook-sender.ts";
import { filterOf, ordered } from "./item-filter.ts";
import type { BitrixCall, MethodAnswer } from "./items.ts";
import type { BitrixPortal } from "./portal.ts";
import { portalTime } from "./portal.ts";
import { BitrixRefusal } from "./refusal.ts";

const objects: Readonly<Record<string, string>> = {
  lead: "LEAD",
  deal: "DEAL",
  contact: "CONTACT",
  company: "COMPANY",
  activity: "ACTIVITY",
  comment: "TIMELINECOMMENT",
};
const verbs = { added: "ADD", updated: "UPDATE", deleted: "DELETE", restored: "ADD" } as const;

interface Handler {
  readonly id: number;
  readonly event: string;
  /** Absent: offline. */
  readonly url?: string;
  /** Changes that name it are not queued for it. */
  readonly connector: string;
}

interface Queued {
  readonly ID: string;
  readonly EVENT_NAME: string;
  readonly EVENT_DATA: { readonly FIELDS: { readonly ID: string } };
  readonly EVENT_ADDITIONAL: false;
  readonly MESSAGE_ID: string;
  readonly TIMESTAMP_X: string;
  readonly connector: string;
}

export interface BitrixEvents {
  readonly methods: Readonly<Record<string, (call: BitrixCall) => MethodAnswer>>;
  subscribe(url: string, events?: readonly string[]): void;
}

/**
 * Online events go out as forms that carry an id and no data; offline events wait in a queue that keeps one entry per
 * object and event, without the changes of whoever gave the handler's `auth_connector` with them.
 */
export const makeBitrixEvents = (store: RecordStore, portal: BitrixPortal, sender: WebhookSender): BitrixEvents => {
  const handlers: Handler[] = [];
  let queue: Queued[] = [];
  let sequence = 0;

  const post = (handler: Handler & { readonly url: string }, id: string, atMs: number): void => {
    const rest = `${portal.url}/rest/`;
    sender.send({
      url: handler.url,
      headers: { "content-type": "application/x-www-form-urlencoded", "user-agent": "Bitrix24 Webhook Engine" },
      body: encodeNestedForm({
        event: handler.event,
        event_handler_id: handler.id,
        data: { FIELDS: { ID: id } },
        ts: Math.floor(atMs / 1_000),
        auth: {
          domain: portal.host,
          client_endpoint: rest,
          server_endpoint: `${portal.url}/oauth/rest/`,
          member_id: portal.memberId,
          application_token: portal.applicationToken,
        },
      }),
    });
  };
  const enqueue = (handler: Handler, id: string, atMs: number): void => {
    const same = queue.find(
      (entry) =>
        entry.EVENT_NAME === handler.event &&
        entry.EVENT_DATA.FIELDS.ID === id &&
        entry.connector === handler.connector,
    );
    sequence += 1;
    queue = [
      ...queue.filter((entry) => entry !== same),
      {
        ID: String(sequence),
        EVENT_NAME: handler.event,
        EVENT_DATA: { FIELDS: { ID: id } },
        EVENT_ADDITIONAL: false,
        MESSAGE_ID: same?.MESSAGE_ID ?? randomUUID().replaceAll("-", ""),
        TIMESTAMP_X: portalTime(atMs),
        connector: handler.connector,
      },
    ];
  };
  store.onChange(({ action, record }: StoreChange) => {
    const object = objects[record.type];
    if (object === undefined) return;
    const event = `ONCRM${object}${verbs[action]}`;
    const source = record.changedBy.kind === "app" ? record.changedBy.source : undefined;
    for (const handler of handlers) {
      if (handler.event !== event) continue;
      if (handler.url !== undefined) post({ ...handler, url: handler.url }, record.id, record.updatedAtMs);
      else if (handler.connector === "" || handler.connector !== source)
        enqueue(handler, record.id, record.updatedAtMs);
    }
  });

  const bind = (event: string, url: string | undefined, connector: string): void => {
    handlers.push({
      id: handlers.length + 1,
      event: event.toUpperCase(),
      connector,
      ...(url === undefined ? {} : { url }),
    });
  };
  const offline = ({ params }: BitrixCall): Queued[] => {
    const connector = plainText(params["auth_connector"]);
    const own = queue.filter((entry) => entry.connector === connector);
    const limit = Number(plainText(params["limit"]) || 50);
    const rows = own.filter((entry) => filterOf(params["filter"])(entry as never));
    return (ordered(rows as never, params["order"] ?? { ID: "ASC" }) as unknown as Queued[]).slice(0, limit);
  };
  const shown = (entries: readonly Queued[]): object[] => entries.map((entry) => ({ ...entry, connector: undefined }));

  return {
    subscribe: (url, events) => {
      const all = Object.values(objects).flatMap((object) =>
        ["ADD", "UPDATE", "DELETE"].map((verb) => `ONCRM${object}${verb}`),
      );
      for (const event of events ?? all) bind(event, url, "");
    },
    methods: {
      "event.bind": ({ params }) => {
        const isOffline = plainText(params["event_type"]).toLowerCase() === "offline";
        const url = plainText(params["handler"]);
        if (!isOffline && url === "") throw new BitrixRefusal(400, "ERROR_ARGUMENT", "Handler is required");
        bind(plainText(params["event"]), isOffline ? undefined : url, plainText(params["auth_connector"]));
        return { result: true };
      },
      "event.unbind": ({ params }) => {
        const before = handlers.length;
        const event = plainText(params["event"]).toUpperCase();
        const kept = handlers.filter(
          (handler) => handler.event !== event || (handler.url ?? "") !== plainText(params["handler"]),
        );
        handlers.splice(0, before, ...kept);
        return { result: { count: before - kept.length } };
      },
      "event.get": () => ({
        result: handlers.map(({ event, url, connector }) => ({
          event,
          auth_type: "0",
          ...(url === undefined ? { offline: 1, auth_connector: connector } : { handler: url, offline: 0 }),
        })),
      }),
      "event.offline.list": (call) => ({ result: shown(offline(call)) }),
      "event.offline.get": (call) => {
        const entries = offline(call);
        if (plainText(call.params["clear"]) !== "0") queue = queue.filter((entry) => !entries.includes(entry));
        return { result: { process_id: null, events: shown(entries) } };
      },
      "event.offline.clear": ({ params }) => {
        const ids = new Set(Object.values(params["id"] ?? params["message_id"] ?? {}).map((id) => plainText(id)));
        queue = queue.filter(({ ID, MESSAGE_ID }) => !ids.has(ID) && !ids.has(MESSAGE_ID));
        return { result: true };
      },
    },
  };
};
