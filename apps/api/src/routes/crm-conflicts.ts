import { z } from "zod";
import { connectionOf, wakeCrm } from "../crm-access.ts";
import { defineEndpoint, type Endpoint } from "../endpoint.ts";
import type { Ports } from "../ports.ts";
import { Problem } from "../problem.ts";
import { crmConflict, entity, fieldValue, mappedField, mapping, recordError, toCrmConflict } from "../resources/crm.ts";
import { id } from "../resources/id.ts";
import { pageQuery } from "../resources/page.ts";

const params = z.object({ connectionId: id });
const tag = "CRM";
const path = "/v1/crm/connections/:connectionId";

/** What a person decides and configures: conflicts, the mapping of fields, records that did not go through. */
export const crmConflictRoutes = ({
  crm,
  enqueue,
  log,
}: Pick<Ports, "crm" | "enqueue" | "log">): readonly Endpoint[] => [
  defineEndpoint({
    method: "get",
    path: `${path}/conflicts`,
    operationId: "listCrmConflicts",
    summary: "Fields that both sides changed, and how each was decided",
    tag,
    params,
    query: z.strictObject({ state: z.enum(["open", "resolved"]).optional(), ...pageQuery(200, 50) }),
    answers: {
      200: {
        description: "Newest first",
        schema: z.object({ conflicts: z.array(crmConflict), nextCursor: z.string().optional() }),
      },
    },
    errors: ["not_found"],
    handle: async ({ params: { connectionId }, query }, { orgId }) => {
      const key = { orgId, connectionId };
      await connectionOf(crm, key);
      const { conflicts, nextCursor } = await crm.conflicts.list({ ...key, ...query });
      const body = conflicts.map(toCrmConflict);
      return { status: 200, body: { conflicts: body, ...(nextCursor !== undefined && { nextCursor }) } };
    },
  }),

  defineEndpoint({
    method: "post",
    path: `${path}/conflicts/:conflictId/resolve`,
    operationId: "resolveCrmConflict",
    summary: "Decide an open conflict",
    description: "One that is decided already stays as it is.",
    tag,
    params: z.object({ connectionId: id, conflictId: id }),
    body: z
      .strictObject({
        resolution: z.enum(["ours", "crm", "value"]),
        value: fieldValue.optional().describe("For `value`: what both sides get."),
      })
      .refine(({ resolution, value }) => (resolution === "value") === (value !== undefined), {
        message: "give a value with `value`, and only then",
      }),
    answers: { 200: { description: "Decided", schema: crmConflict } },
    errors: ["not_found"],
    handle: async ({ params: { connectionId, conflictId }, body }, { orgId }) => {
      const key = { orgId, connectionId };
      await connectionOf(crm, key);
      const row = await crm.conflicts.resolve({ ...key, conflictId, ...body });
      await wakeCrm({ enqueue, log }, { kind: "push", ...key });
      await wakeCrm({ enqueue, log }, { kind: "refetch", ...key });
      return { status: 200, body: toCrmConflict(row) };
    },
  }),

  defineEndpoint({
    method: "get",
    path: `${path}/mapping`,
    operationId: "getCrmMapping",
    summary: "How the account's fields are named and typed here",
    description: "An entity that is not listed has the standard fields under their own names.",
    tag,
    params,
    answers: { 200: { description: "By entity", schema: z.object({ mappings: z.array(mapping) }) } },
    errors: ["not_found"],
    handle: async ({ params: { connectionId } }, { orgId }) => {
      const key = { orgId, connectionId };
      await connectionOf(crm, key);
      const rows = await crm.mappings.list(key);
      return { status: 200, body: { mappings: rows.map(({ entity, fields }) => ({ entity, fields })) } };
    },
  }),

  defineEndpoint({
    method: "put",
    path: `${path}/mapping/:entity`,
    operationId: "putCrmMapping",
    summary: "Map an entity's fields",
    description: "Records take the new names when they are next read; a daily sweep reads them all.",
    tag,
    params: z.object({ connectionId: id, entity }),
    body: z.strictObject({ fields: z.array(mappedField).max(500) }),
    answers: { 200: { description: "Stored", schema: mapping } },
    errors: ["not_found"],
    handle: async ({ params: { connectionId, entity }, body: { fields } }, { orgId }) => {
      const names = new Set(fields.map(({ name }) => name));
      if (names.size < fields.length) throw new Problem("invalid_request", "Two fields of the mapping have one name.");
      const key = { orgId, connectionId };
      await connectionOf(crm, key);
      const row = await crm.mappings.put({ ...key, entity, fields });
      await wakeCrm({ enqueue, log }, { kind: "reconcile", ...key });
      return { status: 200, body: { entity: row.entity, fields: row.fields } };
    },
  }),

  defineEndpoint({
    method: "get",
    path: `${path}/errors`,
    operationId: "listCrmErrors",
    summary: "Records that could not be read or written",
    tag,
    params,
    query: z.strictObject({ limit: z.coerce.number().int().min(1).max(500).default(100) }),
    answers: { 200: { description: "Latest first", schema: z.object({ errors: z.array(recordError) }) } },
    errors: ["not_found"],
    handle: async ({ params: { connectionId }, query: { limit } }, { orgId }) => {
      const key = { orgId, connectionId };
      await connectionOf(crm, key);
      const errors = await crm.conflicts.errors({ ...key, limit });
      return { status: 200, body: { errors: [...errors] } };
    },
  }),
];
