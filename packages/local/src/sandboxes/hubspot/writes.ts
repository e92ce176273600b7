import { plainText } from "../plain-text.ts";
import type { Author, StoredRecord } from "../record-store.ts";
import { iso } from "./answers.ts";
import type { HubspotContext, Json } from "./objects.ts";
import { findObject, record, rows } from "./objects.ts";
import type { ObjectType } from "./portal.ts";
import { propertyOf } from "./portal.ts";

/** What is wrong with these values, in the words of the API; undefined: nothing. */
const invalid = (
  { store }: HubspotContext,
  type: ObjectType,
  properties: Json,
  own: string | undefined,
): { readonly status: number; readonly category: string; readonly message: string } | undefined => {
  for (const [name, value] of Object.entries(properties)) {
    const property = propertyOf(store, type.name, name);
    const bad = (error: string, message: string) => ({
      status: 400,
      category: "VALIDATION_ERROR",
      message: `Property values were not valid: ${JSON.stringify([{ isValid: false, message, error, name, localizedErrorMessage: message }])}`,
    });
    if (property === undefined) return bad("PROPERTY_DOESNT_EXIST", `Property "${name}" does not exist`);
    if (property.readOnly) return bad("READ_ONLY_VALUE", `"${name}" is a read only property; its value cannot be set.`);
    const text = plainText(value);
    if (text === "") continue;
    if (property.type === "number" && !Number.isFinite(Number(text))) {
      return bad("INVALID_DOUBLE", `${text} was not a valid number.`);
    }
    if (property.type === "datetime" && Number.isNaN(Date.parse(text)) && !/^\d+$/u.test(text)) {
      return bad("INVALID_DATE", `${text} was not a valid date.`);
    }
    if (property.type === "enumeration" && property.options.length > 0) {
      const known = property.options.map((option) => option.value);
      const wrong = text.split(";").find((one) => !known.includes(one));
      if (wrong !== undefined)
        return bad("INVALID_OPTION", `${wrong} was not one of the allowed options: [${known.join(", ")}]`);
    }
    if (name === "email" && !/^\S+@\S+\.\S+$/u.test(text))
      return bad("INVALID_EMAIL", `Email address ${text} is invalid`);
    if (!property.hasUniqueValue) continue;
    const other = store
      .live(type.name)
      .find(({ id, data }) => id !== own && plainText(data[name]).toLowerCase() === text.toLowerCase());
    if (other !== undefined) {
      const what = type.name === "contacts" && name === "email" ? "Contact already exists." : `${name} must be unique.`;
      return { status: 409, category: "CONFLICT", message: `${what} Existing ID: ${other.id}` };
    }
  }
  return undefined;
};

/** Values as the CRM keeps them: texts; times become ISO, an empty text empties. */
const stored = ({ store }: HubspotContext, type: ObjectType, properties: Json): Json =>
  Object.fromEntries(
    Object.entries(properties).map(([name, value]) => {
      const text = plainText(value);
      if (text === "") return [name, null];
      const time = propertyOf(store, type.name, name)?.type === "datetime";
      return [name, time ? iso(/^\d+$/u.test(text) ? Number(text) : Date.parse(text)) : text];
    }),
  );

export interface Written {
  readonly stored?: StoredRecord;
  readonly isNew?: boolean;
  readonly error?: { readonly status: number; readonly category: string; readonly message: string };
}

const mandatory: Readonly<Partial<Record<ObjectType["name"], string>>> = {
  notes: "hs_timestamp",
  tasks: "hs_timestamp",
  calls: "hs_timestamp",
};

export type WriteRefusal = NonNullable<Written["error"]>;

const linksOf = (type: ObjectType, input: Json) =>
  rows(input["associations"]).map((association) => {
    const typeId = rows(association["types"])[0]?.["associationTypeId"];
    return {
      id: plainText(record(association["to"])["id"]),
      other: typeId === undefined ? undefined : associationTarget(type, Number(typeId)),
    };
  });

const refuseValues = (message: string): WriteRefusal => ({ status: 400, category: "VALIDATION_ERROR", message });

/** Why this cannot be made; undefined: it can. */
export const createError = (context: HubspotContext, type: ObjectType, input: Json): WriteRefusal | undefined => {
  const properties = record(input["properties"]);
  const needed = mandatory[type.name];
  if (needed !== undefined && plainText(properties[needed]) === "") {
    return refuseValues(`Error creating ${type.name.toUpperCase()}. Some required properties were not set.`);
  }
  const wrong = linksOf(type, input).find(
    ({ id, other }) => other === undefined || context.store.get(other, id) === undefined,
  );
  if (wrong !== undefined) return refuseValues(`No such association target: ${wrong.id}`);
  return invalid(context, type, properties, undefined);
};

export const createObject = (context: HubspotContext, type: ObjectType, input: Json, by: Author): Written => {
  const error = createError(context, type, input);
  if (error !== undefined) return { error };
  const added = context.store.add(type.name, stored(context, type, record(input["properties"])), { by });
  for (const { id, other } of linksOf(type, input)) {
    context.associations.add({ type: type.name, id: added.id }, { type: other ?? "", id });
  }
  return { stored: added, isNew: true };
};

/** HubSpot's own numbers of the default associations, by the pair's types. */
const associationTypes: readonly (readonly [from: ObjectType["name"], to: ObjectType["name"], id: number])[] = [
  ["contacts", "companies", 279],
  ["contacts", "companies", 1],
  ["companies", "contacts", 280],
  ["companies", "contacts", 2],
  ["deals", "contacts", 3],
  ["contacts", "deals", 4],
  ["deals", "companies", 341],
  ["deals", "companies", 5],
  ["companies", "deals", 342],
  ["companies", "deals", 6],
  ["notes", "contacts", 202],
  ["notes", "companies", 190],
  ["notes", "deals", 214],
  ["tasks", "contacts", 204],
  ["tasks", "companies", 192],
  ["tasks", "deals", 216],
  ["calls", "contacts", 194],
  ["calls", "companies", 182],
  ["calls", "deals", 206],
];
const associationTarget = (type: ObjectType, typeId: number): string | undefined =>
  associationTypes.find(([from, , id]) => from === type.name && id === typeId)?.[1];

/** The default association of a pair, for the answers of v4. */
export const associationTypeId = (from: string, to: string): number =>
  associationTypes.find(([a, b]) => a === from && b === to)?.[2] ?? 0;

const before = (context: HubspotContext, type: ObjectType, input: Json): StoredRecord | undefined =>
  findObject(
    context,
    type,
    plainText(input["id"]),
    input["idProperty"] === undefined ? undefined : plainText(input["idProperty"]),
  );

export const updateError = (context: HubspotContext, type: ObjectType, input: Json): WriteRefusal | undefined => {
  const known = before(context, type, input);
  if (known !== undefined) return invalid(context, type, record(input["properties"]), known.id);
  const message = `Object not found. objectId are usually numeric: ${plainText(input["id"])}`;
  return { status: 404, category: "OBJECT_NOT_FOUND", message };
};

export const updateObject = (context: HubspotContext, type: ObjectType, input: Json, by: Author): Written => {
  const known = before(context, type, input);
  const error = updateError(context, type, input);
  if (error !== undefined || known === undefined) return error === undefined ? {} : { error };
  const changes = stored(context, type, record(input["properties"]));
  return { stored: context.store.edit(type.name, known.id, changes, { by }), isNew: false };
};

const withKey = (input: Json): Json => ({
  ...input,
  properties: { ...record(input["properties"]), [plainText(input["idProperty"])]: input["id"] },
});

export const upsertError = (context: HubspotContext, type: ObjectType, input: Json): WriteRefusal | undefined => {
  const idProperty = plainText(input["idProperty"]);
  if (propertyOf(context.store, type.name, idProperty)?.hasUniqueValue !== true) {
    return refuseValues(`idProperty ${idProperty} is not a unique property`);
  }
  return before(context, type, input) === undefined
    ? createError(context, type, withKey(input))
    : updateError(context, type, input);
};

export const upsertObject = (context: HubspotContext, type: ObjectType, input: Json, by: Author): Written => {
  const error = upsertError(context, type, input);
  if (error !== undefined) return { error };
  return before(context, type, input) === undefined
    ? createObject(context, type, withKey(input), by)
    : updateObject(context, type, input, by);
};
