import { PermanentError } from "@gpt-agent/jobs/errors";
import type { CallOptions, Page, PageCursor, RemoteRecord, TimeWindow } from "../provider.ts";
import type { Transport } from "../transport/transport.ts";
import { parseAnswer } from "../transport/parse-answer.ts";
import { type ObjectEntity, objectTypes } from "./objects.ts";
import { customProperties, readProperties } from "./properties.ts";
import { changedAtMs, readObject } from "./records.ts";
import { associationsSchema, batchSchema, type HubspotObject, objectPageSchema, type Property } from "./schemas.ts";

const listPage = 100;
const searchPage = 200;
const batchSize = 100;
/** An address takes about 8 000 characters, a search 3 000 in its body; account-made properties can be hundreds. */
const shortProperties = 2_000;

interface Wanted {
  readonly names: readonly string[];
  readonly custom: readonly Property[];
  /** Few enough to stand in the request itself; else records are read a second time, by id. */
  readonly short: boolean;
}

export interface HubspotReading {
  list(
    request: { readonly entity: ObjectEntity; readonly window?: TimeWindow; readonly cursor?: PageCursor },
    options: CallOptions,
  ): Promise<Page>;
  read(
    entity: ObjectEntity,
    ids: readonly string[],
    options: CallOptions,
    idProperty?: string,
  ): Promise<RemoteRecord[]>;
  archived(
    request: { readonly entity: ObjectEntity; readonly window: TimeWindow; readonly cursor?: PageCursor },
    options: CallOptions,
  ): Promise<{ readonly remoteIds: readonly string[]; readonly next?: PageCursor }>;
  definitions(entity: ObjectEntity, options: CallOptions): Promise<readonly Property[]>;
}

export const makeReading = (transport: Transport): HubspotReading => {
  const known = new Map<ObjectEntity, Promise<readonly Property[]>>();

  /** Once for each client, which lives as long as a job. */
  const definitions = (entity: ObjectEntity, options: CallOptions): Promise<readonly Property[]> => {
    const asked = known.get(entity) ?? readProperties(transport, entity, options);
    known.set(entity, asked);
    asked.catch(() => known.delete(entity));
    return asked;
  };

  const wantedOf = async (entity: ObjectEntity, options: CallOptions): Promise<Wanted> => {
    const { properties, modified } = objectTypes[entity];
    const custom = customProperties(entity, await definitions(entity, options));
    const names = [...new Set([...properties, modified, ...custom.map(({ name }) => name)])];
    return { names, custom, short: names.join(",").length <= shortProperties };
  };

  const batchRead = async (
    entity: ObjectEntity,
    ids: readonly string[],
    { names }: Wanted,
    options: CallOptions,
    idProperty?: string,
  ): Promise<HubspotObject[]> => {
    const found: HubspotObject[] = [];
    for (let start = 0; start < ids.length; start += batchSize) {
      const json = {
        inputs: ids.slice(start, start + batchSize).map((id) => ({ id })),
        properties: names,
        propertiesWithHistory: [],
        ...(idProperty === undefined ? {} : { idProperty }),
      };
      const path = `/crm/v3/objects/${objectTypes[entity].path}/batch/read`;
      const { results } = await transport.read(batchSchema, { method: "POST", path, json, effect: "read" }, options);
      found.push(...results);
    }
    return found;
  };

  /** Neither search nor batch read tells what a record hangs together with. */
  const withLinks = async (
    entity: ObjectEntity,
    objects: readonly HubspotObject[],
    options: CallOptions,
  ): Promise<HubspotObject[]> => {
    const linked = new Map<string, Record<string, { results: { id: string }[] }>>();
    for (const other of objects.length === 0 ? [] : objectTypes[entity].linked) {
      const to = objectTypes[other].path;
      const path = `/crm/v4/associations/${objectTypes[entity].path}/${to}/batch/read`;
      const json = { inputs: objects.map(({ id }) => ({ id })) };
      // 207 and, where nothing at all is associated, 404: no error.
      const answer = await transport.call({ method: "POST", path, json, effect: "read", accept: [404] }, options);
      if (answer.status === 404) continue;
      for (const { from, to: ends } of parseAnswer(associationsSchema, answer.body, "HubSpot's associations").results) {
        const own = linked.get(from.id) ?? {};
        own[to] = { results: ends.map(({ toObjectId }) => ({ id: toObjectId })) };
        linked.set(from.id, own);
      }
    }
    return objects.map((object) => ({ ...object, associations: linked.get(object.id) ?? {} }));
  };

  /** The same records in full, where the request had no room for all properties. */
  const complete = async (
    entity: ObjectEntity,
    objects: readonly HubspotObject[],
    wanted: Wanted,
    options: CallOptions,
  ): Promise<HubspotObject[]> => {
    if (wanted.short) return [...objects];
    const ids = objects.map(({ id }) => id);
    const full = new Map((await batchRead(entity, ids, wanted, options)).map((object) => [object.id, object]));
    // Whatever changed between the two requests belongs to a later window; it is given as the first one saw it.
    return objects.map((object) => ({
      ...object,
      properties: { ...full.get(object.id)?.properties, ...object.properties },
    }));
  };

  /** By id, over all there is: the list endpoints have no limit of 10 000. */
  const listAll = async (entity: ObjectEntity, cursor: PageCursor | undefined, options: CallOptions): Promise<Page> => {
    const wanted = await wantedOf(entity, options);
    const { path, linked, modified } = objectTypes[entity];
    const { results, paging } = await transport.read(
      objectPageSchema,
      {
        method: "GET",
        path: `/crm/v3/objects/${path}`,
        query: {
          limit: listPage,
          after: typeof cursor?.["after"] === "string" ? cursor["after"] : undefined,
          properties: (wanted.short ? wanted.names : [modified]).join(","),
          associations: linked.length === 0 ? undefined : linked.map((other) => objectTypes[other].path).join(","),
        },
        effect: "read",
      },
      options,
    );
    const objects = await complete(entity, results, wanted, options);
    const after = paging?.next?.after;
    return {
      records: objects.map((object) => readObject(entity, object, wanted.custom)),
      ...(after === undefined ? {} : { next: { after } }),
    };
  };

  /**
   * Search sorts by one property and shows 10 000 results of one query. So each page is a query of its own: what changed
   * inside the window and has a greater id than the last one seen, by id. Any number of rows may share one instant, and
   * a row that changes meanwhile leaves the window without moving the others.
   */
  const listWindow = async (
    entity: ObjectEntity,
    window: TimeWindow,
    cursor: PageCursor | undefined,
    options: CallOptions,
  ): Promise<Page> => {
    const wanted = await wantedOf(entity, options);
    const { path, modified } = objectTypes[entity];
    const lastId = typeof cursor?.["id"] === "string" ? cursor["id"] : "0";
    const { results } = await transport.read(
      objectPageSchema,
      {
        method: "POST",
        path: `/crm/v3/objects/${path}/search`,
        json: {
          filterGroups: [
            {
              filters: [
                { propertyName: modified, operator: "GTE", value: String(window.fromMs) },
                { propertyName: modified, operator: "LTE", value: String(window.toMs) },
                { propertyName: "hs_object_id", operator: "GT", value: lastId },
              ],
            },
          ],
          sorts: ["hs_object_id"],
          properties: wanted.short ? wanted.names : [modified],
          limit: searchPage,
        },
        effect: "read",
      },
      options,
    );
    const ids = results.map(({ id }) => BigInt(/^\d+$/u.test(id) ? id : 0));
    if (ids.some((id, at) => id <= (at === 0 ? BigInt(lastId) : (ids[at - 1] ?? 0n)))) {
      throw new PermanentError("crm_filter_ignored", "HubSpot ignored the order of a search, so it cannot be read on.");
    }
    const objects = await withLinks(entity, await complete(entity, results, wanted, options), options);
    const last = results.at(-1)?.id;
    return {
      records: objects.map((object) => readObject(entity, object, wanted.custom)),
      ...(results.length < searchPage || last === undefined ? {} : { next: { id: last } }),
    };
  };

  return {
    definitions,
    list: ({ entity, window, cursor }, options) =>
      window === undefined ? listAll(entity, cursor, options) : listWindow(entity, window, cursor, options),
    read: async (entity, ids, options, idProperty) => {
      const wanted = await wantedOf(entity, options);
      const objects = await withLinks(entity, await batchRead(entity, ids, wanted, options, idProperty), options);
      return objects.map((object) => readObject(entity, object, wanted.custom));
    },
    // Archived records are kept for 90 days, listed by id, and know when they were archived.
    archived: async ({ entity, window, cursor }, options) => {
      const query = {
        limit: listPage,
        archived: true,
        after: typeof cursor?.["after"] === "string" ? cursor["after"] : undefined,
        properties: objectTypes[entity].modified,
      };
      const path = `/crm/v3/objects/${objectTypes[entity].path}`;
      const { results, paging } = await transport.read(
        objectPageSchema,
        { method: "GET", path, query, effect: "read" },
        options,
      );
      const inside = results.filter((object) => {
        const archivedMs =
          object.archivedAt === undefined ? changedAtMs(entity, object) : Date.parse(object.archivedAt);
        return archivedMs !== undefined && archivedMs >= window.fromMs && archivedMs <= window.toMs;
      });
      const after = paging?.next?.after;
      return { remoteIds: inside.map(({ id }) => id), ...(after === undefined ? {} : { next: { after } }) };
    },
  };
};
