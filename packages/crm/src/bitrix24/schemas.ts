import { z } from "zod";

/** Answers of Bitrix24's REST. Loose: the set of fields is the portal's. */

const id = z.coerce.number().int();
const optionalId = id.nullish().transform((value) => value || undefined);

const multifieldSchema = z.looseObject({
  id: id.nullish(),
  typeId: z.string(),
  valueType: z.string().nullish(),
  value: z.string(),
});
export type Multifield = z.output<typeof multifieldSchema>;

/** A deal, contact or company as `crm.item.*` gives it. */
export const itemSchema = z.looseObject({
  id,
  createdTime: z.string().nullish(),
  updatedTime: z.string().nullish(),
  assignedById: optionalId,
  title: z.string().nullish(),
  name: z.string().nullish(),
  lastName: z.string().nullish(),
  post: z.string().nullish(),
  address: z.string().nullish(),
  stageId: z.string().nullish(),
  stageSemanticId: z.string().nullish(),
  categoryId: id.nullish(),
  opportunity: z.coerce.number().nullish(),
  currencyId: z.string().nullish(),
  closedate: z.string().nullish(),
  companyId: optionalId,
  contactId: optionalId,
  contactIds: z.array(id).nullish(),
  companyIds: z.array(id).nullish(),
  fm: z
    .union([z.array(multifieldSchema), z.record(z.string(), multifieldSchema).transform((fm) => Object.values(fm))])
    .nullish()
    .transform((fm) => fm ?? []),
});
export type Item = z.output<typeof itemSchema>;

export const itemsSchema = z.looseObject({ items: z.array(itemSchema) });
export const itemAnswerSchema = z.looseObject({ item: itemSchema });

/** Names in upper case, all values texts: `crm.activity.*`. */
export const activitySchema = z.looseObject({
  ID: id,
  OWNER_ID: optionalId,
  OWNER_TYPE_ID: optionalId,
  PROVIDER_ID: z.string().nullish(),
  SUBJECT: z.string().nullish(),
  DESCRIPTION: z.string().nullish(),
  CREATED: z.string().nullish(),
  LAST_UPDATED: z.string().nullish(),
  DEADLINE: z.string().nullish(),
  COMPLETED: z.string().nullish(),
  RESPONSIBLE_ID: optionalId,
});
export type Activity = z.output<typeof activitySchema>;

export const commentSchema = z.looseObject({
  ID: id,
  ENTITY_ID: id.nullish(),
  ENTITY_TYPE: z.string().nullish(),
  CREATED: z.string().nullish(),
  COMMENT: z.string().nullish(),
  AUTHOR_ID: id.nullish(),
});
export type Comment = z.output<typeof commentSchema>;

export const categoriesSchema = z.looseObject({
  categories: z.array(
    z.looseObject({ id, name: z.string(), sort: z.coerce.number().nullish(), isDefault: z.string().nullish() }),
  ),
});

export const statusesSchema = z.array(
  z.looseObject({
    STATUS_ID: z.string(),
    NAME: z.string(),
    SORT: z.coerce.number().nullish(),
    SEMANTICS: z.string().nullish(),
  }),
);

export const usersSchema = z.array(
  z.looseObject({
    ID: id,
    NAME: z.string().nullish(),
    LAST_NAME: z.string().nullish(),
    EMAIL: z.string().nullish(),
    ACTIVE: z.union([z.boolean(), z.string()]).nullish(),
  }),
);

export const fieldsSchema = z.looseObject({
  fields: z.record(
    z.string(),
    z.looseObject({
      type: z.string(),
      title: z.string().nullish(),
      isReadOnly: z.boolean().nullish(),
      isMultiple: z.boolean().nullish(),
      upperName: z.string().nullish(),
      items: z.array(z.looseObject({ ID: z.coerce.string(), VALUE: z.string() })).nullish(),
    }),
  ),
});

export const appSchema = z.looseObject({ LICENSE_FAMILY: z.string().nullish() });
