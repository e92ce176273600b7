import { z } from "zod";
import { encodeNestedForm } from "../nested-form.ts";
import type { RecordStore, StoreChange, StoredRecord } from "../record-store.ts";
import type { SandboxAnswer, SandboxRequest } from "../sandbox-server.ts";
import { jsonOf } from "../sandbox-server.ts";
import type { WebhookSender } from "../webhook-sender.ts";
import type { FieldValues, KommoAccount } from "./account.ts";
import { customFieldsOf } from "./account.ts";
import { hal, nothing, problem } from "./answers.ts";
import { seconds } from "./models.ts";

const verbs = { added: "add", updated: "update", deleted: "delete", restored: "restore" } as const;
/** Of the old API, which webhooks still speak. */
const elementTypes: Readonly<Record<string, number>> = { contacts: 1, leads: 2, companies: 3 };
const singular: Readonly<Record<string, string>> = {
  leads: "lead",
  contacts: "contact",
  companies: "company",
  tasks: "task",
};

const customFields = (store: RecordStore, record: StoredRecord): object[] => {
  const fields = new Map(customFieldsOf(store, record.type).map((field) => [field.id, field]));
  return ((record.data["custom_fields_values"] as readonly FieldValues[] | undefined) ?? []).map((value) => ({
    id: value.field_id,
    name: fields.get(value.field_id)?.name ?? "",
    code: fields.get(value.field_id)?.code ?? undefined,
    values: value.values.map((own) => ({
      value: own.value,
      ...(own.enum_id === undefined ? {} : { enum: own.enum_id }),
    })),
  }));
};

const fieldsOf = (store: RecordStore, record: StoredRecord, account: KommoAccount): Record<string, unknown> => {
  const { data } = record;
  const base = {
    id: record.id,
    responsible_user_id: data["responsible_user_id"] ?? account.userId,
    date_create: seconds(record.createdAtMs),
    last_modified: seconds(record.updatedAtMs),
    created_user_id: account.userId,
    modified_user_id: account.userId,
    account_id: account.id,
    created_at: seconds(record.createdAtMs),
    updated_at: seconds(record.updatedAtMs),
  };
  if (record.type === "tasks") {
    return {
      ...base,
      element_id: data["entity_id"] ?? 0,
      element_type: elementTypes[String(data["entity_type"])] ?? 0,
      task_type: data["task_type_id"] ?? 1,
      text: data["text"] ?? "",
      status: data["is_completed"] === true ? 1 : 0,
      complete_till: data["complete_till"] ?? 0,
    };
  }
  return {
    ...base,
    name: data["name"] ?? "",
    ...(record.type === "leads"
      ? { status_id: data["status_id"] ?? 70_001, pipeline_id: data["pipeline_id"] ?? 7_001, price: data["price"] ?? 0 }
      : { type: singular[record.type] }),
    custom_fields: customFields(store, record),
  };
};

/** What a change is called in the body and in a subscription: `leads`/`add` and `add_lead`. Companies come as contacts. */
const topicsOf = (
  store: RecordStore,
  change: StoreChange,
  account: KommoAccount,
): { readonly topic: string; readonly body: object }[] => {
  const { record, previous } = change;
  const origin = { id: account.id, subdomain: account.subdomain, _links: { self: account.url } };
  if (record.type.startsWith("notes:")) {
    const owner = record.type.slice("notes:".length);
    if (change.action !== "added") return [];
    const note = {
      id: record.id,
      element_id: record.data["entity_id"],
      element_type: elementTypes[owner],
      // 4 is a common note in the old API's numbers.
      note_type: record.data["note_type"] === "common" ? 4 : 25,
      text: (record.data["params"] as { text?: string } | undefined)?.text ?? "",
      created_by: account.userId,
      date_create: seconds(record.createdAtMs),
      account_id: account.id,
    };
    return [{ topic: `note_${singular[owner]}`, body: { [owner]: { note: [{ note }] }, account: origin } }];
  }
  const name = singular[record.type];
  if (name === undefined) return [];
  const verb = verbs[change.action];
  const key = record.type === "tasks" ? "task" : record.type === "companies" ? "contacts" : record.type;
  const gone = {
    id: record.id,
    ...(record.type === "leads" ? { status_id: record.data["status_id"] ?? 70_001 } : { type: name }),
  };
  const fields = change.action === "deleted" ? gone : fieldsOf(store, record, account);
  const topics = [{ topic: `${verb}_${name}`, body: { [key]: { [verb]: [fields] }, account: origin } }];
  const moved = previous !== undefined && previous.data["status_id"] !== record.data["status_id"];
  if (record.type === "leads" && change.action === "updated" && moved) {
    const status = { ...fields, old_status_id: previous.data["status_id"] ?? 70_001 };
    topics.push({ topic: "status_lead", body: { leads: { status: [status] }, account: origin } });
  }
  return topics;
};

const subscription = z.object({ destination: z.url(), settings: z.array(z.string()).optional() });

/** Subscriptions (`/api/v4/webhooks`) and what goes out to them: forms in PHP's way, one change each. */
export const makeKommoWebhooks = (
  store: RecordStore,
  account: KommoAccount,
  sender: WebhookSender,
): { subscribe(url: string, topics?: readonly string[]): void; handle(request: SandboxRequest): SandboxAnswer } => {
  const subscriptions = new Map<string, ReadonlySet<string> | undefined>();
  store.onChange((change) => {
    if (subscriptions.size === 0) return;
    for (const { topic, body } of topicsOf(store, change, account)) {
      for (const [url, topics] of subscriptions) {
        if (topics !== undefined && !topics.has(topic)) continue;
        sender.send({
          url,
          headers: { "content-type": "application/x-www-form-urlencoded", "user-agent": "amoCRM-Webhooks/3.0" },
          body: encodeNestedForm(body as Parameters<typeof encodeNestedForm>[0]),
        });
      }
    }
  });
  const model = (url: string): object => ({
    id: 1,
    destination: url,
    disabled: false,
    settings: [...(subscriptions.get(url) ?? [])],
    account_id: account.id,
  });

  return {
    subscribe: (url, topics) => {
      subscriptions.set(url, topics === undefined ? undefined : new Set(topics));
    },
    handle: (request) => {
      if (request.method === "GET") {
        const webhooks = [...subscriptions.keys()].map((url) => model(url));
        return webhooks.length === 0 ? nothing : hal({ _total_items: webhooks.length, _embedded: { webhooks } });
      }
      const body = subscription.safeParse(jsonOf(request));
      if (!body.success) return problem(400, "Bad Request", "destination must be a URL.");
      if (request.method === "DELETE") {
        return subscriptions.delete(body.data.destination) ? nothing : problem(404, "Not Found", "No such webhook.");
      }
      subscriptions.set(body.data.destination, new Set(body.data.settings));
      return hal(model(body.data.destination), 201);
    },
  };
};
