import { plainText } from "../plain-text.ts";
import type { RecordStore, StoredRecord } from "../record-store.ts";
import type { Kind, PipedriveCompany } from "./company.ts";
import { second, v1Time } from "./company.ts";

export type Json = Readonly<Record<string, unknown>>;
export const record = (value: unknown): Json =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};

const defaults: Readonly<Record<Kind["name"], Json>> = {
  deals: {
    title: "",
    value: 0,
    currency: "EUR",
    person_id: null,
    org_id: null,
    stage_id: 1,
    pipeline_id: 1,
    status: "open",
    is_archived: false,
    archive_time: null,
    probability: null,
    lost_reason: null,
    visible_to: 3,
    close_time: null,
    won_time: null,
    lost_time: null,
    expected_close_date: null,
    label_ids: [],
    origin: "API",
    origin_id: null,
  },
  persons: {
    name: "",
    first_name: null,
    last_name: null,
    org_id: null,
    emails: [],
    phones: [],
    visible_to: 3,
    label_ids: [],
    picture_id: null,
    job_title: null,
  },
  organizations: { name: "", address: null, website: null, visible_to: 3, label_ids: [] },
  activities: {
    subject: "",
    type: "task",
    deal_id: null,
    lead_id: null,
    person_id: null,
    org_id: null,
    due_date: null,
    due_time: null,
    duration: null,
    busy: false,
    done: false,
    note: null,
    public_description: null,
    priority: null,
  },
};

/** Every custom field of the kind, null where the record has none; only those asked for in lists. */
const customFields = (
  stored: StoredRecord,
  kind: Kind,
  store: RecordStore,
  asked: readonly string[] | undefined,
): Json => {
  const own = record(stored.data["custom_fields"]);
  const keys = store
    .live(`field:${kind.fields ?? ""}`)
    .filter(({ data }) => data["custom"] === true)
    .map(({ data }) => plainText(data["key"]));
  return Object.fromEntries(keys.filter((key) => asked?.includes(key) ?? true).map((key) => [key, own[key] ?? null]));
};

/** As API v2 answers it. */
export const modelOf = (
  stored: StoredRecord,
  kind: Kind,
  store: RecordStore,
  company: PipedriveCompany,
  asked?: readonly string[],
): Json => {
  const { custom_fields: _, ...data } = stored.data;
  const own = { ...defaults[kind.name], owner_id: company.userId, ...data };
  return {
    id: Number(stored.id),
    ...own,
    ...(kind.name === "deals" && stored.deletedAtMs !== undefined ? { status: "deleted" } : {}),
    ...(kind.name === "deals"
      ? { creator_user_id: company.userId, stage_change_time: second(stored.createdAtMs) }
      : {}),
    add_time: second(stored.createdAtMs),
    update_time: second(stored.updatedAtMs),
    is_deleted: stored.deletedAtMs !== undefined,
    ...(kind.fields === undefined ? {} : { custom_fields: customFields(stored, kind, store, asked) }),
  };
};

/** A note, which is v1: times without a zone, HTML as content. */
export const noteModel = (stored: StoredRecord, { userId }: PipedriveCompany): Json => ({
  id: Number(stored.id),
  user_id: userId,
  deal_id: null,
  person_id: null,
  org_id: null,
  lead_id: null,
  content: "",
  ...stored.data,
  add_time: v1Time(stored.createdAtMs),
  update_time: v1Time(stored.updatedAtMs),
  active_flag: stored.deletedAtMs === undefined,
  pinned_to_deal_flag: false,
  last_update_user_id: null,
});

const v2Types: Readonly<Record<string, string>> = { set: "set", enum: "enum" };

/** A field's definition, by the names of v1 or of v2. */
export const fieldModel = ({ id, data }: StoredRecord, version: 1 | 2): Json =>
  version === 1
    ? {
        id: Number(id),
        key: data["key"],
        name: data["name"],
        field_type: data["field_type"],
        options: (data["options"] as readonly unknown[]).length > 0 ? data["options"] : undefined,
        edit_flag: data["custom"] === true,
        mandatory_flag: false,
        active_flag: true,
      }
    : {
        field_code: data["key"],
        field_name: data["name"],
        field_type: v2Types[plainText(data["field_type"])] ?? data["field_type"],
        options: (data["options"] as readonly unknown[]).length > 0 ? data["options"] : null,
        subfields: null,
        is_custom_field: data["custom"] === true,
        is_optional_response_field: false,
      };
