import { PermanentError } from "@gpt-agent/jobs/errors";
import { z } from "zod";
import type { CallOptions } from "../provider.ts";
import type { Transport } from "../transport/transport.ts";
import { keyedEntities, objectTypes, type KeyedEntity } from "./objects.ts";
import type { SalesforceReading } from "./reading.ts";
import { createdSchema, dataPath } from "./schemas.ts";
import { quoted } from "./soql.ts";

export const externalIdField = "GPT_Agent_Id__c";

const rowSchema = z.looseObject({ Id: z.string(), ProfileId: z.string().nullish() });
const userSchema = z.looseObject({ user_id: z.string() });

/** A new field is shown to no profile: the connected user's gets it, through the permission set that stands for a profile. */
const permissionSetOf = async (
  transport: Transport,
  reading: SalesforceReading,
  options: CallOptions,
): Promise<string | undefined> => {
  const request = { method: "GET", path: "/services/oauth2/userinfo", effect: "read" } as const;
  const { user_id: userId } = await transport.read(userSchema, request, options);
  const users = await reading.query(rowSchema, `SELECT Id, ProfileId FROM User WHERE Id = ${quoted(userId)}`, options);
  const profile = quoted(users.records[0]?.ProfileId ?? "");
  const soql = `SELECT Id FROM PermissionSet WHERE IsOwnedByProfile = true AND ProfileId = ${profile}`;
  return (await reading.query(rowSchema, soql, options)).records[0]?.Id;
};

const makeField = async (
  transport: Transport,
  entity: KeyedEntity,
  permissionSet: string | undefined,
  options: CallOptions,
): Promise<void> => {
  const { name } = objectTypes[entity];
  const post = (path: string, json: object) =>
    transport.read(createdSchema, { method: "POST", path: `${dataPath}/${path}`, json, effect: "write" }, options);
  const field = `${name}.${externalIdField}`;
  await post("tooling/sobjects/CustomField", {
    FullName: field,
    Metadata: { type: "Text", label: "GPT Agent ID", length: 100, externalId: true, unique: true, caseSensitive: true },
  });
  if (permissionSet === undefined) return;
  const permissions = { SobjectType: name, Field: field, PermissionsRead: true, PermissionsEdit: true };
  await post("sobjects/FieldPermissions", { ParentId: permissionSet, ...permissions });
};

/** The External ID field on contacts, accounts and opportunities: found by its name, else made, where the user may. */
export const prepare = async (
  transport: Transport,
  reading: SalesforceReading,
  options: CallOptions,
): Promise<Readonly<Partial<Record<string, string>>>> => {
  const missing: KeyedEntity[] = [];
  reading.forgetFields();
  for (const entity of keyedEntities) {
    const fields = await reading.fieldsOf(entity, options);
    if (!fields.some(({ name }) => name === externalIdField)) missing.push(entity);
  }
  try {
    const permissionSet = missing.length === 0 ? undefined : await permissionSetOf(transport, reading, options);
    for (const entity of missing) await makeField(transport, entity, permissionSet, options);
  } catch (error) {
    if (!(error instanceof PermanentError) || error.code === "crm_unauthorized") throw error;
    const objects = missing.map((entity) => objectTypes[entity].name).join(", ");
    throw new PermanentError(
      "crm_forbidden",
      `Salesforce does not let the connected user make a field. Make ${externalIdField} on ${objects}: text of 100 ` +
        "characters, External ID, unique, and visible to that user.",
      { cause: error },
    );
  }
  if (missing.length > 0) reading.forgetFields();
  return Object.fromEntries(keyedEntities.map((entity) => [entity, externalIdField]));
};
