import type { CallOptions, CrmEntity, FieldValue, WriteOperation, WriteResult } from "../provider.ts";
import { htmlOfText } from "../rich-text.ts";
import type { ApiRequest } from "../transport/api-call.ts";
import { tidySaid } from "../transport/errors.ts";
import { orUnclear } from "../transport/or-unclear.ts";
import { at, textOf } from "../transport/read-body.ts";
import type { Transport } from "../transport/transport.ts";
import { isRowEntity, linkKeys, pathOf, type RowEntity } from "./entities.ts";
import type { PipedriveReading } from "./reading.ts";
import { timeMs } from "./records.ts";
import type { Field } from "./schemas.ts";
import { isWritable, writeValue } from "./values.ts";

type Body = Record<string, unknown>;

const idOf = (value: FieldValue | undefined): unknown =>
  typeof value === "string" && /^\d+$/u.test(value) ? Number(value) : value;
const listOf = (value: FieldValue): readonly string[] =>
  typeof value === "object" && value !== null ? value : typeof value === "string" && value !== "" ? [value] : [];
const several = (value: FieldValue): Body[] =>
  listOf(value).map((one, place) => ({ value: one, primary: place === 0, label: "work" }));
const rich = (value: FieldValue): string => (typeof value === "string" ? htmlOfText(value) : "");

/** A day alone where it is midnight in UTC: what was read from a day alone. */
const due = (value: FieldValue): Body => {
  if (typeof value !== "string") return { due_date: null, due_time: null };
  const time = value.slice(11, 16);
  return { due_date: value.slice(0, 10), due_time: time === "00:00" ? null : time };
};

type Build = (value: FieldValue) => Body;
const as =
  (key: string, convert: (value: FieldValue) => unknown = (value) => value): Build =>
  (value) => ({ [key]: convert(value) });

const builders: Readonly<Record<RowEntity, Readonly<Record<string, Build>>>> = {
  // The position can only be set where the company has contact sync; elsewhere it refuses the whole record with a 403.
  contact: {
    name: as("name"),
    email: as("emails", several),
    phone: as("phones", several),
    responsible: as("owner_id", idOf),
  },
  company: {
    name: as("name"),
    address: as("address", (value) => (value === null ? null : { value })),
    responsible: as("owner_id", idOf),
  },
  deal: {
    name: as("title"),
    amount: as("value"),
    currency: as("currency"),
    pipeline: as("pipeline_id", idOf),
    stage: as("stage_id", idOf),
    expectedCloseAt: as("expected_close_date", (value) => (typeof value === "string" ? value.slice(0, 10) : null)),
    responsible: as("owner_id", idOf),
  },
  task: {
    name: as("subject"),
    text: as("note", rich),
    dueAt: due,
    done: as("done", (value) => value === true),
    kind: as("type"),
    responsible: as("owner_id", idOf),
  },
};

/** Which links a record names by itself; the others are named by the other side. */
const named: Readonly<Partial<Record<CrmEntity, readonly string[]>>> = {
  contact: ["org_id"],
  deal: ["person_id", "org_id"],
  task: ["deal_id", "person_id", "org_id"],
  note: ["deal_id", "person_id", "org_id"],
};

const linksOf = (operation: WriteOperation): Body =>
  Object.assign(
    {},
    ...linkKeys.flatMap(([key, entity]): Body[] => {
      const link = operation.links?.find((one) => one.entity === entity);
      if (link === undefined || named[operation.entity]?.includes(key) !== true) return [];
      const id = Number(link.remoteId);
      // Of an activity, the person is the first participant; `person_id` is only read.
      return key === "person_id" && operation.entity === "task"
        ? [{ participants: [{ person_id: id, primary: true }] }]
        : [{ [key]: id }];
    }),
  ) as Body;

/** Only `name` can be set: the half that the operation leaves out is taken from the record as it is. */
const nameOf = async (
  { fields, remoteId }: WriteOperation,
  reading: PipedriveReading,
  options: CallOptions,
): Promise<Body> => {
  const { firstName, lastName } = fields;
  if (fields["name"] !== undefined || (firstName === undefined && lastName === undefined)) return {};
  const isHalf = firstName === undefined || lastName === undefined;
  const before = isHalf && remoteId !== undefined ? (await reading.read("contact", [remoteId], options))[0] : undefined;
  const parts = [firstName ?? before?.fields["firstName"], lastName ?? before?.fields["lastName"]];
  return { name: parts.filter((part) => typeof part === "string" && part !== "").join(" ") };
};

const customOf = (operation: WriteOperation, definitions: readonly Field[]): Body => {
  const known = new Map(definitions.map((field) => [field.field_code, field]));
  return Object.fromEntries(
    Object.entries(operation.customFields).map(([key, value]) => [key, writeValue(known.get(key), value)]),
  );
};

type Built = { readonly request: ApiRequest } | { readonly refused: string };

const buildRow = async (
  entity: RowEntity,
  operation: WriteOperation,
  reading: PipedriveReading,
  externalIdField: string | undefined,
  options: CallOptions,
): Promise<Built> => {
  const { remoteId, externalId, fields } = operation;
  const mapped = Object.keys(operation.customFields);
  const definitions = mapped.length === 0 ? [] : await reading.fieldsOf(entity, options);
  const fixed = definitions.find((field) => mapped.includes(field.field_code) && !isWritable(field));
  if (fixed !== undefined) return { refused: `The field ${fixed.field_name} cannot be written.` };
  const custom = {
    ...customOf(operation, definitions),
    ...(remoteId === undefined && externalIdField !== undefined ? { [externalIdField]: externalId } : {}),
  };
  const json: Body = Object.assign(
    {},
    ...Object.entries(fields).map(([name, value]) => builders[entity][name]?.(value) ?? {}),
    entity === "contact" ? await nameOf(operation, reading, options) : {},
    linksOf(operation),
    Object.keys(custom).length === 0 ? {} : { custom_fields: custom },
  );
  // A new record has nothing to clear, and its fields take no null.
  if (remoteId === undefined) for (const key of Object.keys(json)) if (json[key] === null) delete json[key];
  const path = `/api/v2/${pathOf[entity]}${remoteId === undefined ? "" : `/${remoteId}`}`;
  return { request: { method: remoteId === undefined ? "POST" : "PATCH", path, json, effect: "write" } };
};

const buildNote = (operation: WriteOperation): Built => {
  const { fields, remoteId } = operation;
  const links = linksOf(operation);
  if (remoteId === undefined && Object.keys(links).length === 0) {
    return { refused: "A note needs a contact, company or deal to hang on." };
  }
  const json = { ...links, ...(fields["text"] === undefined ? {} : { content: rich(fields["text"]) }) };
  const path = `/api/v1/notes${remoteId === undefined ? "" : `/${remoteId}`}`;
  return { request: { method: remoteId === undefined ? "POST" : "PUT", path, json, effect: "write" } };
};

/**
 * One record a request: the API has no batches, and a batch of ours that broke off in the middle could not tell which of
 * its records were made.
 */
export const maxBatch = 1;

export const makeWrite =
  (
    transport: Transport,
    reading: PipedriveReading,
    fieldFor: (operation: WriteOperation, options: CallOptions) => Promise<string | undefined>,
  ) =>
  async (operations: readonly WriteOperation[], options: CallOptions): Promise<readonly WriteResult[]> => {
    const results: WriteResult[] = [];
    for (const operation of operations) {
      const { entity } = operation;
      const built = isRowEntity(entity)
        ? await buildRow(entity, operation, reading, await fieldFor(operation, options), options)
        : entity === "note"
          ? buildNote(operation)
          : { refused: `Records of kind ${entity} are not written.` };
      results.push(
        "refused" in built
          ? { state: "refused", code: "crm_record_refused", message: built.refused }
          : await send(transport, operation, built.request, options),
      );
    }
    return results;
  };

const send = async (
  transport: Transport,
  operation: WriteOperation,
  request: ApiRequest,
  options: CallOptions,
): Promise<WriteResult> => {
  const [result] = await orUnclear([operation], async () => {
    const answer = await transport.call({ ...request, accept: [400, 404, 409, 422] }, options);
    if (answer.status >= 400) {
      const said = textOf(at(answer.body, "error")) ?? textOf(at(answer.body, "message")) ?? `status ${answer.status}`;
      return [{ state: "refused", code: "crm_record_refused", message: tidySaid(said) }];
    }
    const id = at(answer.body, "data", "id");
    if (typeof id !== "number" && typeof id !== "string") {
      return [{ state: "unclear", message: "Pipedrive did not name the record it stored." }];
    }
    const updatedAtMs = timeMs(textOf(at(answer.body, "data", "update_time")));
    return [{ state: "written", remoteId: String(id), updatedAtMs }];
  });
  return result ?? { state: "unclear", message: "Pipedrive did not say what became of it." };
};
