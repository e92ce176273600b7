import type { CallOptions, CrmEntity, Page, PageCursor, RemoteRecord, TimeWindow } from "../provider.ts";
import type { Transport } from "../transport/transport.ts";
import { pageSize, readList } from "./api.ts";
import { readFields } from "./external-ids.ts";
import { makeRowLister, type RowsPage } from "./list-rows.ts";
import {
  type Parent,
  parents,
  parseNoteId,
  pathOf,
  readField,
  readNote,
  readPipeline,
  readRow,
  readUser,
  type RowEntity,
} from "./records.ts";
import { pipelineSchema, type Row, rowSchema, userSchema } from "./schemas.ts";

/** Ids per request; they stand in the address. */
const idsPerRead = 100;

const withLinks: Readonly<Record<RowEntity, string | undefined>> = {
  contact: "leads",
  company: "contacts,leads",
  deal: "contacts",
  task: undefined,
};
// Tasks can be ordered by id, by creation and by when they are due, and by nothing else.
const listRows = { time: makeRowLister(true), pages: makeRowLister(false) } as const;

export const isRowEntity = (entity: CrmEntity): entity is RowEntity => entity in pathOf;

interface ListRequest {
  readonly entity: CrmEntity;
  readonly window?: TimeWindow;
  readonly cursor?: PageCursor;
}

/** A page of any entity; see `CrmProvider.list`. */
export const list = async (transport: Transport, request: ListRequest, options: CallOptions): Promise<Page> => {
  const { entity, window, cursor } = request;
  const rows = (path: string, what: string, related?: string) => (query: Readonly<Record<string, string | number>>) =>
    readList(
      transport,
      { path, what, row: rowSchema, query: { ...query, limit: pageSize, ...(related ? { with: related } : {}) } },
      options,
    );
  if (isRowEntity(entity)) {
    const path = pathOf[entity];
    const lister = entity === "task" ? listRows.pages : listRows.time;
    const page = await lister(rows(path, path, withLinks[entity]), window, cursor);
    return asPage(page, (row) => readRow(entity, row));
  }
  switch (entity) {
    case "note": {
      // Three lists, one after the other.
      const place = Number(cursor?.["list"] ?? 0);
      const parent = parents[place] ?? "leads";
      const page = await listRows.time(rows(`${parent}/notes`, "notes"), window, cursor);
      const next = page.next ?? (place + 1 < parents.length ? {} : undefined);
      const after = page.next === undefined ? place + 1 : place;
      const records = page.rows.map((row) => readNote(parent, row));
      return { records, ...(next === undefined ? {} : { next: { ...next, list: after } }) };
    }
    case "pipeline": {
      const request = { path: "leads/pipelines", what: "pipelines", row: pipelineSchema };
      return { records: (await readList(transport, request, options)).map(readPipeline) };
    }
    case "user": {
      const page = Number(cursor?.["page"] ?? 1);
      const query = { limit: pageSize, page };
      const users = await readList(transport, { path: "users", what: "users", row: userSchema, query }, options);
      const next = users.length === pageSize ? { next: { page: page + 1 } } : {};
      return { records: users.map(readUser), ...next };
    }
    case "field": {
      const place = Number(cursor?.["list"] ?? 0);
      const parent: Parent = parents[place] ?? "leads";
      const fields = await readFields(transport, parent, options);
      const next = place + 1 < parents.length ? { next: { list: place + 1 } } : {};
      return { records: fields.map((field) => readField(parent, field)), ...next };
    }
  }
};

const asPage = ({ rows, next }: RowsPage, read: (row: Row) => RemoteRecord): Page => ({
  records: rows.map(read),
  ...(next === undefined ? {} : { next }),
});

/** Records by id; see `CrmProvider.read`. */
export const read = async (
  transport: Transport,
  { entity, remoteIds }: { readonly entity: CrmEntity; readonly remoteIds: readonly string[] },
  options: CallOptions,
): Promise<{ readonly records: readonly RemoteRecord[]; readonly missing: readonly string[] }> => {
  const wanted = new Set(remoteIds);
  const found: RemoteRecord[] = [];
  const byIds = async (
    path: string,
    what: string,
    ids: readonly string[],
    one: (row: Row) => RemoteRecord,
    related?: string,
  ) => {
    const relation = related === undefined ? {} : { with: related };
    for (let start = 0; start < ids.length; start += idsPerRead) {
      const some = ids.slice(start, start + idsPerRead);
      const query = { "filter[id][]": some, limit: pageSize, ...relation };
      const rows = await readList(transport, { path, what, row: rowSchema, query }, options);
      if (rows.every(({ id }) => some.includes(String(id)))) {
        found.push(...rows.map(one));
        continue;
      }
      // Strangers: this account ignores filters, so who is missing from the answer may well exist.
      for (const id of some) {
        const request = { method: "GET", path: `/api/v4/${path}/${id}`, query: relation, effect: "read" } as const;
        const row = await transport.read(rowSchema.optional(), { ...request, accept: [404] }, options);
        if (row !== undefined) found.push(one(row));
      }
    }
  };
  if (isRowEntity(entity)) {
    const ids = remoteIds.filter((id) => /^\d+$/u.test(id));
    await byIds(pathOf[entity], pathOf[entity], ids, (row) => readRow(entity, row), withLinks[entity]);
  } else if (entity === "note") {
    for (const parent of parents) {
      const ids = remoteIds.map(parseNoteId).flatMap((note) => (note?.parent === parent ? [note.id] : []));
      await byIds(`${parent}/notes`, "notes", ids, (row) => readNote(parent, row));
    }
  } else {
    for (let cursor: PageCursor | undefined = {}; cursor !== undefined;) {
      const page: Page = await list(transport, { entity, cursor }, options);
      found.push(...page.records);
      cursor = page.next;
    }
  }
  const records = found.filter(({ remoteId }) => wanted.delete(remoteId));
  return { records, missing: [...wanted] };
};
