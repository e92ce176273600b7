import type { SandboxClock } from "../clock.ts";
import type { NestedForm } from "../nested-form.ts";
import { decodeNestedForm, formList } from "../nested-form.ts";
import { plainText } from "../plain-text.ts";
import type { RecordStore, StoredRecord } from "../record-store.ts";
import type { SandboxAnswer, SandboxRequest } from "../sandbox-server.ts";
import type { FieldValues, KommoAccount } from "./account.ts";
import { customFieldsOf, isLinkedType } from "./account.ts";
import { hal, nothing } from "./answers.ts";
import { modelOf, seconds } from "./models.ts";

/** Fields that a list can be ordered by; another is taken and ignored. The default is the id, rising. */
const orders: Readonly<Record<string, readonly string[]>> = {
  leads: ["created_at", "updated_at", "id"],
  contacts: ["updated_at", "id"],
  companies: ["updated_at", "id"],
  tasks: ["created_at", "complete_till", "id"],
  notes: ["updated_at", "id"],
};

const nested = (value: NestedForm[string] | undefined): NestedForm =>
  value === undefined || typeof value === "string" ? {} : value;

type Predicate = (record: StoredRecord) => boolean;

const inRange = (range: NestedForm[string] | undefined, keyOf: (record: StoredRecord) => number): Predicate[] => {
  if (range === undefined || typeof range === "string") return [];
  const limit = (name: "from" | "to", otherwise: number): number => {
    const text = range[name];
    return typeof text === "string" ? Number(text) : otherwise;
  };
  const from = limit("from", Number.NEGATIVE_INFINITY);
  const to = limit("to", Number.POSITIVE_INFINITY);
  return [(record) => keyOf(record) >= from && keyOf(record) <= to];
};

const valuesOf = (record: StoredRecord): readonly FieldValues[] =>
  (record.data["custom_fields_values"] as readonly FieldValues[] | undefined) ?? [];

const oneOf = (value: NestedForm[string] | undefined, keyOf: (record: StoredRecord) => string): Predicate[] => {
  if (value === undefined) return [];
  const wanted = new Set(formList(value));
  return [(record) => wanted.has(keyOf(record))];
};

/** What `filter=` asks for. The id takes a list, no range: so the documentation's table says. */
const predicatesOf = (filter: NestedForm): Predicate[] => [
  ...oneOf(filter["id"], ({ id }) => id),
  ...["responsible_user_id", "pipeline_id", "entity_id", "entity_type", "note_type", "name"].flatMap((name) =>
    oneOf(filter[name], ({ data }) => plainText(data[name])),
  ),
  ...inRange(filter["updated_at"], ({ updatedAtMs }) => seconds(updatedAtMs)),
  ...inRange(filter["created_at"], ({ createdAtMs }) => seconds(createdAtMs)),
];

/** What a search index answers, and so only once a record has been in it for a while. */
const searchesOf = (filter: NestedForm, text: NestedForm[string] | undefined): Predicate[] => [
  ...Object.entries(nested(filter["custom_fields_values"])).map(([fieldId, wanted]): Predicate => {
    const texts = formList(wanted);
    return (record) =>
      valuesOf(record).some(
        ({ field_id: id, values }) =>
          id === Number(fieldId) && values.some(({ value }) => texts.includes(plainText(value))),
      );
  }),
  ...(typeof text === "string"
    ? [
        (record: StoredRecord): boolean =>
          [record.data["name"], ...valuesOf(record).flatMap(({ values }) => values.map(({ value }) => value))].some(
            (value) => plainText(value).toLowerCase().includes(text.toLowerCase()),
          ),
      ]
    : []),
];

const ordered = (records: readonly StoredRecord[], type: string, order: NestedForm): StoredRecord[] => {
  const allowed = orders[type.replace(/:.*$/su, "")] ?? [];
  const [field, direction] = Object.entries(order).find(([name]) => allowed.includes(name)) ?? ["id", "asc"];
  const keyOf = (record: StoredRecord): number => {
    if (field === "updated_at") return seconds(record.updatedAtMs);
    if (field === "created_at") return seconds(record.createdAtMs);
    return field === "complete_till" ? Number(record.data["complete_till"]) : Number(record.id);
  };
  const sign = direction === "desc" ? -1 : 1;
  return records.toSorted((a, b) => sign * (keyOf(a) - keyOf(b)) || Number(a.id) - Number(b.id));
};

export interface KommoReading {
  readonly store: RecordStore;
  readonly account: KommoAccount;
  readonly clock: SandboxClock;
}

/** The query as PHP reads it: `filter[updated_at][from]=…` becomes `{ filter: { updated_at: { from: … } } }`. */
export const readQuery = ({ query }: SandboxRequest): NestedForm => decodeNestedForm(query);

const asked = (query: NestedForm): Set<string> => new Set(formList(query["with"]).flatMap((value) => value.split(",")));

/** A page with its neighbours' addresses; 204 for an empty one. */
export const pageOf = <Item>(
  request: SandboxRequest,
  account: KommoAccount,
  name: string,
  { items, model, maxLimit = 250 }: { items: readonly Item[]; model: (item: Item) => unknown; maxLimit?: number },
): SandboxAnswer => {
  const whole = (key: string, otherwise: number): number =>
    Math.trunc(Number(request.query.get(key) ?? otherwise)) || otherwise;
  const page = Math.max(1, whole("page", 1));
  const limit = Math.min(maxLimit, Math.max(1, whole("limit", 50)));
  const shown = items.slice((page - 1) * limit, page * limit);
  if (shown.length === 0) return nothing;
  const href = (at: number): { readonly href: string } => {
    const query = new URLSearchParams(request.query);
    query.set("page", String(at));
    query.set("limit", String(limit));
    return { href: `${account.url}${request.path}?${query.toString()}` };
  };
  return hal({
    _page: page,
    _links: { self: href(page), ...(items.length > page * limit ? { next: href(page + 1) } : {}) },
    _embedded: { [name]: shown.map((item) => model(item)) },
  });
};

/** `GET /api/v4/<type>`: filtered, ordered, then cut into pages, so that rows which change between pages shift. */
export const listRecords = (request: SandboxRequest, type: string, reading: KommoReading): SandboxAnswer => {
  const { store, account, clock } = reading;
  const query = readQuery(request);
  const words = asked(query);
  const ignored = isLinkedType(type) && !account.filtersOn;
  const filter = ignored ? {} : nested(query["filter"]);
  const predicates = predicatesOf(filter);
  const searches = searchesOf(filter, query["query"]);
  const indexedBeforeMs = clock() - account.searchLagMs;
  const trash = words.has("only_deleted") && type === "leads";
  const found = (trash ? store.all(type).filter(({ deletedAtMs }) => deletedAtMs !== undefined) : store.live(type))
    .filter((record) => predicates.every((holds) => holds(record)))
    .filter(
      (record) =>
        searches.length === 0 || (record.createdAtMs <= indexedBeforeMs && searches.every((holds) => holds(record))),
    );
  return pageOf(request, account, type.replace(/:.*$/su, ""), {
    items: ordered(found, type, nested(query["order"])),
    model: (record) => modelOf(record, store, account, words),
  });
};

/** `GET /api/v4/<type>/<id>`; 204 for one that is not there. */
export const readRecord = (request: SandboxRequest, type: string, id: string, reading: KommoReading): SandboxAnswer => {
  const record = reading.store.get(type, id);
  if (record === undefined || record.deletedAtMs !== undefined) return nothing;
  return hal(modelOf(record, reading.store, reading.account, asked(readQuery(request))));
};

/** Lists that come whole, with their counts. */
export const wholeList = (
  request: SandboxRequest,
  type: string,
  name: string,
  reading: KommoReading,
): SandboxAnswer => {
  const { store, account } = reading;
  const items = store.live(type).map((record) => modelOf(record, store, account));
  return hal({
    _total_items: items.length,
    _page: 1,
    _page_count: 1,
    _links: { self: { href: `${account.url}${request.path}` } },
    _embedded: { [name]: items },
  });
};

export const pagedFields = (request: SandboxRequest, type: string, reading: KommoReading): SandboxAnswer =>
  pageOf(request, reading.account, "custom_fields", {
    items: customFieldsOf(reading.store, type),
    model: (field) => field,
  });
