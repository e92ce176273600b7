import { crmEntities, providerNames } from "@gpt-agent/crm/provider";
import type { CrmConflictRow } from "@gpt-agent/supabase/crm-conflicts";
import {
  conflictPolicies,
  crmConnectionStates,
  crmWebhookKinds,
  type CrmConnectionRow,
} from "@gpt-agent/supabase/crm-connections";
import type { CrmRecordRow } from "@gpt-agent/supabase/crm-records";
import { z } from "zod";
import { id } from "./id.ts";
import { line } from "./text.ts";

const time = z.iso.datetime({ offset: true });
const secretText = z.string().min(1).max(4_000);

const policy = z.enum(conflictPolicies).describe("Who wins a field that both sides changed; `manual` asks a person.");
const plan = z
  .record(z.string().max(50), z.union([z.string().max(100), z.number()]))
  .describe('The account\'s plan, where limits depend on it, for instance `{ plan: "enterprise", seats: 12 }`.');
const settings = z.strictObject({
  syncIntervalSeconds: z.int().min(60).max(86_400).optional().describe("How often changes are read; default 300."),
});

export const newCrmConnection = z.strictObject({
  provider: z.enum(providerNames),
  name: line(200),
  policy: policy.optional(),
  plan: plan.optional(),
  settings: settings.optional(),
  app: z
    .strictObject({ clientId: z.string().min(1).max(300), clientSecret: secretText })
    .optional()
    .describe("The organisation's own OAuth app; without it the installation's is used. The secret is sealed."),
});

export const crmConnectionChanges = z
  .strictObject({ name: line(200), policy, plan, settings })
  .partial()
  .refine((changes) => Object.keys(changes).length > 0, "name at least one field to change");

export const longLivedToken = z.strictObject({
  accessToken: secretText,
  baseUrl: z.url().max(300).describe("The account's address, for instance https://example.kommo.com."),
});

export const crmConnection = z
  .object({
    id,
    provider: z.enum(providerNames),
    name: z.string(),
    state: z.enum(crmConnectionStates),
    stateCode: z.string().nullable(),
    stateMessage: z.string().nullable().describe("What a person is to do, where the connection waits for one."),
    accountKey: z.string().nullable(),
    accountName: z.string().nullable(),
    baseUrl: z.string().nullable(),
    policy: z.enum(conflictPolicies),
    plan,
    settings: z.record(z.string(), z.unknown()),
    clientId: z.string().nullable(),
    webhooks: z
      .enum(crmWebhookKinds)
      .nullable()
      .describe("How changes reach us; with `polling` at intervals only, and `webhooksMessage` says why."),
    webhooksMessage: z.string().nullable(),
    backfilledAt: time.nullable(),
    syncedAt: time.nullable(),
    createdAt: time,
  })
  .meta({ id: "CrmConnection" });

export const toCrmConnection = (row: CrmConnectionRow): z.output<typeof crmConnection> => ({
  id: row.id,
  provider: row.provider,
  name: row.name,
  state: row.state,
  stateCode: row.stateCode,
  stateMessage: row.stateMessage,
  accountKey: row.accountKey,
  accountName: row.accountName,
  baseUrl: row.baseUrl,
  policy: row.policy,
  plan: row.plan,
  settings: row.settings,
  clientId: row.clientId,
  webhooks: row.webhooks,
  webhooksMessage: row.webhooksMessage,
  backfilledAt: row.backfilledAt,
  syncedAt: row.syncedAt,
  createdAt: row.createdAt,
});

export const entity = z.enum(crmEntities);

export const fieldValue = z.union([
  z.string().max(20_000),
  z.number(),
  z.boolean(),
  z.null(),
  z.array(z.string().max(2_000)).max(100),
]);
export const fieldValues = z.record(z.string().min(1).max(100), fieldValue);
export const link = z.object({ entity, remoteId: z.string().min(1).max(200) });

export const crmRecord = z
  .object({
    id,
    entity: z.string(),
    remoteId: z.string().nullable().describe("Null: not in the CRM yet."),
    fields: z.record(z.string(), fieldValue).describe("By our names; see the mapping."),
    unsynced: z.array(z.string()).describe("Fields that the CRM does not have yet as they are here."),
    customFields: z.record(z.string(), fieldValue).describe("By the CRM's field id, as last seen."),
    links: z.array(z.object({ entity: z.string(), remoteId: z.string() })),
    version: z.number(),
    deletedAt: time.nullable(),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: "CrmRecord" });

export const toCrmRecord = (row: CrmRecordRow, unsynced: readonly string[]): z.output<typeof crmRecord> => ({
  id: row.id,
  entity: row.entity,
  remoteId: row.remoteId,
  fields: row.fields,
  unsynced: [...unsynced],
  customFields: row.remote.customFields,
  links: row.links,
  version: row.version,
  deletedAt: row.deletedAt,
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
});

export const newCrmRecord = z.strictObject({
  entity,
  fields: fieldValues,
  links: z.array(link).max(100).optional(),
});

export const crmRecordChanges = z.strictObject({
  fields: fieldValues.refine((changes) => Object.keys(changes).length > 0, "name at least one field to change"),
  version: z.int().optional().describe("Refused with 409 where the record is of another version by now."),
});

export const newCrmMessage = z.strictObject({
  dealId: z.string().min(1).max(200).describe("The deal's id in the CRM."),
  channel: z.enum(["email", "chat"]),
  subject: z.string().max(500).optional(),
  body: z.string().min(1).max(20_000),
  attachments: z
    .array(z.strictObject({ url: z.url({ protocol: /^https?$/ }).max(2_000), name: line(300) }))
    .max(20)
    .optional()
    .describe("Shown as links."),
});

export const crmConflict = z
  .object({
    id,
    recordId: id,
    entity: z.string(),
    field: z.string(),
    reason: z.enum(["both_changed", "flipping"]),
    ours: z.unknown(),
    crm: z.unknown(),
    base: z.unknown(),
    state: z.enum(["open", "resolved"]),
    resolution: z.enum(["ours", "crm", "value", "agreed"]).nullable(),
    resolvedBy: z.enum(["policy", "person", "sync"]).nullable(),
    createdAt: time,
    resolvedAt: time.nullable(),
  })
  .meta({ id: "CrmConflict" });

export const toCrmConflict = (row: CrmConflictRow): z.output<typeof crmConflict> => ({
  id: row.id,
  recordId: row.recordId,
  entity: row.entity,
  field: row.field,
  reason: row.reason,
  ours: row.ours,
  crm: row.crm,
  base: row.base,
  state: row.state,
  resolution: row.resolution,
  resolvedBy: row.resolvedBy,
  createdAt: row.createdAt,
  resolvedAt: row.resolvedAt,
});

export const mappedField = z
  .strictObject({
    name: z.string().regex(/^[A-Za-z][\w.]{0,99}$/, "use letters, digits, _ and ."),
    type: z.enum(["text", "texts", "number", "boolean", "time"]),
    field: z.string().min(1).max(100).optional().describe("One of our standard fields of the entity, or"),
    customField: z.string().min(1).max(200).optional().describe("one of the account's custom fields, by its id."),
    direction: z.enum(["both", "in", "out"]).default("both"),
  })
  .refine(({ field, customField }) => (field === undefined) !== (customField === undefined), {
    message: "name either field or customField",
  });
export const mapping = z.object({ entity: z.string(), fields: z.array(mappedField) }).meta({ id: "CrmMapping" });

export const plannedWrite = z
  .object({
    recordId: id,
    entity: z.string(),
    remoteId: z.string().nullable(),
    kind: z.enum(["create", "update", "message"]),
    changes: z.array(z.object({ field: z.string(), from: fieldValue, to: fieldValue })),
    held: z.array(z.string()).describe("Fields that wait for a conflict to be decided."),
    unclear: z.boolean().describe("An earlier attempt may have arrived: it is looked for first."),
  })
  .meta({ id: "CrmPlannedWrite" });

export const recordError = z.object({
  entity: z.string(),
  subject: z.string().describe("The record's id in the CRM, or ours."),
  code: z.string(),
  message: z.string(),
  occurrences: z.int(),
  lastAt: time,
});
