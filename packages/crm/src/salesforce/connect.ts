import type { ProviderConnection } from "../connect-provider.ts";
import { messageNote } from "../message-note.ts";
import type { CallOptions, CrmEntity, CrmProvider, FieldValue, Page, PageCursor } from "../provider.ts";
import type { RemoteRecord, WriteOperation, WriteResult } from "../provider.ts";
import { makeTransport, type Transport } from "../transport/transport.ts";
import { salesforceDialect } from "./dialect.ts";
import { prepare } from "./external-ids.ts";
import { isId, isKeyed, isObjectEntity, objectEntities, type ObjectEntity } from "./objects.ts";
import { makeReading, type SalesforceReading } from "./reading.ts";
import { readField, readPipeline, readUser } from "./records.ts";
import { dataPath, limitsSchema, organizationSchema, rowSchema, stageSchema } from "./schemas.ts";
import { dateTime, quoted } from "./soql.ts";
import { makeWrite, maxBatch } from "./write.ts";

const usersPerPage = 1_000;

/** Salesforce's REST API. https://developer.salesforce.com/docs/platform/api-rest */
export const connectSalesforce = (connection: ProviderConnection): CrmProvider => {
  const transport = makeTransport({ connection, dialect: salesforceDialect(connection) });
  const reading = makeReading(transport);
  let prepared: Promise<Readonly<Partial<Record<string, string>>>> | undefined;

  const keyOf = async (entity: CrmEntity, options: CallOptions): Promise<string | undefined> => {
    if (!isKeyed(entity)) return undefined;
    const known = connection.externalIdFields?.[entity];
    if (known !== undefined) return known;
    prepared ??= prepare(transport, reading, options).catch((error: unknown) => {
      prepared = undefined;
      throw error;
    });
    return (await prepared)[entity];
  };
  const write = makeWrite(transport, reading, keyOf);

  return {
    name: "salesforce",
    readable: [...objectEntities, "pipeline", "user", "field"],
    incremental: objectEntities,
    writable: objectEntities,
    maxBatch,
    // A query reads the tables themselves, no index that fills later.
    searchLagMs: 0,
    account: (options) => readAccount(transport, reading, connection.baseUrl, options),
    list: ({ entity, window, cursor }, options) =>
      isObjectEntity(entity)
        ? reading.list(entity, window, cursor, options)
        : listSettings(reading, entity, cursor, options),
    read: async ({ entity, remoteIds }, options) => {
      const wanted = new Set(remoteIds);
      const found = isObjectEntity(entity)
        ? await reading.read(entity, [...wanted], options)
        : await allSettings(reading, entity, options);
      const records = found.filter(({ remoteId }) => wanted.delete(remoteId));
      return { records, missing: [...wanted] };
    },
    deleted: async ({ entity, window, cursor }, options) =>
      isObjectEntity(entity) ? reading.deleted(entity, window, cursor, options) : undefined,
    write,
    findByExternalId: async ({ entity, externalId, sent }, options) => {
      const key = await keyOf(entity, options);
      if (key !== undefined && isObjectEntity(entity)) {
        return reading.readWhere(entity, `${key} = ${quoted(externalId)}`, options);
      }
      return sent === undefined ? [] : findSame(reading, sent, options);
    },
    prepare: async (options) => ({ externalIdFields: await prepare(transport, reading, options) }),
    webhooks: "none",
    sendMessage: async (message, options): Promise<WriteResult> => {
      const operation = messageNote(message);
      if (message.triedSinceMs !== undefined) {
        const [found] = await findSame(reading, { operation, sinceMs: message.triedSinceMs }, options);
        if (found !== undefined) return { state: "written", remoteId: found.remoteId, updatedAtMs: found.updatedAtMs };
      }
      const [result] = await write([operation], options);
      return result ?? { state: "unclear", message: "Salesforce did not say what became of it." };
    },
  };
};

const readAccount = async (
  transport: Transport,
  reading: SalesforceReading,
  baseUrl: string,
  options: CallOptions,
): Promise<Awaited<ReturnType<CrmProvider["account"]>>> => {
  const soql = "SELECT Id, Name, OrganizationType FROM Organization LIMIT 1";
  const [org] = (await reading.query(organizationSchema, soql, options)).records;
  const request = { method: "GET", path: `${dataPath}/limits`, effect: "read" } as const;
  const { DailyApiRequests: daily } = await transport.read(limitsSchema, request, options);
  const isSmall = org?.OrganizationType === "Developer Edition";
  return {
    accountKey: org?.Id ?? "",
    name: org?.Name ?? "Salesforce",
    baseUrl,
    plan: { concurrent: isSmall ? 5 : 25, ...(daily === undefined ? {} : { daily: daily.Max }) },
  };
};

type SettingsEntity = Exclude<CrmEntity, ObjectEntity>;

/** Stages of opportunities as one pipeline, users, fields. */
const listSettings = async (
  reading: SalesforceReading,
  entity: SettingsEntity,
  cursor: PageCursor | undefined,
  options: CallOptions,
): Promise<Page> => {
  switch (entity) {
    case "pipeline": {
      const soql =
        "SELECT Id, MasterLabel, ApiName, SortOrder, IsActive, IsClosed, IsWon FROM OpportunityStage ORDER BY SortOrder";
      return { records: [readPipeline((await reading.query(stageSchema, soql, options)).records)] };
    }
    case "user": {
      const last = cursor?.["id"];
      const where = typeof last === "string" && isId(last) ? ` WHERE Id > ${quoted(last)}` : "";
      const soql = `SELECT Id, Name, Email, IsActive FROM User${where} ORDER BY Id LIMIT ${usersPerPage}`;
      const { done, records } = await reading.query(rowSchema, soql, options);
      const id = records.at(-1)?.Id;
      const isLast = id === undefined || (done && records.length < usersPerPage);
      return { records: records.map((row) => readUser(row)), ...(isLast ? {} : { next: { id } }) };
    }
    case "field": {
      const place = Number(cursor?.["object"] ?? 0);
      const of = objectEntities[place] ?? "contact";
      const records = (await reading.fieldsOf(of, options)).map((field) => readField(of, field));
      return { records, ...(place + 1 < objectEntities.length ? { next: { object: place + 1 } } : {}) };
    }
  }
};

const allSettings = async (
  reading: SalesforceReading,
  entity: SettingsEntity,
  options: CallOptions,
): Promise<readonly RemoteRecord[]> => {
  const records: RemoteRecord[] = [];
  for (let cursor: PageCursor | undefined = {}; cursor !== undefined;) {
    const page: Page = await listSettings(reading, entity, cursor, options);
    records.push(...page.records);
    cursor = page.next;
  }
  return records;
};

/** A note or task that looks like the one that was sent: on the same record, with the same text, not older. */
const findSame = async (
  reading: SalesforceReading,
  { operation, sinceMs }: { readonly operation: WriteOperation; readonly sinceMs: number },
  options: CallOptions,
): Promise<readonly RemoteRecord[]> => {
  const { entity, fields, links = [] } = operation;
  if (entity !== "note" && entity !== "task") return [];
  const owners = links.filter(({ remoteId }) => isId(remoteId)).map(({ remoteId }) => quoted(remoteId));
  // Their clock may be behind ours. Long texts cannot be compared over there.
  const since = `CreatedDate >= ${dateTime(sinceMs - 60_000)}`;
  const place = entity === "note" ? "ParentId" : "WhatId";
  const near = owners.length === 0 ? "" : ` AND ${place} IN (${owners.join(",")})`;
  const found = await reading.readWhere(
    entity,
    `${since}${entity === "note" ? near : ""} ORDER BY Id LIMIT 200`,
    options,
  );
  const names = entity === "note" ? ["text"] : ["name", "text", "dueAt"];
  return found.filter((record) => names.every((name) => same(name, record.fields[name], fields[name])));
};

const dayOf = (value: FieldValue | undefined): string => (typeof value === "string" ? value.slice(0, 10) : "");

/** Due dates have no time over there. */
const same = (name: string, one: FieldValue | undefined, other: FieldValue | undefined): boolean =>
  name === "dueAt" ? dayOf(one) === dayOf(other) : (one ?? null) === (other ?? null);
