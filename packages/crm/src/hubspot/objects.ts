import type { CrmEntity } from "../provider.ts";

/** Entities that are CRM objects of HubSpot's, with records. */
export const objectEntities = ["contact", "company", "deal", "note", "task"] as const;
export type ObjectEntity = (typeof objectEntities)[number];
export const isObjectEntity = (entity: CrmEntity): entity is ObjectEntity =>
  (objectEntities as readonly string[]).includes(entity);

export interface ObjectType {
  /** In paths: `/crm/v3/objects/contacts`. */
  readonly path: string;
  /** What search finds changes by. Contacts are older than the convention. */
  readonly modified: string;
  /** What our names are made of. */
  readonly properties: readonly string[];
  /** Of HubSpot's own, handed on as custom fields because people map them. */
  readonly more: readonly string[];
  /** What it can hang together with, of what we read. */
  readonly linked: readonly ObjectEntity[];
}

/** https://developers.hubspot.com/docs/api-reference/crm-objects-v3/guide */
export const objectTypes: Readonly<Record<ObjectEntity, ObjectType>> = {
  contact: {
    path: "contacts",
    modified: "lastmodifieddate",
    properties: [
      "firstname",
      "lastname",
      "jobtitle",
      "email",
      "phone",
      "mobilephone",
      "hubspot_owner_id",
      "createdate",
    ],
    more: ["lifecyclestage", "hs_lead_status", "city", "country"],
    linked: ["company"],
  },
  company: {
    path: "companies",
    modified: "hs_lastmodifieddate",
    properties: ["name", "phone", "website", "address", "hubspot_owner_id", "createdate"],
    more: ["domain", "industry", "city", "country", "lifecyclestage"],
    linked: [],
  },
  deal: {
    path: "deals",
    modified: "hs_lastmodifieddate",
    properties: [
      "dealname",
      "amount",
      "deal_currency_code",
      "pipeline",
      "dealstage",
      "closedate",
      "hs_is_closed",
      "hs_is_closed_won",
      "hubspot_owner_id",
      "createdate",
    ],
    more: ["dealtype", "description"],
    linked: ["contact", "company"],
  },
  note: {
    path: "notes",
    modified: "hs_lastmodifieddate",
    properties: ["hs_note_body", "hubspot_owner_id", "hs_timestamp", "hs_createdate"],
    more: [],
    linked: ["contact", "company", "deal"],
  },
  task: {
    path: "tasks",
    modified: "hs_lastmodifieddate",
    properties: [
      "hs_task_subject",
      "hs_task_body",
      "hs_task_status",
      "hs_task_type",
      "hs_timestamp",
      "hubspot_owner_id",
      "hs_createdate",
    ],
    more: [],
    linked: ["contact", "company", "deal"],
  },
};

export const entityByPath: Readonly<Record<string, ObjectEntity>> = Object.fromEntries(
  objectEntities.map((entity) => [objectTypes[entity].path, entity]),
);

/** Numbers of object types in webhooks: `0-1` is a contact. */
export const entityByTypeId: Readonly<Record<string, ObjectEntity>> = {
  "0-1": "contact",
  "0-2": "company",
  "0-3": "deal",
  "0-46": "note",
  "0-27": "task",
};
