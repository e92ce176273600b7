import { PermanentError } from "@gpt-agent/jobs/errors";
import type { z } from "zod";
import type { CallOptions, Page, PageCursor, RemoteRecord, TimeWindow } from "../provider.ts";
import type { Transport } from "../transport/transport.ts";
import { requestTimeoutMs } from "./dialect.ts";
import { isId, type ObjectEntity, objectTypes } from "./objects.ts";
import { changedAtMs, readRow } from "./records.ts";
import { dataPath, describeSchema, type Field, querySchema, queryOf, type Row } from "./schemas.ts";
import { after, dateTime, quoted } from "./soql.ts";

/** Rows of one answer; more would come in a second one. */
const pageSize = 2_000;
const idsPerRead = 200;
/** An address takes 16 384 characters; the conditions and ids need their part. */
const longestFields = 8_000;

export interface Shape {
  /** What a query selects. */
  readonly selected: readonly string[];
  /** What is handed on as custom fields. */
  readonly custom: readonly Field[];
}

export const makeReading = (transport: Transport) => {
  const described = new Map<ObjectEntity, Promise<readonly Field[]>>();

  const query = async <T extends z.ZodType>(row: T, soql: string, options: CallOptions, all = false) => {
    const path = `${dataPath}/${all ? "queryAll" : "query"}`;
    const request = {
      method: "GET",
      path,
      query: { q: soql },
      effect: "read",
      totalTimeoutMs: requestTimeoutMs,
    } as const;
    return transport.read(queryOf(row), request, options);
  };

  /** The fields that this org has and its user may see; once for each client, which lives as long as a job. */
  const fieldsOf = (entity: ObjectEntity, options: CallOptions): Promise<readonly Field[]> => {
    const path = `${dataPath}/sobjects/${objectTypes[entity].name}/describe`;
    const asked =
      described.get(entity) ??
      transport.read(describeSchema, { method: "GET", path, effect: "read" }, options).then(({ fields }) => fields);
    described.set(entity, asked);
    asked.catch(() => described.delete(entity));
    return asked;
  };

  const shapeOf = async (entity: ObjectEntity, options: CallOptions): Promise<Shape> => {
    const fields = await fieldsOf(entity, options);
    const there = new Set(fields.map(({ name }) => name));
    const standard = objectTypes[entity].fields.filter((name) => there.has(name));
    const base = ["Id", "SystemModstamp", "CreatedDate", "IsDeleted", ...standard];
    let room = longestFields - base.join(",").length;
    const custom = fields.filter(({ name, custom: own, type }) => {
      if (!own || type === "base64" || type === "location" || type === "address") return false;
      room -= name.length + 1;
      return room >= 0;
    });
    return { selected: [...base, ...custom.map(({ name }) => name)], custom };
  };

  const isBefore = (a: Row, b: Row, timed: boolean): boolean => {
    const [aMs, bMs] = [changedAtMs(a) ?? 0, changedAtMs(b) ?? 0];
    return timed && aMs !== bMs ? aMs < bMs : a.Id < b.Id;
  };

  /** By (SystemModstamp, Id) inside the window, by Id over all there is; each page is a query of its own. */
  const list = async (
    entity: ObjectEntity,
    window: TimeWindow | undefined,
    cursor: PageCursor | undefined,
    options: CallOptions,
  ): Promise<Page> => {
    const { selected, custom } = await shapeOf(entity, options);
    const id = typeof cursor?.["id"] === "string" && isId(cursor["id"]) ? cursor["id"] : undefined;
    const conditions: string[] = [];
    if (window !== undefined) conditions.push(...withinWindow(window, cursor));
    else if (id !== undefined) conditions.push(`Id > ${quoted(id)}`);
    const where = conditions.length === 0 ? "" : ` WHERE ${conditions.join(" AND ")}`;
    const order = window === undefined ? "Id" : "SystemModstamp, Id";
    const soql = `SELECT ${selected.join(", ")} FROM ${objectTypes[entity].name}${where} ORDER BY ${order} LIMIT ${pageSize}`;
    const { done, records } = await query(querySchema.shape.records.element, soql, options);
    const timed = window !== undefined;
    if (timed && records.some((row, at) => at > 0 && !isBefore(records[at - 1] ?? row, row, timed))) {
      throw new PermanentError(
        "crm_filter_ignored",
        "Salesforce ignored the order of a query, so it cannot be read on.",
      );
    }
    return {
      records: records.map((row) => readRow(entity, row, custom)),
      ...nextOf(records, done),
    };
  };

  const nextOf = (records: readonly Row[], done: boolean): { readonly next?: PageCursor } => {
    const last = records.at(-1);
    if (last === undefined || (done && records.length < pageSize)) return {};
    return { next: { id: last.Id, ms: changedAtMs(last) ?? 0 } };
  };

  const withinWindow = ({ fromMs, toMs }: TimeWindow, cursor: PageCursor | undefined): string[] => {
    const { id, ms } = cursor ?? {};
    const isOn = typeof id === "string" && isId(id) && typeof ms === "number";
    // Time stamps are whole seconds.
    const fromSecondMs = Math.floor(fromMs / 1_000) * 1_000;
    return [
      `SystemModstamp >= ${dateTime(fromSecondMs)}`,
      `SystemModstamp <= ${dateTime(toMs)}`,
      ...(isOn ? [after({ ms, id })] : []),
    ];
  };

  const readWhere = async (entity: ObjectEntity, condition: string, options: CallOptions): Promise<RemoteRecord[]> => {
    const { selected, custom } = await shapeOf(entity, options);
    const soql = `SELECT ${selected.join(", ")} FROM ${objectTypes[entity].name} WHERE ${condition}`;
    const { records } = await query(querySchema.shape.records.element, soql, options);
    return records.map((row) => readRow(entity, row, custom));
  };

  return {
    query,
    fieldsOf,
    /** After fields were made: the next one who asks reads them again. */
    forgetFields: (): void => described.clear(),
    list,
    readWhere,
    read: async (entity: ObjectEntity, remoteIds: readonly string[], options: CallOptions): Promise<RemoteRecord[]> => {
      const ids = remoteIds.filter((id) => isId(id));
      const found: RemoteRecord[] = [];
      for (let start = 0; start < ids.length; start += idsPerRead) {
        const some = ids.slice(start, start + idsPerRead).map((id) => quoted(id));
        found.push(...(await readWhere(entity, `Id IN (${some.join(",")})`, options)));
      }
      return found;
    },
    /** Deleted rows stay in the recycle bin for 15 days, and keep the time of their deletion as time of change. */
    deleted: async (
      entity: ObjectEntity,
      window: TimeWindow,
      cursor: PageCursor | undefined,
      options: CallOptions,
    ): Promise<{ readonly remoteIds: readonly string[]; readonly next?: PageCursor }> => {
      const where = ["IsDeleted = true", ...withinWindow(window, cursor)].join(" AND ");
      const soql = `SELECT Id, SystemModstamp FROM ${objectTypes[entity].name} WHERE ${where} ORDER BY SystemModstamp, Id LIMIT ${pageSize}`;
      const { done, records } = await query(querySchema.shape.records.element, soql, options, true);
      return { remoteIds: records.map(({ Id }) => Id), ...nextOf(records, done) };
    },
  };
};
export type SalesforceReading = ReturnType<typeof makeReading>;
