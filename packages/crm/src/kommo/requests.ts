import { epochSeconds } from "../fields.ts";
import type { FieldValue, WriteOperation } from "../provider.ts";
import { writeCustomValue } from "./custom-values.ts";
import { entityOf, parentOf, parseNoteId, type Parent, type RowEntity } from "./records.ts";

/** A record of a batch as the API takes it, or why it cannot be made of this operation. */
export type Built = { readonly body: Readonly<Record<string, unknown>> } | { readonly refused: string };

/** An id of ours is digits; anything else goes as it is, for the API to refuse. */
const idNumber = (value: FieldValue | undefined): number | FieldValue | undefined =>
  typeof value === "string" && /^\d+$/u.test(value) ? Number(value) : value;

/** Only what the operation has: a field left out stays as it is. */
const present = (entries: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined));

/** Our names that are custom fields over there, by their code. */
const coded: Readonly<Record<string, { readonly code: string; readonly extra?: object }>> = {
  email: { code: "EMAIL", extra: { enum_code: "WORK" } },
  phone: { code: "PHONE", extra: { enum_code: "WORK" } },
  position: { code: "POSITION" },
  website: { code: "WEB", extra: { enum_code: "WORK" } },
  address: { code: "ADDRESS" },
};

const customValues = (
  { fields, customFields }: WriteOperation,
  externalId: { readonly field: string; readonly value: string } | undefined,
): readonly object[] | undefined => {
  const values = [
    ...Object.entries(coded).flatMap(([name, { code, extra }]) => {
      const value = fields[name];
      return value === undefined ? [] : [{ field_code: code, values: writeCustomValue(value, extra) }];
    }),
    ...Object.entries(customFields).map(([field, value]) => ({
      field_id: Number(field),
      values: writeCustomValue(value),
    })),
    ...(externalId === undefined
      ? []
      : [{ field_id: Number(externalId.field), values: [{ value: externalId.value }] }]),
  ];
  return values.length === 0 ? undefined : values;
};

const embeddedLinks = (links: WriteOperation["links"], entity: string): readonly object[] | undefined => {
  const ids = (links ?? []).filter((link) => link.entity === entity).map(({ remoteId }) => ({ id: Number(remoteId) }));
  return ids.length === 0 ? undefined : ids;
};

/** Contacts, companies and leads. Links of a new lead go with it; all others are made afterwards. */
const buildParent = (
  entity: Exclude<RowEntity, "task">,
  operation: WriteOperation,
  externalIdField: string | undefined,
): Built => {
  const { fields, remoteId } = operation;
  const external =
    remoteId === undefined && externalIdField !== undefined
      ? { field: externalIdField, value: operation.externalId }
      : undefined;
  const common = {
    id: idNumber(remoteId),
    name: fields["name"],
    responsible_user_id: idNumber(fields["responsible"]),
    custom_fields_values: customValues(operation, external),
  };
  if (entity !== "deal") {
    return {
      body: present({
        ...common,
        first_name: entity === "contact" ? fields["firstName"] : undefined,
        last_name: entity === "contact" ? fields["lastName"] : undefined,
      }),
    };
  }
  const embedded =
    remoteId === undefined
      ? present({
          contacts: embeddedLinks(operation.links, "contact"),
          companies: embeddedLinks(operation.links, "company"),
        })
      : {};
  return {
    body: present({
      ...common,
      price: fields["amount"],
      pipeline_id: idNumber(fields["pipeline"]),
      status_id: idNumber(fields["stage"]),
      _embedded: Object.keys(embedded).length === 0 ? undefined : embedded,
    }),
  };
};

const buildTask = ({ fields, remoteId, links }: WriteOperation): Built => {
  const text = fields["text"] ?? fields["name"];
  const dueAt = fields["dueAt"] === undefined ? undefined : epochSeconds(fields["dueAt"]);
  if (remoteId === undefined && (typeof text !== "string" || text === "")) return { refused: "A task needs a text." };
  if ((remoteId === undefined && dueAt === undefined) || dueAt === null) return { refused: "A task needs dueAt." };
  const owner = links?.find(({ entity }) => parentOf(entity) !== undefined);
  return {
    body: present({
      id: idNumber(remoteId),
      text,
      complete_till: dueAt,
      is_completed: fields["done"],
      task_type_id: idNumber(fields["kind"]),
      responsible_user_id: idNumber(fields["responsible"]),
      entity_id: owner === undefined ? undefined : Number(owner.remoteId),
      entity_type: owner === undefined ? undefined : parentOf(owner.entity),
    }),
  };
};

/** What a note hangs on: named by its remote id, or by the first link of a new one. */
export const noteParent = ({
  remoteId,
  links,
}: WriteOperation): { readonly parent: Parent; readonly id?: string } | undefined => {
  if (remoteId !== undefined) {
    const known = parseNoteId(remoteId);
    return known === undefined ? undefined : { parent: known.parent };
  }
  const owner = links?.find(({ entity }) => parentOf(entity) !== undefined);
  const parent = owner === undefined ? undefined : parentOf(owner.entity);
  return owner === undefined || parent === undefined ? undefined : { parent, id: owner.remoteId };
};

const buildNote = (operation: WriteOperation): Built => {
  const { fields, remoteId } = operation;
  const owner = noteParent(operation);
  if (owner === undefined) return { refused: "A note needs a contact, company or deal to hang on." };
  if (typeof fields["text"] !== "string") return { refused: "A note needs a text." };
  const id = remoteId === undefined ? undefined : parseNoteId(remoteId)?.id;
  return {
    body: present({
      id: idNumber(id),
      entity_id: idNumber(owner.id),
      note_type: "common",
      params: { text: fields["text"] },
    }),
  };
};

export const build = (operation: WriteOperation, externalIdField: string | undefined): Built => {
  switch (operation.entity) {
    case "contact":
    case "company":
    case "deal":
      return buildParent(operation.entity, operation, externalIdField);
    case "task":
      return buildTask(operation);
    case "note":
      return buildNote(operation);
    case "pipeline":
    case "user":
    case "field":
      return { refused: `Records of kind ${operation.entity} are not written.` };
  }
};

/** Links that the record's own request did not carry: for the mass link call of its entity. */
export const laterLinks = (operation: WriteOperation, remoteId: string): readonly object[] => {
  if (parentOf(operation.entity) === undefined) return [];
  if (operation.entity === "deal" && operation.remoteId === undefined) return [];
  return (operation.links ?? []).flatMap(({ entity, remoteId: to }) => {
    const type = parentOf(entity);
    if (type === undefined || entityOf[type] === operation.entity) return [];
    return [{ entity_id: Number(remoteId), to_entity_id: Number(to), to_entity_type: type }];
  });
};
