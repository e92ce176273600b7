import type { FieldValue, WriteOperation } from "../provider.ts";
import { htmlOfText } from "../rich-text.ts";
import type { ObjectEntity } from "./objects.ts";
import type { Property } from "./schemas.ts";
import { writeValue } from "./values.ts";

type Properties = Record<string, string>;

const plain = (value: FieldValue): string => writeValue(value);
const html = (value: FieldValue): string => htmlOfText(writeValue(value));

/** The first word is the first name: what `name` is read from gives the same name again. */
const nameParts = (value: FieldValue): Properties => {
  const [, first = "", last = ""] = /^\s*(\S*)\s*(.*?)\s*$/su.exec(writeValue(value)) ?? [];
  return { firstname: first, lastname: last };
};

const phones = (value: FieldValue): Properties => {
  const [phone = "", mobile = ""] = typeof value === "object" && value !== null ? value : [writeValue(value)];
  return { phone, mobilephone: mobile };
};

const firstOf = (value: FieldValue): string =>
  typeof value === "object" && value !== null ? (value[0] ?? "") : writeValue(value);

type Build = (value: FieldValue, operation: WriteOperation) => Properties;
const as =
  (name: string, convert: (value: FieldValue) => string = plain): Build =>
  (value) => ({ [name]: convert(value) });

const responsible = as("hubspot_owner_id");
const builders: Readonly<Record<ObjectEntity, Readonly<Record<string, Build>>>> = {
  contact: {
    name: (value, { fields }) =>
      fields["firstName"] === undefined && fields["lastName"] === undefined ? nameParts(value) : {},
    firstName: as("firstname"),
    lastName: as("lastname"),
    position: as("jobtitle"),
    email: as("email", firstOf),
    phone: phones,
    responsible,
  },
  company: {
    name: as("name"),
    phone: as("phone", firstOf),
    website: as("website"),
    address: as("address"),
    responsible,
  },
  deal: {
    name: as("dealname"),
    amount: as("amount"),
    currency: as("deal_currency_code"),
    pipeline: as("pipeline"),
    stage: as("dealstage"),
    expectedCloseAt: as("closedate"),
    responsible,
  },
  note: { text: as("hs_note_body", html), responsible },
  task: {
    name: as("hs_task_subject"),
    text: as("hs_task_body", html),
    dueAt: as("hs_timestamp"),
    done: (value) => ({ hs_task_status: value === true ? "COMPLETED" : "NOT_STARTED" }),
    kind: as("hs_task_type"),
    responsible,
  },
};

/** The properties of one write: only what the operation names; the empty text clears. */
export const buildProperties = (
  entity: ObjectEntity,
  operation: WriteOperation,
  definitions: readonly Property[],
  nowMs: number,
): Properties => {
  const known = new Map(definitions.map((property) => [property.name, property]));
  const own = Object.entries(operation.fields).map(([name, value]) => builders[entity][name]?.(value, operation) ?? {});
  const custom = Object.entries(operation.customFields).map(([name, value]) => ({
    [name]: writeValue(value, known.get(name)),
  }));
  // Notes and tasks need a time of their own; it is what places them in the timeline.
  const isActivity = entity === "note" || entity === "task";
  const when = isActivity && operation.remoteId === undefined ? { hs_timestamp: new Date(nowMs).toISOString() } : {};
  return Object.assign({}, when, ...own, ...custom) as Properties;
};
