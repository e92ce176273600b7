import type { z } from "zod";
import { type FieldsOf, isoTime } from "../fields.ts";
import type { FieldValue, RemoteRecord } from "../provider.ts";
import { textOfHtml } from "../rich-text.ts";
import { entityByPath, type ObjectEntity, objectTypes } from "./objects.ts";
import type { HubspotObject, ownerSchema, pipelineSchema, Property } from "./schemas.ts";
import { ourType, readValue } from "./values.ts";

type Properties = HubspotObject["properties"];

const text = (value: string | null | undefined): string | null => (value === undefined || value === "" ? null : value);
const texts = (...values: readonly (string | null | undefined)[]): string[] =>
  values.flatMap((value) => text(value) ?? []);
const number = (value: string | null | undefined): number | null => {
  const parsed = text(value) === null ? Number.NaN : Number(value);
  return Number.isFinite(parsed) ? parsed : null;
};
const time = (value: string | null | undefined): string | null =>
  /^-?\d+$/u.test(value ?? "") ? isoTime(Number(value)) : isoTime(value ?? null);

const contactFields = (own: Properties): FieldsOf<"contact"> => ({
  name: text([own["firstname"], own["lastname"]].filter(Boolean).join(" ")),
  firstName: text(own["firstname"]),
  lastName: text(own["lastname"]),
  position: text(own["jobtitle"]),
  email: texts(own["email"]),
  phone: texts(own["phone"], own["mobilephone"]),
});

const companyFields = (own: Properties): FieldsOf<"company"> => ({
  name: text(own["name"]),
  phone: texts(own["phone"]),
  website: text(own["website"]),
  address: text(own["address"]),
});

const dealFields = (own: Properties): FieldsOf<"deal"> => {
  const closed = own["hs_is_closed"] === "true" || own["hs_is_closed_won"] === "true";
  return {
    name: text(own["dealname"]),
    amount: number(own["amount"]),
    ...(own["deal_currency_code"] === undefined ? {} : { currency: text(own["deal_currency_code"]) }),
    pipeline: text(own["pipeline"]),
    stage: text(own["dealstage"]),
    status: own["hs_is_closed_won"] === "true" ? "won" : closed ? "lost" : "open",
    expectedCloseAt: time(own["closedate"]),
    closedAt: closed ? time(own["closedate"]) : null,
  };
};

const noteFields = (own: Properties): FieldsOf<"note"> => ({
  text: own["hs_note_body"] ? textOfHtml(own["hs_note_body"]) : null,
  kind: "note",
});

const taskFields = (own: Properties): FieldsOf<"task"> => ({
  name: text(own["hs_task_subject"]),
  text: own["hs_task_body"] ? textOfHtml(own["hs_task_body"]) : null,
  dueAt: time(own["hs_timestamp"]),
  done: own["hs_task_status"] === "COMPLETED",
  kind: text(own["hs_task_type"]),
});

const fieldsOf = {
  contact: contactFields,
  company: companyFields,
  deal: dealFields,
  note: noteFields,
  task: taskFields,
} as const;

const linksOf = ({ associations = {} }: HubspotObject): RemoteRecord["links"] => {
  const links = Object.entries(associations).flatMap(([path, { results }]) => {
    const entity = entityByPath[path];
    // One pair can be associated several times, once for each label.
    return entity === undefined
      ? []
      : [...new Set(results.map(({ id }) => id))].map((remoteId) => ({ entity, remoteId }));
  });
  return links;
};

/** When search says that it changed: what windows are made of. */
export const changedAtMs = (entity: ObjectEntity, object: HubspotObject): number | undefined => {
  const changed = time(object.properties[objectTypes[entity].modified]) ?? isoTime(object.updatedAt);
  return changed === null ? undefined : Date.parse(changed);
};

/** `definitions` are the properties that are handed on as custom fields. */
export const readObject = (
  entity: ObjectEntity,
  object: HubspotObject,
  definitions: readonly Property[],
): RemoteRecord => {
  const own = object.properties;
  const both: { readonly responsible: FieldValue; readonly createdAt: FieldValue } = {
    responsible: text(own["hubspot_owner_id"]),
    createdAt: time(own["createdate"] ?? own["hs_createdate"] ?? object.createdAt),
  };
  return {
    entity,
    remoteId: object.id,
    updatedAtMs: changedAtMs(entity, object),
    deleted: object.archived ?? false,
    fields: { ...fieldsOf[entity](own), ...both },
    customFields: Object.fromEntries(
      definitions
        .filter(({ name }) => own[name] !== undefined)
        .map((property) => [property.name, readValue(property, own[property.name])]),
    ),
    links: linksOf(object),
    raw: object,
  };
};

const plain = { updatedAtMs: undefined, deleted: false, customFields: {}, links: [] } as const;

export const readPipeline = (row: z.output<typeof pipelineSchema>, place: number): RemoteRecord => ({
  ...plain,
  entity: "pipeline",
  remoteId: row.id,
  fields: { name: row.label, main: place === 0, archived: row.archived ?? false },
  stages: row.stages
    .filter(({ archived }) => archived !== true)
    .toSorted((a, b) => (a.displayOrder ?? 0) - (b.displayOrder ?? 0))
    .map(({ id, label, metadata }) => {
      const closed = String(metadata["isClosed"]) === "true";
      return {
        remoteId: id,
        name: label,
        kind: !closed ? "open" : Number(metadata["probability"]) > 0 ? "won" : "lost",
      };
    }),
  raw: row,
});

export const readOwner = (row: z.output<typeof ownerSchema>): RemoteRecord => ({
  ...plain,
  entity: "user",
  remoteId: row.id,
  fields: {
    name: text([row.firstName, row.lastName].filter(Boolean).join(" ")) ?? text(row.email),
    email: texts(row.email),
    active: row.archived !== true,
  },
  raw: row,
});

export const isWritable = ({ calculated, modificationMetadata }: Property): boolean =>
  calculated !== true && modificationMetadata?.readOnlyValue !== true;

export const readField = (entity: ObjectEntity, row: Property): RemoteRecord => ({
  ...plain,
  entity: "field",
  // Properties of different objects share names.
  remoteId: `${objectTypes[entity].path}/${row.name}`,
  fields: {
    name: row.label === "" ? row.name : row.label,
    key: row.name,
    of: entity,
    code: row.name,
    kind: row.type,
    type: ourType(row),
    writable: isWritable(row) && ourType(row) !== "other",
  },
  ...(row.options.length === 0
    ? {}
    : { options: row.options.map(({ value, label }) => ({ remoteId: value, name: label })) }),
  raw: row,
});
