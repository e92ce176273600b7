import { PermanentError } from "@gpt-agent/jobs/errors";
import type { CallOptions, CrmEntity, Page, PageCursor, RemoteRecord, TimeWindow } from "../provider.ts";
import { isNotFound } from "../transport/errors.ts";
import type { Transport } from "../transport/transport.ts";
import {
  fieldEntities,
  type FieldEntity,
  fieldPaths,
  hasFields,
  isRowEntity,
  pathOf,
  type RowEntity,
} from "./entities.ts";
import { listNotes } from "./list-notes.ts";
import { readField, readNote, readPipeline, readRow, readUser } from "./records.ts";
import {
  type Field,
  fieldSchema,
  noteSchema,
  oneOf,
  pageOf,
  pipelineSchema,
  type Row,
  rowPageSchema,
  stageSchema,
  userSchema,
} from "./schemas.ts";

/** A list costs the same whatever its length. */
const pageSize = 500;
const idsPerRead = 100;

const fieldsSchema = pageOf(fieldSchema);
const oneNoteSchema = oneOf(noteSchema);
const usersSchema = pageOf(userSchema);

export interface ListRequest {
  readonly entity: CrmEntity;
  readonly window?: TimeWindow;
  readonly cursor?: PageCursor;
}

/** Whole seconds that lie inside: from is inclusive over there, until is not. */
const within = ({ fromMs, toMs }: TimeWindow): { readonly updated_since: string; readonly updated_until: string } => {
  const time = (seconds: number): string => new Date(seconds * 1_000).toISOString().replace(".000Z", "Z");
  return { updated_since: time(Math.floor(fromMs / 1_000)), updated_until: time(Math.floor(toMs / 1_000) + 1) };
};

export const makeReading = (transport: Transport) => {
  const known = new Map<FieldEntity, Promise<readonly Field[]>>();

  const readFields = async (of: FieldEntity, options: CallOptions): Promise<readonly Field[]> => {
    const fields: Field[] = [];
    for (let cursor: string | undefined = ""; cursor !== undefined;) {
      const query: Record<string, string | number> = { limit: pageSize, ...(cursor === "" ? {} : { cursor }) };
      const path = `/api/v2/${fieldPaths[of]}`;
      const page = await transport.read(fieldsSchema, { method: "GET", path, query, effect: "read" }, options);
      fields.push(...page.data);
      cursor = page.additional_data?.next_cursor ?? undefined;
    }
    return fields;
  };

  /** Once for each client, which lives as long as a job. */
  const fieldsOf = (entity: CrmEntity, options: CallOptions): Promise<readonly Field[]> => {
    if (!hasFields(entity)) return Promise.resolve([]);
    const asked = known.get(entity) ?? readFields(entity, options);
    known.set(entity, asked);
    asked.catch(() => known.delete(entity));
    return asked;
  };
  const customFields = async (entity: CrmEntity, options: CallOptions): Promise<readonly Field[]> =>
    (await fieldsOf(entity, options)).filter(({ is_custom_field: custom }) => custom === true);

  const rows = async (
    path: string,
    query: Readonly<Record<string, string | number | undefined>>,
    options: CallOptions,
  ): Promise<{ readonly data: readonly Row[]; readonly next: string | undefined }> => {
    const request = {
      method: "GET",
      path: `/api/v2/${path}`,
      query: { limit: pageSize, ...query },
      effect: "read",
    } as const;
    const { data, additional_data: more } = await transport.read(rowPageSchema, request, options);
    return { data, next: more?.next_cursor ?? undefined };
  };

  /**
   * By id inside the window, so that rows which change meanwhile leave without moving the others. Archived deals are in a
   * list of their own: they are deals all the same.
   */
  const listRows = async (entity: RowEntity, { window, cursor }: ListRequest, options: CallOptions): Promise<Page> => {
    const archived = cursor?.["archived"] === true;
    const query = {
      sort_by: "id",
      sort_direction: "asc",
      cursor: typeof cursor?.["cursor"] === "string" ? cursor["cursor"] : undefined,
      ...(window === undefined ? {} : within(window)),
    };
    const { data, next } = await rows(archived ? "deals/archived" : pathOf[entity], query, options);
    const ids = data.map(({ id }) => Number(id));
    if (ids.some((id, at) => at > 0 && id <= (ids[at - 1] ?? 0))) {
      throw new PermanentError("crm_filter_ignored", "Pipedrive ignored the order of a list, so it cannot be read on.");
    }
    const fields = await customFields(entity, options);
    const archivedNext: PageCursor | undefined = entity === "deal" && !archived ? { archived: true } : undefined;
    const after: PageCursor | undefined = next === undefined ? archivedNext : { cursor: next, archived };
    return {
      records: data.map((row) => readRow(entity, row, fields)),
      ...(after === undefined ? {} : { next: after }),
    };
  };

  const list = async (request: ListRequest, options: CallOptions): Promise<Page> => {
    const { entity, window, cursor } = request;
    if (isRowEntity(entity)) return listRows(entity, request, options);
    switch (entity) {
      case "note":
        return listNotes(transport, window, cursor, options);
      case "pipeline": {
        const read = { method: "GET", query: { limit: pageSize }, effect: "read" } as const;
        const pipelines = await transport.read(pageOf(pipelineSchema), { ...read, path: "/api/v2/pipelines" }, options);
        const stages = await transport.read(pageOf(stageSchema), { ...read, path: "/api/v2/stages" }, options);
        const ordered = pipelines.data.toSorted((a, b) => (a.order_nr ?? 0) - (b.order_nr ?? 0));
        return { records: ordered.map((row, place) => readPipeline(row, stages.data, place === 0)) };
      }
      case "user": {
        const users = await transport.read(
          usersSchema,
          { method: "GET", path: "/api/v1/users", effect: "read" },
          options,
        );
        return { records: users.data.map((row) => readUser(row)) };
      }
      case "field": {
        const place = Number(cursor?.["object"] ?? 0);
        const of = fieldEntities[place] ?? "contact";
        const records = (await fieldsOf(of, options)).map((field) => readField(of, field));
        return { records, ...(place + 1 < fieldEntities.length ? { next: { object: place + 1 } } : {}) };
      }
    }
  };

  const readRows = async (entity: RowEntity, ids: readonly string[], options: CallOptions): Promise<RemoteRecord[]> => {
    const fields = ids.length === 0 ? [] : await customFields(entity, options);
    const found: Row[] = [];
    for (let start = 0; start < ids.length; start += idsPerRead) {
      const some = ids.slice(start, start + idsPerRead);
      const here = (await rows(pathOf[entity], { ids: some.join(",") }, options)).data;
      found.push(...here);
      const there = new Set(here.map(({ id }) => id));
      const missing = some.filter((id) => !there.has(id));
      if (entity !== "deal" || missing.length === 0) continue;
      found.push(...(await rows("deals/archived", { ids: missing.join(",") }, options)).data);
    }
    return found.map((row) => readRow(entity, row, fields));
  };

  const readNotes = async (ids: readonly string[], options: CallOptions): Promise<RemoteRecord[]> => {
    const found: RemoteRecord[] = [];
    for (const id of ids) {
      const request = { method: "GET", path: `/api/v1/notes/${id}`, effect: "read" } as const;
      const answer = await transport.read(oneNoteSchema, request, options).catch((error: unknown) => {
        if (isNotFound(error)) return undefined;
        throw error;
      });
      if (answer !== undefined) found.push(readNote(answer.data));
    }
    return found;
  };

  const allOf = async (entity: CrmEntity, options: CallOptions): Promise<RemoteRecord[]> => {
    const records: RemoteRecord[] = [];
    for (let cursor: PageCursor | undefined = {}; cursor !== undefined;) {
      const page: Page = await list({ entity, cursor }, options);
      records.push(...page.records);
      cursor = page.next;
    }
    return records;
  };

  return {
    list,
    fieldsOf,
    /** After fields were made: the next one who asks reads them again. */
    forgetFields: (): void => known.clear(),
    read: async (entity: CrmEntity, remoteIds: readonly string[], options: CallOptions): Promise<RemoteRecord[]> => {
      const ids = [...new Set(remoteIds)].filter((id) => /^\d+$/u.test(id));
      if (isRowEntity(entity)) return readRows(entity, ids, options);
      return entity === "note" ? readNotes(ids, options) : allOf(entity, options);
    },
    /** Deals stay listed for 30 days after they were deleted; nothing else does. */
    deleted: async (window: TimeWindow, cursor: PageCursor | undefined, options: CallOptions) => {
      const after = typeof cursor?.["cursor"] === "string" ? cursor["cursor"] : undefined;
      const query = { status: "deleted", sort_by: "id", sort_direction: "asc", cursor: after, ...within(window) };
      const { data, next } = await rows("deals", query, options);
      const remoteIds = data.filter((row) => row.status === "deleted" || row.is_deleted === true).map(({ id }) => id);
      return { remoteIds, ...(next === undefined ? {} : { next: { cursor: next } }) };
    },
    rows,
  };
};
export type PipedriveReading = ReturnType<typeof makeReading>;
