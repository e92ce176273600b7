import type { SandboxClock } from "../clock.ts";
import { plainText } from "../plain-text.ts";
import type { Author, RecordStore, StoredRecord } from "../record-store.ts";
import type { SandboxAnswer, SandboxRequest } from "../sandbox-server.ts";
import { jsonOf } from "../sandbox-server.ts";
import { failure, success } from "./answers.ts";
import type { Kind, PipedriveCompany } from "./company.ts";
import type { Json } from "./models.ts";
import { modelOf, record } from "./models.ts";

export interface PipedriveContext {
  readonly store: RecordStore;
  readonly company: PipedriveCompany;
  readonly clock: SandboxClock;
}

const maxLimit = 500;
export const limitOf = (query: URLSearchParams, otherwise: number): number =>
  Math.min(maxLimit, Math.max(1, Math.trunc(Number(query.get("limit") ?? otherwise)) || otherwise));

interface Position {
  readonly key: number;
  readonly id: number;
}
const encode = (position: Position): string => Buffer.from(JSON.stringify(position)).toString("base64url");
const decode = (cursor: string): Position | undefined => {
  try {
    const { key, id } = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8")) as Partial<Position>;
    return typeof key === "number" && typeof id === "number" ? { key, id } : undefined;
  } catch {
    return undefined;
  }
};

const list = (value: string | null): readonly string[] => (value === null || value === "" ? [] : value.split(","));
export const seconds = (ms: number): number => Math.floor(ms / 1_000);

/**
 * `GET /api/v2/{kind}`: pages by a cursor that names the last row, so rows that move are neither hidden nor shown again.
 * `updated_since` is inclusive, `updated_until` is not. Archived deals have a list of their own.
 */
export const listRecords = (
  request: SandboxRequest,
  kind: Kind,
  context: PipedriveContext,
  archived: boolean,
): SandboxAnswer => {
  const { query } = request;
  const { store, company } = context;
  const sortBy = query.get("sort_by") ?? "id";
  if (!["id", "add_time", "update_time"].includes(sortBy))
    return failure(400, "Invalid value for sort_by", "ERR_SCHEMA_VALIDATION_FAILED");
  const times = (["updated_since", "updated_until"] as const).map((name) => {
    const value = query.get(name);
    return value === null ? undefined : Date.parse(value);
  });
  if (times.some((time) => time !== undefined && Number.isNaN(time)))
    return failure(400, "Validation failed: updated_since: Invalid date", "ERR_SCHEMA_VALIDATION_FAILED");
  const [since = Number.NEGATIVE_INFINITY, until = Number.POSITIVE_INFINITY] = times;
  const ids = list(query.get("ids"));
  if (ids.length > 100) return failure(400, "Validation failed: ids: too many", "ERR_SCHEMA_VALIDATION_FAILED");
  const status = list(query.get("status"));
  const keyOf = ({ id, createdAtMs, updatedAtMs }: StoredRecord): number =>
    sortBy === "id" ? Number(id) : seconds(sortBy === "add_time" ? createdAtMs : updatedAtMs);
  const sign = query.get("sort_direction") === "desc" ? -1 : 1;
  const deletedToo = kind.name === "deals" && status.includes("deleted");
  const equals = ["owner_id", "person_id", "org_id", "deal_id", "pipeline_id", "stage_id"].flatMap((name) => {
    const wanted = query.get(name);
    return wanted === null ? [] : [(model: Json) => plainText(model[name]) === wanted];
  });
  const found = (deletedToo ? store.all(kind.name) : store.live(kind.name)).filter((stored) => {
    if ((stored.data["is_archived"] === true) !== archived) return false;
    if (ids.length > 0 && !ids.includes(stored.id)) return false;
    const changed = seconds(stored.updatedAtMs) * 1_000;
    if (changed < since || changed >= until) return false;
    if (status.length === 0 && equals.length === 0) return true;
    const model = modelOf(stored, kind, store, company);
    return (
      (status.length === 0 || status.includes(plainText(model["status"]))) && equals.every((holds) => holds(model))
    );
  });
  const sorted = found.toSorted((a, b) => sign * (keyOf(a) - keyOf(b)) || Number(a.id) - Number(b.id));
  const cursor = query.get("cursor");
  const after = cursor === null ? undefined : decode(cursor);
  if (cursor !== null && after === undefined) return failure(400, "Invalid cursor", "ERR_SCHEMA_VALIDATION_FAILED");
  const open =
    after === undefined
      ? sorted
      : sorted.filter(
          (stored) =>
            sign * (keyOf(stored) - after.key) > 0 || (keyOf(stored) === after.key && Number(stored.id) > after.id),
        );
  const limit = limitOf(query, 100);
  const page = open.slice(0, limit);
  const last = page.at(-1);
  const asked = query.get("custom_fields");
  return success(
    page.map((stored) => modelOf(stored, kind, store, company, asked === null ? undefined : list(asked))),
    {
      next_cursor: last !== undefined && open.length > limit ? encode({ key: keyOf(last), id: Number(last.id) }) : null,
    },
  );
};

/** What is wrong with a body; undefined: nothing. */
const invalid = (kind: Kind, body: Json, { store }: PipedriveContext, isNew: boolean): SandboxAnswer | undefined => {
  const bad = (message: string): SandboxAnswer =>
    failure(400, `Validation failed: ${message}`, "ERR_SCHEMA_VALIDATION_FAILED");
  if (isNew && plainText(body[kind.required]) === "")
    return bad(`${kind.required}: ${kind.required} is a required field`);
  if (body["value"] !== undefined && !Number.isFinite(Number(body["value"]))) return bad("value: must be a number");
  for (const name of ["person_id", "org_id", "deal_id"] as const) {
    const type = ({ person_id: "persons", org_id: "organizations", deal_id: "deals" } as const)[name];
    const id = plainText(body[name]);
    if (id !== "" && store.get(type, id) === undefined) return bad(`${name}: ${id} does not exist`);
  }
  if (body["stage_id"] !== undefined && store.get("stage", plainText(body["stage_id"])) === undefined)
    return bad("stage_id: does not exist");
  if (body["status"] !== undefined && !["open", "won", "lost"].includes(plainText(body["status"])))
    return bad("status: must be one of open, won, lost");
  const custom = Object.keys(record(body["custom_fields"]));
  const known = new Set(store.live(`field:${kind.fields ?? ""}`).map(({ data }) => data["key"]));
  const unknown = custom.find((key) => !known.has(key));
  return unknown === undefined ? undefined : bad(`custom_fields: Unknown field ${unknown}`);
};

/** `POST`, `GET`, `PATCH`, `DELETE /api/v2/{kind}[/{id}]`. */
export const oneRecord = (
  request: SandboxRequest,
  kind: Kind,
  id: string | undefined,
  context: PipedriveContext,
  by: Author,
): SandboxAnswer => {
  const { store, company } = context;
  const body = record(jsonOf(request));
  const shown = (stored: StoredRecord, status = 200): SandboxAnswer =>
    success(modelOf(stored, kind, store, company), undefined, status);
  if (id === undefined)
    return invalid(kind, body, context, true) ?? shown(store.add(kind.name, { ...body }, { by }), 201);
  const stored = store.get(kind.name, id);
  if (stored?.deletedAtMs !== undefined || stored === undefined) {
    if (request.method === "GET" && stored !== undefined) return shown(stored);
    const name = `${kind.entity[0]?.toUpperCase()}${kind.entity.slice(1)}`;
    return failure(404, `${name} not found`, "ERR_NOT_FOUND");
  }
  switch (request.method) {
    case "GET":
      return shown(stored);
    case "DELETE":
      store.remove(kind.name, id, { by });
      return success({ id: Number(id) });
    case "PATCH": {
      const error = invalid(kind, body, context, false);
      if (error !== undefined) return error;
      const custom =
        body["custom_fields"] === undefined
          ? {}
          : { custom_fields: { ...record(stored.data["custom_fields"]), ...record(body["custom_fields"]) } };
      const closed = body["status"] === "won" ? { won_time: new Date(context.clock()).toISOString() } : {};
      return shown(store.edit(kind.name, id, { ...body, ...custom, ...closed }, { by }));
    }
    default:
      return failure(405, "Method not allowed");
  }
};

/** `GET /api/v2/{kind}/search`: an index over names and custom fields, with a delay. */
export const searchRecords = (
  request: SandboxRequest,
  kind: Kind,
  { store, company, clock }: PipedriveContext,
): SandboxAnswer => {
  const { query } = request;
  const term = (query.get("term") ?? "").toLowerCase();
  const exact = query.get("exact_match") === "true";
  if (term.length < (exact ? 1 : 2))
    return failure(400, "Search term must be at least 2 characters", "ERR_SCHEMA_VALIDATION_FAILED");
  const fields = list(query.get("fields"));
  const indexedMs = clock() - company.searchLagMs;
  const texts = (stored: StoredRecord): readonly string[] => {
    const custom = Object.values(record(stored.data["custom_fields"])).map((value) => plainText(value));
    const emails = (stored.data["emails"] as readonly Json[] | undefined)?.map(({ value }) => plainText(value)) ?? [];
    const phones = (stored.data["phones"] as readonly Json[] | undefined)?.map(({ value }) => plainText(value)) ?? [];
    const named = plainText(stored.data[kind.required]);
    const all: readonly (readonly [string, readonly string[]])[] = [
      [kind.required, [named]],
      ["custom_fields", custom],
      ["email", emails],
      ["phone", phones],
    ];
    return all.filter(([name]) => fields.length === 0 || fields.includes(name)).flatMap(([, values]) => values);
  };
  const matches = (text: string): boolean => (exact ? text.toLowerCase() === term : text.toLowerCase().includes(term));
  const start = Number(query.get("cursor") ?? 0) || 0;
  const limit = Math.min(limitOf(query, 100), 100);
  const found = store
    .live(kind.name)
    .filter((stored) => stored.updatedAtMs <= indexedMs && texts(stored).some(matches));
  const items = found.slice(start, start + limit).map((stored) => ({
    result_score: 1,
    item: {
      id: Number(stored.id),
      type: kind.entity,
      [kind.required]: stored.data[kind.required],
      custom_fields: Object.values(record(stored.data["custom_fields"])),
    },
  }));
  return success({ items }, { next_cursor: start + limit < found.length ? String(start + limit) : null });
};
