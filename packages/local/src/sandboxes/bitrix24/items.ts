import type { SandboxClock } from "../clock.ts";
import { plainText } from "../plain-text.ts";
import type { Author, RecordStore, StoredRecord } from "../record-store.ts";
import type { ListAnswer, Row } from "./item-filter.ts";
import { filterOf, ordered, pageOf } from "./item-filter.ts";
import type { BitrixPortal, ItemType } from "./portal.ts";
import { itemTypes, portalTime } from "./portal.ts";
import { BitrixRefusal } from "./refusal.ts";

export interface BitrixCall {
  readonly store: RecordStore;
  readonly portal: BitrixPortal;
  readonly clock: SandboxClock;
  readonly by: Author;
  readonly params: Row;
}

/** What a list method answers: its `result`, and the paging beside it. */
export interface MethodAnswer extends Partial<Pick<ListAnswer, "total" | "next">> {
  readonly result: unknown;
}

const itemType = ({ params }: BitrixCall): ItemType => {
  const wanted = Number(plainText(params["entityTypeId"]));
  const found = itemTypes.find(({ entityTypeId }) => entityTypeId === wanted);
  if (found === undefined) throw new BitrixRefusal(400, "NOT_FOUND", "Смарт-процесс не найден");
  return found;
};

const existing = (call: BitrixCall, type: string): StoredRecord => {
  const record = call.store.get(type, plainText(call.params["id"]));
  if (record === undefined || record.deletedAtMs !== undefined) {
    throw new BitrixRefusal(400, "NOT_FOUND", "Элемент не найден");
  }
  return record;
};

const defaults: Readonly<Record<ItemType["type"], Row>> = {
  lead: { title: "", stageId: "NEW", opportunity: 0, currencyId: "RUB" },
  deal: {
    title: "",
    stageId: "NEW",
    categoryId: 0,
    opportunity: 0,
    currencyId: "RUB",
    companyId: 0,
    contactId: 0,
    contactIds: [],
  },
  contact: { name: null, lastName: null, secondName: null, post: null, companyId: 0, companyIds: [] },
  company: { title: "" },
};

const itemModel = (record: StoredRecord, { entityTypeId, type }: ItemType, userId: number): Row => ({
  id: Number(record.id),
  entityTypeId,
  createdTime: portalTime(record.createdAtMs),
  updatedTime: portalTime(record.updatedAtMs),
  createdBy: userId,
  updatedBy: userId,
  assignedById: userId,
  opened: "Y",
  originatorId: null,
  originId: null,
  ...defaults[type],
  ...(record.data["contactIds"] === undefined && record.data["contactId"] !== undefined
    ? { contactIds: [Number(record.data["contactId"])] }
    : {}),
  fm: [],
  ...record.data,
});

/** Without `select` all fields come; `fm` only with the star. The id comes always. */
const selected = (model: Row, select: unknown): Row => {
  const names =
    typeof select === "object" && select !== null ? Object.values(select).map((name) => plainText(name)) : [];
  if (names.includes("*")) return model;
  return Object.fromEntries(
    Object.entries(model).filter(
      ([name]) => name === "id" || (name !== "fm" && (names.length === 0 || names.includes(name))),
    ),
  );
};

/** Fields that a write may not set, as `crm.item.fields` marks them. */
const readOnly = new Set(["id", "entityTypeId", "createdTime", "updatedTime", "createdBy", "updatedBy"]);

const writable = (fields: unknown): Row => {
  if (typeof fields !== "object" || fields === null) return {};
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([name]) => !readOnly.has(name))
      .map(([name, value]) => {
        if (name === "opportunity") return [name, Number(plainText(value)) || 0];
        if (/^(assignedById|companyId|contactId|categoryId)$/u.test(name)) return [name, Number(plainText(value)) || 0];
        if (name.endsWith("Ids")) return [name, Object.values((value ?? []) as object).map(Number)];
        return [name, value];
      }),
  );
};

/** An entry with an id replaces that value or, where empty or marked, removes it; one without is added. */
const mergedFm = (before: unknown, change: unknown): readonly Row[] => {
  const kept = new Map(((before ?? []) as Row[]).map((entry) => [Number(entry["id"]), entry]));
  const changes = Object.entries((change ?? {}) as Record<string, Row>);
  for (const [key, entry] of changes) {
    const id = Number(plainText(entry["id"]) || (/^\d+$/u.test(key) && !Array.isArray(change) ? key : 0));
    const gone = entry["value"] === "" || plainText(entry["delete"]).toUpperCase() === "Y";
    if (id > 0 && kept.has(id)) {
      if (gone) kept.delete(id);
      else kept.set(id, { ...kept.get(id), ...entry, id });
    } else if (!gone) {
      const newId = Math.max(0, ...kept.keys()) + 1;
      kept.set(newId, { ...entry, id: newId });
    }
  }
  return [...kept.values()];
};

const changesOf = (call: BitrixCall, before?: StoredRecord): Row => {
  const fields = writable(call.params["fields"]);
  if (fields["fm"] === undefined) return fields;
  return { ...fields, fm: mergedFm(before?.data["fm"], fields["fm"]) };
};

const checked = (fields: Row): void => {
  const { stageId } = fields;
  if (stageId !== undefined && !/^(?:C\d+:)?[A-Z0-9_]+$/u.test(plainText(stageId))) {
    throw new BitrixRefusal(400, "CRM_FIELD_ERROR_VALUE_NOT_VALID", "Неверное значение поля «stageId»");
  }
};

/** `crm.item.*` for leads, deals, contacts and companies, by the method's last word. */
export const itemMethods: Readonly<Record<string, (call: BitrixCall) => MethodAnswer>> = {
  list: (call) => {
    const type = itemType(call);
    const { store, portal, params } = call;
    const byOrigin = /originId/u.test(JSON.stringify(params["filter"] ?? {}));
    const indexedMs = call.clock() - portal.searchLagMs;
    const matches = filterOf(params["filter"]);
    const start = Number(plainText(params["start"]) || 0);
    const afterId = Number(plainText((params["filter"] as Row | undefined)?.[">id"]) || 0);
    // By id and without counting, a page ends the search: that is what `start: -1` is for.
    const enough = start < 0 && /^\{"id":"asc"\}$/iu.test(JSON.stringify(params["order"])) ? 50 : Infinity;
    const rows: Row[] = [];
    for (const record of store.live(type.type)) {
      if (rows.length >= enough) break;
      if (Number(record.id) <= afterId || (byOrigin && record.createdAtMs > indexedMs)) continue;
      const row = itemModel(record, type, portal.userId);
      if (matches(row)) rows.push(row);
    }
    const page = pageOf(ordered(rows, params["order"] ?? { id: "ASC" }), start);
    return { ...page, result: { items: page.rows.map((row) => selected(row, params["select"])) } };
  },
  get: (call) => {
    const type = itemType(call);
    return { result: { item: itemModel(existing(call, type.type), type, call.portal.userId) } };
  },
  add: (call) => {
    const type = itemType(call);
    const fields = changesOf(call);
    checked(fields);
    const record = call.store.add(type.type, fields, { by: call.by });
    return { result: { item: itemModel(record, type, call.portal.userId) } };
  },
  update: (call) => {
    const type = itemType(call);
    const before = existing(call, type.type);
    const fields = changesOf(call, before);
    checked(fields);
    const record = call.store.edit(type.type, before.id, fields, { by: call.by });
    return { result: { item: itemModel(record, type, call.portal.userId) } };
  },
  delete: (call) => {
    const type = itemType(call);
    call.store.remove(type.type, existing(call, type.type).id, { by: call.by });
    return { result: [] };
  },
  fields: (call) => {
    const type = itemType(call);
    const named = (title: string, kind: string, isReadOnly = false): Row => ({
      type: kind,
      isRequired: false,
      isReadOnly,
      isImmutable: false,
      isMultiple: false,
      isDynamic: false,
      title,
    });
    const own = Object.keys(defaults[type.type]).map((name) => [name, named(name, "string")]);
    const dynamic = call.store.live(`userfield:${type.type}`).map(({ data }) => [
      plainText(data["name"]),
      {
        ...named(plainText(data["title"]), plainText(data["type"])),
        isDynamic: true,
        upperName: plainText(data["upperName"]),
      },
    ]);
    const fields = Object.fromEntries([
      ["id", named("ID", "integer", true)],
      ["createdTime", named("Когда создан", "datetime", true)],
      ["updatedTime", named("Когда обновлён", "datetime", true)],
      ["assignedById", named("Ответственный", "user")],
      ["originatorId", named("Внешний источник", "string")],
      ["originId", named("Идентификатор элемента во внешнем источнике", "string")],
      ...own,
      ...dynamic,
    ]) as Row;
    return { result: { fields } };
  },
};
