import type { CallOptions } from "../provider.ts";
import { isNotFound } from "../transport/errors.ts";
import type { Transport } from "../transport/transport.ts";
import { type ObjectEntity, objectEntities, objectTypes } from "./objects.ts";
import { pageOf, type Property, propertySchema } from "./schemas.ts";

/** Our property for external ids: unique, so that one id can never be on two records. */
export const externalIdProperty = "gpt_agent_id";
const group = "gpt_agent";

const propertiesSchema = pageOf(propertySchema);

/** All properties of an object type. */
export const readProperties = async (
  transport: Transport,
  entity: ObjectEntity,
  options: CallOptions,
): Promise<readonly Property[]> => {
  const path = `/crm/v3/properties/${objectTypes[entity].path}`;
  const { results } = await transport.read(propertiesSchema, { method: "GET", path, effect: "read" }, options);
  return results.filter(({ archived }) => archived !== true);
};

/** What is handed on as custom fields: the account's own properties, and a few of HubSpot's that people map. */
export const customProperties = (entity: ObjectEntity, all: readonly Property[]): readonly Property[] => {
  const { more } = objectTypes[entity];
  return all.filter(
    ({ name, hubspotDefined }) => (hubspotDefined !== true || more.includes(name)) && name !== externalIdProperty,
  );
};

/** Makes the group and the property where they are missing; somebody else's making them meanwhile is as good. */
const ensureProperty = async (transport: Transport, entity: ObjectEntity, options: CallOptions): Promise<void> => {
  const path = `/crm/v3/properties/${objectTypes[entity].path}`;
  const known = await transport
    .call({ method: "GET", path: `${path}/${externalIdProperty}`, effect: "read" }, options)
    .catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
  if (known !== undefined) return;
  const make = (at: string, json: object) =>
    transport.call({ method: "POST", path: at, json, effect: "write", accept: [409] }, options);
  await make(`${path}/groups`, { name: group, label: "GPT Agent", displayOrder: -1 });
  await make(path, {
    name: externalIdProperty,
    label: "GPT Agent ID",
    groupName: group,
    type: "string",
    fieldType: "text",
    hasUniqueValue: true,
    formField: false,
  });
};

export const prepare = async (
  transport: Transport,
  options: CallOptions,
): Promise<Readonly<Partial<Record<string, string>>>> => {
  const fields: Partial<Record<string, string>> = {};
  for (const entity of objectEntities) {
    await ensureProperty(transport, entity, options);
    fields[entity] = externalIdProperty;
  }
  return fields;
};
