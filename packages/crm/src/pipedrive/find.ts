import type { CallOptions, CrmEntity, RemoteRecord, WriteOperation } from "../provider.ts";
import type { Transport } from "../transport/transport.ts";
import { type FieldEntity, fieldEntities, fieldPaths, linkKeys, pathOf } from "./entities.ts";
import type { PipedriveReading } from "./reading.ts";
import { readNote, readRow } from "./records.ts";
import { fieldSchema, foundSchema, noteSchema, oneOf, pageOf } from "./schemas.ts";

/** The custom field for our ids; fields have no names of our choice but this. */
const fieldName = "GPT Agent ID";

/** The field for our ids on deals, persons and organisations: found by its name, else made. */
export const prepare = async (
  transport: Transport,
  reading: PipedriveReading,
  options: CallOptions,
): Promise<Readonly<Partial<Record<string, string>>>> => {
  const fields: Partial<Record<string, string>> = {};
  // Names are not unique over there: what is there must be known, not remembered.
  reading.forgetFields();
  for (const entity of fieldEntities) {
    const known = (await reading.fieldsOf(entity, options)).find(
      ({ field_name: name, is_custom_field: custom }) => name === fieldName && custom === true,
    );
    const path = `/api/v2/${fieldPaths[entity]}`;
    const json = { field_name: fieldName, field_type: "varchar" };
    const made =
      known ??
      (await transport.read(oneOf(fieldSchema), { method: "POST", path, json, effect: "write" }, options)).data;
    fields[entity] = made.field_code;
  }
  reading.forgetFields();
  return fields;
};

/** Records whose field holds exactly this id. The search looks into all custom fields, and lags. */
export const findByField = async (
  transport: Transport,
  reading: PipedriveReading,
  entity: FieldEntity,
  found: { readonly field: string; readonly externalId: string },
  options: CallOptions,
): Promise<readonly RemoteRecord[]> => {
  const query = { term: found.externalId, fields: "custom_fields", exact_match: true, limit: 100 };
  const path = `/api/v2/${pathOf[entity]}/search`;
  const { data } = await transport.read(foundSchema, { method: "GET", path, query, effect: "read" }, options);
  const ids = data.items.map(({ item }) => item.id);
  const records = await reading.read(entity, ids, options);
  return records.filter(({ raw }) => customValue(raw, found.field) === found.externalId);
};

const customValue = (raw: unknown, key: string): unknown =>
  (raw as { readonly custom_fields?: Readonly<Record<string, unknown>> }).custom_fields?.[key];

const notesSchema = pageOf(noteSchema);

/** A note or task that looks like the one that was sent: on the same record, with the same text, not older. */
export const findSame = async (
  transport: Transport,
  reading: PipedriveReading,
  { operation, sinceMs }: { readonly operation: WriteOperation; readonly sinceMs: number },
  options: CallOptions,
): Promise<readonly RemoteRecord[]> => {
  // Their clock may be behind ours.
  const from = sinceMs - 60_000;
  const owner = linkKeys.flatMap(([key, entity]) => {
    const link = operation.links?.find((one) => one.entity === entity);
    return link === undefined ? [] : [{ [key]: link.remoteId }];
  })[0];
  const isSame = ({ fields }: RemoteRecord, names: readonly string[]): boolean =>
    names.every((name) => (fields[name] ?? null) === (operation.fields[name] ?? null)) &&
    Date.parse(String(fields["createdAt"])) >= from;
  if (operation.entity === "note") {
    if (owner === undefined) return [];
    const query = { ...owner, start: 0, limit: 100, sort: "id DESC" };
    const request = { method: "GET", path: "/api/v1/notes", query, effect: "read" } as const;
    const { data } = await transport.read(notesSchema, request, options);
    return data.map((row) => readNote(row)).filter((note) => isSame(note, ["text"]));
  }
  const updated_since = new Date(from).toISOString().replace(/\.\d{3}Z$/u, "Z");
  const { data } = await reading.rows(
    "activities",
    { ...owner, updated_since, sort_by: "id", sort_direction: "desc" },
    options,
  );
  return data.map((row) => readRow("task", row, [])).filter((task) => isSame(task, ["name", "dueAt"]));
};

export const canHoldIds = (entity: CrmEntity): entity is FieldEntity =>
  (fieldEntities as readonly string[]).includes(entity);
