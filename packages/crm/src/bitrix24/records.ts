import { type FieldsOf, isoTime } from "../fields.ts";
import type { CrmEntity, FieldValue, RemoteRecord } from "../provider.ts";
import type { z } from "zod";
import type {
  Activity,
  categoriesSchema,
  Comment,
  fieldsSchema,
  Item,
  statusesSchema,
  usersSchema,
} from "./schemas.ts";

/** Numbers of the system's object types; names in timeline methods. */
export const entityTypes = { deal: 2, contact: 3, company: 4 } as const;
export type ItemEntity = keyof typeof entityTypes;
export const itemEntities = ["deal", "contact", "company"] as const satisfies readonly ItemEntity[];

export const isItemEntity = (entity: CrmEntity): entity is ItemEntity => entity in entityTypes;
const entityOfType = (type: number | undefined): ItemEntity | undefined =>
  itemEntities.find((entity) => entityTypes[entity] === type);

const idText = (id: number | null | undefined): string | null => (id === null || id === undefined ? null : String(id));
const timeMs = (time: string | null | undefined): number | undefined => {
  const ms = Date.parse(time ?? "");
  return Number.isNaN(ms) ? undefined : ms;
};

const textsOf = ({ fm }: Item, typeId: string): readonly string[] =>
  fm.filter((field) => field.typeId === typeId && field.value !== "").map(({ value }) => value);

const semantics: Readonly<Record<string, "open" | "won" | "lost">> = { S: "won", F: "lost" };

const dealFields = (item: Item): FieldsOf<"deal"> => ({
  name: item.title ?? null,
  amount: item.opportunity ?? null,
  currency: item.currencyId ?? null,
  pipeline: idText(item.categoryId),
  stage: item.stageId ?? null,
  ...(item.stageSemanticId ? { status: semantics[item.stageSemanticId] ?? "open" } : {}),
  expectedCloseAt: isoTime(item.closedate),
});

const contactFields = (item: Item): FieldsOf<"contact"> => ({
  name: [item.name, item.lastName].filter(Boolean).join(" ") || null,
  firstName: item.name ?? null,
  lastName: item.lastName ?? null,
  position: item.post ?? null,
  email: textsOf(item, "EMAIL"),
  phone: textsOf(item, "PHONE"),
});

const companyFields = (item: Item): FieldsOf<"company"> => ({
  name: item.title ?? null,
  email: textsOf(item, "EMAIL"),
  phone: textsOf(item, "PHONE"),
  website: textsOf(item, "WEB")[0] ?? null,
  address: item.address ?? null,
});

const fieldsOf = { deal: dealFields, contact: contactFields, company: companyFields } as const;

const zoned = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$/u;

const customValue = (value: unknown): FieldValue => {
  if (Array.isArray(value)) return (value as readonly unknown[]).map((one) => String(customValue(one)));
  if (value === undefined || value === null || value === "") return null;
  if (typeof value === "string") return zoned.test(value) ? isoTime(value) : value;
  return typeof value === "number" || typeof value === "boolean" ? value : JSON.stringify(value);
};

const linksOf = (item: Item): RemoteRecord["links"] => {
  const contacts = item.contactIds ?? (item.contactId === undefined ? [] : [item.contactId]);
  const companies = item.companyIds?.length ? item.companyIds : item.companyId === undefined ? [] : [item.companyId];
  return [
    ...contacts.map((id) => ({ entity: "contact" as const, remoteId: String(id) })),
    ...companies.map((id) => ({ entity: "company" as const, remoteId: String(id) })),
  ];
};

export const readItem = (entity: ItemEntity, item: Item): RemoteRecord => ({
  entity,
  remoteId: String(item.id),
  updatedAtMs: timeMs(item.updatedTime),
  deleted: false,
  fields: { ...fieldsOf[entity](item), responsible: idText(item.assignedById), createdAt: isoTime(item.createdTime) },
  customFields: Object.fromEntries(
    Object.entries(item)
      .filter(([name]) => name.startsWith("ufCrm"))
      .map(([name, value]) => [name, customValue(value)]),
  ),
  links: linksOf(item),
  raw: item,
});

const plain = { deleted: false, customFields: {} } as const;

export const readActivity = (activity: Activity): RemoteRecord => {
  const owner = entityOfType(activity.OWNER_TYPE_ID);
  return {
    ...plain,
    entity: "task",
    remoteId: String(activity.ID),
    updatedAtMs: timeMs(activity.LAST_UPDATED),
    fields: {
      name: activity.SUBJECT ?? null,
      text: activity.DESCRIPTION ?? null,
      dueAt: isoTime(activity.DEADLINE),
      done: activity.COMPLETED === "Y",
      kind: activity.PROVIDER_ID ?? null,
      responsible: idText(activity.RESPONSIBLE_ID),
      createdAt: isoTime(activity.CREATED),
    } satisfies FieldsOf<"task">,
    links:
      owner === undefined || activity.OWNER_ID === undefined
        ? []
        : [{ entity: owner, remoteId: String(activity.OWNER_ID) }],
    raw: activity,
  };
};

/** A comment's change of text has no time of its own: `updatedAtMs` is when it was made. */
export const readComment = (comment: Comment): RemoteRecord => {
  const owner = itemEntities.find((entity) => entity === comment.ENTITY_TYPE?.toLowerCase());
  return {
    ...plain,
    entity: "note",
    remoteId: String(comment.ID),
    updatedAtMs: timeMs(comment.CREATED),
    fields: {
      text: comment.COMMENT ?? null,
      kind: "comment",
      responsible: idText(comment.AUTHOR_ID),
      createdAt: isoTime(comment.CREATED),
    } satisfies FieldsOf<"note">,
    links: owner === undefined || !comment.ENTITY_ID ? [] : [{ entity: owner, remoteId: String(comment.ENTITY_ID) }],
    raw: comment,
  };
};

export const readPipeline = (
  category: z.output<typeof categoriesSchema>["categories"][number],
  statuses: z.output<typeof statusesSchema>,
): RemoteRecord => ({
  ...plain,
  entity: "pipeline",
  remoteId: String(category.id),
  updatedAtMs: undefined,
  fields: { name: category.name, main: category.isDefault === "Y" } satisfies FieldsOf<"pipeline">,
  links: [],
  stages: statuses
    .toSorted((a, b) => (a.SORT ?? 0) - (b.SORT ?? 0))
    .map(({ STATUS_ID, NAME, SEMANTICS }) => ({
      remoteId: STATUS_ID,
      name: NAME,
      kind: semantics[SEMANTICS ?? ""] ?? "open",
    })),
  raw: { category, statuses },
});

export const readUser = (user: z.output<typeof usersSchema>[number]): RemoteRecord => ({
  ...plain,
  entity: "user",
  remoteId: String(user.ID),
  updatedAtMs: undefined,
  fields: {
    name: [user.NAME, user.LAST_NAME].filter(Boolean).join(" ") || null,
    email: user.EMAIL ? [user.EMAIL] : [],
    active: user.ACTIVE === true || user.ACTIVE === "Y",
  } satisfies FieldsOf<"user">,
  links: [],
  raw: user,
});

const ourTypes: Readonly<Record<string, string>> = {
  string: "text",
  text: "text",
  url: "text",
  integer: "number",
  double: "number",
  boolean: "boolean",
  date: "time",
  datetime: "time",
  enumeration: "choice",
};

/** Custom fields of one entity. Their names repeat between entities, so the remote id has both. */
export const readFields = (entity: ItemEntity, { fields }: z.output<typeof fieldsSchema>): readonly RemoteRecord[] =>
  Object.entries(fields)
    .filter(([name]) => name.startsWith("ufCrm"))
    .map(([name, field]) => {
      const single = ourTypes[field.type] ?? "other";
      const several = single === "choice" ? "choices" : single === "text" ? "texts" : "other";
      return {
        ...plain,
        entity: "field",
        remoteId: `${entity}/${name}`,
        updatedAtMs: undefined,
        fields: {
          name: field.title ?? name,
          key: name,
          of: entity,
          code: field.upperName ?? null,
          kind: field.type,
          type: field.isMultiple ? several : single,
          writable: !field.isReadOnly && single !== "other",
        } satisfies FieldsOf<"field">,
        links: [],
        ...(field.items?.length
          ? { options: field.items.map(({ ID, VALUE }) => ({ remoteId: ID, name: VALUE })) }
          : {}),
        raw: field,
      };
    });
