import { createHash, randomUUID } from "node:crypto";
import { plainText } from "../plain-text.ts";
import type { Author, StoredRecord } from "../record-store.ts";
import type { SandboxAnswer, SandboxRequest } from "../sandbox-server.ts";
import { jsonOf } from "../sandbox-server.ts";
import { failure, success } from "./answers.ts";
import { fieldModel, noteModel, record } from "./models.ts";
import type { PipedriveContext } from "./records.ts";
import { limitOf, seconds } from "./records.ts";

/** `/v1/notes`: the older form, pages by offset. */
export const notes = (
  request: SandboxRequest,
  id: string | undefined,
  context: PipedriveContext,
  by: Author,
): SandboxAnswer => {
  const { store, company } = context;
  const { query, method } = request;
  const body = record(jsonOf(request));
  if (id !== undefined) {
    const stored = store.get("notes", id);
    if (stored === undefined || stored.deletedAtMs !== undefined) return failure(404, "Note not found");
    if (method === "GET") return success(noteModel(stored, company));
    if (method === "DELETE") {
      store.remove("notes", id, { by });
      return success(true);
    }
    return success(noteModel(store.edit("notes", id, { ...body }, { by }), company));
  }
  if (method === "POST") {
    const owner = ["deal_id", "person_id", "org_id", "lead_id"].some((name) => plainText(body[name]) !== "");
    if (plainText(body["content"]) === "" || !owner)
      return failure(400, "Content and one of deal_id, person_id, org_id, lead_id are required");
    return success(noteModel(store.add("notes", { ...body }, { by }), company), undefined, 201);
  }
  const start = Number(query.get("start") ?? 0) || 0;
  const limit = limitOf(query, 100);
  const keyOf = (stored: StoredRecord, field: string): number => {
    if (field === "add_time") return seconds(stored.createdAtMs);
    return field === "update_time" ? seconds(stored.updatedAtMs) : Number(stored.id);
  };
  // Several fields, each with its direction: `update_time DESC, id DESC`.
  const sorts = (query.get("sort") ?? "id ASC").split(",").map((part) => part.trim().split(/\s+/u));
  const compare = (a: StoredRecord, b: StoredRecord): number => {
    for (const [field = "id", direction = "ASC"] of sorts) {
      const difference = keyOf(a, field) - keyOf(b, field);
      if (difference !== 0) return direction.toUpperCase() === "DESC" ? -difference : difference;
    }
    return Number(a.id) - Number(b.id);
  };
  const since = query.get("updated_since");
  const found = store
    .live("notes")
    .filter((stored) => since === null || seconds(stored.updatedAtMs) * 1_000 >= Date.parse(since))
    .filter(({ data }) =>
      ["deal_id", "person_id", "org_id"].every(
        (name) => query.get(name) === null || plainText(data[name]) === query.get(name),
      ),
    )
    .toSorted(compare);
  const more = start + limit < found.length;
  return success(
    found.slice(start, start + limit).map((stored) => noteModel(stored, company)),
    { pagination: { start, limit, more_items_in_collection: more, ...(more ? { next_start: start + limit } : {}) } },
  );
};

/** `/v1/dealFields`, `/api/v2/dealFields` …: a new one gets a key of 40 hexadecimal digits. */
export const fields = (
  request: SandboxRequest,
  of: string,
  version: 1 | 2,
  { store }: PipedriveContext,
  by: Author,
): SandboxAnswer => {
  if (request.method === "POST") {
    const body = record(jsonOf(request));
    const name = plainText(body[version === 1 ? "name" : "field_name"]);
    const type = plainText(body["field_type"]);
    if (name === "" || type === "")
      return failure(400, "Field name and type are required", "ERR_SCHEMA_VALIDATION_FAILED");
    const key = createHash("sha1").update(randomUUID()).digest("hex");
    const options = Array.isArray(body["options"])
      ? body["options"].map((option, index) => ({ id: index + 1, label: record(option)["label"] }))
      : [];
    const added = store.add(`field:${of}`, { key, name, field_type: type, custom: true, options }, { by });
    return success(fieldModel(added, version), undefined, 201);
  }
  const all = store.live(`field:${of}`);
  const start = Number(request.query.get(version === 1 ? "start" : "cursor") ?? 0) || 0;
  const limit = limitOf(request.query, 100);
  const more = start + limit < all.length;
  const page = all.slice(start, start + limit).map((field) => fieldModel(field, version));
  if (version === 2) return success(page, { next_cursor: more ? String(start + limit) : null });
  return success(page, {
    pagination: { start, limit, more_items_in_collection: more, ...(more ? { next_start: start + limit } : {}) },
  });
};
