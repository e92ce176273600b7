import { z } from "zod";
import { epochSeconds } from "../fields.ts";
import type { CallOptions, CrmEntity, RemoteRecord, WriteOperation } from "../provider.ts";
import type { Transport } from "../transport/transport.ts";
import { pageSize, readList } from "./api.ts";
import { entityOf, type Parent, parentOf, parents, pathOf, readNote, readRow, type RowEntity } from "./records.ts";
import { noteParent } from "./requests.ts";
import { fieldSchema, listOf, rowSchema } from "./schemas.ts";

/** The custom field for our ids, one per entity: people see it and cannot edit it. */
const code = "GPT_AGENT_ID";

/** All custom fields of contacts, companies or leads. */
export const readFields = async (
  transport: Transport,
  parent: Parent,
  options: CallOptions,
): Promise<readonly z.output<typeof fieldSchema>[]> => {
  const all: z.output<typeof fieldSchema>[] = [];
  for (let page = 1; ; page += 1) {
    const query = { limit: pageSize, page };
    const path = `${parent}/custom_fields`;
    const rows = await readList(transport, { path, what: "custom_fields", row: fieldSchema, query }, options);
    all.push(...rows);
    if (rows.length < pageSize) return all;
  }
};

const createdFieldSchema = listOf("custom_fields", z.looseObject({ id: z.number() })).transform((rows, context) => {
  const id = rows[0]?.id;
  if (id !== undefined) return String(id);
  context.addIssue("The new field's id is missing.");
  return z.NEVER;
});

const ensureField = async (transport: Transport, parent: Parent, options: CallOptions): Promise<string> => {
  const known = (await readFields(transport, parent, options)).find((field) => field.code === code);
  if (known !== undefined) return String(known.id);
  return transport.read(
    createdFieldSchema,
    {
      method: "POST",
      path: `/api/v4/${parent}/custom_fields`,
      json: [{ name: "GPT Agent ID", type: "text", code, is_api_only: true }],
      effect: "write",
    },
    options,
  );
};

/** The field for our ids on contacts, companies and leads: found by its code, else made. */
export const prepare = async (
  transport: Transport,
  options: CallOptions,
): Promise<Readonly<Partial<Record<CrmEntity, string>>>> => {
  const fields: Partial<Record<CrmEntity, string>> = {};
  for (const parent of parents) {
    const entity = entityOf[parent];
    if (entity !== undefined) fields[entity] = await ensureField(transport, parent, options);
  }
  return fields;
};

/** Records whose field holds exactly this id; the search itself looks into every field, and lags. */
export const findByField = async (
  transport: Transport,
  entity: RowEntity,
  fieldId: string,
  externalId: string,
  options: CallOptions,
): Promise<readonly RemoteRecord[]> => {
  const path = pathOf[entity];
  const query = { query: externalId, limit: pageSize };
  const rows = await readList(transport, { path, what: path, row: rowSchema, query }, options);
  return rows.map((row) => readRow(entity, row)).filter(({ customFields }) => customFields[fieldId] === externalId);
};

/** A note or task that looks like the one that was sent: on the same record, with the same text, not older. */
export const findSame = async (
  transport: Transport,
  sent: { readonly operation: WriteOperation; readonly sinceMs: number },
  options: CallOptions,
): Promise<readonly RemoteRecord[]> => {
  const { operation } = sent;
  // Their clock may be behind ours.
  const from = Math.floor(sent.sinceMs / 1_000) - 60;
  const query = { "filter[updated_at][from]": from, limit: pageSize };
  const text = operation.fields["text"] ?? operation.fields["name"];
  if (operation.entity === "note") {
    const owner = noteParent(operation);
    if (owner?.id === undefined) return [];
    const path = `${owner.parent}/${owner.id}/notes`;
    const rows = await readList(transport, { path, what: "notes", row: rowSchema, query }, options);
    return rows.map((row) => readNote(owner.parent, row)).filter(({ fields }) => fields["text"] === text);
  }
  const owner = operation.links?.find(({ entity }) => parentOf(entity) !== undefined);
  const near =
    owner === undefined
      ? {}
      : { "filter[entity_type]": parentOf(owner.entity), "filter[entity_id][]": Number(owner.remoteId) };
  const request = { path: "tasks", what: "tasks", row: rowSchema, query: { ...query, ...near } };
  const rows = await readList(transport, request, options);
  const due = epochSeconds(operation.fields["dueAt"]);
  return rows
    .filter((row) => row.text === text && row.complete_till === due && (row.created_at ?? 0) >= from)
    .map((row) => readRow("task", row));
};
