import { plainText } from "../plain-text.ts";
import type { StoredRecord } from "../record-store.ts";
import type { SandboxAnswer, SandboxRequest } from "../sandbox-server.ts";
import { jsonOf } from "../sandbox-server.ts";
import { ok, refusal } from "./answers.ts";
import type { HubspotContext, Json } from "./objects.ts";
import { modelOf, record, rows, valuesOf } from "./objects.ts";
import type { ObjectType } from "./portal.ts";
import { propertyOf } from "./portal.ts";

const cap = 10_000;
const maxLimit = 200;

const comparable = (value: unknown, kind: string | undefined): number | string => {
  const text = plainText(value);
  if (kind === "number") return Number(text);
  if (kind === "datetime" || kind === "date") return /^\d+$/u.test(text) ? Number(text) : Date.parse(text);
  return text.toLowerCase();
};

const compare = (a: number | string, b: number | string): number =>
  typeof a === "number" && typeof b === "number" ? a - b : String(a) < String(b) ? -1 : String(a) === String(b) ? 0 : 1;

/** One filter; undefined: there is no such operator. */
const predicate = (filter: Json, kind: string | undefined): ((value: unknown) => boolean) | undefined => {
  const wanted = comparable(filter["value"], kind);
  const has = (value: unknown): boolean => value !== undefined && value !== null && value !== "";
  const several = (Array.isArray(filter["values"]) ? filter["values"] : []).map((value) => comparable(value, kind));
  const against = (holds: (order: number) => boolean) => (value: unknown) =>
    has(value) && holds(compare(comparable(value, kind), wanted));
  switch (filter["operator"]) {
    case "EQ":
      return against((order) => order === 0);
    case "NEQ":
      return (value) => !has(value) || compare(comparable(value, kind), wanted) !== 0;
    case "GT":
      return against((order) => order > 0);
    case "GTE":
      return against((order) => order >= 0);
    case "LT":
      return against((order) => order < 0);
    case "LTE":
      return against((order) => order <= 0);
    case "BETWEEN": {
      const high = comparable(filter["highValue"], kind);
      return (value) =>
        has(value) && compare(comparable(value, kind), wanted) >= 0 && compare(comparable(value, kind), high) <= 0;
    }
    case "IN":
      return (value) => has(value) && several.some((one) => compare(comparable(value, kind), one) === 0);
    case "NOT_IN":
      return (value) => !has(value) || !several.some((one) => compare(comparable(value, kind), one) === 0);
    case "HAS_PROPERTY":
      return has;
    case "NOT_HAS_PROPERTY":
      return (value) => !has(value);
    case "CONTAINS_TOKEN":
      return (value) => plainText(value).toLowerCase().includes(String(wanted).replaceAll("*", ""));
    default:
      return undefined;
  }
};

/** `POST /crm/v3/objects/{type}/search`: an index with a delay, pages by offset, and never more than 10,000 results. */
export const searchObjects = (request: SandboxRequest, type: ObjectType, context: HubspotContext): SandboxAnswer => {
  const body = record(jsonOf(request));
  const invalid = (message: string): SandboxAnswer => refusal(400, "VALIDATION_ERROR", message);
  const groups = rows(body["filterGroups"]);
  const filters = groups.map((group) => rows(group["filters"]));
  if (groups.length > 5 || filters.some((own) => own.length > 6) || filters.flat().length > 18) {
    return invalid("Too many filters: at most 5 groups, 6 filters each, 18 in all");
  }
  const limit = body["limit"] === undefined ? 10 : Number(body["limit"]);
  if (!Number.isInteger(limit) || limit < 1 || limit > maxLimit)
    return invalid(`limit must be between 1 and ${maxLimit}`);
  const after = Number(plainText(body["after"]) || 0);
  if (!Number.isInteger(after) || after < 0) return invalid("after must be a number");
  if (after + limit > cap) return invalid(`The total number of results may not exceed ${cap}`);
  const sorts = Array.isArray(body["sorts"]) ? body["sorts"] : [];
  if (sorts.length > 1) return invalid("At most one sort is allowed");

  // One value at a time: records are many, and most filters look at two of their values.
  const valueOf = (stored: StoredRecord, name: string): unknown => {
    if (name === "hs_object_id") return stored.id;
    if (name === type.modified) return String(stored.updatedAtMs);
    return name === type.created ? String(stored.createdAtMs) : stored.data[name];
  };
  const checks: ((stored: StoredRecord) => boolean)[][] = [];
  for (const own of filters) {
    const conditions: ((stored: StoredRecord) => boolean)[] = [];
    for (const filter of own) {
      const name = plainText(filter["propertyName"]);
      const property = propertyOf(context.store, type.name, name);
      if (property === undefined) return invalid(`There was a problem with the request: unknown property ${name}`);
      const holds = predicate(filter, property.type);
      if (holds === undefined) return invalid(`Invalid operator ${plainText(filter["operator"])}`);
      conditions.push((stored) => holds(valueOf(stored, name)));
    }
    checks.push(conditions);
  }
  const indexedMs = context.clock() - context.portal.searchLagMs;
  const query = plainText(body["query"]).toLowerCase();
  const matches = (stored: StoredRecord): boolean => {
    if (stored.updatedAtMs > indexedMs) return false;
    if (
      query !== "" &&
      !Object.values(valuesOf(stored, type)).some((value) => plainText(value).toLowerCase().includes(query))
    ) {
      return false;
    }
    return checks.length === 0 || checks.some((conditions) => conditions.every((holds) => holds(stored)));
  };
  const sort = typeof sorts[0] === "string" ? { propertyName: sorts[0], direction: "ASCENDING" } : record(sorts[0]);
  const sortName = plainText(sort["propertyName"]) || type.created;
  const kind = propertyOf(context.store, type.name, sortName)?.type;
  const sign = sort["direction"] === "DESCENDING" ? -1 : 1;
  const keyOf = (stored: StoredRecord) => comparable(valueOf(stored, sortName), kind);
  const found = context.store
    .live(type.name)
    .filter(matches)
    .map((stored) => ({ stored, key: keyOf(stored) }))
    .toSorted((a, b) => sign * compare(a.key, b.key) || Number(a.stored.id) - Number(b.stored.id));
  const page = found.slice(after, after + limit);
  const properties = Array.isArray(body["properties"]) ? body["properties"].map((name) => plainText(name)) : [];
  const more = after + limit < found.length;
  return ok({
    total: found.length,
    results: page.map(({ stored }) => modelOf(stored, type, context, properties)),
    ...(more ? { paging: { next: { after: String(after + limit) } } } : {}),
  });
};
