import type { ProviderConnection } from "../connect-provider.ts";
import { messageNote } from "../message-note.ts";
import type { CallOptions, CrmEntity, CrmProvider, Page, PageCursor, RemoteRecord, WriteResult } from "../provider.ts";
import { makeTransport, type Transport } from "../transport/transport.ts";
import { hubspotDialect } from "./dialect.ts";
import { isObjectEntity, objectEntities, type ObjectEntity } from "./objects.ts";
import { prepare, readProperties } from "./properties.ts";
import { makeReading } from "./reading.ts";
import { readField, readOwner, readPipeline } from "./records.ts";
import { accountSchema, ownerSchema, pageOf, pipelineSchema } from "./schemas.ts";
import { makeWrite, maxBatch } from "./write.ts";

/** HubSpot CRM v3, associations v4. https://developers.hubspot.com/docs/api-reference */
export const connectHubspot = (connection: ProviderConnection): CrmProvider => {
  const transport = makeTransport({ connection, dialect: hubspotDialect(connection) });
  const reading = makeReading(transport);
  let prepared: Promise<Readonly<Partial<Record<string, string>>>> | undefined;

  const idPropertyOf = async (entity: ObjectEntity, options: CallOptions): Promise<string> => {
    const known = connection.externalIdFields?.[entity];
    if (known !== undefined) return known;
    prepared ??= prepare(transport, options).catch((error: unknown) => {
      prepared = undefined;
      throw error;
    });
    return (await prepared)[entity] ?? "";
  };
  const write = makeWrite(transport, reading, idPropertyOf);

  return {
    name: "hubspot",
    readable: ["contact", "company", "deal", "note", "task", "pipeline", "user", "field"],
    incremental: objectEntities,
    writable: objectEntities,
    maxBatch,
    // Records are found by a unique property, not through the search index.
    searchLagMs: 0,
    account: async (options) => {
      const request = { method: "GET", path: "/account-info/v3/details", effect: "read" } as const;
      const { portalId } = await transport.read(accountSchema, request, options);
      return { accountKey: portalId, name: `HubSpot ${portalId}`, baseUrl: connection.baseUrl };
    },
    list: ({ entity, window, cursor }, options) =>
      isObjectEntity(entity)
        ? reading.list(
            { entity, ...(window === undefined ? {} : { window }), ...(cursor === undefined ? {} : { cursor }) },
            options,
          )
        : listSettings(transport, entity, cursor, options),
    read: async ({ entity, remoteIds }, options) => {
      const wanted = new Set(remoteIds);
      const found = isObjectEntity(entity)
        ? await reading.read(
            entity,
            [...wanted].filter((id) => /^\d+$/u.test(id)),
            options,
          )
        : await allSettings(transport, entity, options);
      // A merged record answers under the id of the one it became: its own is gone.
      const records = found.filter(({ remoteId }) => wanted.delete(remoteId));
      return { records, missing: [...wanted] };
    },
    deleted: async ({ entity, window, cursor }, options) =>
      isObjectEntity(entity)
        ? reading.archived({ entity, window, ...(cursor === undefined ? {} : { cursor }) }, options)
        : undefined,
    write,
    findByExternalId: async ({ entity, externalId }, options) =>
      isObjectEntity(entity) ? reading.read(entity, [externalId], options, await idPropertyOf(entity, options)) : [],
    prepare: async (options) => ({ externalIdFields: await prepare(transport, options) }),
    webhooks: "app",
    // A note under our id: sent again, it changes the same note.
    sendMessage: async (message, options): Promise<WriteResult> => {
      const [result] = await write([messageNote(message)], options);
      return result ?? { state: "unclear", message: "HubSpot did not say what became of it." };
    },
  };
};

const pipelinesSchema = pageOf(pipelineSchema);
const ownersSchema = pageOf(ownerSchema);

/** Pipelines of deals, owners, properties. */
const listSettings = async (
  transport: Transport,
  entity: Exclude<CrmEntity, ObjectEntity>,
  cursor: PageCursor | undefined,
  options: CallOptions,
): Promise<Page> => {
  switch (entity) {
    case "pipeline": {
      const request = { method: "GET", path: "/crm/v3/pipelines/deals", effect: "read" } as const;
      const { results } = await transport.read(pipelinesSchema, request, options);
      const ordered = results.toSorted((a, b) => (a.displayOrder ?? 0) - (b.displayOrder ?? 0));
      return { records: ordered.map((row, place) => readPipeline(row, place)) };
    }
    case "user": {
      const query = { limit: 100, after: typeof cursor?.["after"] === "string" ? cursor["after"] : undefined };
      const request = { method: "GET", path: "/crm/v3/owners", query, effect: "read" } as const;
      const { results, paging } = await transport.read(ownersSchema, request, options);
      const after = paging?.next?.after;
      return { records: results.map((row) => readOwner(row)), ...(after === undefined ? {} : { next: { after } }) };
    }
    case "field": {
      const place = Number(cursor?.["object"] ?? 0);
      const of = objectEntities[place] ?? "contact";
      const rows = await readProperties(transport, of, options);
      const records = rows.filter(({ hidden }) => hidden !== true).map((row) => readField(of, row));
      return { records, ...(place + 1 < objectEntities.length ? { next: { object: place + 1 } } : {}) };
    }
  }
};

const allSettings = async (
  transport: Transport,
  entity: Exclude<CrmEntity, ObjectEntity>,
  options: CallOptions,
): Promise<readonly RemoteRecord[]> => {
  const records: RemoteRecord[] = [];
  for (let cursor: PageCursor | undefined = {}; cursor !== undefined;) {
    const page: Page = await listSettings(transport, entity, cursor, options);
    records.push(...page.records);
    cursor = page.next;
  }
  return records;
};
