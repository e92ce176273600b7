import type { SandboxClock } from "./clock.ts";

/** Who changed a record: a person in the CRM's own interface, or an app through the API. */
export type Author =
  | { readonly kind: "person" }
  /** `source`: what the app called itself in this very request, where the CRM takes such a mark. */
  | { readonly kind: "app"; readonly clientId: string; readonly source?: string };

export const person: Author = { kind: "person" };

/** A record as the CRM keeps it; `data` is in the CRM's own form, whatever that is. */
export interface StoredRecord {
  readonly type: string;
  readonly id: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly deletedAtMs: number | undefined;
  /** 1 once it is made, one more with every change. */
  readonly version: number;
  readonly changedBy: Author;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface StoreChange {
  readonly action: "added" | "updated" | "deleted" | "restored";
  readonly record: StoredRecord;
  readonly previous: StoredRecord | undefined;
}

export interface ChangeOptions {
  readonly by?: Author;
  /** Instead of the clock's time: to make many rows with one identical time stamp. */
  readonly atMs?: number;
}

export interface RecordStore {
  add(
    type: string,
    data: Readonly<Record<string, unknown>>,
    options?: ChangeOptions & { readonly id?: string },
  ): StoredRecord;
  /** Changes what `changes` names; the rest stays. By default a person did it. @throws when there is no such record */
  edit(type: string, id: string, changes: Readonly<Record<string, unknown>>, options?: ChangeOptions): StoredRecord;
  remove(type: string, id: string, options?: ChangeOptions): StoredRecord;
  restore(type: string, id: string, options?: ChangeOptions): StoredRecord;
  /** Gone without a trace: no event, no list of deleted records has it. */
  vanish(type: string, id: string): void;
  get(type: string, id: string): StoredRecord | undefined;
  /** In the order they were made, deleted ones too. */
  all(type: string): readonly StoredRecord[];
  /** In the order they were made, without deleted ones. */
  live(type: string): readonly StoredRecord[];
  /** How often apps changed this record, its creation included: what an echo shows in. */
  appWrites(type: string, id: string): number;
  onChange(listener: (change: StoreChange) => void): void;
}

export interface RecordStoreOptions {
  readonly clock: SandboxClock;
  /** Default: 1001, 1002, … over all types, as CRMs that number all objects together do. */
  readonly newId?: (type: string, sequence: number) => string;
}

/** What a sandbox knows. It lives in memory, and every change is told to the listeners before the call returns. */
export const makeRecordStore = ({ clock, newId }: RecordStoreOptions): RecordStore => {
  const types = new Map<string, Map<string, StoredRecord>>();
  const writes = new Map<string, number>();
  const listeners: ((change: StoreChange) => void)[] = [];
  let sequence = 0;

  const rows = (type: string): Map<string, StoredRecord> => {
    const known = types.get(type);
    if (known !== undefined) return known;
    const fresh = new Map<string, StoredRecord>();
    types.set(type, fresh);
    return fresh;
  };
  const put = (
    action: StoreChange["action"],
    record: StoredRecord,
    previous: StoredRecord | undefined,
  ): StoredRecord => {
    rows(record.type).set(record.id, record);
    const key = `${record.type}/${record.id}`;
    if (record.changedBy.kind === "app") writes.set(key, (writes.get(key) ?? 0) + 1);
    for (const listener of listeners) listener({ action, record, previous });
    return record;
  };
  const existing = (type: string, id: string): StoredRecord => {
    const record = rows(type).get(id);
    if (record === undefined) throw new Error(`The sandbox has no ${type} ${id}.`);
    return record;
  };
  const changed = (
    previous: StoredRecord,
    { by = person, atMs = clock() }: ChangeOptions,
    changes: Partial<StoredRecord>,
  ): StoredRecord => ({
    ...previous,
    updatedAtMs: Math.trunc(atMs),
    version: previous.version + 1,
    changedBy: by,
    ...changes,
  });

  return {
    add: (type, data, { id, by = person, atMs = clock() } = {}) => {
      sequence += 1;
      const newRecord: StoredRecord = {
        type,
        id: id ?? newId?.(type, sequence) ?? String(1_000 + sequence),
        createdAtMs: Math.trunc(atMs),
        updatedAtMs: Math.trunc(atMs),
        deletedAtMs: undefined,
        version: 1,
        changedBy: by,
        data,
      };
      return put("added", newRecord, undefined);
    },
    edit: (type, id, changes, options = {}) => {
      const previous = existing(type, id);
      return put("updated", changed(previous, options, { data: { ...previous.data, ...changes } }), previous);
    },
    remove: (type, id, options = {}) => {
      const previous = existing(type, id);
      const deletedAtMs = Math.trunc(options.atMs ?? clock());
      return put("deleted", changed(previous, options, { deletedAtMs }), previous);
    },
    restore: (type, id, options = {}) => {
      const previous = existing(type, id);
      return put("restored", changed(previous, options, { deletedAtMs: undefined }), previous);
    },
    vanish: (type, id) => {
      rows(type).delete(id);
    },
    get: (type, id) => rows(type).get(id),
    all: (type) => [...rows(type).values()],
    live: (type) => [...rows(type).values()].filter((record) => record.deletedAtMs === undefined),
    appWrites: (type, id) => writes.get(`${type}/${id}`) ?? 0,
    onChange: (listener) => {
      listeners.push(listener);
    },
  };
};
