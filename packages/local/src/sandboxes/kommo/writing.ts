import { z } from "zod";
import { plainText } from "../plain-text.ts";
import type { Author, RecordStore, StoredRecord } from "../record-store.ts";
import type { SandboxAnswer, SandboxRequest } from "../sandbox-server.ts";
import { jsonOf } from "../sandbox-server.ts";
import type { CustomField, FieldValues, KommoAccount, LinkedType } from "./account.ts";
import { customFieldsOf, linkedTypes } from "./account.ts";
import type { ValidationError } from "./answers.ts";
import { hal, invalid, nothing, problem } from "./answers.ts";
import { checkFields, fieldChange, mergedFields } from "./fields.ts";
import { seconds } from "./models.ts";

const maxBatch = 250;

const id = z.coerce.number().int();
const element = z.looseObject({
  id: id.optional(),
  request_id: z.coerce.string().optional(),
  custom_fields_values: z.array(fieldChange).nullish(),
  _embedded: z.record(z.string(), z.unknown()).optional(),
  created_at: z.int().optional(),
  updated_at: z.int().optional(),
});
type Element = z.infer<typeof element>;

/** What may be set, by type; anything else in a body is ignored, as the API ignores it. */
const settable: Readonly<Record<string, readonly string[]>> = {
  leads: [
    "name",
    "price",
    "status_id",
    "pipeline_id",
    "responsible_user_id",
    "loss_reason_id",
    "closed_at",
    "created_by",
  ],
  contacts: ["name", "first_name", "last_name", "responsible_user_id", "created_by"],
  companies: ["name", "responsible_user_id", "created_by"],
  tasks: [
    "text",
    "complete_till",
    "entity_id",
    "entity_type",
    "task_type_id",
    "is_completed",
    "result",
    "duration",
    "responsible_user_id",
  ],
  notes: ["entity_id", "note_type", "params", "responsible_user_id"],
};

export interface KommoWriting {
  readonly store: RecordStore;
  readonly account: KommoAccount;
}

interface Parsed {
  readonly requestId: string;
  readonly element: Element;
}

const parseElements = (request: SandboxRequest, single?: string): Parsed[] | SandboxAnswer => {
  const body = jsonOf(request);
  const list = single === undefined ? body : [{ ...(body as object), id: single }];
  if (!Array.isArray(list) || list.length === 0) return problem(400, "Bad Request", "Request body must be a list");
  if (list.length > maxBatch) return problem(400, "Bad Request", `At most ${maxBatch} elements`);
  const errors: ValidationError[] = [];
  const parsed = list.flatMap((item, at) => {
    const result = element.safeParse(item);
    const requestId = result.data?.request_id ?? String(at);
    if (result.success) return [{ requestId, element: result.data }];
    const issue = result.error.issues[0];
    errors.push({ requestId, code: "InvalidType", path: issue?.path.join(".") ?? "", detail: issue?.message ?? "" });
    return [];
  });
  return errors.length > 0 ? invalid(errors) : parsed;
};

const changesOf = (
  type: string,
  parsed: Parsed,
  fields: readonly CustomField[],
  before?: StoredRecord,
): Record<string, unknown> => {
  const { element } = parsed;
  const names = settable[type.replace(/:.*$/su, "")] ?? [];
  const changes: Record<string, unknown> = Object.fromEntries(
    names.filter((name) => element[name] !== undefined).map((name) => [name, element[name]]),
  );
  if (element.custom_fields_values !== undefined) {
    const own = (before?.data["custom_fields_values"] as readonly FieldValues[] | undefined) ?? [];
    changes["custom_fields_values"] = mergedFields(fields, own, element.custom_fields_values ?? []);
  }
  if (
    type === "contacts" &&
    changes["name"] === undefined &&
    (changes["first_name"] ?? changes["last_name"]) !== undefined
  ) {
    const part = (name: string): string => plainText(changes[name] ?? before?.data[name]);
    changes["name"] = `${part("first_name")} ${part("last_name")}`.trim();
  }
  return changes;
};

const linkIds = (embedded: Element["_embedded"], type: LinkedType): number[] =>
  z
    .array(z.looseObject({ id }))
    .catch([])
    .parse(embedded?.[type])
    .map((link) => link.id);

const self = (account: KommoAccount, type: string, recordId: string): object => ({
  self: { href: `${account.url}/api/v4/${type.replace(/:.*$/su, "")}/${recordId}` },
});

const dated = (element: Element, name: "created_at" | "updated_at"): { readonly atMs?: number } => {
  const value = element[name];
  return value === undefined ? {} : { atMs: value * 1_000 };
};

/** `POST /api/v4/<type>`: all or nothing; the answer's order is not the request's, `request_id` tells which is which. */
export const createRecords = (
  request: SandboxRequest,
  type: string,
  { store, account }: KommoWriting,
  by: Author,
  fixed: Readonly<Record<string, unknown>> = {},
): SandboxAnswer => {
  const parsed = parseElements(request);
  if (!Array.isArray(parsed)) return parsed;
  const fields = customFieldsOf(store, type);
  const errors = parsed.flatMap((one) => checkFields(fields, one.requestId, one.element.custom_fields_values ?? []));
  if (errors.length > 0) return invalid(errors);

  const made = parsed.map((one) => {
    const data = { ...changesOf(type, one, fields), ...fixed };
    const record = store.add(type, data, { by, ...dated(one.element, "created_at") });
    if (type === "leads") {
      for (const other of ["contacts", "companies"] as const) {
        for (const otherId of linkIds(one.element._embedded, other)) {
          account.links.add({ type, id: Number(record.id) }, { type: other, id: otherId });
        }
      }
    }
    const entity = type.startsWith("notes:") ? { entity_id: record.data["entity_id"] } : {};
    return { id: Number(record.id), ...entity, request_id: one.requestId, _links: self(account, type, record.id) };
  });
  return hal({ _embedded: { [type.replace(/:.*$/su, "")]: made.toReversed() } });
};

/** `PATCH /api/v4/<type>` or `/<type>/<id>`: fields that are not named stay. */
export const updateRecords = (
  request: SandboxRequest,
  type: string,
  { store, account }: KommoWriting,
  by: Author,
  single?: string,
): SandboxAnswer => {
  const parsed = parseElements(request, single);
  if (!Array.isArray(parsed)) return parsed;
  const fields = customFieldsOf(store, type);
  const errors = parsed.flatMap((one): ValidationError[] => {
    const record = store.get(type, String(one.element.id));
    if (record === undefined || record.deletedAtMs !== undefined) {
      return [{ requestId: one.requestId, code: "NotFound", path: "id", detail: "Entity not found." }];
    }
    return checkFields(fields, one.requestId, one.element.custom_fields_values ?? []);
  });
  if (errors.length > 0) {
    return single !== undefined && errors.some(({ code }) => code === "NotFound")
      ? problem(404, "Not Found", "Entity not found.")
      : invalid(errors);
  }
  const changed = parsed.map((one) => {
    const recordId = String(one.element.id);
    const changes = changesOf(type, one, fields, store.get(type, recordId));
    const record = store.edit(type, recordId, changes, { by, ...dated(one.element, "updated_at") });
    const echo = one.element.request_id === undefined ? {} : { request_id: one.element.request_id };
    return {
      id: Number(recordId),
      updated_at: seconds(record.updatedAtMs),
      ...echo,
      _links: self(account, type, recordId),
    };
  });
  if (single !== undefined) return hal(changed[0]);
  return hal({ _embedded: { [type.replace(/:.*$/su, "")]: changed } });
};

const linkBody = z.array(
  z.looseObject({ to_entity_id: id, to_entity_type: z.enum(["leads", "contacts", "companies"]) }),
);

/** `POST /api/v4/<type>/<id>/link` and `/unlink`. */
export const changeLinks = (
  request: SandboxRequest,
  type: LinkedType,
  recordId: string,
  { store, account }: KommoWriting,
  by: Author,
  verb: "link" | "unlink",
): SandboxAnswer => {
  const links = linkBody.safeParse(jsonOf(request));
  if (!links.success) return problem(400, "Bad Request", "Links must name to_entity_id and to_entity_type.");
  const record = store.get(type, recordId);
  const missing = links.data.some((link) => store.get(link.to_entity_type, String(link.to_entity_id)) === undefined);
  if (record === undefined || missing) return problem(404, "Not Found", "Entity not found.");
  for (const { to_entity_id: otherId, to_entity_type: other } of links.data) {
    account.links[verb === "link" ? "add" : "remove"]({ type, id: Number(recordId) }, { type: other, id: otherId });
  }
  store.edit(type, recordId, {}, { by });
  if (verb === "unlink") return nothing;
  return hal({
    _total_items: links.data.length,
    _embedded: {
      links: links.data.map((link) => ({
        entity_id: Number(recordId),
        entity_type: type,
        to_entity_id: link.to_entity_id,
        to_entity_type: link.to_entity_type,
        metadata: null,
      })),
    },
  });
};

export const readLinks = (type: LinkedType, recordId: string, { store, account }: KommoWriting): SandboxAnswer => {
  if (store.get(type, recordId) === undefined) return nothing;
  const linked = account.links.of(type, recordId);
  const links = linkedTypes.flatMap((other) =>
    (linked[other] ?? []).map((otherId) => ({ to_entity_id: otherId, to_entity_type: other, metadata: null })),
  );
  return hal({ _total_items: links.length, _embedded: { links } });
};
