import { plainText } from "../plain-text.ts";
import type { Author, RecordStore, StoredRecord } from "../record-store.ts";
import { fieldsOf } from "./org.ts";
import type { Row } from "./soql.ts";

/** What became of one record of a write: `SaveResult`. */
export interface SaveResult {
  readonly id?: string;
  readonly success: boolean;
  readonly created?: boolean;
  readonly errors: readonly {
    readonly statusCode: string;
    readonly message: string;
    readonly fields: readonly string[];
  }[];
}

export interface WriteContext {
  readonly store: RecordStore;
  readonly by: Author;
}

const failed = (statusCode: string, message: string, fields: readonly string[] = []): SaveResult => ({
  success: false,
  errors: [{ statusCode, message, fields }],
});

const clean = (values: Row): Row =>
  Object.fromEntries(Object.entries(values).filter(([name]) => name !== "attributes"));

/** Why these values are refused; undefined: they are not. */
const invalid = (
  { store }: WriteContext,
  object: string,
  values: Row,
  own: StoredRecord | undefined,
): SaveResult | undefined => {
  const fields = new Map(fieldsOf(store, object).map((field) => [field.name, field]));
  for (const [name, value] of Object.entries(values)) {
    const field = fields.get(name);
    if (field === undefined) return failed("INVALID_FIELD", `No such column '${name}' on sobject of type ${object}`);
    if (!field.updateable)
      return failed(
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        `Unable to create/update fields: ${name}. Please check the security settings of this field.`,
        [name],
      );
    const text = plainText(value);
    if (text === "") continue;
    if (field.type === "email" && !/^\S+@\S+\.\S+$/u.test(text))
      return failed("INVALID_EMAIL_ADDRESS", `${name}: invalid email address: ${text}`, [name]);
    if (["currency", "double", "int", "percent"].includes(field.type) && !Number.isFinite(Number(text)))
      return failed("JSON_PARSER_ERROR", `Cannot deserialize instance of ${field.type} from ${text}`, [name]);
    if (field.type === "date" && !/^\d{4}-\d\d-\d\d$/u.test(text))
      return failed("JSON_PARSER_ERROR", `Cannot deserialize instance of date from VALUE_STRING value ${text}`, [name]);
    if (text.length > 255 && !["textarea", "url"].includes(field.type))
      return failed("STRING_TOO_LONG", `${name}: data value too large (max length=255)`, [name]);
    if (field.unique) {
      const other = store.live(object).find(({ id, data }) => id !== own?.id && plainText(data[name]) === text);
      if (other !== undefined)
        return failed(
          "DUPLICATE_VALUE",
          `duplicate value found: ${name} duplicates value on record with id: ${other.id}`,
        );
    }
  }
  const missing = [...fields.values()]
    .filter(({ name, required }) => required && plainText(values[name] ?? own?.data[name]) === "")
    .map(({ name }) => name);
  return missing.length === 0
    ? undefined
    : failed("REQUIRED_FIELD_MISSING", `Required fields are missing: [${missing.join(", ")}]`, missing);
};

export const insert = (context: WriteContext, object: string, values: Row): SaveResult => {
  const own = clean(values);
  const error = invalid(context, object, own, undefined);
  if (error !== undefined) return error;
  const { id } = context.store.add(object, own, { by: context.by });
  return { id, success: true, errors: [] };
};

export const update = (context: WriteContext, object: string, id: string, values: Row): SaveResult => {
  const { Id: _, id: __, ...own } = clean(values);
  const stored = context.store.get(object, id);
  if (stored === undefined) return failed("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id");
  if (stored.deletedAtMs !== undefined) return failed("ENTITY_IS_DELETED", "entity is deleted");
  const error = invalid(context, object, own, stored);
  if (error !== undefined) return error;
  context.store.edit(object, id, own, { by: context.by });
  return { id, success: true, errors: [] };
};

/** By an external id: makes it or changes it; several with the same value are nobody's. */
export const upsert = (
  context: WriteContext,
  object: string,
  field: string,
  value: string,
  values: Row,
): SaveResult => {
  const known = fieldsOf(context.store, object).find(({ name }) => name === field);
  if (known?.externalId !== true)
    return failed(
      "INVALID_FIELD",
      `Field name provided, ${field} does not match an External ID, Salesforce Id, or indexed field for ${object}`,
    );
  if (value === "") return failed("MISSING_ARGUMENT", `${field} not specified`);
  const found = context.store.live(object).filter(({ data }) => plainText(data[field]) === value);
  if (found.length > 1)
    return failed(
      "DUPLICATE_EXTERNAL_ID",
      `${field}: more than one record found for external id field: [${found.map(({ id }) => id).join(", ")}]`,
    );
  const { [field]: _, ...own } = clean(values);
  const [existing] = found;
  if (existing === undefined) return { ...insert(context, object, { ...own, [field]: value }), created: true };
  return { ...update(context, object, existing.id, own), created: false };
};

export const remove = ({ store, by }: WriteContext, object: string, id: string): SaveResult => {
  const stored = store.get(object, id);
  if (stored === undefined) return failed("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id");
  if (stored.deletedAtMs !== undefined) return failed("ENTITY_IS_DELETED", "entity is deleted");
  store.remove(object, id, { by });
  return { id, success: true, errors: [] };
};
