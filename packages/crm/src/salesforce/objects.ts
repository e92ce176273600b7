import type { CrmEntity } from "../provider.ts";

export const objectEntities = ["contact", "company", "deal", "note", "task"] as const;
export type ObjectEntity = (typeof objectEntities)[number];
export const isObjectEntity = (entity: CrmEntity): entity is ObjectEntity =>
  (objectEntities as readonly string[]).includes(entity);

/** Entities that can hold an external id of ours: an External ID field exists on none of the activities' objects. */
export const keyedEntities = ["contact", "company", "deal"] as const;
export type KeyedEntity = (typeof keyedEntities)[number];
export const isKeyed = (entity: CrmEntity): entity is KeyedEntity =>
  (keyedEntities as readonly string[]).includes(entity);

export interface ObjectType {
  readonly name: string;
  /** What our names are made of; a field that the org or its user's profile does not show is left out. */
  readonly fields: readonly string[];
}

/** https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta */
export const objectTypes: Readonly<Record<ObjectEntity, ObjectType>> = {
  contact: {
    name: "Contact",
    fields: ["Name", "FirstName", "LastName", "Title", "Email", "Phone", "MobilePhone", "OwnerId", "AccountId"],
  },
  company: { name: "Account", fields: ["Name", "Phone", "Website", "BillingStreet", "OwnerId"] },
  deal: {
    name: "Opportunity",
    fields: [
      "Name",
      "Amount",
      "CurrencyIsoCode",
      "StageName",
      "IsClosed",
      "IsWon",
      "CloseDate",
      "OwnerId",
      "AccountId",
      "ContactId",
    ],
  },
  note: { name: "Note", fields: ["Title", "Body", "ParentId", "OwnerId"] },
  task: {
    name: "Task",
    fields: ["Subject", "Description", "ActivityDate", "Status", "IsClosed", "Type", "OwnerId", "WhoId", "WhatId"],
  },
};

/** Ids begin with the object's key prefix. */
const prefixes: Readonly<Record<string, ObjectEntity>> = { "003": "contact", "001": "company", "006": "deal" };

export const entityOfId = (id: string): ObjectEntity | undefined => prefixes[id.slice(0, 3)];

export const isId = (id: string): boolean => /^[a-zA-Z0-9]{15}(?:[a-zA-Z0-9]{3})?$/u.test(id);

/** All deals are in one pipeline: which stages a deal may have depends on its record type, not on a pipeline. */
export const pipelineId = "opportunity";
