import type { z } from "zod";
import { type FieldsOf, isoTime } from "../fields.ts";
import type { RemoteRecord } from "../provider.ts";
import { textOfHtml } from "../rich-text.ts";
import { fieldPaths, type FieldEntity, linkKeys, type RowEntity } from "./entities.ts";
import type { Field, Note, pipelineSchema, Row, stageSchema, userSchema } from "./schemas.ts";
import { isWritable, ourType, readValue } from "./values.ts";

const text = (value: string | null | undefined): string | null => (value === undefined || value === "" ? null : value);
const texts = (values: Row["emails"]): string[] => values.flatMap(({ value }) => text(value) ?? []);

/** v2 says `2026-11-23T20:15:00Z`, v1 the same in UTC as `2026-11-23 20:15:00`. */
export const timeOf = (value: string | null | undefined): string | null =>
  isoTime(value?.replace(/^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)$/u, "$1T$2Z") ?? null);
export const timeMs = (value: string | null | undefined): number | undefined => {
  const time = timeOf(value);
  return time === null ? undefined : Date.parse(time);
};

const statuses: Readonly<Record<string, string>> = { open: "open", won: "won", lost: "lost" };

const contactFields = (row: Row): FieldsOf<"contact"> => ({
  name: text(row.name),
  firstName: text(row.first_name),
  lastName: text(row.last_name),
  // Only where the company has contact sync.
  ...(row.job_title === undefined ? {} : { position: text(row.job_title) }),
  email: texts(row.emails),
  phone: texts(row.phones),
});

const companyFields = (row: Row): FieldsOf<"company"> => ({
  name: text(row.name),
  ...(row.website === undefined ? {} : { website: text(row.website) }),
  address: text(row.address?.value),
});

const dealFields = (row: Row): FieldsOf<"deal"> => ({
  name: text(row.title),
  amount: row.value ?? null,
  currency: text(row.currency),
  pipeline: text(row.pipeline_id),
  stage: text(row.stage_id),
  status: statuses[row.status ?? ""] ?? "open",
  expectedCloseAt: timeOf(row.expected_close_date),
  closedAt: timeOf(row.close_time),
});

/** A day without a time is due at its beginning, in UTC as all times of the API. */
const dueAt = ({ due_date: date, due_time: time }: Row): string | null =>
  text(date) === null ? null : isoTime(`${date}T${text(time) ?? "00:00"}Z`);

const taskFields = (row: Row): FieldsOf<"task"> => ({
  name: text(row.subject),
  text: row.note ? textOfHtml(row.note) : null,
  dueAt: dueAt(row),
  done: row.done ?? false,
  kind: text(row.type),
});

const fieldsOf = { contact: contactFields, company: companyFields, deal: dealFields, task: taskFields } as const;

const linksOf = (row: Pick<Row, "deal_id" | "person_id" | "org_id">): RemoteRecord["links"] =>
  linkKeys.flatMap(([key, entity]) => {
    const remoteId = row[key];
    return remoteId === null || remoteId === undefined || remoteId === "" ? [] : [{ entity, remoteId }];
  });

export const readRow = (entity: RowEntity, row: Row, fields: readonly Field[]): RemoteRecord => ({
  entity,
  remoteId: row.id,
  updatedAtMs: timeMs(row.update_time ?? row.add_time),
  deleted: row.is_deleted ?? false,
  fields: { ...fieldsOf[entity](row), responsible: text(row.owner_id), createdAt: timeOf(row.add_time) },
  customFields: Object.fromEntries(
    fields
      .filter(({ field_code }) => row.custom_fields[field_code] !== undefined)
      .map((field) => [field.field_code, readValue(field, row.custom_fields[field.field_code])]),
  ),
  links: linksOf(row),
  raw: row,
});

export const readNote = (row: Note): RemoteRecord => ({
  entity: "note",
  remoteId: row.id,
  updatedAtMs: timeMs(row.update_time ?? row.add_time),
  deleted: row.active_flag === false,
  fields: {
    text: row.content ? textOfHtml(row.content) : null,
    kind: "note",
    responsible: text(row.user_id),
    createdAt: timeOf(row.add_time),
  },
  customFields: {},
  links: linksOf(row),
  raw: row,
});

const plain = { updatedAtMs: undefined, deleted: false, customFields: {}, links: [] } as const;

export const readPipeline = (
  row: z.output<typeof pipelineSchema>,
  stages: readonly z.output<typeof stageSchema>[],
  main: boolean,
): RemoteRecord => ({
  ...plain,
  entity: "pipeline",
  remoteId: row.id,
  fields: { name: row.name, main, archived: row.is_deleted ?? false },
  // A deal is won or lost by its status, wherever it stands.
  stages: stages
    .filter(({ pipeline_id, is_deleted }) => pipeline_id === row.id && is_deleted !== true)
    .toSorted((a, b) => (a.order_nr ?? 0) - (b.order_nr ?? 0))
    .map(({ id, name }) => ({ remoteId: id, name, kind: "open" })),
  raw: row,
});

export const readUser = (row: z.output<typeof userSchema>): RemoteRecord => ({
  ...plain,
  entity: "user",
  remoteId: row.id,
  fields: {
    name: text(row.name),
    email: row.email ? [row.email] : [],
    active: row.active_flag ?? true,
  },
  raw: row,
});

export const readField = (of: FieldEntity, row: Field): RemoteRecord => ({
  ...plain,
  entity: "field",
  remoteId: `${fieldPaths[of]}/${row.field_code}`,
  fields: {
    name: row.field_name,
    key: row.field_code,
    of,
    code: row.field_code,
    kind: row.field_type,
    type: ourType(row),
    writable: row.is_custom_field === true && isWritable(row),
  },
  ...(row.options.length === 0
    ? {}
    : { options: row.options.map(({ id, label }) => ({ remoteId: String(id), name: label })) }),
  raw: row,
});
