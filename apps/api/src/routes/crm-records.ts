import { isWritable, toCrm, type EntityMapping } from "@gpt-agent/crm/mapping";
import { changedFields } from "@gpt-agent/crm/merge";
import type { CrmEntity } from "@gpt-agent/crm/provider";
import type { CrmFieldValues, CrmRecordRow } from "@gpt-agent/supabase/crm-records";
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { connectionOf, mappingOf, wakeCrm } from "../crm-access.ts";
import { defineEndpoint, type Endpoint } from "../endpoint.ts";
import type { Ports } from "../ports.ts";
import { notFound, Problem } from "../problem.ts";
import {
  crmRecord,
  crmRecordChanges,
  entity,
  newCrmMessage,
  newCrmRecord,
  plannedWrite,
  toCrmRecord,
} from "../resources/crm.ts";
import { id } from "../resources/id.ts";
import { pageQuery } from "../resources/page.ts";

const params = z.object({ connectionId: id });
const recordParams = z.object({ connectionId: id, recordId: id });
const tag = "CRM";
const path = "/v1/crm/connections/:connectionId";

/** The caller's own key makes a repeated request harmless; without it every request is one of its own. */
const keyOf = (header: string | undefined): string => (header ? `api-${header.slice(0, 250)}` : `api-${randomUUID()}`);

const present = (row: CrmRecordRow, mapping: EntityMapping) => {
  const writable = isWritable(row.entity as CrmEntity, mapping);
  return toCrmRecord(row, changedFields({ fields: row.fields, base: row.base, held: new Set(), writable }));
};

/** @throws {Problem} naming what cannot be written, before anything is stored */
const requireWritable = (changes: CrmFieldValues, of: string, mapping: EntityMapping): void => {
  const { problems } = toCrm(changes, of as CrmEntity, mapping);
  if (problems.length === 0) return;
  const issues = problems.map(({ field, message }) => ({ in: "body" as const, pointer: `/fields/${field}`, message }));
  throw new Problem("invalid_request", problems.map(({ message }) => message).join(" "), { issues });
};

export const crmRecordRoutes = ({ crm, enqueue, log }: Pick<Ports, "crm" | "enqueue" | "log">): readonly Endpoint[] => {
  const wake = (key: { readonly orgId: string; readonly connectionId: string }) =>
    wakeCrm({ enqueue, log }, { kind: "push", ...key });
  return [
    defineEndpoint({
      method: "get",
      path: `${path}/records`,
      operationId: "listCrmRecords",
      summary: "Our copy of the CRM's records",
      tag,
      params,
      query: z.strictObject({ entity: entity.optional(), ...pageQuery(200, 50) }),
      answers: {
        200: {
          description: "One page",
          schema: z.object({ records: z.array(crmRecord), nextCursor: z.string().optional() }),
        },
      },
      errors: ["not_found"],
      handle: async ({ params: { connectionId }, query }, { orgId }) => {
        const key = { orgId, connectionId };
        await connectionOf(crm, key);
        const { records, nextCursor } = await crm.records.list({ ...key, ...query });
        const mappings = new Map((await crm.mappings.list(key)).map((mapping) => [mapping.entity, mapping.fields]));
        const body = records.map((row) => present(row, mappings.get(row.entity)));
        return { status: 200, body: { records: body, ...(nextCursor !== undefined && { nextCursor }) } };
      },
    }),

    defineEndpoint({
      method: "post",
      path: `${path}/records`,
      operationId: "createCrmRecord",
      summary: "Create a record, here and in the CRM",
      description:
        "It is written to the CRM under an id of ours, so that a lost answer never makes a second one. Send an " +
        "`Idempotency-Key` header to make the request itself repeatable.",
      tag,
      params,
      body: newCrmRecord,
      answers: { 202: { description: "Stored; it is being written", schema: crmRecord } },
      errors: ["not_found"],
      handle: async ({ params: { connectionId }, body }, { orgId, req }) => {
        const key = { orgId, connectionId };
        await connectionOf(crm, key);
        const mapping = await mappingOf(crm, key, body.entity);
        requireWritable(body.fields, body.entity, mapping);
        const idempotencyKey = keyOf(req.get("idempotency-key"));
        const row = await crm.records.create({ ...key, ...body, idempotencyKey });
        await wake(key);
        return { status: 202, body: present(row, mapping) };
      },
    }),

    defineEndpoint({
      method: "get",
      path: `${path}/records/:recordId`,
      operationId: "getCrmRecord",
      summary: "One record",
      tag,
      params: recordParams,
      answers: { 200: { description: "Found", schema: crmRecord } },
      errors: ["not_found"],
      handle: async ({ params: { connectionId, recordId } }, { orgId }) => {
        const key = { orgId, connectionId };
        const row = await crm.records.get({ ...key, recordId });
        if (!row) throw notFound("CRM record");
        return { status: 200, body: present(row, await mappingOf(crm, key, row.entity)) };
      },
    }),

    defineEndpoint({
      method: "patch",
      path: `${path}/records/:recordId`,
      operationId: "updateCrmRecord",
      summary: "Change fields, here and in the CRM",
      description: "Edits of one record that follow each other closely are written together. `null` clears a field.",
      tag,
      params: recordParams,
      body: crmRecordChanges,
      answers: { 202: { description: "Stored; it is being written", schema: crmRecord } },
      errors: ["not_found", "superseded"],
      handle: async ({ params: { connectionId, recordId }, body: { fields, version } }, { orgId, req }) => {
        const key = { orgId, connectionId };
        const before = await crm.records.get({ ...key, recordId });
        if (!before) throw notFound("CRM record");
        const mapping = await mappingOf(crm, key, before.entity);
        requireWritable(fields, before.entity, mapping);
        const idempotencyKey = keyOf(req.get("idempotency-key"));
        const row = await crm.records.edit({ ...key, recordId, changes: fields, version, idempotencyKey });
        await wake(key);
        return { status: 202, body: present(row, mapping) };
      },
    }),

    defineEndpoint({
      method: "post",
      path: `${path}/messages`,
      operationId: "sendCrmMessage",
      summary: "Leave a message on a deal",
      description: "It appears on the deal where the CRM shows messages; attachments appear as links.",
      tag,
      params,
      body: newCrmMessage,
      answers: { 202: { description: "Stored; it is being written", schema: crmRecord } },
      errors: ["not_found"],
      handle: async ({ params: { connectionId }, body: message }, { orgId, req }) => {
        const key = { orgId, connectionId };
        await connectionOf(crm, key);
        const row = await crm.records.create({
          ...key,
          entity: "note",
          fields: { text: message.body },
          links: [{ entity: "deal", remoteId: message.dealId }],
          message,
          idempotencyKey: keyOf(req.get("idempotency-key")),
        });
        await wake(key);
        return { status: 202, body: present(row, undefined) };
      },
    }),

    defineEndpoint({
      method: "get",
      path: `${path}/dry-run`,
      operationId: "dryRunCrm",
      summary: "What would be written to the CRM now",
      description: "The difference between our side and what the CRM was last seen to hold. Nothing is written.",
      tag,
      params,
      query: z.strictObject({ limit: z.coerce.number().int().min(1).max(500).default(100) }),
      answers: { 200: { description: "Oldest first", schema: z.object({ writes: z.array(plannedWrite) }) } },
      errors: ["not_found"],
      handle: async ({ params: { connectionId }, query: { limit } }, { orgId }) => {
        const key = { orgId, connectionId };
        await connectionOf(crm, key);
        const mappings = new Map((await crm.mappings.list(key)).map((mapping) => [mapping.entity, mapping.fields]));
        const writes = (await crm.outbox.waiting({ ...key, limit })).map((write) => {
          const { fields, base, held, recordId, remoteId, unclear, op } = write;
          const writable = isWritable(write.entity as CrmEntity, mappings.get(write.entity));
          const changes = changedFields({ fields, base, held: new Set(held), writable }).map((field) => ({
            field,
            from: base[field] ?? null,
            to: fields[field] ?? null,
          }));
          return { recordId, entity: write.entity, remoteId, kind: op, changes, held, unclear };
        });
        return { status: 200, body: { writes } };
      },
    }),
  ];
};
