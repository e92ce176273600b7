import type { z } from "zod";
import { type FieldsOf, isoTime } from "../fields.ts";
import type { CrmEntity, FieldValue, RemoteRecord } from "../provider.ts";
import { at, textOf } from "../transport/read-body.ts";
import { readCustomValue, textsOf } from "./custom-values.ts";
import type { CustomValue, fieldSchema, pipelineSchema, Row, userSchema } from "./schemas.ts";

/** The API's name of each entity that has rows; notes hang below three of them. */
export const pathOf = { contact: "contacts", company: "companies", deal: "leads", task: "tasks" } as const;
export type RowEntity = keyof typeof pathOf;
/** Entities that notes and custom fields belong to, by the API's names. */
export const parents = ["leads", "contacts", "companies"] as const;
export type Parent = (typeof parents)[number];
export const entityOf: Readonly<Record<string, CrmEntity>> = {
  leads: "deal",
  lead: "deal",
  contacts: "contact",
  contact: "contact",
  companies: "company",
  company: "company",
  tasks: "task",
  task: "task",
};

export const parentOf = (entity: CrmEntity): Parent | undefined =>
  parents.find((parent) => entityOf[parent] === entity);

/** Won and lost are the same two stages in every pipeline of every account. */
const wonStage = 142;
const lostStage = 143;
const stageKind = (stage: number | null | undefined): "open" | "won" | "lost" =>
  stage === wonStage ? "won" : stage === lostStage ? "lost" : "open";

const idText = (id: number | null | undefined): string | null => (id === null || id === undefined ? null : String(id));
const ms = (seconds: number | null | undefined): number | undefined =>
  seconds === null || seconds === undefined ? undefined : seconds * 1_000;

/** Codes that have a place among our names, and are left out of `customFields`. */
const named: Readonly<Record<RowEntity, readonly string[]>> = {
  contact: ["PHONE", "EMAIL", "POSITION"],
  company: ["PHONE", "EMAIL", "WEB", "ADDRESS"],
  deal: [],
  task: [],
};

const first = (values: readonly CustomValue[], code: string): string | null => textsOf(values, code)[0] ?? null;

const contactFields = (row: Row): FieldsOf<"contact"> => ({
  name: row.name ?? null,
  firstName: row.first_name ?? null,
  lastName: row.last_name ?? null,
  position: first(row.custom_fields_values, "POSITION"),
  email: textsOf(row.custom_fields_values, "EMAIL"),
  phone: textsOf(row.custom_fields_values, "PHONE"),
});

const companyFields = (row: Row): FieldsOf<"company"> => ({
  name: row.name ?? null,
  email: textsOf(row.custom_fields_values, "EMAIL"),
  phone: textsOf(row.custom_fields_values, "PHONE"),
  website: first(row.custom_fields_values, "WEB"),
  address: first(row.custom_fields_values, "ADDRESS"),
});

const dealFields = (row: Row): FieldsOf<"deal"> => ({
  name: row.name ?? null,
  amount: row.price_with_minor_units ?? row.price ?? null,
  pipeline: idText(row.pipeline_id),
  stage: idText(row.status_id),
  status: stageKind(row.status_id),
  closedAt: isoTime(row.closed_at, "s"),
});

const taskFields = (row: Row): FieldsOf<"task"> => ({
  text: row.text ?? null,
  dueAt: isoTime(row.complete_till, "s"),
  done: row.is_completed ?? false,
  kind: idText(row.task_type_id),
});

const fieldsOf = { contact: contactFields, company: companyFields, deal: dealFields, task: taskFields } as const;

const linksOf = (row: Row): RemoteRecord["links"] => {
  const { contacts = [], companies = [], leads = [] } = row._embedded;
  const embedded = [
    ...contacts.map(({ id }) => ({ entity: "contact" as const, remoteId: String(id) })),
    ...companies.map(({ id }) => ({ entity: "company" as const, remoteId: String(id) })),
    ...leads.map(({ id }) => ({ entity: "deal" as const, remoteId: String(id) })),
  ];
  const owner = entityOf[row.entity_type ?? ""];
  // A task that hangs on nothing has 0.
  return owner === undefined || !row.entity_id
    ? embedded
    : [...embedded, { entity: owner, remoteId: String(row.entity_id) }];
};

const both = (row: Row): { readonly responsible: FieldValue; readonly createdAt: FieldValue } => ({
  responsible: idText(row.responsible_user_id || null),
  createdAt: isoTime(row.created_at, "s"),
});

/** A contact, company, lead or task. */
export const readRow = (entity: RowEntity, row: Row): RemoteRecord => ({
  entity,
  remoteId: String(row.id),
  updatedAtMs: ms(row.updated_at),
  deleted: row.is_deleted ?? false,
  fields: { ...fieldsOf[entity](row), ...both(row) },
  customFields: Object.fromEntries(
    row.custom_fields_values
      .filter(({ field_code }) => !named[entity].includes(field_code ?? ""))
      .map((value) => [String(value.field_id), readCustomValue(value)]),
  ),
  links: linksOf(row),
  raw: row,
});

/** A note's id is only readable together with what it hangs on, so both make the remote id: `leads/77`. */
export const noteId = (parent: Parent, id: number | string): string => `${parent}/${id}`;

/** The parts of a note's remote id; undefined for anything else. */
export const parseNoteId = (remoteId: string): { readonly parent: Parent; readonly id: string } | undefined => {
  const [, parent, id] = /^(leads|contacts|companies)\/(\d+)$/u.exec(remoteId) ?? [];
  return parent === undefined || id === undefined ? undefined : { parent: parent as Parent, id };
};

export const readNote = (parent: Parent, row: Row): RemoteRecord => ({
  entity: "note",
  remoteId: noteId(parent, row.id),
  updatedAtMs: ms(row.updated_at),
  deleted: false,
  fields: { text: textOf(at(row.params, "text")) ?? null, kind: row.note_type ?? null, ...both(row) },
  customFields: {},
  links: row.entity_id ? [{ entity: entityOf[parent] ?? "deal", remoteId: String(row.entity_id) }] : [],
  raw: row,
});

const plain = { updatedAtMs: undefined, deleted: false, customFields: {}, links: [] } as const;

export const readPipeline = (row: z.output<typeof pipelineSchema>): RemoteRecord => ({
  ...plain,
  entity: "pipeline",
  remoteId: String(row.id),
  fields: { name: row.name, main: row.is_main ?? false, archived: row.is_archive ?? false },
  stages: row._embedded.statuses
    .toSorted((a, b) => (a.sort ?? 0) - (b.sort ?? 0))
    .map(({ id, name }) => ({ remoteId: String(id), name, kind: stageKind(id) })),
  raw: row,
});

export const readUser = (row: z.output<typeof userSchema>): RemoteRecord => ({
  ...plain,
  entity: "user",
  remoteId: String(row.id),
  fields: {
    name: row.name ?? null,
    email: row.email ? [row.email] : [],
    active: row.rights?.is_active ?? true,
  },
  raw: row,
});

const ourTypes: Readonly<Record<string, string>> = {
  text: "text",
  textarea: "text",
  url: "text",
  streetaddress: "text",
  numeric: "number",
  price: "number",
  monetary: "number",
  checkbox: "boolean",
  date: "time",
  date_time: "time",
  birthday: "time",
  select: "choice",
  radiobutton: "choice",
  multiselect: "choices",
  multitext: "texts",
};

export const readField = (parent: Parent, row: z.output<typeof fieldSchema>): RemoteRecord => ({
  ...plain,
  entity: "field",
  remoteId: String(row.id),
  fields: {
    name: row.name,
    key: String(row.id),
    of: entityOf[parent] ?? null,
    code: row.code ?? null,
    kind: row.type,
    type: ourTypes[row.type] ?? "other",
    writable: ourTypes[row.type] !== undefined,
  },
  ...(row.enums.length === 0
    ? {}
    : { options: row.enums.map(({ id, value }) => ({ remoteId: String(id), name: value })) }),
  raw: row,
});
