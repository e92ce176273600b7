import type { RecordStore } from "../record-store.ts";
import type { SandboxAnswer } from "../sandbox-server.ts";
import type { SalesforceOrg } from "./org.ts";
import { fieldsOf, isObject, rowOf, salesforceTime } from "./org.ts";
import type { Row, Soql } from "./soql.ts";
import { compareValues, parseSoql, SoqlError } from "./soql.ts";

export interface ReadContext {
  readonly store: RecordStore;
  readonly org: SalesforceOrg;
  /** `/services/data/v62.0` */
  readonly base: string;
}

export const errors = (status: number, errorCode: string, message: string): SandboxAnswer => ({
  status,
  body: [{ message, errorCode }],
});

const batchSize = 2_000;

/** A record as the API gives it: its attributes, then what was asked for. */
export const shown = (row: Row, object: string, fields: readonly string[], base: string): Row => ({
  attributes: { type: object, url: `${base}/sobjects/${object}/${String(row["Id"])}` },
  ...Object.fromEntries(fields.map((field) => [field, row[field] ?? null])),
});

/** Answers SOQL in batches of 2,000; further ones are fetched by the locator, which holds what was found then. */
export const makeQueries = () => {
  const locators = new Map<string, readonly Row[]>();
  let sequence = 0;

  const batch = (locator: string, all: readonly Row[], from: number, base: string): SandboxAnswer => {
    const done = from + batchSize >= all.length;
    return {
      status: 200,
      body: {
        totalSize: all.length,
        done,
        ...(done ? {} : { nextRecordsUrl: `${base}/query/${locator}-${from + batchSize}` }),
        records: all.slice(from, from + batchSize),
      },
    };
  };

  return {
    query: (text: string, deletedToo: boolean, { store, org, base }: ReadContext): SandboxAnswer => {
      let soql: Soql;
      try {
        soql = parseSoql(text);
      } catch (error) {
        if (error instanceof SoqlError) return errors(400, "MALFORMED_QUERY", error.message);
        throw error;
      }
      const { object, fields, holds, order, limit } = soql;
      if (!isObject(object)) return errors(400, "INVALID_TYPE", `sObject type '${object}' is not supported.`);
      const own = fieldsOf(store, object);
      const known = new Set(own.map(({ name }) => name));
      const unknown = soql.named.find((name) => !known.has(name));
      if (unknown !== undefined)
        return errors(400, "INVALID_FIELD", `No such column '${unknown}' on entity '${object}'.`);
      const found = (deletedToo ? store.all(object) : store.live(object))
        .map((stored) => rowOf(stored, store, org, own))
        .filter(holds)
        .toSorted((a, b) => {
          for (const { field, descending } of order) {
            const result = compareValues(field, a[field], b[field]);
            if (result !== 0) return descending ? -result : result;
          }
          return 0;
        })
        .slice(0, limit);
      if (soql.count) return { status: 200, body: { totalSize: found.length, done: true, records: [] } };
      const records = found.map((row) => shown(row, object, fields, base));
      sequence += 1;
      const locator = `01g5g${String(sequence).padStart(10, "0")}AAA`;
      if (records.length > batchSize) locators.set(locator, records);
      return batch(locator, records, 0, base);
    },
    more: (place: string, base: string): SandboxAnswer => {
      const [locator = "", from = ""] = place.split("-");
      const records = locators.get(locator);
      return records === undefined
        ? errors(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        : batch(locator, records, Number(from), base);
    },
  };
};

/** `/sobjects/{object}/deleted` and `/updated`: by minutes, at most 30 days back. */
export const changedIds = (
  object: string,
  kind: string,
  query: URLSearchParams,
  { store }: ReadContext,
): SandboxAnswer => {
  const [start, end] = ["start", "end"].map((name) =>
    Date.parse((query.get(name) ?? "").replace(" ", "+").replace(/([+-]\d\d)(\d\d)$/u, "$1:$2")),
  );
  if (start === undefined || end === undefined || Number.isNaN(start) || Number.isNaN(end) || end <= start) {
    return errors(400, "INVALID_REPLICATION_DATE", "startDate before org replication enabled date, or after endDate");
  }
  const within = (ms: number | undefined): boolean =>
    ms !== undefined && ms >= Math.floor(start / 60_000) * 60_000 && ms < Math.ceil(end / 60_000) * 60_000;
  const latestDateCovered = salesforceTime(end);
  if (kind === "updated") {
    const ids = store
      .live(object)
      .filter(({ updatedAtMs }) => within(updatedAtMs))
      .map(({ id }) => id);
    return { status: 200, body: { ids, latestDateCovered } };
  }
  const deletedRecords = store
    .all(object)
    .filter(({ deletedAtMs }) => within(deletedAtMs))
    .map(({ id, deletedAtMs = 0 }) => ({ id, deletedDate: salesforceTime(deletedAtMs) }));
  return {
    status: 200,
    body: { deletedRecords, earliestDateAvailable: salesforceTime(start - 86_400_000), latestDateCovered },
  };
};

export const describe = (object: string, { store }: ReadContext): SandboxAnswer => ({
  status: 200,
  body: {
    name: object,
    label: object,
    custom: false,
    queryable: true,
    createable: true,
    updateable: true,
    deletable: true,
    fields: fieldsOf(store, object).map((field) => ({
      name: field.name,
      label: field.label,
      type: field.type,
      custom: field.custom,
      createable: field.updateable,
      updateable: field.updateable,
      nillable: !field.required,
      externalId: field.externalId,
      unique: field.unique,
      idLookup: field.externalId || field.name === "Id",
      calculated: false,
      length: 255,
      picklistValues: field.picklist.map((value) => ({ value, label: value, active: true, defaultValue: false })),
      referenceTo: [],
    })),
  },
});
