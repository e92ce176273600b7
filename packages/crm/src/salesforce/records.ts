import { type FieldsOf, isoTime } from "../fields.ts";
import type { RemoteRecord } from "../provider.ts";
import { entityOfId, type ObjectEntity, objectTypes, pipelineId } from "./objects.ts";
import type { Field, Row, Stage } from "./schemas.ts";
import { ourType, readValue } from "./values.ts";

const text = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);
const texts = (...values: readonly unknown[]): string[] => values.flatMap((value) => text(value) ?? []);
const time = (value: unknown): string | null => (typeof value === "string" ? isoTime(value) : null);

const contactFields = (row: Row): FieldsOf<"contact"> => ({
  name: text(row["Name"]),
  firstName: text(row["FirstName"]),
  lastName: text(row["LastName"]),
  position: text(row["Title"]),
  email: texts(row["Email"]),
  phone: texts(row["Phone"], row["MobilePhone"]),
});

const companyFields = (row: Row): FieldsOf<"company"> => ({
  name: text(row["Name"]),
  phone: texts(row["Phone"]),
  website: text(row["Website"]),
  address: text(row["BillingStreet"]),
});

const dealFields = (row: Row): FieldsOf<"deal"> => ({
  name: text(row["Name"]),
  amount: typeof row["Amount"] === "number" ? row["Amount"] : null,
  // Only in orgs with several currencies.
  ...(row["CurrencyIsoCode"] === undefined ? {} : { currency: text(row["CurrencyIsoCode"]) }),
  pipeline: pipelineId,
  stage: text(row["StageName"]),
  status: row["IsWon"] === true ? "won" : row["IsClosed"] === true ? "lost" : "open",
  expectedCloseAt: time(row["CloseDate"]),
  closedAt: row["IsClosed"] === true ? time(row["CloseDate"]) : null,
});

const noteFields = (row: Row): FieldsOf<"note"> => ({ text: text(row["Body"]) ?? text(row["Title"]), kind: "note" });

const taskFields = (row: Row): FieldsOf<"task"> => ({
  name: text(row["Subject"]),
  text: text(row["Description"]),
  dueAt: time(row["ActivityDate"]),
  done: row["IsClosed"] === true,
  kind: text(row["Type"]),
});

const fieldsOf = {
  contact: contactFields,
  company: companyFields,
  deal: dealFields,
  note: noteFields,
  task: taskFields,
} as const;

const linksOf = (row: Row): RemoteRecord["links"] =>
  ["AccountId", "ContactId", "ParentId", "WhoId", "WhatId"].flatMap((key) => {
    const remoteId = text(row[key]);
    const entity = remoteId === null ? undefined : entityOfId(remoteId);
    return remoteId === null || entity === undefined ? [] : [{ entity, remoteId }];
  });

export const changedAtMs = (row: Row): number | undefined => {
  const changed = time(row.SystemModstamp);
  return changed === null ? undefined : Date.parse(changed);
};

export const readRow = (entity: ObjectEntity, row: Row, custom: readonly Field[]): RemoteRecord => ({
  entity,
  remoteId: row.Id,
  updatedAtMs: changedAtMs(row),
  deleted: row["IsDeleted"] === true,
  fields: { ...fieldsOf[entity](row), responsible: text(row["OwnerId"]), createdAt: time(row["CreatedDate"]) },
  customFields: Object.fromEntries(
    custom
      .filter(({ name }) => row[name] !== undefined)
      .map((field) => [field.name, readValue(field, row[field.name])]),
  ),
  links: linksOf(row),
  raw: row,
});

const plain = { updatedAtMs: undefined, deleted: false, customFields: {}, links: [] } as const;

export const readPipeline = (stages: readonly Stage[]): RemoteRecord => ({
  ...plain,
  entity: "pipeline",
  remoteId: pipelineId,
  fields: { name: "Opportunity", main: true, archived: false },
  stages: stages
    .filter(({ IsActive }) => IsActive !== false)
    .map(({ MasterLabel, ApiName, IsClosed, IsWon }) => ({
      remoteId: ApiName ?? MasterLabel,
      name: MasterLabel,
      kind: IsWon === true ? "won" : IsClosed === true ? "lost" : "open",
    })),
  raw: stages,
});

export const readUser = (row: Row): RemoteRecord => ({
  ...plain,
  entity: "user",
  remoteId: row.Id,
  fields: { name: text(row["Name"]), email: texts(row["Email"]), active: row["IsActive"] !== false },
  raw: row,
});

export const readField = (entity: ObjectEntity, field: Field): RemoteRecord => ({
  ...plain,
  entity: "field",
  // Fields of different objects share names.
  remoteId: `${objectTypes[entity].name}/${field.name}`,
  fields: {
    name: field.label === "" ? field.name : field.label,
    key: field.name,
    of: entity,
    code: field.name,
    kind: field.type,
    type: ourType(field),
    writable: field.updateable && field.calculated !== true && ourType(field) !== "other",
  },
  ...(field.picklistValues.length === 0
    ? {}
    : { options: field.picklistValues.map(({ value, label }) => ({ remoteId: value, name: label ?? value })) }),
  raw: field,
});
