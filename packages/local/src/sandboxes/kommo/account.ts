import type { RecordStore } from "../record-store.ts";
import type { KommoLinks } from "./links.ts";

export type LinkedType = "leads" | "contacts" | "companies";
export const linkedTypes: readonly LinkedType[] = ["leads", "contacts", "companies"];
export const isLinkedType = (text: string): text is LinkedType => (linkedTypes as readonly string[]).includes(text);

/** What the account is, beside its records. Tests may change the switches while the sandbox runs. */
export interface KommoAccount {
  readonly id: number;
  readonly subdomain: string;
  readonly name: string;
  readonly host: string;
  readonly url: string;
  readonly userId: number;
  readonly links: KommoLinks;
  /** False: the API answers 402. */
  paid: boolean;
  /** False: filters of leads, contacts and companies are taken and silently ignored, as where the function is off. */
  filtersOn: boolean;
  /** How long a new record is missing from `query` and from filters by custom field. */
  searchLagMs: number;
}

/** Values as the API takes and gives them. */
export interface FieldValues {
  readonly field_id: number;
  readonly values: readonly { readonly value: unknown; readonly enum_id?: number; readonly enum_code?: string }[];
}

export interface CustomField {
  readonly id: number;
  readonly name: string;
  readonly code: string | null;
  readonly type: string;
  readonly is_api_only: boolean;
  readonly enums:
    | readonly { readonly id: number; readonly value: string; readonly code?: string; readonly sort: number }[]
    | null;
}

const workEnums = (firstId: number): CustomField["enums"] =>
  ["WORK", "OTHER"].map((value, sort) => ({ id: firstId + sort, value, code: value, sort }));

/** What every account begins with: two users, one pipeline with the two stages that all pipelines have, phone and e-mail. */
export const seedAccount = (store: RecordStore, userId: number): void => {
  store.add("users", { name: "Анна Смирнова", email: "anna@example.test", lang: "ru" }, { id: String(userId) });
  store.add("users", { name: "Ben Carter", email: "ben@example.test", lang: "en" }, { id: String(userId + 1) });
  store.add(
    "pipelines",
    {
      name: "Воронка",
      sort: 1,
      is_main: true,
      statuses: [
        { id: 70_001, name: "Первичный контакт", sort: 20, type: 0 },
        { id: 70_002, name: "Переговоры", sort: 30, type: 0 },
        { id: 142, name: "Успешно реализовано", sort: 10_000, type: 0 },
        { id: 143, name: "Закрыто и не реализовано", sort: 11_000, type: 0 },
      ],
    },
    { id: "7001" },
  );
  const field = (type: LinkedType, id: number, data: Omit<CustomField, "id" | "is_api_only">): void => {
    store.add(`custom_fields:${type}`, { is_api_only: false, ...data }, { id: String(id) });
  };
  field("contacts", 101, { name: "Телефон", code: "PHONE", type: "multitext", enums: workEnums(501) });
  field("contacts", 102, { name: "Email", code: "EMAIL", type: "multitext", enums: workEnums(511) });
  field("contacts", 103, { name: "Должность", code: "POSITION", type: "text", enums: null });
  field("companies", 111, { name: "Телефон", code: "PHONE", type: "multitext", enums: workEnums(521) });
  field("companies", 112, { name: "Email", code: "EMAIL", type: "multitext", enums: workEnums(531) });
  field("companies", 113, { name: "Web", code: "WEB", type: "url", enums: null });
};

export const customFieldsOf = (store: RecordStore, type: string): CustomField[] =>
  store.live(`custom_fields:${type}`).map(({ id, data }) => ({ ...(data as Omit<CustomField, "id">), id: Number(id) }));
