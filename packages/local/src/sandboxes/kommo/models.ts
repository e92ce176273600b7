import type { RecordStore, StoredRecord } from "../record-store.ts";
import type { CustomField, FieldValues, KommoAccount, LinkedType } from "./account.ts";
import { customFieldsOf, linkedTypes } from "./account.ts";

export const seconds = (ms: number): number => Math.floor(ms / 1_000);

const fieldModel = (field: CustomField, { values }: FieldValues): object => ({
  field_id: field.id,
  field_name: field.name,
  field_code: field.code,
  field_type: field.type,
  values: values.map((value) => {
    const known = field.enums?.find(({ id, code, value: text }) =>
      value.enum_id === undefined ? (value.enum_code ?? value.value) === (code ?? text) : id === value.enum_id,
    );
    return known === undefined
      ? value
      : { ...value, enum_id: known.id, ...(known.code === undefined ? {} : { enum_code: known.code }) };
  }),
});

const fieldModels = (store: RecordStore, record: StoredRecord): object[] | null => {
  const fields = new Map(customFieldsOf(store, record.type).map((field) => [field.id, field]));
  const values = (record.data["custom_fields_values"] as readonly FieldValues[] | undefined) ?? [];
  const models = values.flatMap((value) => {
    const field = fields.get(value.field_id);
    return field === undefined || value.values.length === 0 ? [] : [fieldModel(field, value)];
  });
  return models.length === 0 ? null : models;
};

/** Which links a record shows by itself, and which only `with=` asks for. */
const shownAlways: Readonly<Record<LinkedType, readonly LinkedType[]>> = {
  leads: ["companies"],
  contacts: ["companies"],
  companies: [],
};

const common = (record: StoredRecord, { id: accountId, userId }: KommoAccount): Record<string, unknown> => ({
  id: Number(record.id),
  responsible_user_id: record.data["responsible_user_id"] ?? userId,
  group_id: 0,
  created_by: record.data["created_by"] ?? userId,
  updated_by: userId,
  created_at: seconds(record.createdAtMs),
  updated_at: seconds(record.updatedAtMs),
  account_id: accountId,
});

const linkedModel = (
  record: StoredRecord,
  type: LinkedType,
  store: RecordStore,
  account: KommoAccount,
  asked: ReadonlySet<string>,
): Record<string, unknown> => {
  const linked = account.links.of(type, record.id);
  const shown = linkedTypes.filter((other) => shownAlways[type].includes(other) || asked.has(other));
  const links = shown.map((other) => [
    other,
    (linked[other] ?? []).map((id, at) => ({ id, ...(other === "contacts" ? { is_main: at === 0 } : {}) })),
  ]);
  return {
    ...common(record, account),
    name: record.data["name"] ?? "",
    is_deleted: record.deletedAtMs !== undefined,
    closest_task_at: null,
    custom_fields_values: fieldModels(store, record),
    ...(type === "leads"
      ? {
          price: record.data["price"] ?? 0,
          status_id: record.data["status_id"] ?? 70_001,
          pipeline_id: record.data["pipeline_id"] ?? 7_001,
          loss_reason_id: record.data["loss_reason_id"] ?? null,
          closed_at: record.data["closed_at"] ?? null,
        }
      : {}),
    ...(type === "contacts"
      ? { first_name: record.data["first_name"] ?? "", last_name: record.data["last_name"] ?? "", is_unsorted: false }
      : {}),
    _links: { self: { href: `${account.url}/api/v4/${type}/${record.id}` } },
    _embedded: { tags: record.data["tags"] ?? [], ...Object.fromEntries(links) },
  };
};

const taskModel = (record: StoredRecord, account: KommoAccount): Record<string, unknown> => ({
  ...common(record, account),
  entity_id: record.data["entity_id"] ?? null,
  entity_type: record.data["entity_type"] ?? null,
  duration: record.data["duration"] ?? 0,
  is_completed: record.data["is_completed"] ?? false,
  task_type_id: record.data["task_type_id"] ?? 1,
  text: record.data["text"] ?? "",
  result: record.data["result"] ?? [],
  complete_till: record.data["complete_till"] ?? 0,
});

const noteModel = (record: StoredRecord, account: KommoAccount): Record<string, unknown> => ({
  ...common(record, account),
  entity_id: record.data["entity_id"],
  note_type: record.data["note_type"] ?? "common",
  params: record.data["params"] ?? {},
});

const pipelineModel = (record: StoredRecord, account: KommoAccount): Record<string, unknown> => ({
  id: Number(record.id),
  name: record.data["name"],
  sort: record.data["sort"] ?? 1,
  is_main: record.data["is_main"] ?? false,
  is_unsorted_on: false,
  is_archive: false,
  account_id: account.id,
  _embedded: {
    statuses: (record.data["statuses"] as readonly object[]).map((status) => ({
      ...status,
      is_editable: true,
      pipeline_id: Number(record.id),
      color: "#99ccff",
      account_id: account.id,
    })),
  },
});

/** A record as `/api/v4` answers it. `asked` are the words of `with=`. */
export const modelOf = (
  record: StoredRecord,
  store: RecordStore,
  account: KommoAccount,
  asked: ReadonlySet<string> = new Set(),
): Record<string, unknown> => {
  switch (record.type) {
    case "leads":
    case "contacts":
    case "companies":
      return linkedModel(record, record.type, store, account, asked);
    case "tasks":
      return taskModel(record, account);
    case "pipelines":
      return pipelineModel(record, account);
    case "users":
      return { id: Number(record.id), ...record.data, rights: { is_admin: true, is_active: true } };
    default:
      if (record.type.startsWith("notes:")) return noteModel(record, account);
      return { id: Number(record.id), account_id: account.id, sort: 1, ...record.data };
  }
};
