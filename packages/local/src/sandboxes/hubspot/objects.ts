import type { SandboxClock } from "../clock.ts";
import { plainText } from "../plain-text.ts";
import type { RecordStore, StoredRecord } from "../record-store.ts";
import type { SandboxAnswer, SandboxRequest } from "../sandbox-server.ts";
import { iso, ok, refusal } from "./answers.ts";
import type { Associations } from "./associations.ts";
import type { HubspotPortal, ObjectType } from "./portal.ts";
import { objectType, propertyOf } from "./portal.ts";

export interface HubspotContext {
  readonly store: RecordStore;
  readonly portal: HubspotPortal;
  readonly associations: Associations;
  readonly clock: SandboxClock;
}

export type Json = Readonly<Record<string, unknown>>;
export const record = (value: unknown): Json =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
export const rows = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.map(record) : []);

/** All values of a record as the CRM gives them: texts, and null for what was never set. */
export const valuesOf = ({ data, id, createdAtMs, updatedAtMs }: StoredRecord, type: ObjectType): Json => ({
  ...data,
  hs_object_id: id,
  [type.created]: iso(createdAtMs),
  [type.modified]: iso(updatedAtMs),
});

/** A record with the properties that were asked for; dates and id come always, unknown names are ignored. */
export const modelOf = (
  stored: StoredRecord,
  type: ObjectType,
  { store }: HubspotContext,
  properties: readonly string[],
): Json => {
  const values = valuesOf(stored, type);
  const names = new Set([...properties, "hs_object_id", type.created, type.modified]);
  return {
    id: stored.id,
    properties: Object.fromEntries(
      [...names]
        .filter((name) => propertyOf(store, type.name, name) !== undefined)
        .map((name) => [name, values[name] ?? null]),
    ),
    createdAt: iso(stored.createdAtMs),
    updatedAt: iso(stored.updatedAtMs),
    archived: stored.deletedAtMs !== undefined,
    ...(stored.deletedAtMs === undefined ? {} : { archivedAt: iso(stored.deletedAtMs) }),
  };
};

const listWord = (value: string | null): readonly string[] => (value === null || value === "" ? [] : value.split(","));
export const asked = (request: SandboxRequest, name: string): readonly string[] =>
  request.query.getAll(name).flatMap(listWord);

export const withAssociations = (
  stored: StoredRecord,
  type: ObjectType,
  { associations }: HubspotContext,
  others: readonly string[],
) => {
  const linked = others.flatMap((word) => {
    const other = objectType(word);
    if (other === undefined) return [];
    const ids = associations.of({ type: type.name, id: stored.id }, other.name);
    if (ids.length === 0) return [];
    const singular = (name: string) => (name === "companies" ? "company" : name.slice(0, -1));
    const label = `${singular(type.name)}_to_${singular(other.name)}`;
    return [[other.name, { results: ids.map((id) => ({ id, type: label })) }] as const];
  });
  return linked.length === 0 ? {} : { associations: Object.fromEntries(linked) };
};

/** `GET /crm/v3/objects/{type}`: by id, `after` is where the next page begins, archived records in a list of their own. */
export const listObjects = (request: SandboxRequest, type: ObjectType, context: HubspotContext): SandboxAnswer => {
  const limit = Number(request.query.get("limit") ?? 10);
  if (!Number.isInteger(limit) || limit < 1 || limit > 100) {
    return refusal(400, "VALIDATION_ERROR", `Invalid input: limit must be between 1 and 100, was ${limit}`);
  }
  const archived = request.query.get("archived") === "true";
  const after = Number(request.query.get("after") ?? 0);
  const found = context.store
    .all(type.name)
    .filter((stored) => (stored.deletedAtMs !== undefined) === archived && Number(stored.id) > after)
    .toSorted((a, b) => Number(a.id) - Number(b.id));
  const page = found.slice(0, limit);
  const properties = asked(request, "properties");
  const last = page.at(-1);
  const next =
    last === undefined || found.length <= limit
      ? undefined
      : { after: last.id, link: `${context.portal.url}${request.path}?after=${last.id}` };
  return ok({
    results: page.map((stored) => ({
      ...modelOf(stored, type, context, properties),
      ...withAssociations(stored, type, context, asked(request, "associations")),
    })),
    ...(next === undefined ? {} : { paging: { next } }),
  });
};

/** Finds one by its id or by the value of a unique property. */
export const findObject = (
  { store }: HubspotContext,
  type: ObjectType,
  id: string,
  idProperty: string | undefined,
): StoredRecord | undefined => {
  if (idProperty === undefined || idProperty === "hs_object_id") {
    const stored = store.get(type.name, id);
    return stored?.deletedAtMs === undefined ? stored : undefined;
  }
  return store
    .live(type.name)
    .find(({ data }) => plainText(data[idProperty]).toLowerCase() === id.toLowerCase() && id !== "");
};
