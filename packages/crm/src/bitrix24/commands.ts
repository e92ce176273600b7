import type { FieldValue, WriteOperation } from "../provider.ts";
import type { Command } from "./api.ts";
import type { CommandValue } from "./encode-command.ts";
import { entityTypes, isItemEntity, type ItemEntity } from "./records.ts";
import type { Activity, Item, Multifield } from "./schemas.ts";

/** Marks our records over there; with `originId` it is the external id. */
export const originator = "gpt-agent";

/** What an operation becomes: commands of one batch, the first of which tells the id. */
export type Built = { readonly commands: readonly Command[] } | { readonly refused: string };

/** What an update must know of the record as it is. */
export interface Present {
  readonly item?: Item | undefined;
  readonly activity?: Activity | undefined;
}

type Params = Record<string, CommandValue>;

const given = (entries: Readonly<Record<string, CommandValue | undefined>>): Params =>
  Object.fromEntries(
    Object.entries(entries).filter((entry): entry is [string, CommandValue] => entry[1] !== undefined),
  );

const value = (field: FieldValue | undefined): CommandValue | undefined => field;

/** Multi-value fields that our names stand for. */
const multifields = { email: "EMAIL", phone: "PHONE", website: "WEB" } as const;
export const hasMultifields = ({ fields }: WriteOperation): boolean =>
  Object.keys(multifields).some((name) => fields[name] !== undefined);

/**
 * Entries by id, "" for those to add. The change from the values that are there to those that shall be: an entry keeps its id where the value stays, the rest of
 * the ids take new values, an id without one is emptied, and more values are added.
 */
const multifieldChange = (
  present: readonly Multifield[],
  typeId: string,
  wanted: readonly string[],
): readonly (readonly [key: string, value: CommandValue])[] => {
  const own = present.filter((field) => field.typeId === typeId);
  const open = [...wanted];
  const free: Multifield[] = [];
  for (const field of own) {
    const index = open.indexOf(field.value);
    if (index === -1) free.push(field);
    else open.splice(index, 1);
  }
  const entries: [string, CommandValue][] = [];
  for (const field of free) {
    const next = open.shift();
    const id = field.id ?? 0;
    entries.push([String(id), { id, typeId, valueType: field.valueType ?? "WORK", value: next ?? "" }]);
  }
  for (const added of open) entries.push(["", { typeId, valueType: "WORK", value: added }]);
  return entries;
};

const multifieldParams = ({ fields }: WriteOperation, item: Item | undefined): CommandValue | undefined => {
  const changes = Object.entries(multifields).flatMap(([name, typeId]) => {
    const wanted = fields[name];
    if (wanted === undefined) return [];
    const texts = wanted === null ? [] : typeof wanted === "object" ? wanted : [String(wanted)];
    return multifieldChange(item?.fm ?? [], typeId, texts);
  });
  // New values go by keys of their own: n0, n1 …
  const keyed = changes.map(([key, value], index) => [key === "" ? `n${index}` : key, value] as const);
  return keyed.length === 0 ? undefined : Object.fromEntries(keyed);
};

/** A contact has no field for the whole name: it is parted at the first space unless its parts are given. */
const nameParts = ({ fields }: WriteOperation): Params => {
  const { name, firstName, lastName } = fields;
  if (firstName !== undefined || lastName !== undefined || typeof name !== "string") {
    return given({ name: value(firstName), lastName: value(lastName) });
  }
  const [first = "", ...rest] = name.trim().split(/\s+/u);
  return { name: first, lastName: rest.join(" ") };
};

const linkParams = (entity: ItemEntity, { links }: WriteOperation): Params => {
  const of = (other: "contact" | "company") =>
    (links ?? []).filter((link) => link.entity === other).map(({ remoteId }) => Number(remoteId));
  const contacts = of("contact");
  const companies = of("company");
  return given({
    contactIds: entity === "deal" && contacts.length > 0 ? contacts : undefined,
    companyId: entity !== "company" && companies[0] !== undefined ? companies[0] : undefined,
  });
};

const buildItem = (entity: ItemEntity, operation: WriteOperation, item: Item | undefined): Built => {
  const { fields, customFields, remoteId } = operation;
  const params = given({
    ...(entity === "contact" ? nameParts(operation) : { title: value(fields["name"]) }),
    post: entity === "contact" ? value(fields["position"]) : undefined,
    fm: multifieldParams(operation, item),
    assignedById: value(fields["responsible"]),
    opportunity: entity === "deal" ? value(fields["amount"]) : undefined,
    // Without it the portal counts the sum from products and forgets ours.
    isManualOpportunity: entity === "deal" && typeof fields["amount"] === "number" ? "Y" : undefined,
    currencyId: entity === "deal" ? value(fields["currency"]) : undefined,
    categoryId: entity === "deal" ? value(fields["pipeline"]) : undefined,
    stageId: entity === "deal" ? value(fields["stage"]) : undefined,
    closedate: entity === "deal" ? value(fields["expectedCloseAt"]) : undefined,
    ...linkParams(entity, operation),
    ...(customFields as Readonly<Record<string, CommandValue>>),
    ...(remoteId === undefined ? { originatorId: originator, originId: operation.externalId } : {}),
  });
  const entityTypeId = entityTypes[entity];
  return remoteId === undefined
    ? { commands: [{ method: "crm.item.add", params: { entityTypeId, fields: params } }] }
    : { commands: [{ method: "crm.item.update", params: { entityTypeId, id: Number(remoteId), fields: params } }] };
};

const ownerOf = ({ links }: WriteOperation): { readonly entity: ItemEntity; readonly id: number } | undefined => {
  for (const { entity, remoteId } of links ?? []) if (isItemEntity(entity)) return { entity, id: Number(remoteId) };
  return undefined;
};

const buildNote = (operation: WriteOperation): Built => {
  const { fields, remoteId } = operation;
  const text = fields["text"];
  if (typeof text !== "string" || text === "") return { refused: "A note needs a text." };
  if (remoteId !== undefined) {
    return {
      commands: [
        { method: "crm.timeline.comment.update", params: { id: Number(remoteId), fields: { COMMENT: text } } },
      ],
    };
  }
  const owner = ownerOf(operation);
  if (owner === undefined) return { refused: "A note needs a contact, company or deal to hang on." };
  const params = { fields: { ENTITY_ID: owner.id, ENTITY_TYPE: owner.entity, COMMENT: text } };
  return { commands: [{ method: "crm.timeline.comment.add", params }] };
};

const completed = (id: CommandValue, done: FieldValue | undefined): readonly Command[] =>
  typeof done === "boolean" ? [{ method: "crm.activity.update", params: { id, fields: { COMPLETED: done } } }] : [];

/** Universal activities (`todo`); a change of one says owner and deadline again, as the method demands. */
const buildTask = (operation: WriteOperation, index: number, activity: Activity | undefined): Built => {
  const { fields, remoteId } = operation;
  const common = given({
    title: value(fields["name"]),
    description: value(fields["text"]),
    responsibleId: value(fields["responsible"]),
  });
  if (remoteId === undefined) {
    const owner = ownerOf(operation);
    if (owner === undefined) return { refused: "A task needs a contact, company or deal to hang on." };
    if (typeof fields["dueAt"] !== "string") return { refused: "A task needs dueAt." };
    const params = { ownerTypeId: entityTypes[owner.entity], ownerId: owner.id, deadline: fields["dueAt"], ...common };
    const id = { resultOf: [`c${index}`, "id"] };
    return {
      commands: [{ method: "crm.activity.todo.add", params }, ...(fields["done"] === true ? completed(id, true) : [])],
    };
  }
  if (activity === undefined) return { refused: "The task is gone." };
  const id = activity.ID;
  const changes = Object.keys(common).length > 0 || fields["dueAt"] !== undefined;
  const deadline = fields["dueAt"] ?? activity.DEADLINE;
  if (changes && typeof deadline !== "string") return { refused: "A task needs dueAt." };
  const owner = { ownerTypeId: activity.OWNER_TYPE_ID ?? 0, ownerId: activity.OWNER_ID ?? 0 };
  const update = {
    method: "crm.activity.todo.update",
    params: { id, ...owner, deadline: String(deadline), ...common },
  };
  return { commands: [...(changes ? [update] : []), ...completed(id, fields["done"])] };
};

/** `index` is the place that the first command will have in its batch. */
export const build = (operation: WriteOperation, index: number, present: Present): Built => {
  const { entity } = operation;
  if (isItemEntity(entity)) return buildItem(entity, operation, present.item);
  if (entity === "note") return buildNote(operation);
  if (entity === "task") return buildTask(operation, index, present.activity);
  return { refused: `Records of kind ${entity} are not written.` };
};
