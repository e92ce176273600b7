import type { CrmEntity } from "../provider.ts";

/** Entities that v2 lists, by their path there; notes have stayed in v1. */
export const pathOf = {
  contact: "persons",
  company: "organizations",
  deal: "deals",
  task: "activities",
} as const;
export type RowEntity = keyof typeof pathOf;
export const isRowEntity = (entity: CrmEntity): entity is RowEntity => entity in pathOf;

/** Entities with fields that a company can add to. */
export const fieldPaths = {
  contact: "personFields",
  company: "organizationFields",
  deal: "dealFields",
} as const;
export type FieldEntity = keyof typeof fieldPaths;
export const fieldEntities = ["contact", "company", "deal"] as const satisfies readonly FieldEntity[];
export const hasFields = (entity: CrmEntity): entity is FieldEntity => entity in fieldPaths;

/** How a row names what it hangs together with. */
export const linkKeys: readonly (readonly ["deal_id" | "person_id" | "org_id", CrmEntity])[] = [
  ["deal_id", "deal"],
  ["person_id", "contact"],
  ["org_id", "company"],
];
