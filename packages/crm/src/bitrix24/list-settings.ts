import type { CallOptions, Page, RemoteRecord } from "../provider.ts";
import type { Transport } from "../transport/transport.ts";
import { batch, call, type ListRequest, maxCommands, pageSize, resultOf } from "./api.ts";
import { entityTypes, itemEntities, readFields, readPipeline, readUser } from "./records.ts";
import { categoriesSchema, fieldsSchema, statusesSchema, usersSchema } from "./schemas.ts";

/** Pipelines of deals with their stages. */
export const listPipelines = async (transport: Transport, options: CallOptions): Promise<Page> => {
  const method = "crm.category.list";
  const { categories } = await call(transport, categoriesSchema, { method, params: { entityTypeId: 2 } }, options);
  const records: RemoteRecord[] = [];
  for (let start = 0; start < categories.length; start += maxCommands) {
    const some = categories.slice(start, start + maxCommands);
    const commands = some.map(({ id }) => ({
      method: "crm.status.list",
      params: { filter: { ENTITY_ID: id === 0 ? "DEAL_STAGE" : `DEAL_STAGE_${id}` }, order: { SORT: "ASC" } },
    }));
    const answers = await batch(transport, commands, "read", options);
    for (const [index, category] of some.entries()) {
      records.push(readPipeline(category, resultOf(statusesSchema, "crm.status.list", answers[index])));
    }
  }
  return { records };
};

export const listUsers = async (transport: Transport, { cursor }: ListRequest, options: CallOptions): Promise<Page> => {
  const start = Number(cursor?.["start"] ?? 0);
  const params = { sort: "ID", order: "ASC", start };
  const users = await call(transport, usersSchema, { method: "user.get", params }, options);
  return { records: users.map(readUser), ...(users.length === pageSize ? { next: { start: start + pageSize } } : {}) };
};

/** Custom fields. */
export const listFields = async (transport: Transport, options: CallOptions): Promise<Page> => {
  const commands = itemEntities.map((entity) => ({
    method: "crm.item.fields",
    params: { entityTypeId: entityTypes[entity] },
  }));
  const answers = await batch(transport, commands, "read", options);
  return {
    records: itemEntities.flatMap((entity, index) =>
      readFields(entity, resultOf(fieldsSchema, "crm.item.fields", answers[index])),
    ),
  };
};
