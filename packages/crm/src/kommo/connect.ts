import type { ProviderConnection } from "../connect-provider.ts";
import type { CallOptions, CrmEntity, CrmProvider, Page, PageCursor, RemoteRecord, TimeWindow } from "../provider.ts";
import { makeTransport, type Transport } from "../transport/transport.ts";
import { pageSize, readList } from "./api.ts";
import { readDeletions } from "./deletions.ts";
import { kommoDialect } from "./dialect.ts";
import { findByField, findSame, prepare, readFields } from "./external-ids.ts";
import { makeRowLister, type RowsPage } from "./list-rows.ts";
import { makeSendMessage } from "./messages.ts";
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
import { accountSchema, pipelineSchema, type Row, rowSchema, userSchema } from "./schemas.ts";
import { makeWebhooks } from "./webhooks.ts";
import { makeWrite, maxBatch } from "./write.ts";

/** Ids per request; they stand in the address. */
const idsPerRead = 100;
/** The full-text search fills with a delay that nobody documents. */
const searchLagMs = 30_000;

const withLinks: Readonly<Record<RowEntity, string | undefined>> = {
  contact: "leads",
  company: "contacts,leads",
  deal: "contacts",
  task: undefined,
};
// Tasks can be ordered by id, by creation and by when they are due, and by nothing else.
const listRows = { time: makeRowLister(true), pages: makeRowLister(false) } as const;

const isRowEntity = (entity: CrmEntity): entity is RowEntity => entity in pathOf;

/**
 * Kommo and amoCRM, API v4.
 * https://developers.kommo.com/reference · https://www.amocrm.ru/developers/content/crm_platform/api-reference
 */
export const connectKommo =
  (name: "kommo" | "amocrm") =>
  (connection: ProviderConnection): CrmProvider => {
    const dialect = kommoDialect(name === "kommo" ? "Kommo" : "amoCRM", connection);
    const transport = makeTransport({ connection, dialect });
    let prepared: Promise<Readonly<Partial<Record<string, string>>>> | undefined;

    const externalIdField = async (entity: CrmEntity, options: CallOptions): Promise<string | undefined> => {
      if (!isRowEntity(entity) || entity === "task") return undefined;
      const known = connection.externalIdFields?.[entity];
      if (known !== undefined) return known;
      prepared ??= prepare(transport, options).catch((error: unknown) => {
        prepared = undefined;
        throw error;
      });
      return (await prepared)[entity];
    };

    return {
      name,
      readable: ["contact", "company", "deal", "note", "task", "pipeline", "user", "field"],
      incremental: ["contact", "company", "deal", "note", "task"],
      writable: ["contact", "company", "deal", "note", "task"],
      maxBatch,
      searchLagMs,
      account: async (options) => {
        const request = { method: "GET", path: "/api/v4/account", effect: "read" } as const;
        const account = await transport.read(accountSchema, request, options);
        return { accountKey: String(account.id), name: account.name, baseUrl: connection.baseUrl };
      },
      list: (request, options) => list(transport, request, options),
      read: (request, options) => read(transport, request, options),
      deleted: async (request, options) => {
        const page = await readDeletions(transport, request, options);
        if (page === undefined || page.remoteIds.length === 0) return page;
        // A restored record is deleted in the journal all the same.
        const { records } = await read(transport, { entity: request.entity, remoteIds: page.remoteIds }, options);
        const alive = new Set(records.filter(({ deleted }) => !deleted).map(({ remoteId }) => remoteId));
        return { ...page, remoteIds: page.remoteIds.filter((id) => !alive.has(id)) };
      },
      write: makeWrite(transport, async ({ entity, remoteId }, options) =>
        remoteId === undefined ? externalIdField(entity, options) : undefined,
      ),
      findByExternalId: async ({ entity, externalId, sent }, options) => {
        const field = await externalIdField(entity, options);
        if (field !== undefined && isRowEntity(entity)) {
          return findByField(transport, entity, field, externalId, options);
        }
        return sent === undefined || (entity !== "note" && entity !== "task") ? [] : findSame(transport, sent, options);
      },
      prepare: async (options) => ({ externalIdFields: await prepare(transport, options) }),
      webhooks: makeWebhooks(transport),
      sendMessage: makeSendMessage(transport),
    };
  };

interface ListRequest {
  readonly entity: CrmEntity;
  readonly window?: TimeWindow;
  readonly cursor?: PageCursor;
}

const list = async (transport: Transport, request: ListRequest, options: CallOptions): Promise<Page> => {
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

const read = async (
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
